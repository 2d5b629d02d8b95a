"""The end-to-end encrypted group of a call, as Discord's server runs it: who comes and goes, whose commit counts.

One transition at a time: proposals (27) to all members, the first commit (28) is announced (29), newcomers get its
welcome (30), and it is executed (22) once everybody said that they are ready (23), or too much time went by.
A commit that a client could not read (31) takes it out, and its next key package in again. A downgrade (21) ends
the encryption, a new epoch (24) begins it anew. Proposals are never revoked.
reference: Receiving Discord voice (a client without DAVE, decrypt failures around membership changes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fakes.discord.voice.mls import ExternalSender, Malformed, appended, owner_of, split_commit

VERSION = 1
"""The DAVE protocol's."""


class Participant(Protocol):
    """One device in a call; what it answers goes back to the `Group`, at once or later."""

    @property
    def id(self) -> int:
        """Its user."""

    def external_sender(self, package: bytes) -> None:
        """Opcode 25; answered by a key package."""

    def propose(self, data: bytes) -> None:
        """Opcode 27; answered by a commit."""

    def announce(self, transition: int, commit: bytes) -> None:
        """Opcode 29; answered by ready, or invalid."""

    def welcome(self, transition: int, welcome: bytes) -> None:
        """Opcode 30; likewise."""

    def execute(self, transition: int) -> None:
        """Opcode 22."""

    def prepare_transition(self, transition: int, version: int) -> None:
        """Opcode 21: another version, 0 for no encryption; answered by ready."""

    def prepare_epoch(self) -> None:
        """Opcode 24: a new group is to be made; answered by a key package."""


@dataclass
class Round:
    """One transition on its way."""

    staying: dict[int, Participant]
    adding: dict[int, Participant]
    packages: dict[int, bytes]
    removing: set[int]
    offers: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    """Commits and their welcomes, by who made them."""
    asked: bool = False
    """Everybody was told of the proposals. Some answer while others are still asked; no commit is taken before."""
    downgrading: bool = False
    transition: int = 0
    """Its number, once a commit was chosen."""
    waiting: set[int] = field(default_factory=set)
    """Who is not ready yet."""
    deadline: asyncio.TimerHandle | None = None


