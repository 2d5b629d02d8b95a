"""What stands for each pause that the service said it detected: in its log, its store, and on the fake Discord."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fakes.discord.people import text_of
from fakes.discord.world import World
from faults.ledger import Count, Standing, answer_to, count
from trunkline.store.intake import digest

FAILED = "⚠️"
"""Stands before the sentence that says why a turn failed."""
DONE = frozenset({"delivered", "failed", "stopped", "undeliverable"})
_NAME = re.compile(r"u[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Pause:
    """A line of the service's log."""

    call: str
    utterance: str

    @property
    def digest(self) -> str:
        """What the store keeps of its event's key."""
        return digest(f"voice:{self.call}:{self.utterance}")


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a call, as the store has it."""

    number: int
    text: str
    """What was said: each utterance has a name of its own."""
    status: str
    posts: tuple[int, ...]
    """Its messages on Discord."""
    digest: str


def pauses(log: Path) -> list[Pause]:
    """The pauses that were told by now, in order."""
    told: list[Pause] = []
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        if '"pause detected"' in line:
            entry = json.loads(line)
            told.append(Pause(entry["call"], entry["utterance"]))
    return told


def turns(store: Path) -> list[Turn]:
    """All turns of calls by now, the oldest first."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as conn:
        posts: defaultdict[int, list[int]] = defaultdict(list)
        for turn, post in conn.execute("SELECT turn, post_id FROM posts WHERE post_id IS NOT NULL"):
            if post.isdigit():
                posts[turn].append(int(post))
        rows = conn.execute(
            "SELECT turns.id, command, status, digest FROM turns JOIN events ON events.turn = turns.id"
            " ORDER BY turns.id"
        ).fetchall()
    return [
        Turn(number, name.group(), status, tuple(posts[number]), key)
        for number, command, status, key in rows
        if (name := _NAME.search(command))
    ]


def settled(folder: Path) -> bool:
    """Every pause has its turn, and every turn has ended."""
    found = turns(folder / "faults.db")
    known = {turn.digest for turn in found}
    ended = all(turn.status in DONE for turn in found)
    return ended and all(pause.digest in known for pause in pauses(folder / "service.log"))


def counted(folder: Path, world: World) -> Count:
    """All pauses; a turn of a pause that a kill left no time to tell of is one, too."""
    told = pauses(folder / "service.log")
    found = turns(folder / "faults.db")
    by_digest = {turn.digest: turn for turn in found}
    total = Count()
    calls: defaultdict[str, list[Pause]] = defaultdict(list)
    for pause in told:
        calls[pause.call].append(pause)
    for of_call in calls.values():
        sent = [_said(pause, by_digest) for pause in of_call]
        total += count(sent, [_standing(turn, world) for turn in found if turn.text in set(sent)])
    known = {pause.digest for pause in told}
    texts = [turn.text for turn in found if turn.digest in known]
    for turn in found:
        if turn.digest not in known:
            # The same sound twice is one pause that was asked twice.
            total += Count(1, doubled=1) if turn.text in texts else count([turn.text], [_standing(turn, world)])
            texts.append(turn.text)
    return total


def _said(pause: Pause, known: Mapping[str, Turn]) -> str:
    turn = known.get(pause.digest)
    return turn.text if turn is not None else pause.utterance


def _standing(turn: Turn, world: World) -> Standing:
    """What stands in the channels for a turn: every answer to what was said, whoever posted it."""
    answers = [text for text in _written(world) if answer_to(turn.text) in text]
    own = [text_of(world.messages[post]) for post in turn.posts if post in world.messages]
    failed = turn.status == "failed" and any(FAILED in text for text in own)
    return Standing(turn.text, () if failed and not answers else (answer_to(turn.text),) * len(answers), failed)


def _written(world: World) -> Iterator[str]:
    for message in world.messages.values():
        if message.author_id == world.bot.id:
            yield text_of(message)


def told(folder: Path, world: World) -> Sequence[str]:
    """A line for each pause that is not answered, to look into."""
    known = {turn.digest: turn for turn in turns(folder / "faults.db")}
    return [
        f"{pause.call} {pause.utterance}: {known.get(pause.digest)}"
        for pause in pauses(folder / "service.log")
        if pause.digest not in known or not _standing(known[pause.digest], world).replies
    ]
