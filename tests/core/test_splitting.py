"""Where texts are cut, example by example."""

from __future__ import annotations

from functools import partial

import pytest

from fakes.cpu import least_seconds
from trunkline.splitting import split, utf8_length, utf16_length


def pieces(text: str, limit: int, *, append_only: bool = False) -> list[str]:
    return list(split(text, limit, append_only=append_only).pieces)


def test_blank_text_gives_nothing() -> None:
    assert pieces("", 10) == []
    assert pieces(" \n\n\t ", 10) == []


def test_text_that_fits_is_left_alone() -> None:
    assert pieces("one\n\ntwo", 8) == ["one\n\ntwo"]


def test_paragraph_before_line_before_sentence_before_word() -> None:
    assert pieces("aaaa bbbb\n\ncc. dd\nee ff", 20) == ["aaaa bbbb", "cc. dd\nee ff"]
    assert pieces("aaaa bbbb cc. dd\nee ff gg hh", 20) == ["aaaa bbbb cc. dd", "ee ff gg hh"]
    assert pieces("aaaa bbbb cc. dd ee ff gg", 20) == ["aaaa bbbb cc.", "dd ee ff gg"]
    assert pieces("aaaa bbbb cc dd ee ff gg", 20) == ["aaaa bbbb cc dd ee", "ff gg"]


def test_a_word_too_long_is_cut_between_characters() -> None:
    assert pieces("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_a_place_in_the_first_half_is_passed_over() -> None:
    assert pieces("a\n\nbbbb bbbb bbbb", 12) == ["a\n\nbbbb bbbb", "bbbb"]


def test_fence_is_closed_and_opened_again_with_its_language() -> None:
    text = "```python\nprint(1)\nprint(2)\nprint(3)\n```\nafter"
    assert pieces(text, 36) == [
        "```python\nprint(1)\nprint(2)\n```",
        "```python\nprint(3)\n```\nafter",
    ]


def test_fence_in_a_list_or_a_quote_keeps_its_place() -> None:
    assert pieces("- item\n  ~~~js\n  let a = 1\n  let b = 2\n  ~~~", 36) == [
        "- item\n  ~~~js\n  let a = 1\n  ~~~",
        "  ~~~js\n  let b = 2\n  ~~~",
    ]
    assert pieces("> ```\n> one one one\n> two two two\n> ```", 29) == [
        "> ```\n> one one one\n> ```",
        "> ```\n> two two two\n> ```",
    ]


def test_a_fence_of_a_list_item_itself_does_not_start_the_item_again() -> None:
    assert pieces("1. ```js\n   one one one\n   two two two\n   ```", 36) == [
        "1. ```js\n   one one one\n   ```",
        "   ```js\n   two two two\n   ```",
    ]


def test_closing_line_never_stands_alone() -> None:
    text = "```\n" + "x" * 10 + "\n" + "y" * 10 + "\n```"
    for limit in range(18, len(text)):
        assert all(piece.count("```") == 2 and len(piece) > 8 for piece in pieces(text, limit))


def test_a_longer_fence_is_not_closed_by_a_shorter_one() -> None:
    text = "````md\n```\ninner line\n```\nmore lines\n````"
    assert pieces(text, 34) == ["````md\n```\ninner line\n```\n````", "````md\nmore lines\n````"]


def test_table_header_is_repeated() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |"
    assert pieces(text, 41) == [
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
        "| a | b |\n|---|---|\n| 5 | 6 |",
    ]


def test_table_is_not_cut_from_its_header() -> None:
    text = "Some words here\n| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"
    assert pieces(text, 40) == ["Some words here", "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |"]


@pytest.mark.parametrize(
    "whole",
    [
        "[two words](https://example.org/x_(y) 'a title')",
        "![two words](https://example.org)",
        "`some code here`",
        "``a ` b c``",
        "<https://example.org|two words>",
        "</settings reset all:12>",
        "<t:1700000000:R>",
    ],
)
@pytest.mark.parametrize("before", [0, 10, 20, 30, 40, 50])
def test_what_belongs_together_is_not_cut(whole: str, before: int) -> None:
    text = "word " * before + whole + " word" * 20
    assert any(whole in piece for piece in pieces(text, 60))


def test_addresses_in_text_without_spaces_are_not_cut() -> None:
    text = "汉" * 30 + "https://example.org/a/b" + "汉" * 30
    assert any("https://example.org/a/b" in piece for piece in pieces(text, 40))


def test_a_span_too_long_for_a_piece_is_cut_like_words() -> None:
    text = "[" + "word " * 20 + "](https://example.org)"
    assert all(not piece.startswith("ord") for piece in pieces(text, 30))
    assert max(map(len, pieces(text, 30))) <= 30


def test_a_comparison_is_no_mention() -> None:
    assert pieces("if a <b and c then it is so", 15) == ["if a <b and c", "then it is so"]


def test_clusters_are_not_cut() -> None:
    family = "👨‍👩‍👧"
    assert pieces(family * 3, 6) == [family] * 3
    assert pieces("e\u0301" * 3, 3) == ["e\u0301"] * 3


def test_sizes_as_platforms_count_them() -> None:
    assert utf16_length("a😀") == 3
    assert utf8_length("aé😀") == 7
    assert utf8_length("\ud800") == 3
    assert split("😀😀😀", 4, measure=utf16_length).pieces == ("😀😀", "😀")
    assert split("éé éé", 5, measure=utf8_length).pieces == ("éé", "éé")


def test_character_larger_than_the_limit_gets_a_piece_of_its_own() -> None:
    assert split("😀😀", 1, measure=utf8_length).pieces == ("😀", "😀")


def test_first_limit_is_for_the_first_piece_only() -> None:
    assert split("aa bb cc dd", 8, first_limit=2).pieces == ("aa", "bb cc dd")


def test_what_does_not_fit_into_the_pieces_is_handed_back() -> None:
    found = split("aa bb cc dd", 5, max_pieces=1)
    assert found.pieces == ("aa bb",)
    assert found.rest == "cc dd"
    assert not found.complete
    assert split("aa bb", 5, max_pieces=1).complete


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 5, "first_limit": 0}, {"limit": 5, "max_pieces": 0}])
def test_limits_below_one_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split("text", **wrong)  # type: ignore[arg-type]


def test_growing_piece_ends_at_the_first_good_place_and_never_shrinks() -> None:
    text = "aaaa " * 15 + "\n\n" + "bbbb " * 2
    assert pieces(text, 100) == [text.rstrip()]
    assert pieces(text, 100, append_only=True) == [("aaaa " * 15).rstrip(), "bbbb bbbb"]


def test_runs_in_linear_time() -> None:
    """Ten times the text takes about ten times as long, whatever it is made of."""
    for sample in (
        "word ",
        "a",
        "[",
        "`",
        "<a|",
        "汉",
        "://",
        "| a | b |\n",
        "```\nx\n```\n",
        "\n",
        "a://b",
        "👨‍👩‍👧",
    ):
        seconds = []
        for size in (50_000, 500_000):
            text = "x" + (sample * (size // len(sample)))
            seconds.append(least_seconds(partial(split, text, 2000)))
        assert seconds[1] < 30 * seconds[0] + 0.2, f"{sample!r}: {seconds}"