class Group:
    """The MLS group of a call. Knobs: `committer`, `ready_seconds`, `spoils_welcomes`."""

    def __init__(self, channel_id: int, executed: Callable[[], None]) -> None:
        self.committer: int | None = None
        """Whose commit is taken, if this user may commit; else the first one is."""
        self.ready_seconds = 2.0
        """How long a transition waits for those who are not ready."""
        self.spoils_welcomes = 0
        """How many of the next welcomes are rubbish; a client answers by opcode 31."""
        self.epoch = 0
        self.encrypting = True
        """Not between `downgrade` and what a later `restart` leads to."""
        self.transition = 0
        """The number of the newest transition."""
        self._id = channel_id.to_bytes(8, "big")
        self._sender = ExternalSender()
        self._executed = executed
        self._present: dict[int, Participant] = {}
        self._packages: dict[int, bytes] = {}
        self._leaving: set[int] = set()
        self._leaves: list[int | None] = []
        self._round: Round | None = None

    @property
    def members(self) -> list[int]:
        """The users in the group, in the order of their leaves."""
        return [user for user in self._leaves if user is not None]

    @property
    def in_transition(self) -> bool:
        """A commit was announced and is not executed yet."""
        return self._round is not None and self._round.transition > 0

    @property
    def settled(self) -> bool:
        """Everybody who is there is in the group, and nobody else."""
        return self._round is None and set(self.members) == set(self._present)

    # Who comes and goes.

    def enter(self, one: Participant) -> None:
        """A device comes; one of the same user that was there before is gone."""
        self.leave(one.id)
        self._present[one.id] = one
        one.external_sender(self._sender.package)

    def leave(self, user: int) -> None:
        """A user is gone."""
        self._present.pop(user, None)
        self._packages.pop(user, None)
        self._expel(user)
        going = self._round
        if going is not None:
            going.staying.pop(user, None)
            going.adding.pop(user, None)
            going.waiting.discard(user)
            self._go_on(going)
        self._advance()

    def restart(self) -> None:
        """Everybody is to make a new group."""
        self._drop_round()
        self._leaves, self.epoch = [], 0
        self._packages.clear()
        self._leaving.clear()
        for one in list(self._present.values()):
            one.prepare_epoch()

    def downgrade(self) -> None:
        """Encrypt nothing end to end any more, as it was while clients without DAVE could join."""
        assert self._round is None
        going = self._round = Round(dict(self._present), {}, {}, set(), asked=True, downgrading=True)
        self._announce(going)
        for one in list(going.staying.values()):
            one.prepare_transition(going.transition, 0)
        self._go_on(going)

    def _expel(self, user: int) -> None:
        if user in self._leaves or (self._round is not None and user in self._round.adding):
            self._leaving.add(user)

    # What the devices say.

    def key_package(self, user: int, package: bytes) -> None:
        """Opcode 26. `Malformed` where it is none of this user's."""
        if owner_of(package) != user:
            raise Malformed("another user's key package")
        self._expel(user)
        self._packages[user] = package
        self._advance()

    def commit(self, user: int, data: bytes) -> None:
        """Opcode 28. One that comes late, or for what is over, is passed over."""
        going = self._round
        if going is None or going.transition or user not in going.staying:
            return
        going.offers[user] = split_commit(data, self._id, self.epoch)
        self._go_on(going)

    def ready(self, user: int, transition: int) -> None:
        """Opcode 23."""
        going = self._round
        if going is not None and transition == going.transition:
            going.waiting.discard(user)
            self._go_on(going)

    def invalid(self, user: int, transition: int) -> None:
        """Opcode 31: the user could not read its commit or welcome."""
        self._expel(user)
        self.ready(user, transition)

    # Transitions.

    def _advance(self) -> None:
        """Begin the next transition, if one is due."""
        if self._round is not None:
            return
        self._leaving &= set(self.members)
        if not set(self.members) - self._leaving:
            self._found()
        if not self._leaving and not self._packages:
            return
        staying = {user: self._present[user] for user in self.members if user not in self._leaving}
        if not staying:
            return
        adding = {user: self._present[user] for user in self._packages}
        going = self._round = Round(staying, adding, dict(self._packages), self._leaving)
        # Who goes from now on, goes in the next round: also one that this round puts out and takes in again.
        self._leaving = set()
        removals = [self._sender.remove(self._id, self.epoch, self._leaves.index(user)) for user in going.removing]
        additions = [self._sender.add(self._id, self.epoch, package) for package in going.packages.values()]
        data = appended([*removals, *additions])
        for one in list(staying.values()):
            one.propose(data)
        going.asked = True
        self._go_on(going)

    def _found(self) -> None:
        """Nobody is left in the group: whoever came first is the only member of a new one."""
        self._leaves, self.epoch = [], 0
        self._leaving.clear()
        first = next((user for user in self._present if user in self._packages), None)
        if first is not None:
            self._leaves = [first]
            del self._packages[first]

    def _go_on(self, going: Round) -> None:
        """Take the next step of a transition, if it can be taken."""
        if going is not self._round:
            return
        if not going.transition:
            self._choose(going)
        elif not going.waiting:
            self._execute()

    def _choose(self, going: Round) -> None:
        if not going.staying:
            self._drop_round()
            self._leaving |= going.removing
            return
        wanted = self.committer if self.committer in going.staying else None
        offered = [user for user in going.offers if wanted in (None, user)]
        if not offered or not going.asked:
            return
        commit, welcome = going.offers[offered[0]]
        self._announce(going)
        for user, package in going.packages.items():
            if self._packages.get(user) is package:
                del self._packages[user]
        for one in list(going.staying.values()):
            one.announce(going.transition, commit)
        for one in list(going.adding.values()):
            one.welcome(going.transition, self._spoilt(welcome))
        self._go_on(going)

    def _announce(self, going: Round) -> None:
        """Number a transition, and wait for everybody."""
        self.transition = going.transition = self.transition % 0xFFFF + 1
        going.waiting = {*going.staying, *going.adding}
        going.deadline = asyncio.get_running_loop().call_later(self.ready_seconds, self._execute)

    def _spoilt(self, welcome: bytes) -> bytes:
        if self.spoils_welcomes:
            self.spoils_welcomes -= 1
            return b"\0" * len(welcome)
        return welcome

    def _execute(self) -> None:
        going = self._round
        assert going is not None
        self._drop_round()
        for user in going.removing:
            self._leaves[self._leaves.index(user)] = None
        while self._leaves and self._leaves[-1] is None:
            self._leaves.pop()
        for user in going.packages:
            # RFC 9420, 7.7: an added leaf goes to the leftmost blank one.
            if None in self._leaves:
                self._leaves[self._leaves.index(None)] = user
            else:
                self._leaves.append(user)
        self.encrypting = not going.downgrading
        self.epoch += self.encrypting
        for one in [*going.staying.values(), *going.adding.values()]:
            one.execute(going.transition)
        self._executed()
        self._advance()

    def _drop_round(self) -> None:
        if self._round is not None and self._round.deadline is not None:
            self._round.deadline.cancel()
        self._round = None
