"""What is remembered of texts that grow changes nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.growing import Beginnings, Cuts
from trunkline.splitting import split, utf16_length

PARTS = (
    "word ",
    "A sentence. ",
    "\n\n",
    "\n",
    "```\n",
    "- x\n",
    "| a | b |\n",
    "|-|-|\n",
    "> q\n",
    "1. y\n",
    "👍",
)
TEXTS = st.lists(st.sampled_from(PARTS), min_size=20, max_size=150).map("".join)


@given(TEXTS, st.integers(1, 9), st.integers(3, 60))
@settings(deadline=None)
def test_a_growing_text_is_cut_as_a_whole_one(text: str, most: int, step: int) -> None:
    cuts = Cuts(70, utf16_length)
    for end in (*range(0, len(text), step), len(text), len(text)):
        whole = split(text[:end], 70, measure=utf16_length, max_pieces=most)
        assert cuts.cut(text[:end], most) == whole


@given(TEXTS, st.integers(3, 60))
@settings(deadline=None)
def test_a_growing_text_is_drawn_block_by_block(text: str, step: int) -> None:
    """Drawn here is what stands apart by empty lines, which is what blocks do at the least."""
    kept = Beginnings[str](lambda part, way: [way + one for one in part.split("\n\n") if one.strip()], "\n\n".join)
    for end in range(0, len(text), step):
        drawn = kept.draw(text[:end], "")
        assert drawn.replace("\n", "") == text[:end].replace("\n", "")
