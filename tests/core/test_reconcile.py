"""What must be done in the cases that bridges meet, operation by operation."""

from __future__ import annotations

import pytest

from trunkline.bridge import STATUS_KEY, Capabilities, Mutability, Post, Shown
from trunkline.reconcile import Append, Create, Delete, Edit, Operation, reconcile

EDITING = Capabilities()
APPENDING = Capabilities(append=True)


def post(
    key: str, text: str = "", *, mutability: Mutability = "replace", kind: str = "", final: bool = False
) -> Post:
    return Post(key, {"content": text}, mutability, text, kind, final)


def stands(*posts: Post) -> tuple[Shown, ...]:
    return tuple(Shown(f"id-{number}", one) for number, one in enumerate(posts))


def running(
    shown: tuple[Shown, ...], *wanted: Post, capabilities: Capabilities = EDITING
) -> tuple[Operation, ...]:
    return reconcile(shown, wanted, final=False, capabilities=capabilities)


def final(shown: tuple[Shown, ...], *wanted: Post, capabilities: Capabilities = EDITING) -> tuple[Operation, ...]:
    return reconcile(shown, wanted, final=True, capabilities=capabilities)


def test_first_snapshot_creates_every_post_in_order() -> None:
    a, b = post("a", "1"), post("b", "2")
    assert running((), a, b) == (Create(a), Create(b))


def test_unchanged_posts_cost_nothing() -> None:
    shown = stands(post("a", "1"), post("b", "2"))
    assert running(shown, post("a", "1"), post("b", "2")) == ()
    assert final(shown, post("a", "1"), post("b", "2")) == ()


def test_changed_post_is_edited_in_place() -> None:
    shown = stands(post("a", "1"))
    assert running(shown, post("a", "1 2")) == (Edit(shown[0], post("a", "1 2")),)


def test_same_key_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="key of its own"):
        running((), post("a"), post("a"))


def test_status_line_goes_while_running_and_what_else_is_unwanted_waits_for_the_final() -> None:
    shown = stands(post(STATUS_KEY, "working"), post("old", "x"))
    reply = post("reply", "hello")
    assert running(shown, reply) == (Create(reply), Delete(shown[0]))
    assert final(shown, reply) == (Create(reply), Delete(shown[0]), Delete(shown[1]))


def test_status_line_above_does_not_hold_back_the_reply_below_it() -> None:
    status = post(STATUS_KEY, "working")
    reply = post("reply", "hello")
    assert running(stands(status), reply, status) == (Create(reply),)


def test_post_that_belongs_earlier_waits_for_the_final_and_is_placed_by_rewriting() -> None:
    a, new, b, c = post("a", "1"), post("new", "n"), post("b", "2"), post("c", "3")
    shown = stands(a, b, c)
    assert running(shown, a, new, b, c) == ()
    assert final(shown, a, new, b, c) == (Edit(shown[1], new), Edit(shown[2], b), Create(c))


def test_final_posts_are_created_by_the_final_only() -> None:
    reply = post("reply", "hello")
    file = post("file", mutability="fixed", final=True)
    shown = stands(reply)
    assert running(shown, reply, file) == ()
    assert final(shown, reply, file) == (Create(file),)


def test_fixed_post_is_never_edited_or_made_again() -> None:
    shown = stands(post("file", "old name", mutability="fixed"))
    changed = post("file", "new name", mutability="fixed")
    assert running(shown, changed) == ()
    assert final(shown, changed) == ()


def test_text_that_overflows_past_a_standing_file_goes_behind_it() -> None:
    a, file, b = post("a", "1"), post("file", mutability="fixed"), post("b", "2")
    shown = stands(a, file)
    assert running(shown, a, b, file) == (Create(b),)
    assert final(stands(a, file, b), a, b, file) == ()


