"""What Markdown becomes as a tree, as plain text, and as Markdown again."""

from __future__ import annotations

from functools import partial

import pytest

from fakes.cpu import least_seconds
from trunkline.markup import (
    MAX_DEPTH,
    Block,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Html,
    HtmlInline,
    Image,
    Inline,
    Item,
    LinkTo,
    List,
    Math,
    MathInline,
    Paragraph,
    Quote,
    Rule,
    Str,
    Strike,
    Strong,
    Table,
    parse,
    to_text,
)
from trunkline.markup_writer import to_markdown

MATH = (("$$", "$$", True), ("$", "$", False), ("\\(", "\\)", False), ("\\[", "\\]", True))


def line(text: str) -> tuple[Inline, ...]:
    (block,) = parse(text, MATH)
    assert isinstance(block, Paragraph)
    return block.children


def words(text: str) -> Paragraph:
    return Paragraph((Str(text),))


def test_spans() -> None:
    assert line("a **b *c*** ~~d~~ `e * f`") == (
        Str("a "),
        Strong((Str("b "), Emphasis((Str("c"),)))),
        Str(" "),
        Strike((Str("d"),)),
        Str(" "),
        Code("e * f"),
    )


def test_ends_of_lines() -> None:
    assert line("a\nb  \nc<br/>d") == (
        Str("a"),
        Break(),
        Str("b"),
        Break(hard=True),
        Str("c"),
        Break(hard=True),
        Str("d"),
    )


def test_escapes_and_entities_are_plain_words() -> None:
    assert line(r"\*a\* &amp; &lt;") == (Str("*a* & <"),)


def test_links_and_images() -> None:
    assert line("[a](https://x.y/z 't') ![b *c*](https://p.q)") == (
        LinkTo((Str("a"),), "https://x.y/z", "t"),
        Str(" "),
        Image("b c", "https://p.q"),
    )


def test_bare_addresses_are_links_and_file_names_are_not() -> None:
    assert line("https://a.b/c_d_e and me@example.org, main.py") == (
        LinkTo((Str("https://a.b/c_d_e"),), "https://a.b/c_d_e", bare=True),
        Str(" and "),
        LinkTo((Str("me@example.org"),), "mailto:me@example.org", bare=True),
        Str(", main.py"),
    )


@pytest.mark.parametrize(
    "scheme", ["javascript:", "JavaScript:", "vbscript:", "file:", "data:text/html,", "&#106;avascript:"]
)
def test_addresses_that_run_code_are_no_links(scheme: str) -> None:
    assert not any(isinstance(node, LinkTo) for node in line(f"[a]({scheme}alert)"))
    assert not any(isinstance(node, LinkTo) for node in line(f"<{scheme}alert>"))


def test_addresses_are_never_rewritten_but_for_signs_that_end_them() -> None:
    (link,) = line("[a](<https://ü.example/%zz a|b>)")
    assert isinstance(link, LinkTo)
    assert link.url == "https://ü.example/%zz%20a%7Cb"


def test_mentions_are_words_and_tags_are_html() -> None:
    assert line("<@12> <#3> <b>x</b>") == (Str("<@12> <#3> "), HtmlInline("<b>"), Str("x"), HtmlInline("</b>"))


def test_blocks() -> None:
    text = "# One\n\ntwo\n\n```py title\nthree\n\n```\n\n> four\n\n---\n\n<div>\nfive\n</div>"
    assert parse(text) == (
        Heading(1, (Str("One"),)),
        words("two"),
        CodeBlock("three\n", "py"),
        Quote((words("four"),)),
        Rule(),
        Html("<div>\nfive\n</div>"),
    )


def test_an_open_fence_is_code_to_the_end() -> None:
    assert parse("```py\na = 1") == (CodeBlock("a = 1", "py"),)


def test_lists_and_tasks() -> None:
    assert parse("- [ ] a\n- [x] b\n- c") == (
        List((Item((words("a"),), False), Item((words("b"),), True), Item((words("c"),)))),
    )
    assert parse("3. a\n\n   b\n4. c") == (
        List((Item((words("a"), words("b"))), Item((words("c"),))), ordered=True, start=3, tight=False),
    )


def test_table_rows_are_as_wide_as_its_head() -> None:
    assert parse("| a | b |\n|:-:|--:|\n| `x\\|y` |\n| 1 | 2 | 3 |") == (
        Table(
            ("center", "right"),
            ((Str("a"),), (Str("b"),)),
            (((Code("x|y"),), ()), ((Str("1"),), (Str("2"),))),
        ),
    )


