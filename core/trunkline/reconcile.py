"""What to do on a platform so that it shows what is wanted: the fewest operations, decided purely.

The rules, which hold for every platform:

* Posts are matched by key; what looks right already is left alone.
* While the reply runs, posts are changed in place and added at the end. A post that belongs before one that
  stands waits for the final, and what is no longer wanted stays until then, the status line apart.
* An append-only post only grows. Where its beginning changed it is sealed, and the final replaces it once.
* A `fixed` post is never edited and, once it stands, never moved or made again; without the ability to edit,
  that holds for every post. Posts marked `final` are created by the final only.
* The final leaves exactly the wanted posts, in the wanted order. Nothing is ever inserted: the editable posts
  behind a new one are rewritten, and those behind a new fixed one are made again. Where what stands for good
  (a file that is never uploaded twice, a platform that cannot delete) rules the order out, the order yields.
* A post's kind never goes back: from "" it may become another by an edit, from another it may not change.

Taking the controls off older posts is the same thing: their posts without controls, wanted as a final.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .bridge import STATUS_KEY, Capabilities, Post, Shown


@dataclass(frozen=True, slots=True)
class Create:
    """Post it, behind everything that stands."""

    post: Post


@dataclass(frozen=True, slots=True)
class Edit:
    """Make `shown` look like `post`, whose key may be another: `shown` carries that key from then on."""

    shown: Shown
    post: Post


@dataclass(frozen=True, slots=True)
class Append:
    """Add to `shown` what `post.text` has more; it then looks like `post` as a whole, its body included."""

    shown: Shown
    post: Post


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove it."""

    shown: Shown


Operation: TypeAlias = "Create | Edit | Append | Delete"


def reconcile(
    shown: Sequence[Shown], wanted: Sequence[Post], *, final: bool, capabilities: Capabilities
) -> tuple[Operation, ...]:
    """The operations that bring `shown` to `wanted`, in the order in which they must be carried out.

    `shown` is in the order in which the posts stand. While the reply runs (`final` false) the result is what
    may be done by now; in the final it is everything. Done halfway, the rest is what a second call gives.
    A key stands in `shown` more than once only after an accident; the extra ones are deleted by the final.
    `ValueError` when a key is wanted twice.
    """
    if not final and len(wanted) == 1 and len(shown) == 1 and wanted[0].key == shown[0].post.key:
        # What nearly every token comes to.
        change = _change(shown[0], wanted[0], capabilities, final=False) if capabilities.edit else None
        return () if change is None else (change,)
    if len({post.key for post in wanted}) != len(wanted):
        raise ValueError("every wanted post must have a key of its own")
    if final:
        return _Final(shown, wanted, capabilities).operations()
    if not capabilities.edit:
        return ()
    return _running(shown, wanted, capabilities)


def _running(shown: Sequence[Shown], wanted: Sequence[Post], capabilities: Capabilities) -> tuple[Operation, ...]:
    standing = _standing(shown, wanted)
    # Behind the last post that stands and has a place to keep, posts can be added.
    kept = [
        index
        for index, post in enumerate(wanted)
        if post.key in standing and post.key != STATUS_KEY and not _frozen(standing[post.key], capabilities)
    ]
    end = kept[-1] if kept else -1
    changes: list[Operation] = []
    creates: list[Operation] = []
    for index, post in enumerate(wanted):
        match = standing.get(post.key)
        if match is None:
            if index > end and not post.final:
                creates.append(Create(post))
        elif (change := _change(match, post, capabilities, final=False)) is not None:
            changes.append(change)
    gone = [] if any(post.key == STATUS_KEY for post in wanted) or not capabilities.delete else [STATUS_KEY]
    deletes = [Delete(one) for one in shown if one.post.key in gone]
    return (*changes, *creates, *deletes)


def _standing(shown: Sequence[Shown], wanted: Sequence[Post]) -> dict[str, Shown]:
    """What stands under each wanted key: of several, the first that looks right, or else the first."""
    posts = {post.key: post for post in wanted}
    found: dict[str, Shown] = {}
    for one in shown:
        post = posts.get(one.post.key)
        if post is None:
            continue
        best = found.setdefault(post.key, one)
        if _looks_alike(one.post, post) and not _looks_alike(best.post, post):
            found[post.key] = one
    return found


def _looks_alike(shown: Post, wanted: Post) -> bool:
    return shown.body == wanted.body and shown.text == wanted.text and shown.kind == wanted.kind


def _frozen(shown: Shown, capabilities: Capabilities) -> bool:
    """It stays as it is for as long as it is wanted."""
    return shown.post.mutability == "fixed" or not capabilities.edit


def _can_become(shown: Shown, wanted: Post, capabilities: Capabilities) -> bool:
    """Whether what stands can be made to look like `wanted` in the final."""
    if _frozen(shown, capabilities):
        return shown.post.key == wanted.key
    if shown.post.key == wanted.key and _looks_alike(shown.post, wanted):
        return True
    if wanted.mutability == "fixed" or shown.post.kind not in ("", wanted.kind):
        return False
    # A post that grows is another sort of thing on its platform: it is no place for a different post.
    return shown.post.key == wanted.key or shown.post.mutability == wanted.mutability


