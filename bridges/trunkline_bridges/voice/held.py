"""Utterances from their pause until they are asked, in the vault: no crash and no end of a call loses one.

Who has all that is theirs erased is not asked after it, either.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final, cast

from trunkline import codec
from trunkline.bridge import Target, Vault
from trunkline.calls import Talker, VoiceTransport
from trunkline.clock import Clock
from trunkline.errors import StoreError
from trunkline.inbound import Place
from trunkline.messages import Speaker
from trunkline.telemetry import log

from .parse import called

UTTERANCE: Final = "utterance"
CALL: Final = "call"
KEPT_S: Final = 900.0
"""Longer ago nobody waits for an answer, and nothing of what was said is held."""
LEASE_S: Final = 15.0
"""A call that gave no sign of life for so long is over."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Somebody has finished, in a call."""

    id: str
    """Unique among all."""
    call: str
    """The transport's name."""
    place: Place
    conversation: int
    speaker: Speaker
    target: Target
    """Where it is answered in writing, as far as it is known without a transcript."""
    language: str
    at: float
    """Seconds since the epoch."""
    seconds: float
    sound: bytes
    """WAV."""
    records: bool = False
    """All who were there agreed that it is kept."""

    @property
    def key(self) -> str:
        """Names its question, whoever asks it."""
        return f"{self.call}:{self.id}"


class Held:
    """`StoreError` is raised by what reads; whatever is not written is logged, and the call goes on."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    # Calls

    async def alive(self, call: str) -> None:
        """A call is held here, for another while."""
        try:
            await self._vault.put(CALL, call, True, self._clock.now() + LEASE_S)
        except StoreError as error:
            log.warning("call not leased", call=call, error=type(error).__name__)

    async def over(self, call: str) -> None:
        """A call has ended: what it did not ask is for whoever looks."""
        try:
            await self._vault.drop(CALL, call)
        except StoreError as error:
            log.warning("call not ended in the store", call=call, error=type(error).__name__)

    # Utterances

    async def put(self, pause: Pause) -> None:
        value = {
            "call": pause.call,
            "place": codec.encode(pause.place),
            "conversation": pause.conversation,
            "speaker": codec.encode(pause.speaker),
            "target": dict(pause.target),
            "language": pause.language,
            "at": pause.at,
            "seconds": pause.seconds,
            "sound": base64.b64encode(pause.sound).decode(),
            "records": pause.records,
        }
        try:
            await self._vault.put(UTTERANCE, pause.id, value, pause.at + KEPT_S, speaker=pause.speaker)
        except StoreError as error:
            log.warning("utterance not held", call=pause.call, error=type(error).__name__)
        else:
            log.info("pause detected", call=pause.call, utterance=pause.id, seconds=round(pause.seconds, 2))

    async def settle(self, utterance: str) -> None:
        """It is asked, or nobody wants an answer."""
        try:
            await self._vault.drop(UTTERANCE, utterance)
        except StoreError as error:
            log.warning("utterance held for longer", utterance=utterance, error=type(error).__name__)

    async def left(self) -> tuple[Pause, ...]:
        """What calls that are over did not ask, the oldest first."""
        alive = set(await self._vault.keys(CALL))
        found = [await self._get(key) for key in await self._vault.keys(UTTERANCE)]
        return tuple(sorted((one for one in found if one is not None and one.call not in alive), key=_at))

    async def _get(self, key: str) -> Pause | None:
        held = await self._vault.get(UTTERANCE, key)
        if not isinstance(held, dict):
            return None
        return Pause(
            key,
            str(held["call"]),
            codec.decode(held["place"], Place),
            int(cast("int", held["conversation"])),
            codec.decode(held["speaker"], Speaker),
            cast("Target", held["target"]),
            str(held["language"]),
            float(cast("float", held["at"])),
            float(cast("float", held["seconds"])),
            base64.b64decode(str(held["sound"])),
            held.get("records") is True,
        )


def pause_of(transport: VoiceTransport, talker: Talker, utterance: str, at: float, language: str) -> Pause:
    """A pause of a call, its sound to be added."""
    target = called(transport.target(talker, "", None), transport.name, language)
    where = (transport.name, transport.place, transport.conversation)
    return Pause(utterance, *where, talker.speaker, target, language, at, 0.0, b"")


def _at(pause: Pause) -> float:
    return pause.at
