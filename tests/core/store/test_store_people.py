"""People: known by several identities, joined for ever, forgotten without a trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from fakes.stored import ANN, BEN, HERE, THERE, Desk, event
from trunkline.inbound import Edit, Inbound, Place, Say
from trunkline.media import MediaStore
from trunkline.messages import Blob, Media, Speaker, Text
from trunkline.store import Store, feedback, history, media_rows, people, places, posts, turns, values
from trunkline.store.records import Erased
from trunkline.store.schema import metadata

SENTINEL = "xyzzy-7351"
WHO = Speaker("web", f"id-{SENTINEL}", f"name {SENTINEL}", f"team-{SENTINEL}")


def everything(conn: Connection) -> str:
    """All that any table holds."""
    return "\n".join(repr(row) for table in metadata.sorted_tables for row in conn.execute(table.select()))


def holding(folder: Path) -> list[str]:
    """The files below a folder that hold the sentinel, in their names or their bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SENTINEL in path.name or SENTINEL.encode() in path.read_bytes()]


async def test_a_person_keeps_their_newest_name(store: Store) -> None:
    person = await store.write(people.ensure_person, ANN, 1.0)
    assert await store.write(people.ensure_person, replace(ANN, name="Anna"), 2.0) == person
    assert await store.write(people.ensure_person, replace(ANN, name=""), 3.0) == person
    assert await store.read(people.identities_of, person) == (replace(ANN, name="Anna"),)


async def test_identities_of_different_teams_and_platforms_are_different_people(store: Store) -> None:
    speakers = [ANN, replace(ANN, platform="slack"), replace(ANN, team="T1"), replace(ANN, user_id="ann-2")]
    known = {await store.write(people.ensure_person, speaker, 1.0) for speaker in speakers}
    assert len(known) == 4
    assert await store.read(people.person_of, BEN) is None


async def test_joining_makes_one_person_of_two(desk: Desk) -> None:
    store = desk.store
    ann, ben = await desk.exchange("one"), await desk.exchange("two", speaker=BEN, place=THERE)
    await store.write(people.consent, ANN, "voice", 1.0, "v1")
    await store.write(people.consent, BEN, "voice", 2.0, "v2")
    await store.write(people.consent, BEN, "mail", 3.0)
    for speaker, value in ((ANN, "Like"), (BEN, "Dislike")):
        await store.write(feedback.rate, ann.id, 0, False, speaker, value, "", 1.0)
    await store.write(feedback.rate, ben.id, 0, False, BEN, "Like", "", 1.0)
    kept = await store.write(people.join, ANN, BEN, 9.0)
    assert kept == ann.person
    assert await store.read(people.person_of, BEN) == kept
    assert await store.read(people.identities_of, kept) == (ANN, BEN)
    assert (await desk.turn(ben.id)).person == kept
    assert await store.read(turns.count_since, kept, 0.0) == 2
    consents = await store.read(people.consents, BEN)
    assert [(c.kind, c.version, c.given) for c in consents] == [("mail", "", 3.0), ("voice", "v1", 1.0)]
    assert [r.value for r in await store.read(feedback.ratings, ann.id)] == ["Like"]
    assert [r.person for r in await store.read(feedback.ratings, ben.id)] == [kept]
    assert await store.write(people.join, ANN, BEN, 9.0) == kept


async def test_consents_are_given_renewed_and_withdrawn(store: Store) -> None:
    assert await store.read(people.consents, ANN) == ()
    assert not await store.write(people.withdraw, ANN, "voice")
    await store.write(people.consent, ANN, "voice", 1.0, "v1")
    await store.write(people.consent, ANN, "voice", 2.0, "v2")
    (consent,) = await store.read(people.consents, ANN)
    assert (consent.kind, consent.version, consent.given) == ("voice", "v2", 2.0)
    assert await store.write(people.withdraw, ANN, "voice")
    assert await store.read(people.consents, ANN) == ()


async def test_forgetting_counts_what_it_erased(desk: Desk) -> None:
    store = desk.store
    own = await desk.exchange("mine", place=THERE)
    shared = await desk.exchange("from ann")
    bens = await desk.exchange("from ben", speaker=BEN)
    await store.write(feedback.rate, own.id, 0, False, ANN, "Like", "", 1.0)
    await store.write(feedback.rate, bens.id, 0, False, ANN, "Like", "", 1.0)
    await store.write(feedback.rate, shared.id, 0, False, BEN, "Dislike", "", 1.0)
    await store.write(feedback.rate, bens.id, 0, False, BEN, "Like", "", 1.0)
    erased = await store.write(people.forget, ANN)
    assert erased == Erased(messages=4, turns=2, feedback=3, media=0, conversations=1)
    left = await store.read(history.history, shared.conversation)
    assert [entry.message.text for entry in left] == ["from ben", "hi"]
    assert [r.person for r in await store.read(feedback.ratings, bens.id)] == [bens.person]
    assert await store.read(places.place_of, THERE) is None
    assert await store.read(people.person_of, ANN) is None
    assert not await store.write(people.forget, ANN)


