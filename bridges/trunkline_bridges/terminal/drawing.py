"""Replies as lines of a terminal: the tree of their Markdown, drawn with rich."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import Any, TypeAlias

from rich.box import ROUNDED
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule as HorizontalRule
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax
from rich.table import Table as Grid
from rich.text import Text as Words

from trunkline import markup
from trunkline.markup import Block, Inline
from trunkline.markup_rules import Delimiter
from trunkline.quantities import seconds_text, whole_seconds_text

from .options import Colour
from .wording import clean, ending_text, media_text, notice_text, will_change

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
Elapsed: TypeAlias = "Callable[[Mapping[str, Any]], float]"
_DIM = Style(dim=True)
_PLAIN = Style()
_ADDRESS = Style(color="blue", underline=True)
_SPANS: Mapping[type, Style] = {
    markup.Strong: Style(bold=True),
    markup.Emphasis: Style(italic=True),
    markup.Strike: Style(strike=True),
    markup.Code: Style(color="cyan"),
    markup.MathInline: Style(italic=True),
    markup.HtmlInline: _DIM,
}
_KEPT_BLOCKS = 512
_HEADINGS = {1: "bold underline", 2: "bold", 3: "bold italic"}
_DEEPEST = 12
"""Columns that indentation leaves at least."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines with their colours; the first `stable` of them stay as they are while the reply grows."""

    lines: tuple[str, ...]
    stable: int


@dataclass(frozen=True, slots=True)
class _Section:
    """A block of a reply. Those of one `kind` stand close together; others have space between them."""

    lines: tuple[str, ...]
    stable: bool = True
    kind: str = ""


def _no_time(thought: Mapping[str, Any]) -> float:
    return 0.0


class Pen:
    """Draws at one width."""

    def __init__(self, width: int, colour: Colour) -> None:
        self.width = width
        self._console = Console(
            file=StringIO(),
            width=width,
            force_terminal=True,
            color_system=None if colour == "never" else "auto",
            no_color=False if colour == "always" else None,
            highlight=False,
            emoji=False,
            markup=False,
            legacy_windows=False,
        )
        self._block = lru_cache(_KEPT_BLOCKS)(self._draw_block)

    def lines(self, content: RenderableType) -> tuple[str, ...]:
        """Any of rich's renderables."""
        with self._console.capture() as captured:
            self._console.print(content, end="")
        return tuple(captured.get().removesuffix("\n").split("\n"))

    def styled(self, text: str, style: str) -> tuple[str, ...]:
        """Plain text in one style, wrapped."""
        return self.lines(Words(clean(text), style=style, overflow="fold"))

    def reply(self, body: Mapping[str, Any], elapsed: Elapsed = _no_time, math: Sequence[Delimiter] = ()) -> Drawn:
        """A reply; `elapsed` gives the seconds a thought is pending, `math` the delimiters of the app's LaTeX."""
        final = bool(body["final"])
        sections = [*self._parts(body["parts"], final, elapsed, tuple(math))]
        if final:
            sections += [_Section(self.lines(drawn)) for drawn in _after(body)]
        else:
            sections += [_Section(self.lines(_artifact(artifact)), False) for artifact in body["artifacts"]]
        lines: list[str] = []
        stable = 0
        before: _Section | None = None
        settled = True
        for section in sections:
            if before is not None and not (section.kind and section.kind == before.kind):
                lines.append("")
            lines += section.lines
            before = section
            settled = settled and section.stable
            stable = len(lines) if settled else stable
        return Drawn(tuple(lines), stable)

    def _parts(
        self, parts: Sequence[Mapping[str, Any]], final: bool, elapsed: Elapsed, math: tuple[Delimiter, ...]
    ) -> Iterator[_Section]:
        for number, part in enumerate(parts):
            if part["type"] == "text":
                blocks = markup.parse(clean(part["text"]), math)
                for place, block in enumerate(blocks):
                    # The last block may still become another one, or a longer one.
                    ended = final or number < len(parts) - 1 or place < len(blocks) - 1
                    yield _Section(self._block(block), ended)
            else:
                lines = self.lines(_part(part, elapsed))
                yield _Section(lines, final or not will_change(part), part["type"])

    def _draw_block(self, block: Block) -> tuple[str, ...]:
        return self.lines(_blocks((block,)))


