"""A reply as one text with what stands between its blocks: thoughts at their places, files apart. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trunkline.attaching import Drawn, File
from trunkline.bridge import View
from trunkline.dialects import Dialect, dialect_of
from trunkline.markup import indented
from trunkline.messages import Artifact, Media, Message, Part, Reply, Text, Thought
from trunkline.saying import options_in_full
from trunkline.steps import level_of, media_in

from ..limits import BUTTON_TEXT
from ..mrkdwn import markdown as from_mrkdwn
from . import files
from .marks import escape
from .text import draw, sure_length

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Group:
    """Thoughts that stand together, behind `offset` characters of the text."""

    offset: int
    thoughts: tuple[Thought, ...]
    number: str
    """What names the group in its reply while that grows."""


@dataclass(slots=True)
class Composed:
    """The whole reply. What comes into `text` comes behind what is there, but for `text[sure:]`."""

    text: str = ""
    sure: int = 0
    groups: list[Group] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def groups_in(self, start: int, end: int | None) -> list[Group]:
        """The groups of a piece of the text; of the last piece where `end` is None."""
        return [group for group in self.groups if start <= group.offset and (end is None or group.offset < end)]


def compose(reply: Reply, view: View) -> Composed:
    """Everything that a reply holds but its notices, its error and its controls."""
    return _Composing(view, running=reply.running).of(reply)


class _Composing:
    def __init__(self, view: View, *, running: bool) -> None:
        self._view = view
        self._running = running
        self._dialect: Dialect = dialect_of(view.profile)
        self._made = Composed()
        self._thoughts: list[Thought] = []
        self._number = ""

    def of(self, reply: Reply) -> Composed:
        asked = self._view.target.get("asked")
        if isinstance(asked, str) and asked.strip():
            self._block(draw(from_mrkdwn(asked, {})))
        self._made.sure = len(self._made.text)
        for number, part, message, last in _parts_of(reply.messages):
            self._part(number, part, message, growing=self._running and last)
        self._end_thoughts()
        for artifact in reply.artifacts:
            self._drawn(files.draw_artifact(artifact, self._view, running=self._running))
        if in_full := options_in_full(reply, BUTTON_TEXT):
            lines = "\n".join(f"- {escape(line)}" for line in in_full)
            self._block(f"{escape(self._view.words('options_in_full'))}\n\n{lines}")
        if not self._running:
            self._made.sure = len(self._made.text)
        return self._made

    def _part(self, number: str, part: Part, message: Message, *, growing: bool) -> None:
        if isinstance(part, Thought):
            if not self._thoughts:
                self._number = number
            self._thoughts.append(part)
            return
        match part:
            case Text(text):
                self._text(text, growing=growing, quoted=message.role == "user")
            case Media():
                self._drawn(files.draw_media(part, self._view, running=self._running))
                self._made.sure = len(self._made.text)
            case Artifact():
                self._drawn(files.draw_artifact(part, self._view, running=self._running))
                self._made.sure = len(self._made.text)

    def _text(self, text: str, *, growing: bool, quoted: bool) -> None:
        drawn = draw(text, self._dialect, growing=growing)
        block = indented(drawn, "> ", "> ") if drawn and quoted else drawn
        self._block(block, text)
        self._made.sure = len(self._made.text)
        if growing and quoted:
            self._made.sure -= len(block)
        elif growing and self._view.target.get("native"):
            self._made.sure -= len(drawn) - sure_length(text, self._dialect)

    def _block(self, drawn: str, source: str = "") -> None:
        if not drawn.strip():
            return
        self._end_thoughts()
        self._made.text += (_BETWEEN if self._made.text else "") + drawn
        self._made.sources.append(source or drawn)

    def _drawn(self, drawn: Drawn) -> None:
        self._block(drawn.text)
        self._made.files += drawn.files

    def _end_thoughts(self) -> None:
        """Thoughts in a row are one group."""
        if not self._thoughts:
            return
        group, self._thoughts = tuple(self._thoughts), []
        level = level_of(self._view)
        if level != "hidden":
            self._made.groups.append(Group(len(self._made.text), group, self._number))
        if level == "full":
            for media in media_in(group):
                self._made.files += files.draw_media(media, self._view, running=self._running).files


def _parts_of(messages: Sequence[Message]) -> Iterator[tuple[str, Part, Message, bool]]:
    """Every part with what names it, its message, and whether it is the very last."""
    for row, message in enumerate(messages):
        for place, part in enumerate(message.parts):
            last = row == len(messages) - 1 and place == len(message.parts) - 1
            yield f"{row}.{place}", part, message, last
