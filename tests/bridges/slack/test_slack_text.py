"""Texts as Slack reads them: Markdown and mrkdwn, in which nobody is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.slack.readable import calls
from trunkline import markup
from trunkline.dialects import Dialect
from trunkline_bridges.slack.drawing.text import draw, mrkdwn, sure_length

MATH = Dialect((("$$", "$$", True), ("$", "$", False)))


@pytest.mark.parametrize(
    ("written", "markdown", "slack"),
    [
        ("Hello **you**, *it* ~~no~~", "Hello **you**, *it* ~~no~~", "Hello *you*, _it_ ~no~"),
        ("# Head *x*", "# Head *x*", "*Head _x_*"),
        ("a < b & c > d", "a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("snake_case and 5 * 3", "snake_case and 5 \\* 3", "snake_case and 5 * 3"),
        ("- a\n  - b\n- [x] c", "- a\n  - b\n- [x] c", "• a\n    • b\n• ☑ c"),
        ("3. a\n4. b", "3. a\n4. b", "3. a\n4. b"),
        ("> a\n> > b", "> a\n>\n> > b", "> a\n> \n> b"),
        ("```py\nif a < b:\n```", "```py\nif a < b:\n```", "```\nif a &lt; b:\n```"),
        ("`a_b`", "`a_b`", "`a_b`"),
        ("[site](https://x.org/a_b)", "[site](https://x.org/a_b)", "<https://x.org/a_b|site>"),
        ("https://x.org/_a*b_/", "https://x.org/_a*b_/", "<https://x.org/_a*b_/>"),
        ("![A cat](https://x.org/c.png)", "[🖼 A cat](https://x.org/c.png)", "<https://x.org/c.png|🖼 A cat>"),
        ("![A cat](data:image/png;base64,xx)", "🖼 A cat", "🖼 A cat"),
        ("$x^2$ is **it**", "x² is **it**", "x² is *it*"),
        ("a<b>c</b>d", "acd", "acd"),
        ("<p>One</p>", "One", "One"),
        ("one\ntwo", "one  \ntwo", "one\ntwo"),
        ("a\n\n---\n\nb", "a\n\n***\n\nb", "a\n\n────────────\n\nb"),
        (
            "|a|b|\n|:-|-:|\n|1\\|2|**x**|",
            "| a | b |\n| :--- | ---: |\n| 1\\|2 | **x** |",
            "```\na    b\n───  ─\n1|2  x\n```",
        ),
    ],
)
def test_marks(written: str, markdown: str, slack: str) -> None:
    assert draw(written, MATH) == markdown
    assert mrkdwn(written, MATH) == slack


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>", "<!here> you", "`<@U123ABC>`", "```\n<!everyone>\n```", "&lt;!channel&gt;", "<@U123ABC|ann>",
        "**<@W123ABC>**", "| a |\n|-|\n| <@U123ABC> |", "<\\!channel>", "\\<@U123ABC>", "<https://x.org/<@U123ABC>>",
        "[<@U123ABC>](https://x.org)", "![<@U123ABC>](https://x.org/<!here>)", "<!subteam^S1>",
        "<p><@U123ABC></p>",
    ],
)  # fmt: skip
def test_nobody_is_called(text: str) -> None:
    for drawn in (draw(text), mrkdwn(text), draw(text, Dialect(markdown=False)), draw(text, growing=True)):
        assert calls(drawn, []) == set(), drawn


@given(st.text(st.sampled_from("<@!#U1AB>|&;lt`*_[]()\n \\-"), max_size=60))
def test_nobody_is_called_whatever_is_written(text: str) -> None:
    for drawn in (draw(text), mrkdwn(text), draw(text, growing=True), draw(text, Dialect(markdown=False))):
        assert calls(drawn, []) == set(), drawn


def test_code_is_as_it_was_written() -> None:
    code = "#include <vector>\n<!DOCTYPE html> & <b>*x*_"
    assert draw(f"```cpp\n{code}\n```") == f"```cpp\n{code}\n```"
    assert draw("`a*b_c & <b>`") == "`a*b_c & <b>`"
    assert draw("`` a`b ``") == "`` a`b ``"


def test_words_that_look_like_marks_are_words() -> None:
    for text in ("\\*no\\*", "1\\. no", "\\# no", "\\- no", "\\> no", "a \\| b", "\\[no](x)", "\\~~no~~"):
        (block,) = markup.parse(draw(text))
        assert isinstance(block, markup.Paragraph), text
        assert markup.inline_text(block.children) == markup.inline_text(markup.parse(text)[0].children)  # type: ignore[union-attr]


def test_what_is_no_markdown_is_words() -> None:
    text = "# no *marks*\n- here"
    drawn = draw(text, Dialect(markdown=False))
    assert markup.to_text(markup.parse(drawn)) == text


WRITTEN = (
    "A **bold** word and `code` at https://x.org/a_b (see [this](https://y.org)).\n\n"
    "1. one\n2. *two*\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | x |\n\n```py\nfor x in y:\n    z()\n```\n\n"
    "The $x^2$ end."
)


def test_what_is_sure_stays() -> None:
    behind = 0
    for end in range(len(WRITTEN) + 1):
        text = WRITTEN[:end]
        drawn = draw(text, MATH, growing=True)
        sure = sure_length(text, MATH)
        assert sure <= len(drawn)
        behind = max(behind, len(drawn) - sure)
        for further in range(end + 1, len(WRITTEN) + 1):
            assert draw(WRITTEN[:further], MATH, growing=True).startswith(drawn[:sure]), (end, further)
    assert draw(WRITTEN, MATH).startswith(draw(WRITTEN, MATH, growing=True)[: sure_length(WRITTEN, MATH)])
    assert behind < 100


def test_most_of_a_growing_text_is_sure() -> None:
    text = "Some words that go on and on. " * 30
    assert sure_length(text, MATH) >= len(text) - 2
    assert sure_length("Some **unfinished", MATH) == len("Some ")
    assert sure_length("```py\nx = 1\ny = 2", MATH) == len("```py\nx = 1\ny = 2")


@given(st.text(st.sampled_from("ab *_`~[]()<>$|#-.1\n:/&;"), max_size=80), st.integers(0, 80))
def test_drawing_never_fails(text: str, end: int) -> None:
    draw(text[:end], MATH, growing=True)
    assert 0 <= sure_length(text[:end], MATH) <= len(draw(text[:end], MATH, growing=True))
    mrkdwn(text, MATH)
