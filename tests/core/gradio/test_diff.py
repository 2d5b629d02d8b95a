"""Streamed changes, against the library's own reading of them."""

from __future__ import annotations

from typing import Any

import pytest
from gradio_client.utils import apply_diff
from hypothesis import given
from hypothesis import strategies as st

from trunkline.gradio import diff

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def edits_between(old: Any, new: Any, path: list[Any]) -> list[list[Any]]:
    """How an app says what changed: deletions of a list last, their indices counted after each other."""
    if type(old) is not type(new):
        return [] if old == new and isinstance(old, bool) == isinstance(new, bool) else [["replace", path, new]]
    if isinstance(old, str) and new.startswith(old):
        return [["append", path, new[len(old) :]]] if new != old else []
    if isinstance(old, list):
        common = min(len(old), len(new))
        found = [e for i in range(common) for e in edits_between(old[i], new[i], [*path, i])]
        found += [["delete", [*path, common], None]] * (len(old) - common)
        return found + [["add", [*path, i], new[i]] for i in range(common, len(new))]
    if isinstance(old, dict):
        found = []
        for key in old:
            found += (
                edits_between(old[key], new[key], [*path, key]) if key in new else [["delete", [*path, key], None]]
            )
        return found + [["add", [*path, key], new[key]] for key in new if key not in old]
    return [] if old == new else [["replace", path, new]]


@given(JSON, JSON)
def test_changes_in_place_give_what_copying_gives(old: Any, new: Any) -> None:
    edits = edits_between(old, new, [])
    copied = apply_diff(old, edits)

    assert diff.apply(old, edits) == copied == new


@given(st.lists(st.text(max_size=4), max_size=5), st.lists(st.text(max_size=4), max_size=5))
def test_touched_names_every_item_that_differs(old: list[str], new: list[str]) -> None:
    edits = edits_between(old, new, [])

    found = diff.touched(edits, len(old))

    if len(new) < len(old):
        assert found is None
    else:
        assert found == {i for i, item in enumerate(new) if i >= len(old) or old[i] != item}


def test_an_item_put_before_others_moves_them() -> None:
    assert diff.touched([["add", [0], "first"]], 2) is None


def test_a_whole_value_replaced_names_no_items() -> None:
    assert diff.touched([["replace", [], ["other"]]], 2) is None


@pytest.mark.parametrize(
    "edits",
    [
        [["append", [5], "x"]],
        [["replace", ["a"], "x"]],
        [["delete", [7], None]],
        [["turn", [0], "x"]],
        [["turn", [], "x"]],
    ],
)
def test_a_change_that_does_not_fit_is_refused(edits: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"fit|unknown"):
        diff.apply(["a"], edits)
