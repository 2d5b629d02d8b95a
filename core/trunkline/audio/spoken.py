"""What of a reply is read out, as a list of sentences that only grows. Pure.

Words are read; thoughts are not, and code, tables, formulas, media and addresses are named where silence would
confuse: they are posted. What people answer aloud is understood in `heard.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape
from itertools import chain
from typing import Final

from .. import markup
from ..dialects import MARKDOWN, Dialect, is_address
from ..html_text import html_text
from ..markup import Block, Inline
from ..markup_rules import Delimiter
from ..messages import Artifact, ArtifactKind, Media, MediaKind, Message, Notice, Option, Part, Reply, Text
from ..words import words
from .heard import addressed as addressed
from .heard import choice_of as choice_of
from .heard import is_stop as is_stop
from .heard import number_word
from .stretches import stretches

_KEPT: Final = 4096
"""Stretches that are remembered as read: a reply that grows is asked for over and over."""
_MARKS: Final = "*_~`"
_STOPS: Final = ".!?…,;:。！？｡、，；：؟؛،।॥۔"
_QUOTES: Final = "\"'”’»)]」』）】"
_PICTOGRAMS: Final = "\u2190"
"""From here on a symbol is a picture; before it stand "°" and "©"."""
_BULLETS: Final = ("•", "◦", "▪", "·")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\w\S*\.\w\S*", re.IGNORECASE)
_FOOTNOTE: Final = re.compile(r"\[\^[^\]\s]+\]:?")
_ALONE: Final = re.compile(r" ([.,;:!?…]+(?: |$))")
_SAID_LEVELS: Final = frozenset({"info", "warning", "error"})


def sentences(reply: Reply, final: bool, dialect: Dialect = MARKDOWN, language: str = "") -> tuple[str, ...]:
    """The sentences of a growing reply that can be read out by now, in order.

    While its texts grow by appending, the list does too: what it holds stays as it is. A sentence is there once it
    is complete, a first clause of 40 characters already at its comma. With `final` it holds all, and at its end
    what failed, what a person must know, and the options ("One: …"). `language` (BCP 47) is the reply's: it
    words the numbers of options, and tells where "3." ends no sentence.
    """
    said = _Said()
    parts = tuple(chain.from_iterable(message.parts for message in _own(reply.messages)))
    for number, part in enumerate(parts):
        if isinstance(part, Text):
            whole = final or number + 1 < len(parts)
            said.extend(_read_text(part.text, whole, not said.sentences, dialect, language))
        else:
            said.add(_named(part))
    if final:
        for artifact in reply.artifacts:
            said.add(_named(artifact))
        said.extend(_closing(reply, language))
    return tuple(said.sentences)


def unsaid(said: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """What of `now` is still to be said after `said`.

    Where the app wrote its reply anew, that is what stands behind their common beginning and was not said yet.
    """
    same = 0
    for before, sentence in zip(said, now, strict=False):
        if before != sentence:
            break
        same += 1
    known = frozenset(said[same:])
    return tuple(sentence for sentence in now[same:] if sentence not in known)


def spoken_options(options: Sequence[Option], language: str = "") -> tuple[str, ...]:
    """Options as they are read out, one sentence each."""
    read = (plain(option.shown).rstrip(_STOPS) for option in options)
    return tuple(
        words("spoken_option", number=number_word(number, language), option=option) + "."
        for number, option in enumerate(read, start=1)
    )


def plain(text: str, dialect: Dialect = MARKDOWN) -> str:
    """A text as it is read: one line without marks and pictures, "" where nothing can be said."""
    return _read(text, tuple(dialect.math), dialect.markdown)


class _Said:
    """Sentences; what is named is not named twice in a row."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        named_again = sentence in _NAMES and self.sentences[-1:] == [sentence]
        if sentence and not named_again:
            self.sentences.append(sentence)

    def extend(self, found: Iterable[str]) -> None:
        for sentence in found:
            self.add(sentence)


def _own(messages: Sequence[Message]) -> Sequence[Message]:
    """The app's messages behind the last one of a person: a chat that began anew holds both."""
    asked = [place for place, message in enumerate(messages) if message.role == "user"]
    return messages[asked[-1] + 1 :] if asked else messages


def _read_text(text: str, whole: bool, early: bool, dialect: Dialect, language: str) -> Iterator[str]:
    math = tuple(dialect.math)
    for stretch in stretches(text, final=whole, early=early, dialect=dialect, language=language):
        if stretch.kind == "prose":
            yield _read(stretch.source, math, dialect.markdown)
        else:
            yield words("spoken_code") if stretch.kind == "code" else words("spoken_table")


def _named(part: Part) -> str:
    """What is said of a part that is not read; "" for nothing."""
    match part:
        case Artifact(kind):
            return _ARTIFACTS.get(kind, "")
        case Media(kind):
            return _MEDIA.get(kind, "")
        case _:
            return ""


