"""What a turn leaves in the store when it is answered: the reply, the history, what it takes the place of."""

from __future__ import annotations

from sqlalchemy import Connection

from .messages import Message, Reply
from .store import history, turns
from .store.records import TurnRecord


def settle(
    conn: Connection,
    turn: TurnRecord,
    reply: Reply,
    user: Message | None,
    supersedes: tuple[int, ...],
    greeting: tuple[Message, ...],
    now: float,
    owner: str,
) -> None:
    """Store the final of a running turn and what follows from it, in one.

    A reply that stands in place of the history (`Reply.anew`) begins it anew. A failed turn leaves it as it is and
    names the turns it was meant to replace; of those, the ones that failed themselves give way to it. `LeaseLost`
    as `turns.answer`.
    """
    failed = reply.state == "failed"
    anew = reply.anew and not failed
    if anew:
        history.clear(conn, turn.conversation, now)
    turns.answer(
        conn,
        turn.id,
        turn.conversation,
        reply=reply,
        user=None if failed else user,
        messages=() if failed else reply.messages,
        greeting=() if failed or anew else greeting,
        supersedes=supersedes,
        status="failed" if failed else "stopped" if reply.state == "stopped" else "answered",
        error=reply.error,
        now=now,
        owner=owner,
    )
    if failed:
        for number in supersedes:
            earlier = turns.turn(conn, number)
            if earlier is not None and earlier.status == "failed":
                history.undo(conn, turn.conversation, number, now)
