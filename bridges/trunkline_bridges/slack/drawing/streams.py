"""A reply as Slack's own streams: the logs of what is sent, which only ever grow. Pure.

The text of such a post is a JSON object a line, a chunk each, and in the end a line that stops it. What stands is
read back from the log, and what is new goes behind it. Where the reply is no longer what was sent, there is no log
that says so: the posts are then changed as a whole (`follow` gives None).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trunkline.bridge import View
from trunkline.messages import Json
from trunkline.splitting import split, utf8_length
from trunkline.steps import level_of

from ..limits import STREAM_BYTES, STREAM_SECONDS, TASK_CARDS
from .blocks import Block
from .composed import Composed
from .pieces import closing_at, end_within, opening_at, past_blank, piece
from .thoughts import Card, cards

_TASK_BYTES: Final = {"summary": 2500, "full": 4000, "hidden": 0}
"""Bytes of a stream that its cards may take, details and output counted twice."""
_HARD_BYTES: Final = 10_000
"""Where more was sent than was to be, this much may be sent at most."""
_GRACE_SECONDS: Final = 30.0
"""So long a stream that is old waits for the end of a paragraph."""
_MORE: Final = "tmore"


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: where in the text it begins, where the next one begins (None: it is the last), its log."""

    start: int
    end: int | None
    log: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A stream that stands: where it begins, its log, its age in seconds."""

    start: int
    log: str
    age: float


@dataclass(slots=True)
class Sent:
    """What a log comes to."""

    text: str = ""
    cards: dict[str, Card] = field(default_factory=dict)
    status: str = ""
    """With which the stream was stopped, "" while it goes on."""

    @property
    def card_bytes(self) -> int:
        return sum(_weight(card) for card in self.cards.values())


def read(log: str) -> Sent:
    """Replay a log, as Slack does: text is joined, details and output of a task are too, all else is replaced."""
    sent = Sent()
    for line in filter(None, log.split("\n")):
        chunk = json.loads(line)
        match chunk["type"]:
            case "markdown_text":
                sent.text += chunk["text"]
            case "task_update":
                known = sent.cards.get(chunk["id"], Card(chunk["id"], "", pending=True))
                sent.cards[known.id] = Card(
                    known.id,
                    chunk["title"],
                    chunk["status"] == "in_progress",
                    known.details + chunk.get("details", ""),
                    known.output + chunk.get("output", ""),
                )
            case "stop":
                sent.status = chunk["status"]
    return sent


def stop_line(status: str, blocks: Sequence[Block] = ()) -> str:
    return _line({"type": "stop", "blocks": list(blocks), "status": status})


def follow(
    made: Composed, view: View, standing: Sequence[Standing], *, running: bool, most: int
) -> list[Stream] | None:
    """The streams of a reply, without the last one's end; None where what stands says something else."""
    streams: list[Stream] = []
    carried: dict[str, Card] = {}
    start = 0
    for number, one in enumerate(standing):
        sent = read(one.log)
        following = standing[number + 1].start if number + 1 < len(standing) else None
        if following is None and not sent.status:
            grown = _grown(made, view, one, carried, running=running, most=most - number)
            return [*streams, *grown] if _is_true(made, grown[0]) else None
        start = _end_of(made.text, one.start, sent.text) if following is None else following
        last = sent.status == "active"
        if last and running:
            return None
        expected = piece(made.text, one.start, None if last else start)
        if sent.text != expected or (last and following is not None):
            return None
        streams.append(Stream(one.start, None if last else start, one.log))
        if last:
            return streams
        carried = {card.id: card for card in sent.cards.values() if card.pending}
    begin = Standing(start, "", 0.0)
    if len(streams) < most:
        grown = _grown(made, view, begin, carried, running=running, most=most - len(streams))
        if grown[0].log or not streams:
            return [*streams, *grown]
    return streams


def _is_true(made: Composed, stream: Stream) -> bool:
    """The log of a stream says what the text does."""
    sent = read(stream.log).text
    if stream.end is not None:
        return sent == piece(made.text, stream.start, stream.end)
    return piece(made.text, stream.start, None).startswith(sent)


def _grown(
    made: Composed, view: View, one: Standing, carried: Mapping[str, Card], *, running: bool, most: int
) -> list[Stream]:
    """A stream with what is new, and those that have to follow it because it is full or old."""
    streams: list[Stream] = []
    while True:
        writer = _Writer(made, view, one, carried, running=running)
        cut = writer.ends_at()
        if cut is None:
            log = writer.write(len(made.text) if not running else made.sure, closed=False)
            return [*streams, Stream(one.start, None, log)] if log or not streams else streams
        log = writer.write(cut, closed=True)
        end = past_blank(made.text, cut)
        streams.append(Stream(one.start, end, log + stop_line("processing")))
        if len(streams) >= most:
            return streams
        carried = {card.id: card for card in read(log).cards.values() if card.pending}
        one = Standing(end, "", 0.0)