async def test_forgetting_keeps_files_that_others_need(desk: Desk) -> None:
    store = desk.store
    both, mine = Media("image", Blob("a" * 64, 1)), Media("image", Blob("b" * 64, 1))
    for media in (both, mine):
        assert isinstance(media.source, Blob)
        await store.write(media_rows.touch, media.source.sha256, 1, "image/png", 500.0)
    for command, speaker in ((Say((both, mine)), ANN), (Say((both,)), BEN)):
        turn = (await desk.accept(command, speaker=speaker)).turn
        await desk.answer(turn)
        await desk.finish(turn)
    assert (await store.write(people.forget, ANN)).media == 1
    gone: list[str] = []
    assert await store.write(media_rows.collect, 100.0, 10, gone.append) == 1
    assert gone == ["b" * 64]


async def leave_traces(desk: Desk, media: MediaStore, place: Place, speaker: Speaker) -> None:
    """Put the sentinel wherever a person's words can get to."""
    store = desk.store
    blob = await media.put(f"bytes {SENTINEL}".encode(), mime="text/plain", name=f"{SENTINEL}.txt", limit=0)
    spoken = Say((Text(f"say {SENTINEL}"), Media("file", blob, name=f"{SENTINEL}.txt")))
    first = Inbound(
        event_key=f"key-{SENTINEL}-{place.channel}",
        place=place,
        speaker=speaker,
        command=spoken,
        at=1.0,
        message_id=f"m-{SENTINEL}",
        context={"page": SENTINEL},
        target={"reply_to": SENTINEL},
    )
    turn = (await desk.accept(first)).turn
    await store.write(turns.intend, turn.id, f"web:{SENTINEL}", "reply", SENTINEL, 1.0)
    await store.write(turns.posted, turn.id, f"web:{SENTINEL}", "reply", f"post-{SENTINEL}", 1.0)
    await desk.answer(turn, f"you said {SENTINEL}")
    await desk.finish(turn)
    edit = (await desk.accept(Edit((Text(f"edit {SENTINEL}"),), turn.id), place=place, speaker=speaker)).turn
    await desk.answer(edit, f"edited {SENTINEL}", supersedes=(turn.id,))
    await desk.finish(edit)
    undone = (await desk.accept(f"undone {SENTINEL}", place=place, speaker=speaker)).turn
    await desk.answer(undone)
    await desk.finish(undone)
    await store.write(history.undo, undone.conversation, undone.id, 2.0)
    failed = (await desk.accept(f"failed {SENTINEL}", place=place, speaker=speaker)).turn
    await desk.answer(failed, status="failed")
    await desk.finish(failed)
    await store.write(feedback.rate, edit.id, 0, False, speaker, "Like", f"comment {SENTINEL}", 3.0)
    person = edit.person
    await store.write(places.rename, place, edit.conversation, f"title {SENTINEL}", person=person)
    await store.write(values.set_values, edit.conversation, {"system": f"be {SENTINEL}"}, person)
    await store.write(people.consent, speaker, "voice", 1.0, f"v-{SENTINEL}")
    await desk.accept(f"waits {SENTINEL}", place=place, speaker=speaker)


async def test_forgetting_leaves_no_trace_in_any_table_or_file(desk: Desk, tmp_path: Path) -> None:
    store = desk.store
    media = MediaStore(tmp_path / "media", store)
    await leave_traces(desk, media, Place("web", "demo", channel=f"visitor-{SENTINEL}"), WHO)
    await desk.exchange("hello from ben", speaker=BEN)
    await leave_traces(desk, media, HERE, WHO)
    assert SENTINEL in await store.read(everything)
    erased = await store.write(people.forget, WHO)
    assert (erased.conversations, erased.turns, erased.feedback, erased.media) == (1, 10, 2, 1)
    assert await media.collect() == 1
    left = await store.read(everything)
    assert SENTINEL not in left
    assert "hello from ben" in left
    again = await desk.accept(event("late redelivery", key=f"key-{SENTINEL}-lobby", speaker=BEN))
    assert again.outcome == "duplicate"
    await store.close()
    assert holding(tmp_path) == []


async def test_the_journal_of_an_open_database_holds_nothing_that_was_erased(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "trunkline.db")
    desk = Desk(store)
    turn = await desk.exchange(f"say {SENTINEL}", speaker=WHO)
    await desk.exchange("other", place=THERE, speaker=BEN)
    assert holding(tmp_path) != []
    await store.write(places.delete, HERE, turn.conversation)
    await store.write(people.forget, WHO)
    await store.write(posts.unposted, 0, "", "")  # the next transaction begins after the journal was emptied
    assert holding(tmp_path) == []
    await store.close()
