"""What stands in the replies of language models, as it is read out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.audio.spoken import sentences
from trunkline.dialects import Dialect
from trunkline.messages import Message, Reply, Text

LATEX = Dialect(math=(("$$", "$$", True), ("$", "$", False), ("\\(", "\\)", False), ("\\[", "\\]", True)))


def read(text: str, *, final: bool = True, markdown: bool = True) -> tuple[str, ...]:
    dialect = LATEX if markdown else Dialect(markdown=False)
    return sentences(Reply((Message("assistant", (Text(text),)),)), final, dialect)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Go to www.example.org, or mail me@example.com.", ("Go to a link, or mail me@example.com.",)),
        ("Done ✅. Hi 👋🏽! Flag 🇩🇪", ("Done.", "Hi!", "Flag.")),
        ("5️⃣ things • more", ("5 things more.",)),
        ("Run `make test`.", ("Run make test.",)),
        ("A&amp;B &lt; C", ("A&B < C.",)),
        ("As shown[^1].\n\n[^1]: The note.", ("As shown.", "The note.")),
        ("## 1. Setup\n\n**2. Start** it", ("1. Setup.", "2. Start it.")),
        ("- [x] done\n- [ ] open", ("done.", "open.")),
        ("See \\(x\\) and \\[ \\int_0^1 a. B \\] here", ("See x and a formula here.",)),
        ("<details><summary>More</summary>Hidden text.</details>", ("More. Hidden text.",)),
        ("<table><tr><td>one</td><td>two</td></tr></table>", ("one, two.",)),
        ("<style>a{color:red}</style>", ()),
        ("~~gone~~ and ***both***", ("gone and both.",)),
    ],
)
def test_signs_are_left_out_and_words_are_read(text: str, said: tuple[str, ...]) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
    "sentence",
    [
        "No. 5 costs $1,299.99, approx. 12% more than Fig. 3 and Sec. 4 say.",
        "The U.S. Army met Prof. Dr. Meier on Jan. 5th at 10:30.",
        "Call +1 (555) 123-4567 or 192.168.0.1 at -5°C e.g. now.",
        "J. S. Bach and Mr. T. wrote v2.0.1 of main.py.",
    ],
)
def test_a_point_within_ends_no_sentence(sentence: str) -> None:
    assert read(f"{sentence} Then it goes on.") == (sentence, "Then it goes on.")


@pytest.mark.parametrize("text", ["I say no. Then I go.", "He sat in the sun. We left.", "It was in sec. Then."])
def test_a_short_word_may_end_one(text: str) -> None:
    assert len(read(text)) == 2


def test_addresses_are_named_where_nothing_is_marked_up() -> None:
    assert read("See https://x.org/a?b=c#d. Then (www.y.org/z)!", markdown=False) == (
        "See a link.", "Then (a link!"
    )  # fmt: skip


PIECES = st.sampled_from(
    [
        *("No. ", "Fig. ", "Jan. ", "5", "12 ", "no. ", "Go. ", "u.s. ", "U.S. ", "## ", "1. ", "\n", "\n\n"),
        *("word ", "And ", "www.a.org", "https://a.b/c", "✅", ". ", "! ", "• ", "`x`", "&amp;", "[^1]", "[^1]: "),
        *("<div>", "</div>", "<td>", "5️⃣ ", "\\(", "\\)", "\\[", "\\]", "a@b.org", "।", "۔ ", "؟ ", "।\n"),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_more_text_only_adds_sentences(text: str) -> None:
    whole = read(text)
    said: tuple[str, ...] = ()
    for end in range(len(text) + 1):
        now = read(text[:end], final=False)
        assert now[: len(said)] == said, text[:end]
        assert whole[: len(now)] == now, text[:end]
        said = now


@given(st.lists(PIECES, max_size=25).map("".join))
def test_no_sign_stands_before_a_stop_alone(text: str) -> None:
    for sentence in read(text):
        assert " ." not in sentence.replace(" ...", "")
        assert "www." not in sentence
        assert "://" not in sentence
