"""Whatever was shown and whatever is wanted: the final leaves exactly that on a model of a platform."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from trunkline.bridge import STATUS_KEY, Capabilities, Mutability, Post, Shown
from trunkline.reconcile import Append, Create, Delete, Edit, Operation, reconcile

KEYS = [STATUS_KEY, "a", "b", "c", "d", "e"]
TEXTS = ["", "x", "xy", "xyz", "other"]
MUTABILITIES: list[Mutability] = ["replace", "append", "fixed"]

posts = st.builds(
    lambda key, text, controls, mutability, kind, final: Post(
        key, {"text": text, "controls": controls}, mutability, text, kind, final
    ),
    st.sampled_from(KEYS),
    st.sampled_from(TEXTS),
    st.booleans(),
    st.sampled_from(MUTABILITIES),
    st.sampled_from(["", "v2"]),
    st.booleans(),
)
post_lists = st.lists(posts, max_size=6, unique_by=lambda post: post.key)
abilities = st.builds(lambda append: Capabilities(append=append), st.booleans())


class Platform:
    """Posts in the order in which they were created. It refuses what no real platform would do."""

    def __init__(self, capabilities: Capabilities, posts: Sequence[Post] = ()) -> None:
        self.capabilities = capabilities
        self.shown: list[Shown] = []
        self.created = 0
        for post in posts:
            self.carry_out(Create(post))

    def carry_out(self, operation: Operation) -> None:
        if isinstance(operation, Create):
            self.shown.append(Shown(f"id-{self.created}", operation.post))
            self.created += 1
            return
        place = self.shown.index(operation.shown)
        if isinstance(operation, Delete):
            assert self.capabilities.delete
            del self.shown[place]
            return
        before, after = operation.shown.post, operation.post
        assert "fixed" not in (before.mutability, after.mutability)
        assert before.kind in ("", after.kind)
        if isinstance(operation, Append):
            assert self.capabilities.append
            assert before.key == after.key
            assert after.text.startswith(before.text)
            assert len(after.text) > len(before.text)
        elif isinstance(operation, Edit):
            assert self.capabilities.edit
        self.shown[place] = Shown(operation.shown.id, after)

    def reconcile(self, wanted: Sequence[Post], *, final: bool) -> tuple[Operation, ...]:
        operations = reconcile(self.shown, wanted, final=final, capabilities=self.capabilities)
        for operation in operations:
            self.carry_out(operation)
        return operations


def anchored(before: Sequence[Shown], wanted: Sequence[Post]) -> dict[str, Shown]:
    """The fixed posts that stood and are wanted: they stay what and where they are."""
    keys = {post.key for post in wanted}
    found: dict[str, Shown] = {}
    for shown in before:
        if shown.post.key in keys:
            assert shown.post.key not in found, "the tests of copies look at fixed posts by themselves"
            found[shown.post.key] = shown
    return {key: shown for key, shown in found.items() if shown.post.mutability == "fixed"}


def looks(post: Post) -> tuple[object, ...]:
    return post.key, post.body, post.text, post.kind


def assert_shows(platform: Platform, wanted: Sequence[Post], kept: dict[str, Shown]) -> None:
    standing = {shown.post.key: shown for shown in platform.shown}
    assert len(standing) == len(platform.shown), "a key stands twice"
    assert set(standing) == {post.key for post in wanted}
    for key, shown in kept.items():
        assert standing[key] == shown
    free = [looks(shown.post) for shown in platform.shown if shown.post.key not in kept]
    assert free == [looks(post) for post in wanted if post.key not in kept]


@given(abilities, post_lists, post_lists)
def test_final_leaves_exactly_what_is_wanted(
    capabilities: Capabilities, before: list[Post], wanted: list[Post]
) -> None:
    platform = Platform(capabilities, before)
    kept = anchored(platform.shown, wanted)
    platform.reconcile(wanted, final=True)
    assert_shows(platform, wanted, kept)
    assert platform.reconcile(wanted, final=True) == ()


@given(abilities, st.lists(posts, max_size=6), post_lists)
def test_extra_copies_of_a_post_are_gone_in_the_final(
    capabilities: Capabilities, before: list[Post], wanted: list[Post]
) -> None:
    platform = Platform(capabilities, before)
    platform.reconcile(wanted, final=True)
    assert sorted(shown.post.key for shown in platform.shown) == sorted(post.key for post in wanted)
    assert platform.reconcile(wanted, final=True) == ()


@given(abilities, post_lists, post_lists, st.integers(0, 12))
def test_final_that_was_interrupted_can_be_finished(
    capabilities: Capabilities, before: list[Post], wanted: list[Post], done: int
) -> None:
    platform = Platform(capabilities, before)
    kept = anchored(platform.shown, wanted)
    for operation in reconcile(platform.shown, wanted, final=True, capabilities=capabilities)[:done]:
        platform.carry_out(operation)
    platform.reconcile(wanted, final=True)
    assert_shows(platform, wanted, kept)


@given(abilities, st.lists(post_lists, min_size=1, max_size=5))
def test_any_stream_of_snapshots_ends_in_what_is_wanted(
    capabilities: Capabilities, snapshots: list[list[Post]]
) -> None:
    platform = Platform(capabilities)
    for snapshot in snapshots:
        before = list(platform.shown)
        operations = platform.reconcile(snapshot, final=False)
        assert platform.reconcile(snapshot, final=False) == (), "the same snapshot again costs nothing"
        deleted = [operation.shown.post.key for operation in operations if isinstance(operation, Delete)]
        assert set(deleted) <= {STATUS_KEY}
        assert not any(operation.post.final for operation in operations if isinstance(operation, Create))
        renamed = {old.id: old.post.key for old in before}
        assert all(renamed.get(new.id, new.post.key) == new.post.key for new in platform.shown)
    kept = anchored(platform.shown, snapshots[-1])
    platform.reconcile(snapshots[-1], final=True)
    assert_shows(platform, snapshots[-1], kept)


@given(post_lists, post_lists)
def test_without_deleting_everything_wanted_stands_and_nothing_that_could_be_put_right_stands_twice(
    before: list[Post], wanted: list[Post]
) -> None:
    platform = Platform(Capabilities(delete=False), before)
    kept = anchored(platform.shown, wanted)
    platform.reconcile(wanted, final=True)
    standing = [looks(shown.post) for shown in platform.shown]
    for post in wanted:
        assert post.key in kept or looks(post) in standing
    assert platform.reconcile(wanted, final=True) == ()


@given(post_lists, post_lists)
def test_without_editing_nothing_that_stands_is_touched(before: list[Post], wanted: list[Post]) -> None:
    platform = Platform(Capabilities(edit=False), before)
    keys = {post.key for post in wanted}
    stood = {shown.post.key: shown for shown in platform.shown if shown.post.key in keys}
    assert platform.reconcile(wanted, final=False) == ()
    platform.reconcile(wanted, final=True)
    assert {shown.post.key for shown in platform.shown} == keys
    assert all(shown in platform.shown for shown in stood.values())


@given(abilities, post_lists, post_lists)
def test_final_never_costs_more_than_one_operation_a_post_and_two_a_post_made_again(
    capabilities: Capabilities, before: list[Post], wanted: list[Post]
) -> None:
    platform = Platform(capabilities, before)
    keys = {post.key for post in wanted}
    gone = [shown for shown in platform.shown if shown.post.key not in keys]
    operations = platform.reconcile(wanted, final=True)
    made_again = sum(
        isinstance(operation, Delete) and operation.shown.post.key in keys for operation in operations
    )
    assert len(operations) <= len(wanted) + len(gone) + made_again
    texts_only = all(post.mutability == "replace" and not post.kind for post in (*before, *wanted))
    if texts_only and [p.key for p in before if p.key in keys] == [
        p.key for p in wanted if p.key in {q.key for q in before}
    ]:
        assert made_again == 0, "editable posts in order are rewritten, not made again"