# Sounds are played, and HTML may be anything.
_MEDIA: Final[dict[MediaKind, str]] = {
    "image": words("spoken_image"),
    "video": words("spoken_video"),
    "plot": words("spoken_plot"),
    "file": words("spoken_file"),
}
_ARTIFACTS: Final[dict[ArtifactKind, str]] = {
    "code": words("spoken_code"),
    "json": words("spoken_code"),
    "table": words("spoken_table"),
}

_NAMES: Final = frozenset((*_MEDIA.values(), *_ARTIFACTS.values(), words("spoken_formula_block")))


def _closing(reply: Reply, language: str) -> Iterator[str]:
    for notice in reply.notices:
        if notice.level in _SAID_LEVELS:
            yield _notice(notice)
    if reply.state == "failed":
        yield plain(reply.error)
    else:
        yield from spoken_options(reply.options, language)


def _notice(notice: Notice) -> str:
    return " ".join(filter(None, (plain(notice.title), plain(notice.text))))


# ---------------------------------------------------------------- Markdown as it is read


@lru_cache(maxsize=_KEPT)
def _read(source: str, math: tuple[Delimiter, ...], markdown: bool) -> str:
    if not markdown:
        return _tidy(source)
    # What stands deeper in a list is no code: stretches of code never come here.
    dedented = "\n".join(line.lstrip(" \t") for line in source.strip().split("\n"))
    return " ".join(filter(None, map(_tidy, _blocks(markup.parse(dedented, math)))))


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case markup.Heading(children=children) | markup.Paragraph(children):
                yield _inline(children)
            case markup.Quote(inner):
                yield from _blocks(inner)
            case markup.List():
                yield from _items(block)
            case markup.CodeBlock():
                yield words("spoken_code")
            case markup.Table():
                yield words("spoken_table")
            case markup.Math():
                yield words("spoken_formula_block")
            case markup.Html(source):
                lines = html_text(source).replace(" | ", ", ").split("\n")
                yield " ".join(filter(None, map(_tidy, lines)))
            case markup.Rule():
                pass


def _items(block: markup.List) -> Iterator[str]:
    for number, item in enumerate(block.items, start=block.start):
        first, *rest = (*_blocks(item.blocks), "")
        yield f"{number}: {first}" if block.ordered and first else first
        yield from rest


def _inline(content: Iterable[Inline]) -> str:
    return "".join(map(_span, content))


def _span(node: Inline) -> str:
    match node:
        case markup.Str(text):
            return text
        case markup.Code(text):
            return f" {text} " if text.strip() else ""
        case markup.Strong(children) | markup.Emphasis(children) | markup.Strike(children):
            return _inline(children)
        case markup.LinkTo(children, url, bare=bare):
            label = _inline(children)
            if url.startswith("mailto:"):
                return label
            return words("spoken_link") if bare or not label.strip() or is_address(label, url) else label
        case markup.Image(alt):
            return alt
        case markup.Break():
            return " "
        case markup.MathInline(tex):
            name = tex.strip()
            return name if name.isalnum() else words("spoken_formula")
        case markup.HtmlInline(source):
            return unescape(source) if source.startswith("&") else ""


def _tidy(text: str) -> str:
    """One line that ends like a sentence, without marks that lost their partner and without pictures."""
    line = " ".join(filter(None, map(_bare, _FOOTNOTE.sub("", text).split())))
    # Where a picture or a mark stood before it, a stop stands alone.
    line = _ALONE.sub(r"\1", line)
    if not any(character.isalnum() for character in line):
        return ""
    return line if line.rstrip(_QUOTES)[-1:] in _STOPS else line + "."


def _bare(word: str) -> str:
    shown = "".join(character for character in word if not _is_picture(character)).strip(_MARKS)
    if shown in _BULLETS:
        return ""
    if address := _ADDRESS.search(shown):
        stop = shown[-1] if shown[-1] in _STOPS else ""
        return shown[: address.start()] + words("spoken_link") + stop
    # A mark may also stand inside its word, behind a sign: "(**this**)".
    return shown.replace("**", "").replace("__", "") if any(mark in shown for mark in ("**", "__")) else shown


def _is_picture(character: str) -> bool:
    """An emoji or one of the signs that make one up."""
    if character < _PICTOGRAMS:
        return character in "\u200d\u20e3"
    return unicodedata.category(character) in ("So", "Sk", "Mn", "Cs", "Co") and not _is_letterlike(character)


def _is_letterlike(character: str) -> bool:
    """A mark that belongs to a letter of some script, as the vowels of many do; variation selectors do not."""
    return unicodedata.category(character) == "Mn" and not "\ufe00" <= character <= "\ufe0f"
