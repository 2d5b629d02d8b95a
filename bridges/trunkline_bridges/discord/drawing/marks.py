"""Discord's marks: how they are written, and how words are kept from being taken for them. Pure."""

from __future__ import annotations

import re
from typing import Final

ZERO_WIDTH: Final = "\u200b"
_ADDRESS: Final = re.compile(r"(https?://[^\s<>]+)")
_MARK: Final = re.compile(
    r"[\\*`]"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"  # within a word it means nothing
    r"|~(?=~)|(?<=~)~|^~|~$"
    r"|\|(?=\|)|(?<=\|)\||^\||\|$"
    r"|<(?=[@#:/A-Za-z])"  # mentions, emoji, times
    r"|:(?=(?:[A-Za-z_+-][\w+-]*|100|1234):)"  # :emoji:
    r"|\((?<=\]\()"  # links
)
_MENTION: Final = re.compile(r"@(?=everyone|here|[!&]?\d)")
_BEGINNING: Final = re.compile(
    r"((?:\*\*|\*|~~)* *)"  # marks before it do not hide it
    r"(?:(#{1,3}|-#|[-+]|>(?:>>)?)(?=\s|$)|(\d+)(?=\.(?:\s|$)))"
)
_NOT_AT_THE_END: Final = frozenset(".,:;'")
"""Signs in which no address of a masked link may end."""


def escape(text: str) -> str:
    """Words within a line: no sign of them is a mark, nobody is mentioned; addresses stay as they are."""
    if "://" not in text:
        return _escape(text)
    pieces = [piece if number % 2 else _escape(piece) for number, piece in enumerate(_ADDRESS.split(text))]
    for number in range(1, len(pieces), 2):
        if "\\" in pieces[number + 1].partition(" ")[0]:
            pieces[number] = f"<{pieces[number]}>"  # or the address would go on, and what is escaped would not be
    return "".join(pieces)


def escape_lines(text: str) -> str:
    """Lines of words, none of which begins like a heading, a list or a quote."""
    return "\n".join(not_a_block(escape(line)) for line in text.split("\n"))


def fenced(text: str, language: str = "") -> str:
    """A code block. What would end it within is broken by a sign that takes no room."""
    content = text.replace("```", f"`{ZERO_WIDTH}`{ZERO_WIDTH}`")
    name = language.replace("#", "s").lower() if re.fullmatch(r"[\w+.-]{1,30}#?", language, re.ASCII) else ""
    return f"```{name}\n{content}\n```"


def masked(label: str, url: str) -> str:
    """A link behind words; `label` is Markdown already."""
    address = url.replace("(", "%28").replace(")", "%29")
    if address[-1] in _NOT_AT_THE_END:
        address = f"{address[:-1]}%{ord(address[-1]):02X}"
    return f"[{label}]({address})"


def code_span(text: str) -> str:
    """A code span: its fence is one sign or two, and ends where they come next."""
    if "`" not in text:
        return f"`{text}`"
    within = text.replace("``", f"`{ZERO_WIDTH}`").replace("``", f"`{ZERO_WIDTH}`")
    left, right = " " * within.startswith("`"), " " * within.endswith("`")
    return f"``{left}{within}{right}``"


def item(sign: str, text: str) -> str:
    """An item of a list; `sign` is what stands before it.

    An empty line would end the list. Code and quotes are drawn at the beginning of a line only: there they stand.
    """
    lines: list[str] = []
    fenced = False
    for line in text.split("\n"):
        fence = line.startswith("```")
        if fenced or fence or line.startswith("> "):
            lines += [line] if lines else [sign + ZERO_WIDTH, line]
        elif line.strip():
            lines.append((" " * len(sign) if lines else sign) + line)
        fenced = fenced != fence
    return "\n".join(lines) or sign + ZERO_WIDTH


def quoted(text: str) -> str:
    """Lines as a quote."""
    return behind("> ", text)


def small(text: str) -> str:
    """Lines in small print."""
    return behind("-# ", text)


def _escape(text: str) -> str:
    text = _MARK.sub(r"\\\g<0>", text)
    return _MENTION.sub("@" + ZERO_WIDTH, text) if "@" in text else text


def not_a_block(line: str) -> str:
    """A line of words that does not begin like a heading, a list or a quote."""
    found = _BEGINNING.match(line)
    if found is None:
        return line
    # Of a number the point is escaped, behind it.
    end = found.end() if found[3] else found.end(1)
    return f"{line[:end]}\\{line[end:]}"


def behind(prefix: str, text: str) -> str:
    """Lines behind a prefix, empty ones too: Discord ends a quote where it is missing."""
    return prefix + text.replace("\n", "\n" + prefix)
