"""Looking up a message whose create was not confirmed. Pure.

Within some minutes Discord itself recognises the nonce when the create is repeated. After that a message is known
by its author, by what it refers to and by where it stands. Rather none than a wrong one: what is found is edited.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ..ids import Id


def by_nonce(messages: Sequence[Mapping[str, Any]], nonce: str) -> str | None:
    """The id of the message with that nonce."""
    return next((str(one["id"]) for one in messages if one.get("nonce") == nonce), None)


def candidates(
    messages: Sequence[Mapping[str, Any]], bot: str, known: Collection[str], reply_to: str, turn: int
) -> list[str]:
    """Ids of messages that an unconfirmed create of the turn may have made, the oldest first.

    `known` are the posts that stand already, of which the new one is the next; `turn` is the turn's number, 0
    where it is not known.
    """
    last = max((int(one) for one in known if one.isdigit()), default=0)
    found = []
    for one in messages:
        number = str(one["id"])
        author = one.get("author") or {}
        if str(author.get("id")) != bot or number in known or int(number) <= last:
            continue
        # Messages with a nonce were looked at by it; answers to commands are made by their own tokens.
        if one.get("nonce") is not None or one.get("interaction_metadata") or one.get("webhook_id"):
            continue
        reference = (one.get("message_reference") or {}).get("message_id")
        # The first post refers to the message that it answers, further ones to nothing.
        fits = reference == reply_to if not known and reply_to else reference in (None, reply_to)
        if fits and all(named in (0, turn) or not turn for named in _turns(one.get("components"))):
            found.append(number)
    return sorted(found, key=int)


def _turns(components: Any) -> Iterator[int]:
    """The turns that a message's controls name."""
    if not isinstance(components, list):
        return
    for component in components:
        if isinstance(component, dict):
            named = Id.read(str(component.get("custom_id", "")))
            if named is not None:
                yield named.turn
            yield from _turns(component.get("components"))
