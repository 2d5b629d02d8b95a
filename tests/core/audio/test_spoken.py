"""What of a reply is read out, and when."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trunkline.audio.spoken import plain, sentences, spoken_options, unsaid
from trunkline.dialects import Dialect
from trunkline.messages import Artifact, Inline, Media, Message, Notice, Option, Part, Reply, Text, Thought

FENCE = "```python\nprint('one. two')\n```"
TABLE = "| a. B | c |\n|---|---|\n| one. Two | 3 |"
MATH = Dialect(math=(("$$", "$$", True), ("$", "$", False)))


def reply(*parts: Part, **more: object) -> Reply:
    return Reply((Message("assistant", parts),), **more)  # type: ignore[arg-type]


def read(text: str, *, final: bool = True, dialect: Dialect = MATH, language: str = "") -> tuple[str, ...]:
    return sentences(reply(Text(text)), final, dialect, language)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello. How are you? Fine!", ("Hello.", "How are you?", "Fine!")),
        ("Dr. Smith pays 3.50 a day, e.g. on Mondays.", ("Dr. Smith pays 3.50 a day, e.g. on Mondays.",)),
        ("J. R. R. Tolkien wrote it. Read it.", ("J. R. R. Tolkien wrote it.", "Read it.")),
        ("Wait... what? “No.” She left.", ("Wait... what?", "“No.”", "She left.")),
        ("It was 1999. Then it rained.", ("It was 1999.", "Then it rained.")),
        ("你好。今天天气很好！我们走吧", ("你好。", "今天天气很好！", "我们走吧.")),
        ("¿Qué tal? ¡Bien! Vale.", ("¿Qué tal?", "¡Bien!", "Vale.")),
        ("Это стоит 5 тыс. рублей. Да.", ("Это стоит 5 тыс. рублей.", "Да.")),
        ("यह अच्छा है। ठीक", ("यह अच्छा है।", "ठीक.")),
        ("See main.py and v1.2.3 now", ("See main.py and v1.2.3 now.",)),
    ],
)
def test_sentences_of_several_languages(text: str, said: tuple[str, ...]) -> None:
    assert read(text) == said


def test_an_ordinal_ends_no_sentence_where_it_is_written_with_a_point() -> None:
    assert read("Am 3. Oktober. Danach.", language="de") == ("Am 3. Oktober.", "Danach.")
    assert read("Take 3. Others wait.", language="en") == ("Take 3.", "Others wait.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# A title\n\nWords", ("A title.", "Words.")),
        ("Some **bold. And** *more*_._", ("Some bold.", "And more.")),
        ("- one\n- two. Three\n\n7. seven\n8. eight", ("one.", "two.", "Three.", "7: seven.", "8: eight.")),
        ("> Quoted. Twice", ("Quoted.", "Twice.")),
        ("Read [the guide](https://x.org/a.b?c=d) now", ("Read the guide now.",)),
        ("Go to https://x.org/a.b?c=d. Then", ("Go to a link.", "Then.")),
        ("Say `pip` twice", ("Say pip twice.",)),
        ("Done ✅ 👩‍💻 really 🎉", ("Done really.",)),
        ("First line\nSecond line\ngoes on", ("First line.", "Second line goes on.")),
        ("<b>Hi</b> there<br>you", ("Hi there you.",)),
        ("So $x$ is $\\frac{1}{2}$. $$a. B$$ End", ("So x is a formula.", "a formula End.")),
        ("It costs $5. And $6. Fine", ("It costs $5.", "And $6.", "Fine.")),
        ("***\n\n---\n\n🎉", ()),
    ],
)
def test_markdown_is_read_as_plain_words(text: str, said: tuple[str, ...]) -> None:
    assert read(text) == said


def test_code_and_tables_are_named() -> None:
    text = f"Look:\n\n{FENCE}\n\n{FENCE}\n\nAnd:\n\n{TABLE}\n\nEnd"

    assert read(text) == ("Look:", "The code is in the chat.", "And:", "A table is in the chat.", "End.")
    assert read("a\n\n    indented. Code\n    more\n\nb") == ("a.", "The code is in the chat.", "b.")
    assert read("- item\n\n    still. Words") == ("item.", "still.", "Words.")


def test_without_markdown_marks_are_signs() -> None:
    plainly = Dialect(markdown=False)

    assert read("# 1 | 2\n|---|\n```\nx", dialect=plainly) == ("# 1 | 2.", "x.")


def test_only_whole_sentences_are_there_while_the_reply_runs() -> None:
    assert read("Hello. How are", final=False) == ("Hello.",)
    assert read("Hello.", final=False) == ()
    assert read("Version 3.", final=False) == ()
    assert read("One a | b", final=False) == ()
    assert read("Look:\n\n```py\nx", final=False) == ("Look:", "The code is in the chat.")


def test_a_first_clause_goes_early() -> None:
    clause = "When you look at it closely from all sides,"

    assert read(f"{clause} it", final=False) == (clause,)
    assert read(f"Well. {clause} it", final=False) == ("Well.",)
    assert read("Short one, it", final=False) == ()
    assert read("这个问题其实需要从很多不同的方面来仔细看一看，然后", final=False)[0].endswith("，")


def test_what_never_ends_is_cut_at_a_word() -> None:
    said = read("word " * 300)

    assert len(said) > 2
    assert max(map(len, said)) < 450
    assert " ".join(said).replace(".", "").split() == ["word"] * 300


def test_thoughts_are_silent_and_media_are_named() -> None:
    picture = Media("image", Inline(b""))
    shown = reply(
        Thought("Thinking", (Text("Secret."),)), Text("Here"), picture, picture, Media("audio"), Text("and more")
    )

    assert sentences(shown, False) == ("Here.", "A picture is in the chat.")
    assert sentences(shown, True) == ("Here.", "A picture is in the chat.", "and more.")


def test_what_stands_at_the_end() -> None:
    offered = Message("assistant", (Text("Choose"),), options=(Option("y", "Yes!"), Option("no way")))
    ended = Reply((offered,), (Artifact("table"),), (Notice("warning", "Careful", "Oh"), Notice("queue")), "final")

    assert sentences(ended, True) == (
        "Choose.", "A table is in the chat.", "Oh. Careful.", "One: Yes.", "Two: no way."
    )  # fmt: skip
    assert sentences(ended, False) == ()
    assert spoken_options(offered.options, "fr-CA") == ("Un: Yes.", "Deux: no way.")
    assert sentences(reply(state="failed", error="The app **failed**."), True) == ("The app failed.",)


def test_a_chat_that_began_anew_is_read_from_the_last_question_on() -> None:
    messages = tuple(Message(role, (Text(text),)) for role, text in (("user", "a"), ("assistant", "b")))  # type: ignore[arg-type]

    assert sentences(Reply((*messages, *messages), anew=True), True) == ("b.",)


def test_what_is_still_to_be_said() -> None:
    assert unsaid(("A.", "B."), ("A.", "B.", "C.")) == ("C.",)
    assert unsaid(("A.", "B."), ("X.", "B.", "C.")) == ("X.", "C.")
    assert unsaid((), ("A.",)) == ("A.",)
    assert unsaid(("A.",), ()) == ()


def test_a_title_is_read_plainly() -> None:
    assert plain("**A** [b](http://c.d)") == "A b."
    assert plain(" \n") == ""


def test_what_is_written_twice_is_said_twice() -> None:
    assert read("Ha. Ha. Ha.") == ("Ha.", "Ha.", "Ha.")


PIECES = st.sampled_from(
    [
        *"abA1 .,!?;:\n|-#>*_`~[]()<$\\\t",
        "\n\n", "word ", "Next ", "3.14", "Dr. ", "e.g. ", "**", "```", "~~~", "```py\n", "$$", "|---|", "\n---\n",
        "- ", "1. ", "    ", "> ", "](http://x.y/z.w?v) ", "https://a.b/c. ",
        "。", "，", "你好", "🎉", "<br>", "...", "\r\n",
        "some words that go on for a while, ", "a | b\n",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS, st.sampled_from([MATH, Dialect(line_breaks=False), Dialect(markdown=False)]))
@example("a | b\n|---|\n", MATH)
@example("One. a | b\n|---|\n| c |", MATH)
@example("```\n``\n```\n|a|\n|-|\n```\n", MATH)
def test_more_text_only_adds_sentences(text: str, dialect: Dialect) -> None:
    whole = read(text, dialect=dialect)
    said: tuple[str, ...] = ()
    for end in range(len(text) + 1):
        now = read(text[:end], final=False, dialect=dialect)
        assert now[: len(said)] == said, text[:end]
        assert whole[: len(now)] == now, text[:end]
        said = now


@given(st.text(max_size=200))
def test_whatever_is_written_can_be_read(text: str) -> None:
    for sentence in read(text):
        assert sentence == " ".join(sentence.split())
        assert any(sign.isalnum() for sign in sentence)


@given(TEXTS, TEXTS)
def test_a_part_that_follows_only_adds_sentences(first: str, second: str) -> None:
    before = read(first, final=False)
    after = sentences(reply(Text(first), Text(second)), False, MATH)

    assert after[: len(before)] == before
