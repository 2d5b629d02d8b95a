"""Events and turns for tests of the store: short to write, every field in reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from trunkline.inbound import Inbound, Place, Say, TurnCommand
from trunkline.messages import Json, Message, Part, Reply, ReplyState, Speaker, Text
from trunkline.store import Store, turns
from trunkline.store.records import Accepted, Overlap, TurnRecord

ANN = Speaker("web", "ann-1", "Ann")
BEN = Speaker("web", "ben-2", "Ben")
HERE = Place("web", "demo", channel="lobby")
THERE = Place("web", "demo", channel="kitchen")
LEASE_S = 60.0

_keys = count(1)


def said(text: str, role: str = "assistant", speaker: Speaker | None = None) -> Message:
    return Message("user" if role == "user" else "assistant", (Text(text),), speaker=speaker)


def event(
    command: TurnCommand | str = "hello",
    *,
    speaker: Speaker = ANN,
    place: Place = HERE,
    key: str = "",
    at: float = 100.0,
    message_id: str = "",
    conversation: int = 0,
    context: Mapping[str, Json] | None = None,
    target: Mapping[str, Json] | None = None,
) -> Inbound:
    """An event under a key of its own unless one is given; a text stands for a message."""
    return Inbound(
        event_key=key or f"test:{next(_keys)}",
        place=place,
        speaker=speaker,
        command=Say((Text(command),)) if isinstance(command, str) else command,
        at=at,
        message_id=message_id,
        conversation=conversation,
        context=context or {},
        target=target or {},
    )


@dataclass
class Desk:
    """Works on turns as one process would: under one owner, by a clock that moves only when told."""

    store: Store
    owner: str = "main/1"
    now: float = 1000.0
    greeting: Sequence[Message] = ()
    answers: dict[int, str] = field(default_factory=dict)

    async def accept(
        self, command: Inbound | TurnCommand | str = "hello", overlap: Overlap = "queue", **details: object
    ) -> Accepted:
        said = command if isinstance(command, Inbound) else event(command, **details)  # type: ignore[arg-type]
        return await self.store.write(
            turns.accept, said, owner=self.owner, now=self.now, lease_s=LEASE_S, overlap=overlap
        )

    async def answer(
        self,
        turn: TurnRecord,
        text: str = "hi",
        *,
        status: str = "answered",
        supersedes: Sequence[int] = (),
        parts: tuple[Part, ...] | None = None,
    ) -> Message:
        """Store an answer to a turn, with the input as the user's message."""
        message = Message("assistant", parts if parts is not None else (Text(text),))
        user = Message("user", turn.command.parts, speaker=turn.speaker) if isinstance(turn.command, Say) else None
        states: dict[str, ReplyState] = {"failed": "failed", "stopped": "stopped"}
        reply = Reply((message,) if status != "failed" else (), state=states.get(status, "final"))
        await self.store.write(
            turns.answer,
            turn.id,
            turn.conversation,
            reply=reply,
            user=user,
            messages=(message,),
            greeting=self.greeting,
            supersedes=supersedes,
            status=status,
            error="It broke" if status == "failed" else "",
            now=self.now,
            owner=self.owner,
        )
        return message

    async def finish(self, turn: TurnRecord | int, status: str = "delivered") -> TurnRecord | None:
        ended = await self.turn(turn) if isinstance(turn, int) else turn
        return await self.store.write(
            turns.finish,
            ended.id,
            ended.conversation,
            status,  # type: ignore[arg-type]
            self.now,
            self.owner,
            LEASE_S,
        )

    async def exchange(self, text: str = "hello", reply: str = "hi", **details: object) -> TurnRecord:
        """A whole turn, delivered; the record as it is stored then."""
        accepted = await self.accept(text, **details)  # type: ignore[arg-type]
        assert accepted.outcome == "started", accepted.outcome
        await self.answer(accepted.turn, reply)
        await self.finish(accepted.turn)
        return await self.turn(accepted.turn.id)

    async def turn(self, number: int) -> TurnRecord:
        found = await self.store.read(turns.turn, number)
        assert found is not None, f"turn {number} is gone"
        return found
