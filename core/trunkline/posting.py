"""The posts of stored turns: where they stand, how they are drawn, taken down, lose and regain their controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from .bridge import Post, Shown, Target, TurnChange, View
from .delivery import UNKNOWN, Delivery, Standing, target_key
from .errors import PlatformError
from .inbound import Choose
from .messages import Notice, Reply
from .retiring import redraw, remove
from .services import Services
from .store import posts, turns
from .store.records import PostRecord, TurnRecord
from .telemetry import log
from .words import words

_DIVIDER = "divider"


class Posting:
    def __init__(self, services: Services) -> None:
        self._services = services

    def targets(self, turn: TurnRecord) -> tuple[tuple[str, Target], ...]:
        """Where a turn is delivered to, over the bridges that run in this process."""
        return self._targets(turn.place.platform, turn.target)

    def in_place(self, turn: TurnRecord) -> bool:
        """Whether a turn that answers anew edits the posts of the one whose place it takes."""
        connected = self._services.bridges.get(turn.place.platform)
        if connected is None:
            return False
        capabilities = connected.bridge.capabilities
        return capabilities.retry_in_place and capabilities.edit

    async def deliveries(
        self, turn: TurnRecord, *, resumed: bool, newest: bool = True, life: str = ""
    ) -> tuple[Delivery, ...]:
        """A delivery for each target; with `resumed` they begin where posts of the turn stand already.

        `life` tells them from earlier ones of the same claim of the turn.
        """
        records = await self._services.store.read(posts.posts_of, turn.id) if resumed else ()
        return tuple(
            self._delivery(name, self._view(name, turn, target, newest=newest), records, f"{turn.attempts}{life}")
            for name, target in self.targets(turn)
        )

    async def take_over(self, turn: TurnRecord, number: int) -> None:
        """Give the posts of the turn whose place `turn` takes to `turn`, where they are edited in place."""
        if self.in_place(turn):
            await self._services.store.write(posts.move_posts, number, turn.id)

    async def clear_away(self, turn: TurnRecord, given_way: Sequence[int] = ()) -> None:
        """Delete the posts of the conversation's superseded turns, and of those `given_way` that were undone."""
        superseded = await self._services.store.read(posts.superseded, turn.conversation)
        for number in (*superseded, *given_way):
            record = await self._services.store.read(turns.turn, number)
            if record is not None and record.status in ("superseded", "undone"):
                await self.remove(record)

    async def remove(self, turn: TurnRecord) -> None:
        """Delete the posts of a turn that was taken back; where a platform cannot, they lose their controls."""
        services = self._services
        records = await services.store.read(posts.posts_of, turn.id)
        for name, target in self.targets(turn):
            bridge = services.bridges[name].bridge
            if not bridge.capabilities.delete:
                await self._redraw(name, turn, target, records, newest=False)
            mine = _standing(records, target_key(name, target))
            try:
                await remove(bridge, target, turn.id, mine, ledger=services.ledger, pacer=services.pacer)
            except PlatformError as error:
                log.warning("posts not removed", turn=turn.id, bridge=name, error=type(error).__name__)

    async def retire(self, newest: TurnRecord, number: int) -> None:
        """Take the controls off turn `number`, now that `newest` has them."""
        command = newest.command
        chose = isinstance(command, Choose) and newest.id != number and command.turn in (0, number)
        chosen = command.index if isinstance(command, Choose) and chose else -1
        await self._show_controls(newest, number, shown=False, chosen=chosen)

    async def revive(self, gone: TurnRecord, number: int) -> None:
        """Give turn `number` its controls back, now that `gone`, which had them, was taken back."""
        await self._show_controls(gone, number, shown=True)

    async def show_again(self, turn: TurnRecord) -> None:
        """Draw the posts of a delivered turn anew, where it was asked: its reply was changed since."""
        services = self._services
        if turn.reply is None or not self.targets(turn):
            return
        last = await services.store.read(turns.newest, turn.conversation)
        newest = last is not None and last.id == turn.id
        records = await services.store.read(posts.posts_of, turn.id)
        name, target = self.targets(turn)[0]
        view = self._view(name, turn, target, newest=newest)
        try:
            await self._delivery(name, view, records, f"{turn.attempts}/again", at_work=False).deliver(turn.reply)
        except PlatformError as error:
            log.warning("reply not shown anew", turn=turn.id, bridge=name, error=type(error).__name__)

    async def divide(self, turn: TurnRecord, target: Target) -> None:
        """Post that all before it is forgotten, where a platform shows what was said; kept with `turn`."""
        dividing = {**(target or turn.target), "delivery": _DIVIDER}
        for name, where in self._targets(turn.place.platform, dividing):
            if not self._services.bridges[name].bridge.capabilities.divider:
                continue
            view = self._view(name, turn, where, newest=False)
            said = Reply(notices=(Notice("info", words("divider")),), state="final")
            try:
                await self._delivery(name, view, ()).deliver(said)
            except PlatformError as error:
                log.warning("divider not posted", turn=turn.id, bridge=name, error=type(error).__name__)

    async def changed(self, turn: TurnRecord, change: TurnChange) -> None:
        """Tell the turn's bridge what became of it. What the platform makes of that does not touch the turn."""
        connected = self._services.bridges.get(turn.place.platform)
        if connected is None:
            return
        try:
            await connected.bridge.turn_changed(turn.target, change)
        except PlatformError as error:
            log.warning("change not shown", turn=turn.id, bridge=turn.place.platform, error=type(error).__name__)

    def _targets(self, platform: str, target: Target) -> tuple[tuple[str, Target], ...]:
        bridges = self._services.bridges
        connected = bridges.get(platform)
        if connected is None:
            return ()
        return ((platform, target), *((n, t) for n, t in connected.bridge.companions(target) if n in bridges))

    def _view(self, name: str, turn: TurnRecord, target: Target, *, newest: bool) -> View:
        """What a turn's reply is drawn for on a bridge."""
        connected = self._services.bridges[name]
        return View(
            profile=self._services.apps.profile(turn.place.app),
            turn=turn.id,
            target=target,
            newest=newest,
            conversation=turn.conversation,
            options=connected.options,
            link=connected.link,
            words=words,
        )

    def _delivery(
        self, name: str, view: View, records: Sequence[PostRecord], life: str = "", *, at_work: bool | None = None
    ) -> Delivery:
        """The delivery of a turn that is `at_work` in this process: by default, the newest."""
        services = self._services
        connected = services.bridges[name]
        return Delivery(
            connected.bridge,
            connected.descriptor.render,
            view,
            # A turn that runs may be another process's by now; older turns are nobody's.
            ledger=services.own_ledger if (view.newest if at_work is None else at_work) else services.ledger,
            pacer=services.pacer,
            clock=services.clock,
            standing=_standing(records, target_key(name, view.target)),
            life=life,
        )

    async def _show_controls(self, beside: TurnRecord, number: int, *, shown: bool, chosen: int = -1) -> None:
        services = self._services
        if not any(services.bridges[name].bridge.capabilities.controls for name, _ in self.targets(beside)):
            return
        turn, records = await services.store.read(_with_posts, number)
        if turn is None:
            return
        for name, target in self.targets(turn):
            await self._redraw(name, turn, target, records, newest=shown, chosen=chosen)

    async def _redraw(
        self,
        name: str,
        turn: TurnRecord,
        target: Target,
        records: Sequence[PostRecord],
        *,
        newest: bool,
        chosen: int = -1,
    ) -> None:
        """Draw a turn as the conversation's newest or not; what shows no difference is left alone."""
        services = self._services
        connected = services.bridges[name]
        if turn.reply is None or not connected.bridge.capabilities.controls:
            return
        view = replace(self._view(name, turn, target, newest=newest), standing=True)
        mine = _standing(records, target_key(name, target))
        shown = [Shown(one.id, Post(one.part, UNKNOWN)) for one in mine if one.id is not None]
        draw, at = connected.descriptor.render, services.clock.now()
        was = draw(turn.reply, replace(view, newest=not newest), shown, at)
        chosen = chosen if chosen < len(turn.reply.options) else -1
        now = draw(turn.reply, replace(view, chosen=chosen), shown, at)
        try:
            await redraw(connected.bridge, target, was, now, mine, pacer=services.pacer)
        except PlatformError as error:
            log.warning("controls not changed", turn=turn.id, bridge=name, error=type(error).__name__)


def _with_posts(conn: Connection, number: int) -> tuple[TurnRecord | None, list[PostRecord]]:
    return turns.turn(conn, number), posts.posts_of(conn, number)


def _standing(records: Sequence[PostRecord], key: str) -> tuple[Standing, ...]:
    """The posts of one delivery, in the order in which they were made."""
    return tuple(Standing(r.part, r.nonce, r.post_id) for r in records if r.target_key == key)