class _Writer:
    """Writes on one log."""

    def __init__(
        self, made: Composed, view: View, one: Standing, carried: Mapping[str, Card], *, running: bool
    ) -> None:
        self._made = made
        self._view = view
        self._start = one.start
        self._age = one.age
        self._running = running
        self._sent = read(one.log)
        self._carried = carried
        self._opening = opening_at(made.text, one.start)
        self._lines = [one.log]
        self._limit = made.sure if running else len(made.text)
        self._at = one.start + max(0, len(self._sent.text) - len(self._opening))

    def ends_at(self) -> int | None:
        """Where the stream has to end, None while it can go on."""
        text, level = self._made.text, level_of(self._view)
        cut = end_within(
            text, self._start, self._limit, STREAM_BYTES - (_TASK_BYTES[level] if self._made.groups else 0)
        )
        if cut is not None and cut <= self._at:
            cut = self._late_cut()
        return cut if cut is not None else self._old_cut()

    def _late_cut(self) -> int | None:
        """More was sent than the stream was to hold: it ends as soon as it must."""
        left = self._made.text[self._at : self._limit]
        room = _HARD_BYTES - utf8_length(self._sent.text) - self._sent.card_bytes
        if utf8_length(left) <= room:
            return None
        if room < 100:
            return self._at
        pieces = split(left, room, measure=utf8_length, max_pieces=1)
        return self._at + len(left) - len(pieces.rest)

    def _old_cut(self) -> int | None:
        """The end of a paragraph, once the stream is old; any place, once it is too old."""
        if not self._running or self._age <= STREAM_SECONDS:
            return None
        ahead = self._made.text[self._at : self._limit]
        paragraph = ahead.find("\n\n")
        if paragraph >= 0:
            return self._at + paragraph
        if self._age <= STREAM_SECONDS + _GRACE_SECONDS:
            return None
        word = max(ahead.rfind(" "), ahead.rfind("\n"))
        return self._at + max(0, word)

    def write(self, end: int, *, closed: bool) -> str:
        """The log with everything up to `end` in the text."""
        following = past_blank(self._made.text, end) if closed else None
        for card in self._earlier():
            if card.id in self._carried:
                self._card(card)
        for group in self._made.groups_in(self._start, following):
            if group.offset > end:
                break
            self._text(group.offset)
            for card in cards(group.thoughts, self._view, group.number, running=self._running):
                self._card(card)
        self._text(end)
        if closed and following is not None and (closing := closing_at(self._made.text, following)):
            self._add({"type": "markdown_text", "text": closing})
        return "".join(self._lines)

    def _earlier(self) -> list[Card]:
        """The cards of groups that stand before this stream."""
        return [
            card
            for group in self._made.groups
            if group.offset < self._start
            for card in cards(group.thoughts, self._view, group.number, running=self._running)
        ]

    def _text(self, end: int) -> None:
        begin = self._start if not self._sent.text else self._at
        delta = self._made.text[begin:end].rstrip()
        if not delta.strip():
            return
        whole = (self._opening if not self._sent.text else "") + delta
        self._add({"type": "markdown_text", "text": whole})
        self._sent.text += whole
        self._at = begin + len(delta)

    def _card(self, card: Card) -> None:
        """Tell of a task what is not known of it yet; where there is no room for more, how many more there are."""
        known = self._sent.cards.get(card.id)
        room = _TASK_BYTES[level_of(self._view)] - self._sent.card_bytes
        if known is None and (len(self._sent.cards) >= TASK_CARDS - 1 or _weight(card, bare=True) > room):
            self._more()
            return
        before = known or Card(card.id, "", pending=True)
        if known is None:
            room -= _weight(card, bare=True)
        details = _further(before.details, card.details, room // 2)
        output = _further(before.output, card.output, room // 2 - utf8_length(details))
        if known and not details and not output and (known.title, known.pending) == (card.title, card.pending):
            return
        chunk: dict[str, Json] = {
            "type": "task_update",
            "id": card.id,
            "title": card.title,
            "status": "in_progress" if card.pending else "complete",
        }
        self._add(chunk | {name: one for name, one in (("details", details), ("output", output)) if one})
        self._sent.cards[card.id] = Card(
            card.id, card.title, card.pending, before.details + details, before.output + output
        )

    def _more(self) -> None:
        """One card stands for all for which there is no room."""
        if _MORE not in self._sent.cards:
            title = self._view.words("slack_more_tasks")
            self._add({"type": "task_update", "id": _MORE, "title": title, "status": "complete"})
            self._sent.cards[_MORE] = Card(_MORE, title, pending=False)

    def _add(self, chunk: Mapping[str, Json]) -> None:
        self._lines.append(_line(chunk))


def _end_of(text: str, start: int, sent: str) -> int:
    """Where the piece that was sent ends, the white space behind it included."""
    opening = opening_at(text, start)
    end = start + max(0, len(sent) - len(opening))
    if not text.startswith(sent[len(opening) :], start) and "\n" in sent[len(opening) :]:
        end = start + sent.rindex("\n") - len(opening)
    return past_blank(text, end)


def _further(before: str, now: str, room: int) -> str:
    """What is to be added to a field that can only grow, in at most `room` bytes."""
    if not now.startswith(before):
        return ""
    added = now[len(before) :].encode("utf-8", "replace")[: max(0, room)]
    return added.decode("utf-8", "ignore")


def _weight(card: Card, *, bare: bool = False) -> int:
    own = utf8_length(card.title) + utf8_length(card.id)
    return own if bare else own + 2 * utf8_length(card.details + card.output)


def _line(chunk: Mapping[str, Json]) -> str:
    return json.dumps(chunk, ensure_ascii=False, separators=(",", ":")) + "\n"
