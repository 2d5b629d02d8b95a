"""Whatever is written: nothing is lost, limits hold, and pieces that are done stay as they are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from trunkline.splitting import Measure, Pieces, split, utf8_length, utf16_length

ATOMS = [
    "[a link](https://example.org/a_b?c=d)",
    "![an image](https://example.org/x.png 'a title')",
    "<@123456789>",
    "<#42>",
    "<:wave:987654321>",
    "<t:1700000000:R>",
    "<https://example.org|two words>",
    "https://example.org/path(1)?q=x",
    "`some code`",
]
WORDS = [
    "word",
    "a",
    "Sentence.",
    "What?",
    "**bold text**",
    "数据。",
    "漢字",
    "👨‍👩‍👧",
    "é",
    "🇩🇪",
    "x" * 30,
    "(",
    "[",
    "`",
    "<",
    "|",
]
GAPS = [" ", " ", " ", "\n", "\n\n", "  \n", ""]
BLOCKS = [
    "```python\nprint(1)\n\nfor x in y:\n    pass\n```\n",
    "~~~\ntilde\n~~~\n",
    "- item\n  ```js\n  let a = 1\n  let b = 2\n  ```\n- other\n",
    "> ```sql\n> select 1\n> from t\n> ```\n",
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n",
    "\n\n# Heading\n\n",
    "```\nnever closed\nmore\n",
    "1. one\n2. two\n   - three\n",
]
prose = st.lists(st.tuples(st.sampled_from(WORDS + ATOMS), st.sampled_from(GAPS)), max_size=25).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
texts = st.lists(st.one_of(prose, st.sampled_from(BLOCKS), st.text(max_size=20)), max_size=8).map("\n".join)
measures: st.SearchStrategy[Measure] = st.sampled_from([len, utf16_length, utf8_length])
limits = st.integers(12, 160)


def sources(text: str, found: Pieces) -> list[str]:
    """The part of the text that each piece shows."""
    ends = [*found.starts, len(text) - len(found.rest)]
    return [text[start:end] for start, end in pairwise(ends)]


@given(texts, limits, st.one_of(st.none(), limits), measures, st.booleans())
def test_limits_hold(text: str, limit: int, first: int | None, measure: Measure, append_only: bool) -> None:
    found = split(text, limit, first_limit=first, measure=measure, append_only=append_only)
    for number, piece in enumerate(found.pieces):
        assert measure(piece) <= (first if first is not None and number == 0 else limit)
        assert piece.strip()


@given(texts, st.integers(1, 12), measures, st.booleans())
def test_the_smallest_limits_hold_where_a_character_fits(
    text: str, limit: int, measure: Measure, append_only: bool
) -> None:
    for piece in split(text, limit, measure=measure, append_only=append_only).pieces:
        assert measure(piece) <= limit or len(piece) == 1


@given(texts, st.integers(1, 160), measures, st.booleans())
def test_nothing_is_lost_and_nothing_but_repairs_is_added(
    text: str, limit: int, measure: Measure, append_only: bool
) -> None:
    found = split(text, limit, measure=measure, append_only=append_only)
    if not found.pieces:
        assert not text.strip()
        return
    assert not text[: found.starts[0]].strip()
    assert found.complete
    for piece, source in zip(found.pieces, sources(text, found), strict=True):
        if not source.strip():
            continue  # blank lines of code, in their fence
        core = source.rstrip() if source.rstrip() in piece else source.removesuffix("\n")
        assert core in piece
        opening, closing = piece.split(core, 1) if core else (piece, "")
        assert not opening or opening.endswith("\n")
        assert opening in text or opening.strip(" \t>\n") in text, "what is repeated was said before"
        if "|" not in opening:
            assert opening.strip(" >\n\t")[:3] in ("", "```", "~~~")
        assert closing.strip(" >\n\t`") in ("", closing.strip(" >\n\t`").replace("~", "") or closing.strip())


@given(texts, st.integers(1, 160), measures)
def test_text_that_fits_is_one_piece(text: str, limit: int, measure: Measure) -> None:
    if "```" in text or "~~~" in text:
        return
    shown = text[len(text) - len(text.lstrip()) :].rstrip()
    if shown and measure(text.rstrip()) <= limit:
        assert [piece.strip() for piece in split(text, limit, measure=measure).pieces] == [shown]


@given(texts, st.integers(1, 160), measures, st.data())
def test_pieces_but_the_last_never_change_while_the_text_grows(
    text: str, limit: int, measure: Measure, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(text)))
    before = split(text[:length], limit, measure=measure).pieces
    after = split(text, limit, measure=measure).pieces
    assert before[:-1] == after[: max(0, len(before) - 1)]


plain_words = st.lists(
    st.tuples(
        st.sampled_from(["word", "a", "End.", "漢字。", "x" * 40, *ATOMS, "[", "`", "<"]),
        st.sampled_from(GAPS[:-1]),
    ),
    max_size=40,
).map(lambda pairs: "".join(word + gap for word, gap in pairs))
CLOSED = [block for block in BLOCKS if "never closed" not in block]
growing = st.lists(st.one_of(plain_words, st.sampled_from(CLOSED)), max_size=6).map("\n".join)


@settings(max_examples=300)
@given(growing, st.integers(100, 300), measures, st.data())
def test_append_only_pieces_only_ever_grow(text: str, limit: int, measure: Measure, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(text)))
    before = split(text[:length], limit, measure=measure, append_only=True).pieces
    after = split(text, limit, measure=measure, append_only=True).pieces
    assert len(after) >= len(before)
    for old, new in zip(before, after, strict=False):
        assert new.startswith(old)
    assert before[:-1] == after[: max(0, len(before) - 1)]


calm = st.lists(
    st.tuples(
        st.sampled_from(["word", "a", "End.", "漢字。", *ATOMS, *ATOMS]),
        st.sampled_from([" ", "\n", "\n\n", ", "]),
    ),
    max_size=40,
)


@given(calm, st.integers(50, 200))
def test_no_link_mention_or_code_is_cut(pairs: list[tuple[str, str]], limit: int) -> None:
    text = "".join(word + gap for word, gap in pairs)
    found = "\n".join(split(text, limit).pieces)
    for atom in ATOMS:
        assert found.count(atom) == text.count(atom)


@given(st.lists(st.sampled_from(["👨‍👩‍👧", "🇩🇪", "é", "a", "漢"]), max_size=60).map("".join), st.integers(12, 40))
def test_no_grapheme_cluster_is_cut(text: str, limit: int) -> None:
    clusters = [cluster for piece in split(text, limit).pieces for cluster in iter_graphemes(piece)]
    assert clusters == list(iter_graphemes(text))


@given(texts, limits, st.integers(1, 4))
def test_what_does_not_go_into_the_pieces_is_handed_back(text: str, limit: int, most: int) -> None:
    everything = split(text, limit)
    some = split(text, limit, max_pieces=most)
    assert some.pieces == everything.pieces[:most]
    assert some.complete == (len(everything.pieces) <= most)
    if not some.complete:
        assert text.endswith(some.rest)
        assert text[everything.starts[most] :].strip() == some.rest.strip()
