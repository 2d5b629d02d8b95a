"""What a reply looks like on Discord: text in messages, controls below the last, files behind it. Pure.

The text is put together from blocks and cut by the one splitter. Every piece leaves room for the lines that come
and go below it, so that no cut moves when they do, nor when the reply ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from trunkline.attaching import Drawn, File, whole_text
from trunkline.bridge import Post, Shown, View
from trunkline.codec import decode
from trunkline.growing import Cuts
from trunkline.labels import one_line
from trunkline.messages import Artifact, Json, Media, Message, Part, Reply, Text, Thought
from trunkline.saying import options_in_full
from trunkline.splitting import Pieces, utf16_length
from trunkline.steps import level_of, media_in

from .drawing import files, thoughts
from .drawing.components import reply_rows
from .drawing.marks import escape, escape_lines, quoted, small
from .drawing.status import left_to_say, status_line
from .drawing.text import Dialect, dialect_of, draw
from .keys import text_key, text_prefix
from .limits import BUTTON_LABEL, CONTENT, TRANSCRIPT

_ROOM: Final = 260
"""Characters below a piece for status, ending and notice."""
PIECE: Final = CONTENT - _ROOM
_MOST_POSTS: Final = 10


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """Text posts, the last of them with the rows, then posts of files that only the final creates."""
    times = thoughts.clocks(shown, now)
    made = _Composed(view, times, running=reply.running)
    made.add(reply)
    most = view.options.get("max_posts")
    cut = _cuts.cut("\n\n".join(made.blocks), most if isinstance(most, int) and most > 0 else _MOST_POSTS)
    if not cut.complete and not reply.running:
        made.attached.append(whole_text("\n\n".join(made.sources)))
    contents = _contents(reply, view, cut, made.attached)
    prefix = text_prefix(reply, view, shown, now)
    texts = [Post(text_key(prefix, number), {"content": content}) for number, content in enumerate(contents)]
    if texts:
        rows = reply_rows(reply, view)
        if rows:
            texts[-1] = Post(texts[-1].key, {**texts[-1].body, "components": rows})
        memo = _memo(reply, view, times)
        if memo:
            texts[0] = Post(texts[0].key, {**texts[0].body, "memo": memo})
    return (*texts, *files.posts(made.attached, view))


def _contents(reply: Reply, view: View, cut: Pieces, attached: Sequence[File]) -> list[str]:
    """The contents of the text posts, with what stands below the last one."""
    contents = list(cut.pieces)
    below: list[str] = []
    if not cut.complete:
        key = "discord_goes_on" if reply.running else "discord_whole_attached"
        below.append(small(escape(view.words(key))))
    if reply.running:
        below.append(status_line(reply, view))
    elif reply.state == "stopped":
        below.append(small(f"⏹ {escape(view.words('stopped'))}"))
    elif not contents:
        below.append(files.names_of(attached, view) if attached else escape(view.words("empty_reply")))
    tail = "\n".join(line for line in below if line)
    if not tail:
        return contents
    if not contents:
        return [tail]
    return [*contents[:-1], f"{contents[-1]}\n{tail}"]


def _memo(reply: Reply, view: View, times: thoughts.Clocks) -> dict[str, Json]:
    if not reply.running or level_of(view) == "hidden":
        return {}
    paths = thoughts.pending_paths(reply)
    return {thoughts.MEMO: {path: times.of(path) for path in paths}} if paths else {}


def _asked(view: View) -> str:
    """The line above a reply that says what was asked, where nobody could see it; "" for none."""
    asked, said, speaker = (view.target.get(name) for name in ("asked", "said", "speaker"))
    if isinstance(said, str) and said and isinstance(speaker, str):
        # Transcribed after the call had ended.
        text = escape(one_line(said, TRANSCRIPT))
        return view.words("discord_voice_said").format(name=speaker, text=text)
    return asked.strip() if isinstance(asked, str) else ""


@dataclass(slots=True)
class _Composed:
    """A reply as blocks of Discord's Markdown, the same as they were written, and files."""

    view: View
    times: thoughts.Clocks
    running: bool
    blocks: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    attached: list[File] = field(default_factory=list)
    _thoughts: list[Thought] = field(default_factory=list)

    def add(self, reply: Reply) -> None:
        if asked := _asked(self.view):
            self._block(asked)
        if (recording := self.view.target.get("recording")) is not None:
            self._drawn(files.draw_media(decode(recording, Media), self.view, running=self.running))
        dialect = dialect_of(self.view.profile)
        for number, message in enumerate(reply.messages):
            self._message(message, dialect, last=number == len(reply.messages) - 1)
        self._end_thoughts()
        for artifact in reply.artifacts:
            self._drawn(files.draw_artifact(artifact, self.view, running=self.running))
        if in_full := options_in_full(reply, BUTTON_LABEL):
            lines = "\n".join(f"- {escape(line)}" for line in in_full)
            self._block(f"{escape(self.view.words('options_in_full'))}\n{lines}")
        if not reply.running:
            for block in left_to_say(reply):
                self._block(block)
        if reply.state == "failed":
            self._block(escape_lines(f"⚠️ {reply.error or self.view.words('app_failed')}"), reply.error)

    def _message(self, message: Message, dialect: Dialect, *, last: bool) -> None:
        for place, part in enumerate(message.parts):
            growing = self.running and last and place == len(message.parts) - 1
            self._part(part, message, dialect, growing=growing)

    def _part(self, part: Part, message: Message, dialect: Dialect, *, growing: bool) -> None:
        if isinstance(part, Thought):
            self._thoughts.append(part)
            return
        match part:
            case Text(text):
                drawn = draw(text, dialect, growing=growing)
                self._block(quoted(drawn) if drawn and message.role == "user" else drawn, text)
            case Media():
                self._drawn(files.draw_media(part, self.view, running=self.running))
            case Artifact():
                self._drawn(files.draw_artifact(part, self.view, running=self.running))

    def _block(self, drawn: str, source: str = "") -> None:
        if not drawn.strip():
            return
        self._end_thoughts()
        self.blocks.append(drawn)
        self.sources.append(source or drawn)

    def _drawn(self, drawn: Drawn) -> None:
        self._block(drawn.text)
        self.attached += drawn.files

    def _end_thoughts(self) -> None:
        """Thoughts in a row are one block."""
        if not self._thoughts:
            return
        group, self._thoughts = self._thoughts, []
        drawn = thoughts.drawn(group, self.view, self.times, running=self.running)
        if drawn:
            self.blocks.append(drawn)
            self.sources.append(drawn)
        if level_of(self.view) == "full":
            for media in media_in(group):
                self.attached += files.draw_media(media, self.view, running=self.running).files


_cuts = Cuts(PIECE, utf16_length)
