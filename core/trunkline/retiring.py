"""Changes to the posts of older turns: taken down with their turn, or drawn with other controls.

They stand already and nothing newer can overtake a change to them, so that no delivery has to be kept for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal

from .bridge import Bridge, Post, Shown, Target
from .delivery import UNKNOWN, Ledger, Pacer, Standing, target_key
from .errors import PlatformError, RateLimited, TargetGone

_TRIES = 5
"""How often the posts of older turns are tried to be changed."""


async def remove(
    bridge: Bridge, target: Target, turn: int, standing: Sequence[Standing], *, ledger: Ledger, pacer: Pacer
) -> None:
    """Delete the posts of a turn that was taken back, the last first; where a platform cannot, they stay.

    Either way they are no longer known.
    """
    key = target_key(bridge.name, target)
    known = [Shown(post.id, Post(post.part, UNKNOWN)) for post in standing if post.id is not None]
    for post in reversed(standing):
        post_id = post.id
        if bridge.capabilities.delete:
            if post_id is None and bridge.capabilities.find:
                post_id = await bridge.find(target, post.nonce, known)
            if post_id is not None:
                gone = Shown(post_id, Post(post.part, UNKNOWN))
                await _in_turn(bridge, "delete", target, partial(bridge.delete, target, gone), pacer)
        await ledger.unposted(turn, key, post.part, post.id or "")


async def redraw(
    bridge: Bridge,
    target: Target,
    was: Sequence[Post],
    wanted: Sequence[Post],
    standing: Sequence[Standing],
    *,
    pacer: Pacer,
) -> None:
    """Make the posts of an older turn, which look as in `was`, look as in `wanted`. What is gone stays gone."""
    if not bridge.capabilities.edit:
        return
    before = {post.key: post for post in was}
    after = {post.key: post for post in wanted}
    for post in standing:
        old, new = before.get(post.part), after.get(post.part)
        if post.id is None or old is None or new is None or old == new or new.mutability == "fixed":
            continue
        try:
            await _in_turn(bridge, "edit", target, partial(bridge.edit, target, Shown(post.id, old), new), pacer)
        except TargetGone:
            continue


async def _in_turn(
    bridge: Bridge,
    kind: Literal["edit", "delete"],
    target: Target,
    operation: Callable[[], Awaitable[None]],
    pacer: Pacer,
) -> None:
    """Carry out one operation that may be repeated, when the budget allows it; a few times if need be."""
    scope, budget = bridge.budget(kind, target)
    for left in reversed(range(_TRIES)):
        await pacer.ready(scope, budget)
        try:
            await operation()
            break
        except PlatformError as error:
            if not (error.retryable and left):
                raise
            if isinstance(error, RateLimited):
                pacer.limited(scope, budget, error.retry_after)
            else:
                await pacer.back_off(_TRIES - 1 - left)