class Indented:
    """Content behind a prefix: list items, quotes, what belongs to a thought."""

    def __init__(self, content: RenderableType, first: Words, others: Words | None = None) -> None:
        self._content = content
        self._first = first
        self._others = others or Words(" " * first.cell_len)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(_DEEPEST, options.max_width - self._first.cell_len)
        lines = console.render_lines(self._content, options.update(width=width), pad=False)
        for number, line in enumerate(lines):
            prefix = self._first if number == 0 else self._others
            yield from prefix.render(console)
            yield from line
            yield Segment.line()


def _after(body: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What stands below the parts of a reply that has ended."""
    yield from (_artifact(artifact) for artifact in body["artifacts"])
    notices = [text for notice in body["notices"] if (text := notice_text(notice))]
    if notices:
        yield Words("\n".join(f"ℹ {text}" for text in notices), style="yellow")
    ending = ending_text(body)
    if ending:
        failed = body["state"] == "failed"
        yield Words(f"{'✗' if failed else '■'} {ending}", style="red" if failed else "yellow")
    if body["options"]:
        yield options_list([str(option.get("label") or option["value"]) for option in body["options"]])


def spinner(elapsed: float) -> str:
    """A sign that turns."""
    return _SPINNER[int(elapsed * 10) % len(_SPINNER)]


def options_list(labels: Sequence[str]) -> RenderableType:
    """Numbered choices."""
    width = len(str(len(labels)))
    return Group(
        *(
            Indented(Words(clean(" ".join(label.split()))), Words(f" {number:>{width}}  ", style="bold cyan"))
            for number, label in enumerate(labels, 1)
        )
    )


def _part(part: Mapping[str, Any], elapsed: Elapsed) -> RenderableType:
    match part["type"]:
        case "thought":
            return _thought(part, elapsed)
        case "media":
            return _media(part)
        case "artifact":
            return _artifact(part)
        case _:
            return Group(*_spaced(markup.parse(clean(str(part.get("text", ""))))))


def _media(media: Mapping[str, Any]) -> RenderableType:
    style = "red" if media.get("error") else "magenta"
    return Indented(Words(media_text(media), style=style, overflow="fold"), Words("▣ ", style=style))


def _thought(thought: Mapping[str, Any], elapsed: Elapsed) -> RenderableType:
    pending = thought.get("status") == "pending"
    waited = elapsed(thought) if pending else 0.0
    sign = spinner(waited) if pending else "✓"
    seconds = thought.get("duration")
    title = Words(clean(str(thought["title"])), style="italic dim")
    if waited >= 1:
        title.append(f" · {whole_seconds_text(waited)}", style="not italic dim")
    elif seconds is not None:
        title.append(f" · {seconds_text(seconds)}", style="not italic dim")
    inner: list[RenderableType] = [
        Indented(_dimmed(_part(part, elapsed)), Words("  ")) for part in thought.get("parts", ())
    ]
    if thought.get("log"):
        inner.append(Indented(Words(clean(str(thought["log"])), style="dim"), Words("  ")))
    return Group(Indented(title, Words(f"{sign} ", style="yellow" if pending else "green dim")), *inner)


class _Dimmed:
    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from Segment.apply_style(console.render(self._content, options), _DIM)


def _dimmed(content: RenderableType) -> RenderableType:
    return _Dimmed(content)


def _artifact(artifact: Mapping[str, Any]) -> RenderableType:
    label = clean(str(artifact.get("label") or artifact["kind"]))
    return Group(Words(f"▤ {label}", style="bold magenta"), Indented(_artifact_content(artifact), Words("  ")))


def _artifact_content(artifact: Mapping[str, Any]) -> RenderableType:
    value = artifact.get("value")
    match artifact["kind"]:
        case "media":
            return _media(artifact["media"])
        case "code":
            return _code(clean(str(value)), clean(artifact.get("language") or ""))
        case "table" if isinstance(value, Mapping):
            grid = Grid(*(clean(str(name)) for name in value.get("headers", ())), box=ROUNDED)
            for row in value.get("data", ()):
                grid.add_row(*(clean(str(cell)) for cell in row))
            return grid
        case "text":
            return Words(clean(str(value)))
        case _:
            return _code(clean(json.dumps(value, ensure_ascii=False, indent=2)), "json")


def _spaced(blocks: Iterable[Block], tight: bool = False) -> Iterator[RenderableType]:
    for number, block in enumerate(blocks):
        if number and not tight:
            yield Words("")
        yield _block(block)


def _blocks(blocks: Iterable[Block], tight: bool = False) -> RenderableType:
    return Group(*_spaced(blocks, tight))


def _block(block: Block) -> RenderableType:
    match block:
        case markup.Heading(level, children):
            return _inline(children, _HEADINGS.get(level, "italic"))
        case markup.Paragraph(children):
            return _inline(children)
        case markup.CodeBlock(text, language):
            return Indented(_code(text, language), Words("  "))
        case markup.Quote(blocks):
            bar = Words("▌ ", style="dim")
            return Indented(_blocks(blocks), bar, bar)
        case markup.List():
            return Group(*_items(block))
        case markup.Table():
            return _table(block)
        case markup.Rule():
            return HorizontalRule(style="dim")
        case markup.Math(tex):
            return Indented(Words(tex, style="italic"), Words("  "))
        case markup.Html(html):
            return Words(html, style="dim")


def _items(block: markup.List) -> Iterator[RenderableType]:
    marks = {None: "", False: "☐ ", True: "☑ "}
    last = block.start + len(block.items) - 1
    for number, item in enumerate(block.items):
        if number and not block.tight:
            yield Words("")
        sign = (
            f"{block.start + number:>{len(str(last))}}. "
            if block.ordered
            else ("• " if item.checked is None else "")
        )
        yield Indented(_blocks(item.blocks, block.tight), Words(f" {sign}{marks[item.checked]}", style="cyan"))


def _code(text: str, language: str) -> RenderableType:
    # Colours of the terminal's own palette on its own ground: readable on dark and light ones.
    return Syntax(
        text, language or "text", theme="ansi_dark", background_color="default", word_wrap=True, padding=0
    )


def _table(table: markup.Table) -> RenderableType:
    grid = Grid(box=ROUNDED, border_style="dim", show_lines=False)
    for align, cell in zip(table.align, table.head, strict=True):
        grid.add_column(_inline(cell, "bold"), justify=align or "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(_inline(cell) for cell in row))
    return grid


def _inline(content: Iterable[Inline], style: str = "") -> Words:
    words = Words(overflow="fold")
    _append(words, content, Style.parse(style))
    return words


def _append(words: Words, content: Iterable[Inline], style: Style) -> None:
    for node in content:
        match node:
            case markup.Strong(children) | markup.Emphasis(children) | markup.Strike(children):
                _append(words, children, style + _SPANS[type(node)])
            case markup.LinkTo(children, url, bare=bare):
                _append_link(words, children, url, bare, style)
            case markup.Image(alt, url):
                words.append(f"▣ {alt} " if alt else "▣ ", style)
                words.append(url, style + _ADDRESS)
            case markup.Break():
                words.append("\n")
            case markup.Str(text) | markup.Code(text) | markup.MathInline(text) | markup.HtmlInline(text):
                words.append(text, style + _SPANS.get(type(node), _PLAIN))


def _append_link(words: Words, children: Iterable[Inline], url: str, bare: bool, style: Style) -> None:
    """The label with the address behind it, so that it can be read, copied and followed anywhere."""
    address = style + _ADDRESS
    label = markup.inline_text(children)
    if bare or label == url or not label:
        words.append(url, address)
        return
    _append(words, children, style + Style(underline=True))
    words.append(" (", style + _DIM)
    words.append(url, address)
    words.append(")", style + _DIM)
