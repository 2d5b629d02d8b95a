"""Markdown as a tree: parsed once, drawn by every render.

The tree is small and immutable, and safe to walk recursively: nesting is bounded by `MAX_DEPTH`, and what is
nested deeper is kept as plain text, so nothing is lost. Addresses that could run code (`javascript:`) are no
links but text. HTML is kept as it was written, apart, for each render to show as text or to leave out; it is
never trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .markup_rules import Delimiter, bound_nesting, recognise_math

MAX_DEPTH = 16
"""How deeply blocks, and apart from them spans, nest in a tree."""
_KEPT_PARSERS = 32

Align: TypeAlias = Literal["", "left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Str:
    """Plain words, nothing escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class LinkTo:
    """`bare`: the address was written as it is and is its own label."""

    children: tuple[Inline, ...]
    url: str
    title: str = ""
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    alt: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line within a paragraph; `hard` when its writer asked for it."""

    hard: bool = False


@dataclass(frozen=True, slots=True)
class MathInline:
    """LaTeX within a line, without its delimiters `left` and `right`; `display` asks for a line of its own."""

    tex: str
    display: bool = False
    left: str = "$"
    right: str = "$"


@dataclass(frozen=True, slots=True)
class HtmlInline:
    """One tag, entity or comment, as it was written."""

    html: str


Inline: TypeAlias = "Str | Strong | Emphasis | Strike | Code | LinkTo | Image | Break | MathInline | HtmlInline"


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    """1 to 6."""
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`text` without its last line end; `language` is the first word after the fence."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """`checked` is None for what is no task."""

    blocks: tuple[Block, ...]
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class List:
    """`start` is the first number of an ordered list; `tight` lists have no space between items."""

    items: tuple[Item, ...]
    ordered: bool = False
    start: int = 1
    tight: bool = True


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]


Cell: TypeAlias = "tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `head` and `align`."""

    align: tuple[Align, ...]
    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    pass


@dataclass(frozen=True, slots=True)
class Math:
    """LaTeX that stands by itself, without its delimiters `left` and `right`."""

    tex: str
    left: str = "$$"
    right: str = "$$"


@dataclass(frozen=True, slots=True)
class Html:
    """A block of HTML, as it was written."""

    html: str


Block: TypeAlias = "Heading | Paragraph | CodeBlock | List | Quote | Table | Rule | Math | Html"


def parse(text: str, math: Iterable[Delimiter] = ()) -> tuple[Block, ...]:
    """The tree of a Markdown text: CommonMark with tables, strikethrough, task lists and bare addresses.

    `math` names the delimiters of LaTeX as an app's profile does: (left, right, display). Never raises, whatever
    the text; time is linear in its length.
    """
    tokens = _parser(tuple(math)).parse(text)
    return _Tree(tokens).blocks()


@lru_cache(maxsize=_KEPT_PARSERS)
def _parser(math: tuple[Delimiter, ...]) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": True, "maxNesting": MAX_DEPTH + 4})
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        # Names such as "main.py" are no addresses: only what begins with a scheme is, and e-mail.
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": True, "fuzzy_ip": False})
    # Addresses stay as they were written; what they may be is still checked.
    vars(parser)["normalizeLink"] = vars(parser)["normalizeLinkText"] = _as_written
    bound_nesting(parser, MAX_DEPTH)
    recognise_math(parser, math)
    return parser


_UNSAFE_IN_ADDRESS = {ord(sign): quote(sign) for sign in ' <>"|\\^`{}'} | {
    n: quote(chr(n)) for n in (*range(32), 127)
}


def _as_written(url: str) -> str:
    """An address unchanged but for signs that no address may hold, which would end it on some platform."""
    return url.translate(_UNSAFE_IN_ADDRESS)


@dataclass(slots=True)
class _Frame:
    """A block that is open, with what it holds so far."""

    token: Token | None
    blocks: list[Block] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    inline: tuple[Inline, ...] = ()
    cells: list[Cell] = field(default_factory=list)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    align: list[Align] = field(default_factory=list)
    tight: bool = True


