"""The marks of Slack's two sorts of text, and how words are kept from being taken for them. Pure.

`markdown` blocks and streams read standard Markdown; everything else reads mrkdwn, which knows no escapes but
those of `& < >`. Both call people and channels by `<@…>`, `<!…>` and `<#…>`.
"""

from __future__ import annotations

import re
from typing import Final

ZERO_WIDTH: Final = "\u200b"
_CALL: Final = re.compile(r"<(?=[@!#])")
_CALL_IN_CODE: Final = re.compile(
    r"<(?=@[A-Z0-9]|#[A-Z0-9]|!(?:here|channel|everyone|group|subteam|date)\b)", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"(https?://[^\s<>]+)")
_MARK: Final = re.compile(
    r"[\\*`]"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"  # within a word it means nothing
    r"|~(?=~)|(?<=~)~"
    r"|<(?=[A-Za-z/?])"  # tags
    r"|\((?<=\]\()|\[(?<=\]\[)"  # links
)
_ENTITY: Final = re.compile(r"&(?=#?\w{1,32};)")
_BEGINNING: Final = re.compile(
    r"([ \t]*)(?:(#{1,6}|[-+]|>)(?=\s|$|>)|(>)|(\d{1,9})(?=[.)](?:\s|$))"
    r"|([-=:|])(?=[-=:|\s]*$)|(\[)(?=[^\]\n]*\]:))"
)
_LINE_END: Final = re.compile(r"(?<=\S)\n(?=\S)")
_MRKDWN: Final = re.compile(r"(?<![0-9A-Za-z])([*_~`])(?=\S)")


def uncalled(text: str) -> str:
    """Words that call nobody: what would be a mention is broken by a sign that takes no room."""
    return _CALL.sub("<" + ZERO_WIDTH, text) if "<" in text else text


def uncalled_code(text: str) -> str:
    """Code that calls nobody, and otherwise is as it was."""
    return _CALL_IN_CODE.sub("<" + ZERO_WIDTH, text) if "<" in text else text


def escape(text: str) -> str:
    """Words within a line of Markdown: no sign of them is a mark, nobody is called; addresses stay as they are."""
    if "://" not in text:
        return _escape(text)
    return "".join(piece if number % 2 else _escape(piece) for number, piece in enumerate(_ADDRESS.split(text)))


def _escape(text: str) -> str:
    text = _ENTITY.sub("&" + ZERO_WIDTH, text) if "&" in text else text
    return _MARK.sub(r"\\\g<0>", uncalled(text))


def not_a_block(line: str) -> str:
    """A line of words that does not begin like a heading, a list, a quote, a rule or a table."""
    found = _BEGINNING.match(line)
    if found is None:
        return line
    # Of a number the point is escaped, behind it.
    end = found.end() if found[4] else found.end(1)
    return f"{line[:end]}\\{line[end:]}"


def escape_lines(text: str) -> str:
    """Lines of words, none of which begins like a block; they stay lines."""
    lines = "\n".join(not_a_block(escape(line.strip(" \t"))) for line in text.split("\n"))
    return _LINE_END.sub("  \n", lines)


def fenced(text: str, language: str = "") -> str:
    """A code block. What would end it within is broken by a sign that takes no room."""
    content = uncalled_code(text).replace("```", f"`{ZERO_WIDTH}`{ZERO_WIDTH}`")
    name = language if re.fullmatch(r"[\w+#.-]{1,30}", language, re.ASCII) else ""
    return f"```{name}\n{content}\n```"


def code_span(text: str) -> str:
    """A code span of Markdown: its fence is longer than what is like it within."""
    text = uncalled_code(text)
    if "`" not in text:
        return f"`{text}`"
    ticks = "`" * (max(len(run) for run in re.findall("`+", text)) + 1)
    return f"{ticks} {text} {ticks}"


def link(label: str, url: str) -> str:
    """A link behind words; `label` is Markdown already, its brackets cannot end it."""
    words = label.replace("\n", " ").replace("[", "(").replace("]", ")")
    return f"[{words}]({url.replace('(', '%28').replace(')', '%29')})"


def entities(text: str) -> str:
    """Text of mrkdwn in which nothing is a call or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Words of mrkdwn: no sign of them is a mark."""
    return _MRKDWN.sub(r"\1" + ZERO_WIDTH, entities(text))


def link_of(label: str, url: str) -> str:
    """A link of mrkdwn; `label` is mrkdwn already, "" shows the address."""
    address = entities(url).replace("|", "%7C")
    return f"<{address}|{label.replace('|', '¦')}>" if label else f"<{address}>"
