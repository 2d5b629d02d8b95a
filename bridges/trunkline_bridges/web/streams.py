"""The streams in memory, by visitor and by conversation."""

from __future__ import annotations

from collections.abc import Callable

from trunkline.messages import Json

from .limits import LINGER_SECONDS
from .stream import Key, Stream


class Streams:
    """The streams in memory."""

    def __init__(self, prepared: Callable[[Json], Json]) -> None:
        self._prepared = prepared
        """Makes a frame ready for the browser."""
        self._streams: dict[tuple[str, str], dict[int, Stream]] = {}
        self._by_number: dict[int, Stream] = {}
        """The same by conversation: numbers are unique, and outlive a change of their visitor."""

    def __len__(self) -> int:
        return len(self._by_number)

    def get(self, key: Key) -> Stream | None:
        """The stream of a conversation of this visitor."""
        return self._streams.get((key.app, key.visitor), {}).get(key.conversation)

    def of_conversation(self, conversation: int) -> Stream | None:
        """The stream of a conversation, whosever it is: for what the core delivers, not for what a client asks."""
        return self._by_number.get(conversation)

    def obtain(self, key: Key, now: float) -> Stream:
        """The conversation's stream, begun when there is none. The caller knows that it is this visitor's."""
        elsewhere = self._by_number.get(key.conversation)
        if elsewhere is not None and elsewhere.key != key:
            # It changed hands in another process: whoever still watches it here has to be asked again.
            self._hand_over(elsewhere, key)
            elsewhere.renew()
        of_visitor = self._streams.setdefault((key.app, key.visitor), {})
        stream = of_visitor.get(key.conversation)
        if stream is None:
            stream = of_visitor[key.conversation] = Stream(key, now, self._prepared)
            self._by_number[key.conversation] = stream
        # Whoever asked is about to watch it: it must not be dropped before.
        stream.active_at = now
        return stream

    def hand_over(self, conversation: int, visitor: str) -> None:
        """The conversation is `visitor`'s from now on."""
        stream = self._by_number.get(conversation)
        if stream is not None:
            self._hand_over(stream, Key(stream.key.app, visitor, conversation))

    def _hand_over(self, stream: Stream, key: Key) -> None:
        self.drop(stream.key)
        stream.key = key
        self._streams.setdefault((key.app, key.visitor), {})[key.conversation] = stream
        self._by_number[key.conversation] = stream

    def drop(self, key: Key) -> None:
        of_visitor = self._streams.get((key.app, key.visitor), {})
        if of_visitor.pop(key.conversation, None) is not None:
            del self._by_number[key.conversation]
        if not of_visitor:
            self._streams.pop((key.app, key.visitor), None)

    def running(self, app: str, visitor: str) -> frozenset[int]:
        """The visitor's conversations in which a turn runs or waits."""
        of_visitor = self._streams.get((app, visitor), {})
        return frozenset(conversation for conversation, stream in of_visitor.items() if stream.running)

    def forget(self, visitor: str) -> None:
        """Drop all of a visitor's."""
        for app, owner in [key for key in self._streams if key[1] == visitor]:
            for number in self._streams.pop((app, owner)):
                del self._by_number[number]

    def sweep(self, now: float) -> None:
        """Drop streams that nobody watches and nothing runs in; make the quiet ones small."""
        for stream in [stream for of_visitor in self._streams.values() for stream in of_visitor.values()]:
            if stream.running or now - stream.active_at < LINGER_SECONDS:
                continue
            if stream.watchers:
                stream.rest()
            else:
                self.drop(stream.key)
