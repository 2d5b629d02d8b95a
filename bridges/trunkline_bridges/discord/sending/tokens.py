"""Answers by the tokens of interactions: while they are good, and what happens when their time is over.

Where the bot is a member, the deferred answer is streamed by its token, outside the channel's budget, and later
by the bot's own. Elsewhere (only a person installed the bot) nothing but the token reaches the channel: a few
messages, and 14 minutes. What comes after goes to the person directly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trunkline.bridge import Shown, Target
from trunkline.clock import Clock
from trunkline.errors import Forbidden, PlatformError, TargetGone
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..limits import FOLLOW_UPS
from . import drafts
from .refusals import FOLLOW_UPS as NO_MORE
from .refusals import UNKNOWN_MESSAGE, code_of
from .rest import Part, Rest

_MOST_KNOWN: Final = 1024
_LOADING: Final = 1 << 7


@dataclass(slots=True)
class Answered:
    """What one token did, as far as this process knows."""

    original: str = ""
    """The id of the deferred answer once it shows something."""
    further: bool = False
    """Posts stand behind it that are no answers by the token."""
    over: bool = False
    """The token is of no use any more."""
    shut: bool = False
    """The bot itself may not write there, though commands are taken."""
    direct: str = ""
    """The channel of direct messages in which the answer goes on."""


class Tokens:
    """`application` gives the id of the bot's application."""

    def __init__(self, rest: Rest, clock: Clock, application: Callable[[], Awaitable[str]]) -> None:
        self._rest = rest
        self._clock = clock
        self._application = application
        self._known: Recent[str, Answered] = Recent(_MOST_KNOWN)

    def of(self, target: Target) -> Answered:
        """What is known of the target's token."""
        name = name_of(target)
        known = self._known.get(name) or Answered()
        self._known.put(name, known)
        return known

    def good(self, target: Target) -> bool:
        """The target has a token that can be used now."""
        if not target.get("token") or target.get("delivery"):
            return False
        until = target.get("until")
        in_time = isinstance(until, int | float) and self._clock.now() < until
        return in_time and not self.of(target).over

    def alone(self, target: Target) -> bool:
        """Nothing but the token reaches the place."""
        if not target.get("token") or target.get("delivery"):
            return False
        return bool(target.get("foreign")) or self.of(target).shut

    def shut_out(self, target: Target) -> bool:
        """The bot was refused in the place; True when its token can do what the bot may not."""
        if self.alone(target) or not self.good(target):
            return False
        self.of(target).shut = True
        return True

    async def create(
        self, target: Target, form: Mapping[str, Any], parts: Sequence[Part], after: Sequence[Shown]
    ) -> str | None:
        """Answer by the token; None when it has to be said in another way."""
        if not self.good(target):
            return None
        known = self.of(target)
        first = bool(target.get("original")) and not after and not known.original
        if not first and not self.alone(target):
            known.further = True
            return None
        if target.get("foreign") and len(after) > FOLLOW_UPS:
            return None
        path = await self._path(target)
        plain = {key: value for key, value in form.items() if key not in _NOT_BY_TOKEN}
        try:
            if first:
                form = {**drafts.for_edit(plain), "allowed_mentions": plain["allowed_mentions"]}
                made = await self._rest.call(
                    "PATCH", f"{path}/messages/@original", json=form, files=parts, authorized=False
                )
                known.original = str(made["id"])
            else:
                made = await self._rest.call(
                    "POST", path, json=plain, files=parts, query={"wait": "true"}, authorized=False
                )
        except (TargetGone, Forbidden) as error:
            if code_of(error) not in (UNKNOWN_MESSAGE, NO_MORE):
                known.over = True
            return None
        return str(made["id"])

    async def edit(self, target: Target, shown: Shown, form: Mapping[str, Any], parts: Sequence[Part]) -> bool:
        """Change a post by the token; False when it has to be done in another way, `TargetGone` when it cannot."""
        alone = self.alone(target)
        if not self.good(target):
            if alone:
                raise TargetGone(words("discord_gone_interaction"))
            return False
        if not alone and await self.original(target) != shown.id:
            return False
        path = await self._path(target)
        try:
            await self._rest.call("PATCH", f"{path}/messages/{shown.id}", json=form, files=parts, authorized=False)
        except TargetGone as error:
            if code_of(error) == UNKNOWN_MESSAGE:
                raise
            self.of(target).over = True
            if alone:
                raise
            return False
        return True

    async def delete(self, target: Target, shown: Shown) -> bool:
        """Remove a post that only the token can remove; False when the bot can do it itself."""
        if not self.alone(target):
            return False
        if self.good(target):
            path = await self._path(target)
            await self._rest.call("DELETE", f"{path}/messages/{shown.id}", authorized=False)
        # Past its time nobody but the person can remove it.
        return True

    async def original(self, target: Target) -> str:
        """The id of the deferred answer, "" while it shows nothing or where there is none."""
        known = self.of(target)
        if not known.original and target.get("original") and self.good(target):
            path = await self._path(target)
            try:
                found = await self._rest.call("GET", f"{path}/messages/@original", authorized=False)
            except TargetGone:
                return ""
            if isinstance(found, dict) and not int(found.get("flags") or 0) & _LOADING:
                known.original = str(found["id"])
        return known.original

    async def directly(self, target: Target) -> str:
        """The channel of direct messages in which an answer goes on; the person is told so there."""
        known = self.of(target)
        if not known.direct:
            known.direct = await self._open(target, words("discord_dm_goes_on", channel=f"<#{target['channel']}>"))
        return known.direct

    async def close(self, target: Target) -> None:
        """The time is nearly over, in a place that nothing else reaches: say where the answer will be."""
        known = self.of(target)
        if not self.alone(target) or known.over:
            return
        known.over = True
        said = "discord_dm_comes"
        try:
            heading = words("discord_dm_comes_here", channel=f"<#{target['channel']}>")
            known.direct = known.direct or await self._open(target, heading)
        except PlatformError as error:
            log.info("no direct message", bridge="discord", error=type(error).__name__)
            said = "discord_dm_refused"
        path, text = await self._path(target), words(said)
        if target.get("original"):
            form = drafts.for_edit({"content": text, "attachments": []})
            path = f"{path}/messages/@original"
            await self._rest.call("PATCH", path, json=form, authorized=False, patient=True)
        else:
            # Here "@original" would be the post whose control was pressed.
            form = drafts.for_create({"content": text})
            await self._rest.call("POST", path, json=form, authorized=False, patient=True)

    async def drop(self, target: Target) -> None:
        """The question was taken back: say so where the deferred answer still shows that one comes."""
        if self.good(target) and not await self.original(target):
            form = drafts.for_edit({"content": words("dropped"), "attachments": []})
            path = f"{await self._path(target)}/messages/@original"
            await self._rest.call("PATCH", path, json=form, authorized=False, patient=True)

    async def _open(self, target: Target, heading: str) -> str:
        person = {"recipient_id": str(target.get("asker", ""))}
        channel = await self._rest.call("POST", "/users/@me/channels", json=person, patient=True)
        path = f"/channels/{channel['id']}/messages"
        # Only a message tells whether the person takes any.
        form = drafts.for_create({"content": heading}, nonce=f"dm-{name_of(target)}")
        await self._rest.call("POST", path, json=form, patient=True)
        return str(channel["id"])

    async def _path(self, target: Target) -> str:
        return f"/webhooks/{await self._application()}/{target['token']}"


_NOT_BY_TOKEN: Final = frozenset({"nonce", "enforce_nonce", "message_reference"})


def name_of(target: Target) -> str:
    """Tells tokens apart and does not betray them."""
    return hashlib.sha256(str(target.get("token", "")).encode()).hexdigest()[:20]
