"""Any text at all makes a tree that can be walked; what people write survives being written back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trunkline.markup import parse, to_text
from trunkline.markup_writer import to_markdown

MATH = (("$$", "$$", True), ("$", "$", False), ("\\(", "\\)", False), ("\\[", "\\]", True))
MARKS = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "~~~\n",
    "[",
    "]",
    "](",
    ")",
    "![",
    "<",
    ">",
    "\n> ",
    "\n- ",
    "\n1. ",
    "\n# ",
    "|",
    "\n|-|-|\n",
    "$",
    "$$",
    "\\(",
    "\\)",
    "\\",
    "\n",
    "\n\n",
    "  \n",
    "    ",
    "\t",
    "<br>",
    "<!--",
    "-->",
    "&amp;",
    "https://a.b/c",
    "a@b.cd",
    "word",
    " ",
    "漢",
    "👨‍👩‍👧",
]
marked = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=3)), max_size=40).map("".join)
sentences = st.lists(
    st.sampled_from(
        ["word", "it's", "5", "#1", "a_b", "2*3", "<3", "[x]", "50%", "a|b", "$9", "-", "+", "1.", "&c;", "`"]
    ),
    min_size=1,
    max_size=10,
).map(" ".join)


@given(marked, st.booleans())
def test_any_text_makes_a_tree(text: str, math: bool) -> None:
    tree = parse(text, MATH if math else ())
    assert isinstance(to_text(tree), str)
    assert hash(tree) == hash(parse(text, MATH if math else ()))
    parse(to_markdown(tree), MATH if math else ())


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_words_are_never_lost(text: str) -> None:
    assert to_text(parse(text)) == text


@given(sentences)
def test_plain_words_survive_being_written(text: str) -> None:
    tree = parse(text, MATH)
    assert parse(to_markdown(tree), MATH) == tree