def test_file_before_standing_text_costs_three_operations() -> None:
    a, file, b = post("a", "1"), post("file", mutability="fixed", final=True), post("b", "2")
    shown = stands(a, b)
    assert final(shown, a, file, b) == (Delete(shown[1]), Create(file), Create(b))


def test_file_before_standing_text_comes_last_where_nothing_can_be_deleted() -> None:
    a, file, b = post("a", "1"), post("file", mutability="fixed", final=True), post("b", "2")
    assert final(stands(a, b), a, file, b, capabilities=Capabilities(delete=False)) == (Create(file),)


def test_append_only_post_grows() -> None:
    shown = stands(post("a", "one", mutability="append"))
    longer = post("a", "one two", mutability="append")
    assert running(shown, longer, capabilities=APPENDING) == (Append(shown[0], longer),)


def test_append_only_post_whose_beginning_changed_is_sealed_until_the_final_replaces_it_once() -> None:
    shown = stands(post("a", "one", mutability="append"))
    changed = post("a", "ONE two", mutability="append")
    assert running(shown, changed, capabilities=APPENDING) == ()
    assert final(shown, changed, capabilities=APPENDING) == (Edit(shown[0], changed),)
    assert final(stands(changed), changed, capabilities=APPENDING) == ()


def test_append_only_post_is_replaced_where_the_platform_cannot_append() -> None:
    shown = stands(post("a", "one", mutability="append"))
    longer = post("a", "one two", mutability="append")
    assert running(shown, longer) == (Edit(shown[0], longer),)


def test_kind_goes_forward_by_an_edit_and_back_only_by_a_new_post() -> None:
    plain, rich = post("a", "1"), post("a", "1", kind="v2")
    assert running(stands(plain), rich) == (Edit(stands(plain)[0], rich),)
    shown = stands(rich)
    assert running(shown, plain) == ()
    assert final(shown, plain) == (Delete(shown[0]), Create(plain))


def test_kind_that_cannot_go_back_is_posted_beside_where_nothing_can_be_deleted() -> None:
    plain, rich = post("a", "1"), post("a", "1", kind="v2")
    assert final(stands(rich), plain, capabilities=Capabilities(delete=False)) == (Create(plain),)


def test_without_editing_only_the_final_is_posted_and_stays() -> None:
    posting = Capabilities(edit=False)
    reply = post("reply", "hello")
    assert running((), reply, capabilities=posting) == ()
    assert final((), reply, capabilities=posting) == (Create(reply),)
    assert final(stands(reply), post("reply", "hello, no controls"), capabilities=posting) == ()


def test_controls_are_taken_off_by_an_ordinary_edit() -> None:
    with_controls = Post("reply", {"content": "hello", "components": ["retry"]})
    without = Post("reply", {"content": "hello"})
    shown = stands(with_controls)
    assert final(shown, without) == (Edit(shown[0], without),)


def test_taking_controls_off_a_finished_stream_is_an_edit() -> None:
    with_controls = Post("reply", {"blocks": ["feedback"]}, "append", "hello")
    without = Post("reply", {"blocks": []}, "append", "hello")
    shown = stands(with_controls)
    assert final(shown, without, capabilities=APPENDING) == (Edit(shown[0], without),)


def test_fresh_final_is_created_before_its_preview_is_removed() -> None:
    shown = stands(post("preview", "hel"))
    answer = post("answer", "hello")
    assert final(shown, answer) == (Create(answer), Delete(shown[0]))


def test_copy_left_by_an_accident_is_deleted_by_the_final() -> None:
    reply = post("reply", "hello")
    shown = stands(reply, reply)
    assert running(shown, reply) == ()
    assert final(shown, reply) == (Delete(shown[1]),)


def test_posts_that_change_places_keep_their_keys_apart() -> None:
    a, b, c = post("a", "1"), post("b", "2"), post("c", "3")
    shown = stands(c, a, b)
    assert final(shown, a, b, c) == (Delete(shown[0]), Create(c))
