"""The tree back to Markdown, for platforms that read it: what is written parses to the same tree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .markup import (
    Align,
    Block,
    Break,
    Cell,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Html,
    HtmlInline,
    Image,
    Inline,
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
    indented,
)

_SPECIAL = str.maketrans({sign: "\\" + sign for sign in "\\`*_<>~|$"})
_ALIGNS: dict[Align, str] = {"": "---", "left": ":---", "center": ":---:", "right": "---:"}


def to_markdown(blocks: Sequence[Block]) -> str:
    """Markdown that shows what the tree shows. Words that look like marks are escaped."""
    parts: list[str] = []
    before: Block | None = None
    other = False
    for block in blocks:
        # Two lists in a row would be one: the second takes the other kind of marker.
        other = (
            isinstance(block, List) and isinstance(before, List) and before.ordered == block.ordered and not other
        )
        parts.append(_list(block, other) if isinstance(block, List) else _block(block))
        before = block
    return "\n\n".join(parts)


def inline_markdown(content: Iterable[Inline]) -> str:
    """One line's spans as Markdown."""
    return _inlines(content, label=False)


def _inlines(content: Iterable[Inline], *, label: bool) -> str:
    """`label`: they stand in the brackets of a link."""
    parts: list[str] = []
    for node in content:
        written = _inline(node, label=label)
        if written.startswith("[") and parts and parts[-1].endswith("!"):
            parts[-1] = parts[-1][:-1] + "\\!"  # a link behind an exclamation mark is no image
        parts.append(written)
    return "".join(parts)


def _block(block: Block) -> str:
    match block:
        case Heading(level, children):
            line = inline_markdown(children).replace("\\\n", " ").replace("\n", " ")
            return f"{'#' * level} {line[:-1] + chr(92) + '#' if line.endswith('#') else line}".rstrip()
        case Paragraph(children):
            return _paragraph(children)
        case CodeBlock(text, language):
            fence = "`" * max(3, _longest_run(text, "`") + 1)
            return f"{fence}{language}\n{text}\n{fence}" if text else f"{fence}{language}\n{fence}"
        case List():
            return _list(block, other=False)
        case Quote(blocks):
            return indented(to_markdown(blocks), "> ", "> ")
        case Table(align, head, rows):
            lines = [_row(head), "| " + " | ".join(_ALIGNS[one] for one in align) + " |", *map(_row, rows)]
            return "\n".join(lines)
        case Rule():
            return "***"
        case Math(tex, left, right):
            return f"{left}\n{tex}\n{right}"
        case Html(html):
            return html


def _list(block: List, other: bool) -> str:
    boxes = {None: "", False: "[ ] ", True: "[x] "}
    written: list[str] = []
    for number, item in enumerate(block.items):
        sign = f"{block.start + number}{')' if other else '.'} " if block.ordered else "* " if other else "- "
        # A list right behind a marker takes the other one: "- - -" would be a rule.
        parts = [
            _list(one, not other) if isinstance(one, List) and place == 0 else _block(one)
            for place, one in enumerate(item.blocks)
        ]
        content = ("\n" if block.tight else "\n\n").join(parts)
        written.append(indented(boxes[item.checked] + content, sign, " " * len(sign)))
    return ("\n" if block.tight else "\n\n").join(written)


def _row(cells: Sequence[Cell]) -> str:
    # A bar in a formula or in code must not end its cell either.
    written = (inline_markdown(cell).replace("\\|", "|").replace("|", "\\|") for cell in cells)
    return "| " + " | ".join(cell.replace("\\\n", "<br>").replace("\n", " ") for cell in written) + " |"


def _paragraph(content: Sequence[Inline]) -> str:
    return "\n".join(_not_a_block(line) for line in inline_markdown(content).split("\n"))


def _not_a_block(line: str) -> str:
    """A line of words that does not begin like a heading, a list or a rule."""
    words = line.lstrip(" \t")
    if words[:1] in ("#", "-", "+", "="):
        return "\\" + words
    if words.startswith("[") and "]:" in words:
        return "&#91;" + words[1:]  # not the definition of a link
    digits = len(words) - len(words.lstrip("0123456789"))
    if 0 < digits < 10 and words[digits : digits + 1] in (".", ")"):
        return words[:digits] + "\\" + words[digits:]
    return words


def _inline(node: Inline, *, label: bool) -> str:
    match node:
        case Str(text):
            return _words(text, label=label)
        case Strong(children):
            return f"**{_inlines(children, label=label)}**"
        case Emphasis(children):
            return f"*{_inlines(children, label=label)}*"
        case Strike(children):
            return f"~~{_inlines(children, label=label)}~~"
        case Code(text):
            return _code(text)
        case LinkTo():
            return _link(node)
        case Image(alt, url, title):
            return f"![{_words(alt, label=True)}]({_destination(url, title)})"
        case Break(hard):
            return "\\\n" if hard else "\n"
        case MathInline(tex, _, left, right):
            return f"{left}{tex}{right}"
        case HtmlInline(html):
            return html


def _words(text: str, *, label: bool) -> str:
    escaped = text.translate(_SPECIAL)
    if "&" in escaped and ";" in escaped:
        escaped = escaped.replace("&", "\\&")  # what looks like an entity is none
    # Brackets are written as entities, and only where they would mean something: for some readers a backslash
    # before them begins a formula.
    if label:
        return escaped.replace("[", "&#91;").replace("]", "&#93;")
    return escaped.replace("](", "&#93;(")


def _link(node: LinkTo) -> str:
    if node.bare:
        shown = "".join(child.text for child in node.children if isinstance(child, Str))
        return shown if node.url in (shown, "mailto:" + shown) else f"<{node.url.removeprefix('mailto:')}>"
    return f"[{_inlines(node.children, label=True)}]({_destination(node.url, node.title)})"


def _destination(url: str, title: str) -> str:
    address = url or "<>"
    if "(" in address or ")" in address:
        address = address.replace("(", "\\(").replace(")", "\\)")
    if "&" in address and ";" in address:
        address = address.replace("&", "\\&")
    if not title:
        return address
    return f'{address} "{_words(title, label=False).replace(chr(34), chr(92) + chr(34))}"'


def _code(text: str) -> str:
    ticks = "`" * (_longest_run(text, "`") + 1)
    padded = text[:1] in ("`", " ") or text[-1:] in ("`", " ")
    pad = " " if padded and text.strip(" ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _longest_run(text: str, sign: str) -> int:
    longest = run = 0
    for one in text:
        run = run + 1 if one == sign else 0
        longest = max(longest, run)
    return longest
