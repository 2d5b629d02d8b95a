"""What a reply looks like on Slack: text in messages, controls below the last, files behind it. Pure.

Text posts have the keys `reply:0`, `reply:1`, … and are changed as a whole. Where Slack's own streams are tried,
the keys are `stream:0`, `stream:1:<start>`, …: a stream that was rolled over cannot be cut elsewhere, so that the
key says where in the text it begins. Posts of streams of which it is not known what they show, or which show what
the reply no longer says, keep their keys and are changed as a whole too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from trunkline.attaching import whole_text
from trunkline.bridge import Post, Shown, View
from trunkline.labels import line_within
from trunkline.messages import Json, Reply

from .drawing import files, pieces, streams
from .drawing.blocks import Block, context, section
from .drawing.bodies import body, controls_of, piece_blocks, said
from .drawing.composed import Composed, compose
from .drawing.marks import plain
from .drawing.status import left_to_say, status_line, status_post, status_words
from .limits import timestamp

STREAM: Final = "stream"
TEXT: Final = "reply"
CONTROLS: Final = "controls"
_KEY: Final = re.compile(r"stream:(\d+)(?::(\d+))?")
_MOST_POSTS: Final = 10
_ERROR: Final = 1500
_BODY: Final = 11_000
"""Characters of a stream's body; Slack takes 12,000 of Markdown in a message."""
_DISPLAY: Final[Json] = {"task_display_mode": "timeline"}


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """Text posts, the last of them with the controls, then posts of files that only the final creates."""
    made = compose(reply, view)
    return _Drawing(reply, view, made, shown, now).posts()


def stream_key(number: int, start: int) -> str:
    """The key of a stream's post."""
    return f"{STREAM}:{number}:{start}" if number else f"{STREAM}:0"


