"""From the datagrams of a call to what each person says. Nobody is decrypted who did not consent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

import davey
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as unseal
from nacl.exceptions import CryptoError

from trunkline.audio.pcm import Pcm
from trunkline.recent import Recent

from .decoding import Decoding
from .jitter import Reorder
from .rtp import NONCE, SILENCE, Header, header_of, sound_in

SPEAKING, CLIENT_CONNECT, CLIENT_DISCONNECT = 5, 12, 13
"""Opcodes that tell whose an SSRC is, and who went."""
WAIT_S: Final = 0.06
"""So long a missing packet is waited for while no other comes."""
UNREADABLE: Final = 250
"""Packets of one person that cannot be decrypted, one after the other, before it is a failure: five seconds.
Around changes of who is in the call some never can."""
_MOST_SOURCES: Final = 512
_ENCRYPTED: Final = b"\xfa\xfa"
"""Ends each end-to-end encrypted frame. Source: DAVE protocol, "Frame Payload Format"."""

Heard: TypeAlias = "Callable[[int, Pcm, float], None]"
"""Whose, mono int16 of 16 kHz, and when its last packet came."""


class Secrets(Protocol):
    """The keys of a call, as discord.py holds them: replaced at any time, so read for each packet."""

    secret_key: list[int]
    dave_session: davey.DaveSession | None


class _Source:
    """One person's microphone."""

    def __init__(self, user: int) -> None:
        self.user = user
        self.reorder: Reorder[bytes] = Reorder()
        self.decoding = Decoding()
        self.waiting: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None


class Ears:
    """Hears whom `wanted` names. `heard` is called on the loop, and `failed` once somebody cannot be decrypted;
    it is told whether that is so of everybody who speaks."""

    def __init__(self, secrets: Secrets, loop: asyncio.AbstractEventLoop, heard: Heard) -> None:
        self.wanted: frozenset[int] = frozenset()
        """The ids of those who consented and are there."""
        self.failed: Callable[[bool], None] = lambda _: None
        self._secrets = secrets
        self._loop = loop
        self._heard = heard
        self._users: Recent[int, int] = Recent(_MOST_SOURCES)
        self._sources: dict[int, _Source] = {}
        self._unreadable: dict[int, int] = {}
        self._readable: set[int] = set()

    def listen_to(self, users: frozenset[int]) -> None:
        """Hear these, and nobody else from now on."""
        if users == self.wanted:
            return
        self.wanted = users
        for ssrc, source in list(self._sources.items()):
            if source.user not in users:
                self._drop(ssrc)

    def told(self, op: int, data: Any) -> None:
        """A message of the voice gateway."""
        if not isinstance(data, Mapping):
            return
        user, ssrc = _number(data.get("user_id")), _number(data.get("ssrc") or data.get("audio_ssrc"))
        if op in (SPEAKING, CLIENT_CONNECT) and user and ssrc:
            self._users.put(ssrc, user)
        elif op == CLIENT_DISCONNECT and user:
            for each in [ssrc for ssrc in self._users if self._users.get(ssrc) == user]:
                self._users.drop(each)
                self._drop(each)

    def take(self, data: bytes, at: float) -> None:
        """A datagram, whatever it is; `at` is when it came."""
        header = header_of(data) if self.wanted else None
        if header is None:
            return
        user = self._users.get(header.ssrc)
        if user is not None and user not in self.wanted:
            return
        sealed = self._unsealed(data, header)
        frame = sound_in(sealed, header) if sealed is not None else None
        if frame is None:
            return
        if frame != SILENCE:
            user, frame = self._opened(user, frame)
        if user is None or frame is None:
            return
        self._users.put(header.ssrc, user)
        self._push(header, user, frame, at)

    def forget_failures(self) -> None:
        """With new keys all may be otherwise."""
        self._unreadable.clear()
        self._readable.clear()

    def close(self) -> None:
        """Nothing more is heard."""
        for ssrc in list(self._sources):
            self._drop(ssrc)
        self.wanted = frozenset()

    def _unsealed(self, data: bytes, header: Header) -> bytes | None:
        try:
            nonce = data[-NONCE:] + bytes(20)
            key = bytes(self._secrets.secret_key)
            return unseal(data[header.length : -NONCE], data[: header.length], nonce, key)
        except (CryptoError, TypeError, ValueError):
            # Of another session, or damaged; TypeError, ValueError: there is no key yet.
            return None

    def _opened(self, user: int | None, frame: bytes) -> tuple[int | None, bytes | None]:
        """Who says it and what. Of whom nobody told is recognised by whose key fits: the tag proves it."""
        session = self._secrets.dave_session
        if session is None:
            return user, frame
        if user is not None:
            opened = _decrypted(session, user, frame)
            self._count(user, readable=opened is not None)
            return user, opened
        if not frame.endswith(_ENCRYPTED):
            return None, None
        for candidate in self.wanted.intersection(int(each) for each in session.get_user_ids()):
            opened = _decrypted(session, candidate, frame)
            if opened is not None:
                return candidate, opened
        return None, None

    def _count(self, user: int, *, readable: bool) -> None:
        if readable:
            self._unreadable.pop(user, None)
            self._readable.add(user)
            return
        self._readable.discard(user)
        self._unreadable[user] = self._unreadable.get(user, 0) + 1
        if self._unreadable[user] == UNREADABLE:
            self.failed(not self._readable & self.wanted)

    def _push(self, header: Header, user: int, frame: bytes, at: float) -> None:
        source = self._sources.get(header.ssrc)
        if source is None or source.user != user:
            # A person has one microphone: an older source of theirs is over.
            for ssrc in [ssrc for ssrc, other in self._sources.items() if other.user == user]:
                self._drop(ssrc)
            source = self._sources[header.ssrc] = _Source(user)
        self._tell(source, source.reorder.push(header.sequence, frame), at)
        if source.waiting is not None:
            source.waiting.cancel()
            source.waiting = None
        if source.reorder.waits:
            source.waiting = self._loop.call_later(WAIT_S, self._flush, source, at)

    def _flush(self, source: _Source, at: float) -> None:
        source.waiting = None
        self._tell(source, source.reorder.flush(), at + WAIT_S)

    def _tell(self, source: _Source, frames: list[bytes | None], at: float) -> None:
        for pcm in source.decoding.decode(frames):
            self._heard(source.user, pcm, at)

    def _drop(self, ssrc: int) -> None:
        source = self._sources.pop(ssrc, None)
        if source is not None:
            source.close()


def _decrypted(session: davey.DaveSession, user: int, frame: bytes) -> bytes | None:
    try:
        opened: bytes = session.decrypt(user, davey.MediaType.audio, frame)
    except ValueError:
        return None
    return opened


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdecimal() else 0