def _change(shown: Shown, wanted: Post, capabilities: Capabilities, *, final: bool) -> Edit | Append | None:
    """What makes `shown` look like `wanted`; None when nothing has to be done, or nothing may be."""
    old = shown.post
    same_key = old.key == wanted.key
    if _frozen(shown, capabilities) or (same_key and _looks_alike(old, wanted)):
        return None
    if not _can_become(shown, wanted, capabilities):
        return None
    growing = capabilities.append and old.mutability == "append" and wanted.mutability == "append"
    if not growing:
        return Edit(shown, wanted)
    if (
        same_key
        and old.kind == wanted.kind
        and len(wanted.text) > len(old.text)
        and wanted.text.startswith(old.text)
    ):
        return Append(shown, wanted)
    return Edit(shown, wanted) if final else None


_Cost: TypeAlias = tuple[int, int]
"""Operations, then posts that change their key."""
_Step: TypeAlias = Literal["use", "drop", "create"]


class _Final:
    """The final's operations for one `shown` and `wanted`."""

    def __init__(self, shown: Sequence[Shown], wanted: Sequence[Post], capabilities: Capabilities) -> None:
        self._wanted = wanted
        self._capabilities = capabilities
        standing = _standing(shown, wanted)
        self._slots = tuple(one for one in shown if standing.get(one.post.key) is one)
        self._unwanted = tuple(one for one in shown if standing.get(one.post.key) is not one)
        # Neither the look nor the place of these is ours to change any more.
        self._anchored = {one.post.key: one for one in self._slots if _frozen(one, capabilities)}

    def operations(self) -> tuple[Operation, ...]:
        # Where nothing can be deleted, order is a matter of where new posts go; what stands stays in its place.
        placing = self._capabilities.delete or len(self._slots) < len(self._wanted)
        uses = self._align(self._slots, self._wanted) if placing else None
        if uses is None:
            uses = self._out_of_order()
        creates = [Create(post) for post in self._wanted if post.key not in uses]
        if not self._capabilities.delete:
            return (*self._changes(uses), *creates)
        used = {id(one) for one in uses.values()}
        made_again = [Delete(one) for one in self._slots if id(one) not in used]
        # The unwanted go last: there is no moment in which a preview is gone and its final not yet there.
        unwanted = [Delete(one) for one in self._unwanted]
        return (*made_again, *self._changes(uses), *creates, *unwanted)

    def _out_of_order(self) -> dict[str, Shown]:
        """The slot of each wanted key that gets one, where what stands for good rules the wanted order out."""
        if not self._capabilities.delete:
            own = {one.post.key: one for one in self._slots}
            return {
                post.key: own[post.key]
                for post in self._wanted
                if post.key in own and _can_become(own[post.key], post, self._capabilities)
            }
        slots = tuple(one for one in self._slots if one.post.key not in self._anchored)
        uses = self._align(slots, tuple(post for post in self._wanted if post.key not in self._anchored))
        assert uses is not None, "what is not anchored can always be made again"
        return uses | self._anchored

    def _changes(self, uses: dict[str, Shown]) -> Iterator[Operation]:
        """Edits and appends, ordered so that no key stands twice in between (unless posts trade places)."""
        pending = [
            change
            for post in self._wanted
            if post.key in uses
            and (change := _change(uses[post.key], post, self._capabilities, final=True)) is not None
        ]
        held = {change.shown.post.key for change in pending}
        while pending:
            free = (c for c in pending if c.post.key == c.shown.post.key or c.post.key not in held)
            change = next(free, pending[0])
            pending.remove(change)
            held.discard(change.shown.post.key)
            yield change

    def _align(self, slots: Sequence[Shown], wanted: Sequence[Post]) -> dict[str, Shown] | None:
        """The cheapest way to give wanted posts to slots in order: the slot of each wanted key that gets one.

        The others are created, so all of them are wanted behind every slot in use; None when there is no such
        way. Sequence alignment by dynamic programming: `best[i, j]` is the best that can be made of the slots
        from i and the posts from j.
        """
        end = (len(slots), len(wanted))
        best: dict[tuple[int, int], tuple[_Cost, _Step]] = {end: ((0, 0), "drop")}
        for i in range(len(slots), -1, -1):
            for j in range(len(wanted), -1, -1):
                slot = slots[i] if i < len(slots) else None
                post = wanted[j] if j < len(wanted) else None
                options = [
                    ((best[rest][0][0] + cost[0], best[rest][0][1] + cost[1]), step)
                    for step, cost in self._steps(slot, post)
                    if (rest := _after(step, i, j)) in best
                ]
                if options:
                    best[i, j] = min(options, key=lambda option: option[0])
        return _uses(best, slots, wanted) if (0, 0) in best else None

    def _steps(self, slot: Shown | None, post: Post | None) -> Iterator[tuple[_Step, _Cost]]:
        """What may be done next with the first slot and the first post that are left, and what it costs."""
        if slot is None:
            if post is not None:
                yield "create", (1, 0)
            return
        if post is not None and _can_become(slot, post, self._capabilities):
            change = _change(slot, post, self._capabilities, final=True)
            yield "use", (0 if change is None else 1, int(slot.post.key != post.key))
        if self._capabilities.delete and slot.post.key not in self._anchored:
            yield "drop", (1, 0)


def _after(step: _Step, slot: int, post: int) -> tuple[int, int]:
    return slot + (step != "create"), post + (step != "drop")


def _uses(
    best: dict[tuple[int, int], tuple[_Cost, _Step]], slots: Sequence[Shown], wanted: Sequence[Post]
) -> dict[str, Shown]:
    """The chosen steps, read from the table."""
    uses: dict[str, Shown] = {}
    at = (0, 0)
    while at != (len(slots), len(wanted)):
        step = best[at][1]
        if step == "use":
            uses[wanted[at[1]].key] = slots[at[0]]
        at = _after(step, *at)
    return uses