class _Tree:
    """Builds the tree from the parser's flat list of tokens, with a stack instead of recursion."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._stack = [_Frame(None)]

    def blocks(self) -> tuple[Block, ...]:
        for token in self._tokens:
            if token.nesting > 0:
                self._stack.append(_Frame(token))
            elif token.nesting < 0:
                self._close(self._stack.pop(), self._stack[-1])
            elif token.type == "inline":
                self._stack[-1].inline = _inline_content(token)
            else:
                self._stack[-1].blocks.append(_leaf(token))
        return tuple(self._stack[0].blocks)

    def _close(self, frame: _Frame, parent: _Frame) -> None:
        assert frame.token is not None
        kind = frame.token.type.removesuffix("_open")
        if kind == "list_item":
            parent.items.append(_item(tuple(frame.blocks)))
            parent.tight = parent.tight and frame.tight
        elif kind == "paragraph":
            parent.tight = parent.tight and frame.token.hidden
            parent.blocks.append(Paragraph(frame.inline))
        elif kind in ("th", "td"):
            parent.cells.append(frame.inline)
            parent.align.append(_align(frame.token))
        elif kind == "tr":
            parent.rows.append(tuple(frame.cells))
            parent.align = frame.align
        elif kind in ("thead", "tbody"):
            parent.rows.extend(frame.rows)
            parent.align = frame.align
        else:
            parent.blocks.append(_container(kind, frame, frame.token))


def _container(kind: str, frame: _Frame, token: Token) -> Block:
    if kind == "heading":
        return Heading(int(token.tag[1:]), frame.inline)
    if kind == "table":
        return Table(tuple(frame.align), frame.rows[0], tuple(frame.rows[1:]))
    if kind in ("bullet_list", "ordered_list"):
        start = token.attrGet("start")
        return List(tuple(frame.items), kind == "ordered_list", 1 if start is None else int(start), frame.tight)
    assert kind == "blockquote", kind
    return Quote(tuple(frame.blocks))


def _leaf(token: Token) -> Block:
    if token.type == "fence":
        return CodeBlock(
            token.content.removesuffix("\n"), token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
        )
    if token.type == "code_block":
        return CodeBlock(token.content.removesuffix("\n"))
    if token.type == "html_block":
        return Html(token.content.rstrip("\n"))
    if token.type == "math_block":
        return Math(token.content, token.meta["left"], token.meta["right"])
    assert token.type == "hr", token.type
    return Rule()


def _item(blocks: tuple[Block, ...]) -> Item:
    """A list item; a task where it begins with a box."""
    first = blocks[0] if blocks else None
    if not isinstance(first, Paragraph) or not first.children or not isinstance(first.children[0], Str):
        return Item(blocks)
    text = first.children[0].text
    if text[:4] not in ("[ ] ", "[x] ", "[X] "):
        return Item(blocks)
    rest = (Str(text[4:]), *first.children[1:]) if text[4:] else first.children[1:]
    return Item((Paragraph(rest), *blocks[1:]), checked=text[1] != " ")


def _align(token: Token) -> Align:
    style = str(token.attrGet("style") or "")
    for align in ("left", "center", "right"):
        if style.endswith(align):
            return align
    return ""


def _inline_content(token: Token) -> tuple[Inline, ...]:
    plain = token.meta.get("plain")
    if plain is not None:
        return _lines(str(plain))
    return _inlines(token.children or ())


def _lines(text: str) -> tuple[Inline, ...]:
    content: list[Inline] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append(Break())
        if line:
            content.append(Str(line))
    return tuple(content)


def _inlines(tokens: Sequence[Token]) -> tuple[Inline, ...]:
    """Spans of a line; those deeper than `MAX_DEPTH` give their content to the one around them."""
    stack: list[tuple[Token | None, list[Inline]]] = [(None, [])]
    for token in tokens:
        if token.nesting > 0:
            stack.append((token, stack[-1][1] if len(stack) > MAX_DEPTH else []))
        elif token.nesting < 0:
            opened, content = stack.pop()
            assert opened is not None
            if len(stack) <= MAX_DEPTH:
                stack[-1][1].append(_span(opened, tuple(content)))
        else:
            _add(stack[-1][1], _single(token))
    return tuple(stack[0][1])


def _add(content: list[Inline], node: Inline) -> None:
    """Put words next to words together; white space around the end of a line means nothing."""
    last = content[-1] if content else None
    if isinstance(node, Break) and isinstance(last, Str):
        content[-1:] = [Str(last.text.rstrip(" "))] if last.text.rstrip(" ") else []
    if not isinstance(node, Str):
        content.append(node)
        return
    text = node.text.lstrip(" ") if isinstance(last, Break) else node.text
    if isinstance(last, Str):
        content[-1] = Str(last.text + text)
    elif text:
        content.append(Str(text))


def _span(token: Token, content: tuple[Inline, ...]) -> Inline:
    if token.type == "strong_open":
        return Strong(content)
    if token.type == "em_open":
        return Emphasis(content)
    if token.type == "s_open":
        return Strike(content)
    assert token.type == "link_open", token.type
    url, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
    return LinkTo(content, url, title, bare=token.info == "auto")


def _single(token: Token) -> Inline:
    match token.type:
        case "softbreak" | "hardbreak":
            return Break(hard=token.type == "hardbreak")
        case "code_inline":
            return Code(token.content)
        case "math_inline":
            return MathInline(token.content, token.meta["display"], token.meta["left"], token.meta["right"])
        case "image":
            alt = inline_text(_inlines(token.children or ()))
            return Image(alt, str(token.attrGet("src") or ""), str(token.attrGet("title") or ""))
        case "html_inline" if token.content.replace(" ", "").lower() in ("<br>", "<br/>"):
            return Break(hard=True)
        case "html_inline":
            return HtmlInline(token.content)
        case _:
            return Str(token.content)


def inline_text(content: Iterable[Inline]) -> str:
    """The words of a line, its marks left out; an address that is not its own label follows in brackets."""
    parts: list[str] = []
    for node in content:
        match node:
            case Str(text) | Code(text):
                parts.append(text)
            case Strong(children) | Emphasis(children) | Strike(children):
                parts.append(inline_text(children))
            case LinkTo(children, url, bare=bare):
                label = inline_text(children)
                parts.append(label if bare or label == url else f"{label} ({url})" if label else url)
            case Image(alt, url):
                parts.append(f"{alt} ({url})" if alt else url)
            case Break():
                parts.append("\n")
            case MathInline(tex):
                parts.append(tex)
            case HtmlInline():
                pass
    return "".join(parts)


def to_text(blocks: Sequence[Block]) -> str:
    """The tree as plain text: for places that show no Markdown, for speech, for a notification."""
    return "\n\n".join(text for text in map(_block_text, blocks) if text)


def _block_text(block: Block) -> str:
    match block:
        case Heading(children=children) | Paragraph(children):
            return inline_text(children)
        case CodeBlock(text):
            return text
        case Math(tex):
            return tex
        case Quote(blocks):
            return indented(to_text(blocks), "> ", "> ")
        case List():
            return ("\n" if block.tight else "\n\n").join(
                indented(_item_text(item, block.tight), marker, " " * len(marker))
                for item, marker in zip(block.items, markers(block), strict=True)
            )
        case Table(head=head, rows=rows):
            return "\n".join(" | ".join(map(inline_text, row)) for row in (head, *rows))
        case Rule():
            return "---"
        case Html():
            return ""


def markers(block: List) -> list[str]:
    """What stands before each item of a list when it is written as text: "- ", "2. ", "- [x] "."""
    boxes = {None: "", False: "[ ] ", True: "[x] "}
    return [
        (f"{block.start + number}. " if block.ordered else "- ") + boxes[item.checked]
        for number, item in enumerate(block.items)
    ]


def _item_text(item: Item, tight: bool) -> str:
    return ("\n" if tight else "\n\n").join(text for text in map(_block_text, item.blocks) if text)


def indented(text: str, first: str, others: str) -> str:
    """Lines behind a prefix; blank lines get no trailing white space."""
    lines = text.split("\n")
    return "\n".join(
        (first if number == 0 else others) + line if line else (first if number == 0 else others).rstrip()
        for number, line in enumerate(lines)
    )
