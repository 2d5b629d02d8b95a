"""Markdown as Discord shows it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.discord.mentions import KINDS, Allowed, mentions_in
from fakes.hostile import VECTORS
from trunkline.html_text import html_text
from trunkline.splitting import split, utf16_length
from trunkline_bridges.discord.drawing.marks import ZERO_WIDTH, fenced
from trunkline_bridges.discord.drawing.text import TABLE_WIDTH, Dialect, draw

MATH = Dialect((("$$", "$$", True), ("$", "$", False)))
ANYBODY = Allowed(frozenset(KINDS))
MARKS = [
    "*", "**", "_", "__", "~~", "||", "`", "```", "\n```py\n", "[", "]", "](", ")", "![", "<", ">", "\n> ", "\n- ",
    "\n-# ", "\n1. ", "\n# ", "|", "\n|-|-|\n", "$", "$$", "\\", "\n", "\n\n", "    ", "<br>", "<b>", "<!--",
    "@everyone", "@here", "<@12>", "<@!12>", "<@&12>", "<#12>", "</cmd:12>", "<:a:12>", "<t:12:R>", ":smile:",
    "https://a.b/c_d_", "a_b@c.de", "word", "snake_case", " ", "漢", "👨‍👩‍👧",
]  # fmt: skip
marked = st.lists(st.one_of(st.sampled_from(MARKS), st.text(max_size=3)), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        (
            "# One\n## Two\n### Three\n#### Four **b**\n###### Six",
            "# One\n## Two\n### Three\n**Four b**\n\n**Six**",
        ),
        ("- a\n  - b\n\n    c\n- d", "- a\n  - b\n    c\n- d"),
        ("3) three\n4) four", "3. three\n4. four"),
        ("- [ ] open\n- [x] done", "- ☐ open\n- ☑ done"),
        ("> one\n>\n> two\n> > three", "> one\n> \n> two\n> \n> ▏three"),
        ("1. a\n\n   ```py\n   x\n\n   y\n   ```\n\n   b\n2. c", "1. a\n```py\nx\n\ny\n```\n   b\n2. c"),
        ("- a\n  - > q\n    ```\n    x\n    ```", "- a\n  - \u200b\n> q\n```\nx\n```"),
        ("- ```\n  x\n  ```", "- \u200b\n```\nx\n```"),
        ("[label](https://x.org/a)", "[label](https://x.org/a)"),
        ("[a](https://x.org/b_(c))", "[a](https://x.org/b_%28c%29)"),
        ("[https://good.org](https://evil.org)", "https://evil.org"),
        ("[good.org](https://evil.org)", "https://evil.org"),
        ("[main.py](https://x.org/main.py)", "[main.py](https://x.org/main.py)"),
        ("[a](mailto:b@c.de) and [x](ftp://h/y)", "a (b@c.de) and x (ftp://h/y)"),
        ("https://x.org/a_b_c?d=_e_ **b**", "https://x.org/a_b_c?d=_e_ **b**"),
        ("<https://x.org>)", "https://x.org)"),
        ("mail a_b_c@x.org", "mail a_b_c@x.org"),
        ("![alt](https://x.org/p.png)", "[alt](https://x.org/p.png)"),
        ("![](https://x.org/p.png)", "https://x.org/p.png"),
        ("![cat_](/file=cat.png)", "🖼 cat\\_"),
        ("![](data:image/png;base64,aGk=)", "🖼"),
        ("a\n\n***\n\nb", "a\n\n────────────\n\nb"),
        ("***both*** *em***strong**", "***both*** *em*\u200b**strong**"),
        ("~~gone~~ `code_with_*marks*` ``a`b``", "~~gone~~ `code_with_*marks*` ``a`b``"),
        ("```py\nx = '*'\n```", "```py\nx = '*'\n```"),
        ("    indented", "```\nindented\n```"),
        ("a<br>b <kbd>Ctrl</kbd>", "a\nb Ctrl"),
        ("<div>one <b>two</b></div>", "one two"),
        ("line\nend", "line\nend"),
    ],
)
def test_marks_are_discords_own(written: str, drawn: str) -> None:
    assert draw(written) == drawn


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("||no spoiler||", "\\|\\|no spoiler\\|\\|"),
        ("a | b", "a | b"),
        ("_\\_x\\__", "*\\_x\\_*"),
        ("snake_case_name _x", "snake_case_name \\_x"),
        ("2 \\* 3", "2 \\* 3"),
        ("\\- no list", "\\- no list"),
        ("-# no small print", "\\-# no small print"),
        ("\\# no heading", "\\# no heading"),
        ("2024\\. A year", "2024\\. A year"),
        ("\\> no quote", "\\> no quote"),
        ("**\\# bold** and *\\- em*", "**\\# bold** and *- em*"),
        ("# - x", "# \\- x"),
        ("``` a``b ``` `` ` ``", "``a`\u200b`b`` `` ` ``"),
        ("[x](https://x.org/a.)", "[x](https://x.org/a%2E)"),
        ("1\\) one", "1) one"),
        ("<t:12:R> <:a:12> </c:12> <#12>", "\\<t:12:R> \\<\\:a:12> \\</c:12> \\<#12>"),
        (":smile: at 10:30:45", "\\:smile: at 10:30:45"),
        ("@everyone <@12> <@&12> a@b", "@\u200beveryone \\<@\u200b12> \\<@\u200b&12> a@b"),
        ("`@everyone <@12> <t:1:R>`", "`@everyone <@12> <t:1:R>`"),
        ("\\[a](javascript:alert)", "[a]\\(javascript:alert)"),
    ],
)
def test_words_are_words(written: str, drawn: str) -> None:
    assert draw(written) == drawn


def test_a_table_lines_up_and_a_wide_one_is_a_list() -> None:
    assert draw("| A | B |\n|---|--:|\n| `x` | **2** |") == "```\nA  B\n─  ─\nx  2\n```"
    wide = "long words " * 8
    drawn = draw(f"| A | *B* |\n|---|---|\n| {wide} | x_ |\n| | y |")
    assert drawn == f"- **A:** {wide.strip()} · ***B*:** x\\_\n- ***B*:** y"


def test_a_long_table_shows_its_head_again() -> None:
    rows = "\n".join(f"| row {number} | {'x' * 30} |" for number in range(120))
    drawn = draw(f"| A | B |\n|---|---|\n{rows}")
    pieces = split(drawn, 1740, measure=utf16_length).pieces
    assert len(pieces) > 2
    assert all(piece.startswith("```\nA") and piece.endswith("\n```") for piece in pieces)
    assert all(f"row {number} " in drawn for number in range(120))


def test_a_code_block_cannot_be_ended_from_within() -> None:
    drawn = draw("````md\n```py\nx\n```\n````")
    assert drawn.count("```") == 2
    assert drawn.replace(ZERO_WIDTH, "") == "```md\n```py\nx\n```\n```"
    assert fenced("`", "no language at all") == "```\n`\n```"
    assert fenced("x", "C#") == "```cs\nx\n```"


def test_formulas_are_readable() -> None:
    assert draw("so $\\frac{a}{b_1}$ and\n\n$$\n\\sum x^2\n$$", MATH) == "so a/b₁ and\n\n∑ x²"
    assert draw("costs $5 and $6", MATH) == "costs $5 and $6"


def test_a_profile_says_how_texts_are_read() -> None:
    assert draw("one\ntwo", Dialect(line_breaks=False)) == "one two"
    assert draw("# *as* it\n- is", Dialect(markdown=False)) == "\\# \\*as\\* it\n\\- is"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Title</h1><p>one<br>two</p>", "Title\none\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<table><tr><th>A</th><td>B</td></tr></table>", "A | B"),
        ("<script>alert(1)</script>x<style>y</style>", "x"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<img alt='a cat' src=x> &amp; <b>bold", "a cat & bold"),
        ("</div></p>< x", "< x"),
        ("<svg><text>no</text></svg>yes", "yes"),
    ],
)
def test_html_is_its_text(html: str, text: str) -> None:
    assert html_text(html) == text


def test_half_written_marks_show_no_broken_fence() -> None:
    whole = "Some words:\n\n```py\nx = 1\n```\n\nand more"
    for end in range(len(whole)):
        drawn = draw(whole[:end], growing=True)
        assert drawn.count("```") in (0, 2), repr(drawn)
        assert "\\`" not in drawn


def test_a_growing_text_is_drawn_as_a_whole_one() -> None:
    block = "Words **bold** `code`\n\n- one\n- two\n\n```py\nx\n\ny\n```\n\n1. a\n\n2. b\n\n> q\n\n# H\n\ntext\n\n"
    text = block * 30
    for end in range(0, len(text), 97):
        assert draw(text[:end].rstrip("`"), growing=True) == draw(text[:end].rstrip("`")), end


fragments = st.lists(
    st.sampled_from(
        [
            "word ",
            "\n",
            "\n\n",
            "```\n",
            "```py\n",
            "| a | ",
            "- x\n",
            "1. ",
            "> q\n",
            "x" * 300,
            "`code ",
            "[lab",
            "](u) ",
        ]
    ),
    min_size=20,
    max_size=120,
).map("".join)


@given(fragments, st.lists(st.floats(0, 1), min_size=2, max_size=6))
@settings(deadline=None, max_examples=150)
def test_whatever_grows_is_drawn_as_a_whole(text: str, shares: list[float]) -> None:
    for share in sorted(shares):
        shown = text[: int(share * len(text))].rstrip("`\n ") + "."
        assert draw(shown, growing=True) == draw(shown)


def test_an_address_does_not_swallow_an_escape() -> None:
    plain = Dialect(markdown=False)
    assert draw("https://a.b/c_<#12> https://a.b, x", plain) == "<https://a.b/c_>\\<#12> https://a.b, x"


def test_a_definition_far_below_counts_above() -> None:
    text = "See [this].\n\n" + "Words.\n\n" * 300
    assert draw(text, growing=True).startswith("See [this].")
    assert draw(text + "[this]: https://x.org", growing=True).startswith("See [this](https://x.org).")


@pytest.mark.parametrize("vector", VECTORS)
def test_hostile_texts_are_drawn(vector: str) -> None:
    drawn = draw(vector)
    # Of what could run or load by itself, Discord knows only links; those are of the web.
    assert not re.search(r"(?<!\\)\]\((?!https?://)", _without_code(drawn))


@given(marked)
@settings(deadline=None, max_examples=400)
def test_nobody_is_mentioned(text: str) -> None:
    drawn = _without_addresses(_without_code(draw(text)))
    found = mentions_in(drawn, ANYBODY, None, may_everyone=True)
    assert not found.users
    assert "@everyone" not in drawn
    assert "@here" not in drawn


@given(marked)
@settings(deadline=None, max_examples=400)
def test_words_without_markdown_mean_nothing(text: str) -> None:
    assert meanings(draw(text, Dialect(markdown=False))) == []


@given(st.lists(st.text(st.sampled_from("*_~|`#->+1. \\[](a:<@"), max_size=12), max_size=4).map("\n".join))
@settings(deadline=None, max_examples=600)
def test_signs_without_markdown_mean_nothing(text: str) -> None:
    assert meanings(draw(text, Dialect(markdown=False))) == []


# What Discord's clients take for marks, at the place where they read.
_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
_BARE_ADDRESS = re.compile(r"<https?://[^\s<>]+>|https?://[^\s<]+[^<.,:;\"')\]\s]")
_BLOCKS = {
    "quote": re.compile(r" *>>> .|(?: *>(?!>>) )"),
    "small": re.compile(r"-# (?!-#) *[^\n]"),
    "heading": re.compile(r" *#{1,3} (?!#) *[^\n]"),
    "list": re.compile(r" *(?:[+*-]|\d+\.) +[^\n]"),
}
_SPANS = {
    "bold": re.compile(r"\*\*(?:\\.|[^\\])+?\*\*(?!\*)", re.DOTALL),
    "underline": re.compile(r"__(?:\\.|[^\\])+?__(?!_)", re.DOTALL),
    "italics": re.compile(
        r"_(?:__|\\.|[^\\_])+?_(?![0-9A-Za-z_])|\*(?=\S)(?:\*\*|\\.|\s+(?:\\.|[^\s*\\]|\*\*)|[^\s*\\])+?\*(?!\*)",
        re.DOTALL,
    ),
    "strike": re.compile(r"~~.+?~~", re.DOTALL),
    "spoiler": re.compile(r"\|\|.+?\|\|", re.DOTALL),
    "code": re.compile(r"(`+).*?\1", re.DOTALL),
    "link": re.compile(r"\[[^\]]*\]\(\s*<?https?://"),
    "mention": re.compile(r"<(?:@[!&]?\d|#\d|a?:\w+:\d|/\w|t:-?\d|id:)|@everyone|@here"),
}


def meanings(drawn: str) -> list[str]:
    """The marks that Discord finds in a text."""
    found: list[str] = []
    place = 0
    while place < len(drawn):
        if skipped := _ESCAPED.match(drawn, place) or _BARE_ADDRESS.match(drawn, place):
            place = skipped.end()
            continue
        at_start = place == 0 or drawn[place - 1] == "\n"
        rules = _SPANS | _BLOCKS if at_start else _SPANS
        found += [name for name, rule in rules.items() if rule.match(drawn, place)]
        place += 1
    return found


def test_the_reader_of_these_tests_finds_marks() -> None:
    for text, mark in {
        "a **b** c": "bold", "x _y_": "italics", "*a b*": "italics", "~~a~~": "strike", "||a||": "spoiler",
        "`a`": "code", "# a": "heading", "a\n- b": "list", "> a": "quote", "-# a": "small", "__a__": "underline",
        "[a](https://b)": "link", "<@1>": "mention",
    }.items():  # fmt: skip
        assert mark in meanings(text), text


@given(marked, st.integers(40, 400))
@settings(deadline=None, max_examples=200)
def test_pieces_fit(text: str, limit: int) -> None:
    for piece in split(draw(text, MATH), limit, measure=utf16_length).pieces:
        assert utf16_length(piece) <= limit


@given(marked)
@settings(deadline=None, max_examples=200)
def test_growing_never_raises(text: str) -> None:
    assert isinstance(draw(text * 3, MATH, growing=True), str)


def test_a_table_is_no_wider_than_a_narrow_window() -> None:
    drawn = draw(f"| A |\n|---|\n| {'x' * TABLE_WIDTH} |")
    assert drawn.startswith("```")


def _without_code(drawn: str) -> str:
    return re.sub(r"```[\s\S]*?```|(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)", "", re.sub(r"\\`", "", drawn))


def _without_addresses(drawn: str) -> str:
    return re.sub(r"https?://[^\s<>)]+", "", drawn)