class _Drawing:
    """One snapshot."""

    def __init__(self, reply: Reply, view: View, made: Composed, shown: Sequence[Shown], now: float) -> None:
        self._reply = reply
        self._view = view
        self._made = made
        self._now = now
        most = view.options.get("max_posts")
        self._most = most if isinstance(most, int) and most > 0 else _MOST_POSTS
        self._standing = _standing(shown)
        self._text_stands = any(one.post.key.startswith(f"{TEXT}:") for one in shown)

    def posts(self) -> tuple[Post, ...]:
        streamed = self._streamed()
        if streamed is not None:
            return streamed
        starts, complete = self._starts()
        keys = [
            stream_key(number, start) if self._standing else f"{TEXT}:{number}"
            for number, start in enumerate(starts)
        ]
        spans = [
            (start, starts[number + 1] if number + 1 < len(starts) else None)
            for number, start in enumerate(starts)
        ]
        if not complete:
            # What is left out is attached: the last piece ends where the next one would begin.
            spans[-1] = spans[-1][0], self._end_of_last(spans[-1][0])
        return self._all(keys, spans, complete=complete)

    # Streams

    def _streamed(self) -> tuple[Post, ...] | None:
        """The posts as streams; None where they are none."""
        if self._text_stands or not (self._standing or (self._reply.running and self._is_native())):
            return None
        if any(one.post.mutability != "append" or not _is_log(one.post.text) for _, one in self._standing):
            return None
        standing = [
            streams.Standing(start, shown.post.text, self._now - timestamp(shown.id.partition("+")[0]))
            for start, shown in self._standing
        ]
        running = self._reply.running
        found = streams.follow(self._made, self._view, standing, running=running, most=self._most)
        if found is None:
            return None
        found = [one for one in found if one.log] if running else found
        last_end = self._made.sure if running else len(self._made.text)
        complete = not found or found[-1].end is None or not self._made.text[found[-1].end : last_end].strip()
        return self._stream_posts(found, complete=complete)

    def _stream_posts(self, found: Sequence[streams.Stream], *, complete: bool) -> tuple[Post, ...] | None:
        if not found and not self._reply.running:
            return None
        keys = [stream_key(number, one.start) for number, one in enumerate(found)]
        spans = [(one.start, self._body_end(one)) for one in found]
        posts = list(self._all(keys, spans, complete=complete, native=True))
        for number, one in enumerate(found):
            log = one.log
            if number == len(found) - 1 and not self._reply.running and not streams.read(log).status:
                log += streams.stop_line("active", self._below)
            posts[number] = Post(keys[number], {**posts[number].body, "stream": _DISPLAY}, "append", log)
        status = status_words(self._reply, self._view) if self._reply.running else ""
        if status:
            posts.append(status_post(status))
        return tuple(posts)

    def _body_end(self, one: streams.Stream) -> int | None:
        """To where the body of a stream goes: past what is sure only as far as a message holds it."""
        made = self._made
        open_end = one.end is None and self._reply.running and len(made.text) - one.start > _BODY
        return max(one.start, made.sure) if open_end else one.end

    def _is_native(self) -> bool:
        return bool(self._view.target.get("native")) and self._view.options.get("streaming") != "edit"

    # Posts

    def _starts(self) -> tuple[list[int], bool]:
        text = self._made.text
        if not self._standing:
            starts, complete = pieces.cut(text, self._most)
        else:
            known = sorted({start for start, _ in self._standing if start < max(1, len(text))} | {0})[: self._most]
            further, complete = pieces.cut_on(text, known[-1], self._most - len(known) + 1)
            starts = [*known, *further[1:]]
        if not starts and (self._made.groups or not self._reply.running or status_line(self._reply, self._view)):
            starts = [0]
        return [0, *starts[1:]] if starts else [], complete

    def _end_of_last(self, start: int) -> int:
        further, _ = pieces.cut_on(self._made.text, start, 2)
        return further[1] if len(further) > 1 else len(self._made.text)

    def _all(
        self, keys: Sequence[str], spans: Sequence[tuple[int, int | None]], *, complete: bool, native: bool = False
    ) -> tuple[Post, ...]:
        """Text posts, those of controls for which there was no room, files."""
        reply, view, made = self._reply, self._view, self._made
        if not complete and not reply.running:
            made.files.append(whole_text("\n\n".join(made.sources)))
        posts: list[Post] = []
        self._below: list[Block] = []
        for number, (key, (start, end)) in enumerate(zip(keys, spans, strict=True)):
            blocks = piece_blocks(made, view, start, end, running=reply.running)
            words = said(made, view, start, end)
            if number < len(keys) - 1:
                posts.append(Post(key, body(blocks, words)))
                continue
            tail = self._tail(bool(blocks), complete=complete, native=native)
            controls, further = controls_of(reply, view, [*blocks, *tail])
            self._below = [*tail, *controls]
            posts.append(Post(key, body(blocks, words, tail, controls)))
            posts += [Post(f"{CONTROLS}:{place}", body((), "", (), one)) for place, one in enumerate(further, 1)]
        return (*posts, *files.posts(made.files))

    def _tail(self, something: bool, *, complete: bool, native: bool) -> list[Block]:
        """What stands below the last piece."""
        reply, words = self._reply, self._view.words
        lines: list[Block] = []
        if not complete:
            lines.append(context(plain(words("slack_goes_on" if reply.running else "slack_whole_attached"))))
        if reply.running:
            status = "" if native else status_line(reply, self._view)
            return [*lines, context(status)] if status else lines
        lines += map(context, left_to_say(reply))
        if reply.state == "stopped":
            lines.append(context(f"⏹ {plain(words('stopped'))}"))
        elif reply.state == "failed":
            lines.append(section(f"⚠️ {plain(line_within(reply.error or words('app_failed'), _ERROR))}"))
        elif not something and not lines:
            made = self._made.files
            lines.append(
                context(files.names_of(made, self._view)) if made else section(plain(words("empty_reply")))
            )
        return lines


def _standing(shown: Sequence[Shown]) -> list[tuple[int, Shown]]:
    """Where the streams that stand begin, in their order."""
    found = [(match, one) for one in shown if (match := _KEY.fullmatch(one.post.key))]
    numbered = sorted(found, key=lambda pair: int(pair[0][1]))
    return [(int(match[2] or 0), one) for match, one in numbered]


def _is_log(text: str) -> bool:
    return text.startswith("{")