def test_math_between_the_given_delimiters() -> None:
    assert line(r"a $x_1$ b \(y*z*\) c \[w\] d") == (
        Str("a "),
        MathInline("x_1"),
        Str(" b "),
        MathInline("y*z*", left="\\(", right="\\)"),
        Str(" c "),
        MathInline("w", display=True, left="\\[", right="\\]"),
        Str(" d"),
    )
    assert parse("text\n$$\na\n= b\n$$\n> \\[ c \\]", MATH) == (
        words("text"),
        Math("a\n= b"),
        Quote((Math("c", "\\[", "\\]"),)),
    )


def test_money_code_and_unclosed_delimiters_are_no_math() -> None:
    assert line("it costs $5 and $6, or $7") == (Str("it costs $5 and $6, or $7"),)
    assert line("`$x$` \\$y\\$") == (Code("$x$"), Str(" $y$"))
    assert parse("$$\nnever closed\n\nnext", MATH)[-1] == words("next")


def test_without_delimiters_nothing_is_math() -> None:
    assert parse("$x$") == (words("$x$"),)


def test_plain_text() -> None:
    text = (
        "# T\n\na [b](https://c.d) https://e.f\n\n- [x] one\n  - two\n\n> q\n> r\n\n"
        "| h | i |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```"
    )
    assert to_text(parse(text)) == (
        "T\n\na b (https://c.d) https://e.f\n\n- [x] one\n      - two\n\n> q\n> r\n\nh | i\n1 | 2\n\ncode"
    )


@pytest.mark.parametrize("sign", ["> ", "- ", "1. ", "* 1. > "])
def test_nothing_is_lost_however_deeply_it_is_nested(sign: str) -> None:
    tree = parse(sign * 10_000 + "deep down")
    assert "deep down" in to_text(tree)
    assert depth(tree) <= MAX_DEPTH + 2


def depth(blocks: tuple[Block, ...]) -> int:
    level, deepest = list(blocks), 0
    while level:
        deepest += 1
        inner: list[Block] = []
        for block in level:
            if isinstance(block, Quote):
                inner.extend(block.blocks)
            elif isinstance(block, List):
                inner.extend(one for item in block.items for one in item.blocks)
        level = inner
    return deepest


@pytest.mark.parametrize("sign", ["*", "**a ", "[", "![", "~~a", "_a *b "])
def test_deeply_nested_spans_stay_shallow_and_whole(sign: str) -> None:
    assert "deep" in to_text(parse(sign * 2_000 + "deep" + sign[::-1] * 2_000))


ROUND_TRIPS = [
    "# H *x* \\#",
    "[a **b**](https://a.b/x?x=1&y=2 'T') https://c.d/e_f_g me@x.co <b>x</b>\nnext  \nhard",
    '[a](https://a.b/(c)d) ![alt](https://u/a_(b "t") [](<>)',
    "- [ ] a\n- [x] b\n  > q\n\n- z",
    "3) z\n4) y\n\n   para\n\n1. other",
    "- a\n\n* b\n\n- c",
    "- a\n  - b\n    1. c\n\n       ```\n       code\n\n       more\n       ```\n- d",
    "| a | b |\n|:-|-:|\n| `x\\|y` | a\\|b |\n| 2 |",
    "```py x\ncode\n\n```\n---\n<details>\nfoo\n</details>",
    "````\n```\n````",
    "costs $5 $x^2$ \\(a_b\\)\n\n$$\na\n= b\n$$\n\n> \\[\n> q\n> \\]",
    "**a *b* c** ~~x~~ ``a`b`` ` `` ` \\* 1\\. \\# x",
    "1\\. no\n\n\\# no\n\n\\- no\n\n\\+ no\n\na\n\\=\\=\\=",
    "hey\\![a](https://b.c) \\[no\\](https://b.c) [x\\]y](https://b.c)\n\\[a]: b",
    "a &amp;amp; b &lt;b> <@123> & c",
    "    indented code\n\n<!-- c -->\n\n> > a\n> b",
]


@pytest.mark.parametrize("text", ROUND_TRIPS)
def test_markdown_that_is_written_parses_to_the_same_tree(text: str) -> None:
    tree = parse(text, MATH)
    assert parse(to_markdown(tree), MATH) == tree


def test_a_parser_is_made_once() -> None:
    parse("warm up", MATH)
    assert least_seconds(lambda: [parse("a", MATH) for _ in range(100)]) < 1


@pytest.mark.parametrize(
    "sample",
    [
        "word ",
        "[",
        "![",
        "*a ",
        "`",
        "$a ",
        "\\(",
        "$$\n",
        "> ",
        "- a\n",
        "|a",
        "|a|b|\n|-|-|\n",
        "<a ",
        "a@b.c ",
        "https://a.b ",
    ],
)
def test_time_is_linear(sample: str) -> None:
    """Eight times the text takes about eight times as long."""
    seconds = []
    for size in (5_000, 40_000):
        text = sample * (size // len(sample))
        seconds.append(least_seconds(partial(parse, text, MATH)))
    assert seconds[1] < 30 * seconds[0] + 0.2, seconds
