"""What one connection shows: an open conversation, a new one, or what came since it was here last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from trunkline.errors import Denied, TrunklineError
from trunkline.messages import Json
from trunkline.words import words

from .frames import dumps
from .handshake import TRY_AGAIN
from .requests import Position
from .site import conversation_of

if TYPE_CHECKING:
    from .session import Session

NEW_CHAT: Final = "new"
"""The stream of conversation 0, in which nothing was said: it has no frames."""


async def show(session: Session, conversation: int, *, or_current: bool = False) -> None:
    """Open a conversation. `Denied` when it is not the visitor's; with `or_current` the current one then.

    Nothing is shown to a visitor who has come while it was read.
    """
    if conversation == 0:
        _show_new(session)
        return
    key, streams = session.key_of(conversation), session.site.streams
    try:
        if streams.get(key) is None:
            # What is held of a conversation is held for somebody who may see it.
            await session.site.may_see(key)
        stream = streams.obtain(key, session.site.clock.now())
        snapshot = await session.site.snapshot(stream)
    except Denied as error:
        streams.drop(key)
        if not or_current:
            raise
        if key.visitor == session.visitor:
            session.error("not_found", error.user_message)
            await _show_current(session)
        return
    if key.visitor == session.visitor:
        session.conversation = conversation
        session.outbox.follow(snapshot.data, stream, snapshot.name, snapshot.seq)


async def show_another(session: Session) -> None:
    """Open the visitor's newest conversation; the connection ends when that cannot be had."""
    try:
        items, _ = await session.site.conversations(session.app, session.visitor, limit=1)
        await show(session, conversation_of(items[0]) if items else 0)
    except TrunklineError:
        session.close(TRY_AGAIN, words("conversation_not_shown"))


async def resume(session: Session, position: Position) -> None:
    """Go on where the client stands, or show the conversation anew."""
    stream = session.site.streams.get(session.key_of(position.conversation))
    frames = None
    if stream is not None and stream.name == position.stream and position.after > 0:
        frames = stream.after(position.after)
    if stream is None or frames is None:
        await show(session, position.conversation, or_current=True)
        return
    session.conversation = position.conversation
    resumed: dict[str, Json] = {
        "type": "resumed",
        "conversation": position.conversation,
        "stream": stream.name,
        "after": position.after,
        "seq": stream.seq,
    }
    session.outbox.follow(dumps(resumed), stream, stream.name, position.after)


async def _show_current(session: Session) -> None:
    await show(session, await session.site.current(session.app, session.visitor))


def _show_new(session: Session) -> None:
    session.conversation = 0
    frame: Mapping[str, Json] = {
        "type": "snapshot",
        "conversation": 0,
        "stream": NEW_CHAT,
        "seq": 0,
        "turns": [],
        "settings": dict(session.draft_values),
    }
    session.outbox.follow(dumps(frame), None, NEW_CHAT, 0)
