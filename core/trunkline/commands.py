"""What people ask for that makes no reply: stop, undo, clear, feedback, settings, conversations.

Each is a method of `Commands` that returns the answer for the one who asked, or raises `Denied`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from .backend import AppProfile, Rating
from .bridge import Answer, TurnChange
from .errors import AppError, AppUnreachable, Denied
from .inbound import (
    ChooseApp,
    Clear,
    Command,
    Configure,
    DeleteConversation,
    ForgetMe,
    Heard,
    Inbound,
    MessageDeleted,
    NewConversation,
    Pause,
    Rate,
    RenameConversation,
    Stop,
    SwitchConversation,
    TakeOver,
    Undo,
)
from .inputs import check_settings
from .messages import Json
from .once import Once
from .past import begun_by, entries, resolve, said_in, spoken_to
from .running import Runner
from .services import Services
from .store import feedback, history, joining, pending, people, places, turns, values
from .store.records import ConversationRecord, TurnRecord
from .telemetry import log
from .words import words


class Commands:
    def __init__(self, services: Services, runner: Runner) -> None:
        self._store = services.store
        self._apps = services.apps
        self._clock = services.clock
        self._runner = runner
        self._window = services.settings.max_messages

    async def carry_out(self, event: Inbound, once: Once) -> Answer:
        """Do what the event asks for, `once` storing what it changes.

        `Denied`, `AppError` or `AppUnreachable` say why it was not done.
        """
        command: Command = event.command
        match command:
            case Pause(on):
                await once.write(places.pause, event.place, on, self._clock.now())
                return Answer("done", words("paused" if on else "resumed"))
            case ChooseApp():
                await once.write(places.choose_app, event.place, self._clock.now())
                title = self._apps.profile(event.place.app).title or event.place.app
                return Answer("done", words("app_chosen", app=title))
            case ForgetMe():
                return await self._forget(event, once)
            case TakeOver(former):
                moved = await once.write(joining.take_over, former, event.speaker, self._clock.now())
                return Answer("done", detail={"conversations": moved})
            case NewConversation(title):
                made = await once.write(places.new_conversation, event.place, self._clock.now(), title=title)
                return Answer("done", words("new_conversation"), conversation=made.id)
            case MessageDeleted(message_id):
                return await self._delete_message(event, message_id, once)
            case Configure(wanted):
                return await self._configure(event, wanted, once)
            case _:
                return await self._in_conversation(event, command, once)

    async def _in_conversation(self, event: Inbound, command: Command, once: Once) -> Answer:
        match command:
            case Stop(turn):
                return await self._stop(await self._conversation(event), turn)
            case Undo():
                return await self._undo(event, await self._conversation(event), once)
            case Clear():
                return await self._clear(event, await self._conversation(event), once)
            case Rate():
                return await self._rate(event, command, once)
            case Heard():
                return await self._heard(await self._conversation(event), command, once)
            case SwitchConversation(conversation):
                done = _existing(await once.write(places.switch, event.place, conversation))
                return Answer(
                    "done", words("switched", title=done.title or words("untitled")), conversation=done.id
                )
            case RenameConversation(conversation, title):
                done = _existing(await once.write(places.rename, event.place, conversation, title))
                return Answer("done", words("renamed", title=done.title), conversation=done.id)
            case DeleteConversation(conversation):
                return await self._delete_conversation(event, conversation, once)
            case _:
                raise TypeError(f"{type(command).__name__} is run as a turn")

    async def _delete_conversation(self, event: Inbound, conversation: int, once: Once) -> Answer:
        found = _existing(await self._store.read(places.conversation, event.place, conversation))
        await self._end(conversation)
        await once.write(places.delete, event.place, conversation)
        await self._forget_session(event.place.app, conversation)
        return Answer("done", words("deleted", title=found.title or words("untitled")))

    async def _delete_message(self, event: Inbound, message_id: str, once: Once) -> Answer:
        """A message that is gone on the platform goes here too, whoever wrote it and wherever its turn is."""
        said = await self._store.read(said_in, event, message_id)
        conversation = said.conversation if said is not None else await self._conversation(event)
        running = self._runner.running.get(conversation)
        if said is not None and running is not None and running.turn.id == said.id:
            # Before the write: a turn that is settled meanwhile must know, or be settled before the deletion.
            running.input_deleted = True
        gone = await once.write(history.delete_by_message_id, conversation, message_id, self._clock.now())
        if gone is None:
            return Answer("ignored")
        if gone.status == "received":
            await self._runner.posting.changed(gone, TurnChange(gone.id, gone.conversation, "removed"))
        return Answer("done", turn=gone.id, conversation=gone.conversation)

    async def _end(self, conversation: int) -> None:
        """Drop what waits and stop what runs."""
        for dropped in await self._store.write(turns.drop_waiting, conversation, self._clock.now()):
            await self._runner.posting.changed(dropped, TurnChange(dropped.id, conversation, "removed"))
        running = self._runner.running.get(conversation)
        if running is not None:
            await self._runner.stop(conversation)
            await running.done.wait()

    async def _conversation(self, event: Inbound) -> int:
        """The conversation meant; 0 when nothing was said here yet. `Denied` for one of another place."""
        return await self._store.read(resolve, event.place, event.conversation)

    async def _stop(self, conversation: int, turn: int) -> Answer:
        nothing = Answer("ignored", words("nothing_running"), conversation=conversation)
        if turn:
            meant = await self._store.read(turns.turn, turn)
            if meant is None or meant.conversation != conversation or meant.finished is not None:
                return nothing
            if meant.status == "received" and await self._drop(meant):
                return Answer("done", words("dropped"), turn=turn, conversation=conversation)
        stopped = await self._runner.stop(conversation, turn)
        if not stopped:
            return nothing
        return Answer("done", words("stopped"), turn=stopped, conversation=conversation)

    async def _drop(self, waiting: TurnRecord) -> bool:
        """Take back a message that waits; False when it does not any more."""
        dropped = await self._store.write(pending.drop, waiting.id, self._clock.now())
        if dropped is not None:
            change = TurnChange(waiting.id, waiting.conversation, "removed")
            await self._runner.posting.changed(dropped, change)
        return dropped is not None

    async def _undo(self, event: Inbound, conversation: int, once: Once) -> Answer:
        backend = await self._apps.connected(event.place.app)
        if not backend.profile.abilities.undo:
            raise Denied(words("no_undo"))
        running = self._runner.running.get(conversation)
        if running is not None and running.answered:
            # What is left to do once the final stands is nothing that people see running.
            await running.done.wait()
        if conversation in self._runner.running:
            raise Denied(words("busy"))
        newest = await self._store.read(turns.newest, conversation) if conversation else None
        if newest is None:
            raise Denied(words("nothing_to_undo"))
        if "undo" in backend.own_handlers:
            before = await self._store.read(entries, conversation, self._window)
            await backend.fire("undo", str(conversation), tuple(entry.message for entry in before))
        await once.write(history.undo, conversation, newest.id, self._clock.now())
        posting = self._runner.posting
        await posting.remove(newest)
        await posting.changed(newest, TurnChange(newest.id, conversation, "removed"))
        before_it = await self._store.read(turns.newest, conversation)
        if before_it is not None:
            await posting.revive(newest, before_it.id)
        return Answer("done", words("undone"), turn=newest.id, conversation=conversation)

    async def _clear(self, event: Inbound, conversation: int, once: Once) -> Answer:
        backend = await self._apps.connected(event.place.app)
        if not backend.profile.abilities.clear:
            raise Denied(words("no_clear"))
        if not conversation:
            return Answer("done", words("cleared"))
        await self._end(conversation)
        newest = await self._store.read(turns.newest, conversation)
        if "clear" in backend.own_handlers:
            before = await self._store.read(entries, conversation, self._window)
            await backend.fire("clear", str(conversation), tuple(entry.message for entry in before))
        await once.write(history.clear, conversation, self._clock.now())
        if backend.profile.history != "injected":
            await backend.forget(str(conversation))
        if newest is not None:
            await self._runner.posting.retire(newest, newest.id)
            await self._runner.posting.divide(newest, event.target)
        return Answer("done", words("cleared"), conversation=conversation)

    async def _rate(self, event: Inbound, command: Rate, once: Once) -> Answer:
        turn = await self._rated_turn(event, command)
        backend = await self._apps.connected(event.place.app)
        if not _takes(backend.profile, command):
            raise Denied(words("no_feedback"))
        past = await self._store.read(entries, turn.conversation, self._window)
        role = "user" if command.of_user else "assistant"
        positions = [i for i, entry in enumerate(past) if entry.turn == turn.id and entry.message.role == role]
        index = command.message if command.message >= 0 else len(positions) + command.message
        if not 0 <= index < len(positions):
            raise Denied(words("reply_gone"))
        await once.write(
            feedback.rate,
            turn.id,
            index,
            of_user=command.of_user,
            speaker=event.speaker,
            value=command.value,
            comment=command.comment,
            now=self._clock.now(),
        )
        stored = await self._store.read(values.values, turn.conversation)
        # The index that the app is told is that of the window it is given.
        messages = tuple(entry.message for entry in past)
        rating = Rating(str(turn.conversation), messages, positions[index], command.value, stored)
        try:
            await backend.rate(rating)
        except (AppError, AppUnreachable) as error:
            # The feedback is ours to keep; the app hears of it when it can.
            log.warning("feedback not taken by the app", turn=turn.id, error=type(error).__name__)
        text = words("rated" if command.value else "rating_removed")
        return Answer("done", text, turn=turn.id, conversation=turn.conversation, detail={"message": index})

    async def _heard(self, conversation: int, command: Heard, once: Once) -> Answer:
        """A reply that still runs is stopped by whoever interrupts it, and cut once it is stored."""
        running = self._runner.running.get(conversation)
        if running is not None and running.turn.id == command.turn:
            await running.done.wait()
        if not await once.write(history.keep_heard, conversation, command):
            return Answer("ignored", conversation=conversation)
        turn = await self._store.read(turns.turn, command.turn)
        if turn is not None:
            await self._runner.posting.show_again(turn)
        return Answer("done", turn=command.turn, conversation=conversation)

    async def _rated_turn(self, event: Inbound, command: Rate) -> TurnRecord:
        conversation = await self._conversation(event)
        turn = (
            await self._store.read(turns.turn, command.turn)
            if command.turn
            else await self._store.read(turns.newest, conversation)
        )
        if turn is None or turn.place != event.place:
            raise Denied(words("reply_gone"))
        return turn

    async def _configure(self, event: Inbound, wanted: Mapping[str, Json], once: Once) -> Answer:
        backend = await self._apps.connected(event.place.app)
        checked = check_settings(backend.profile, wanted)
        now = self._clock.now()
        conversation = await once.write(configure, event, checked, now)
        return Answer("done", words("configured"), conversation=conversation)

    async def _forget(self, event: Inbound, once: Once) -> Answer:
        """What they began and still runs ends first: nothing of it may be stored afterwards."""
        running_now = tuple(self._runner.running.values())
        begun = await self._store.read(begun_by, event.speaker, tuple(r.turn.id for r in running_now))
        theirs = [running for running in running_now if running.turn.id in begun]
        for running in theirs:
            await self._runner.stop(running.turn.conversation, running.turn.id)
            await running.done.wait()
        erased = await once.write(people.forget, event.speaker)
        for app, conversation in {(running.turn.place.app, running.turn.conversation) for running in theirs}:
            await self._forget_session(app, conversation)
        return Answer(
            "done",
            words("forgotten", messages=erased.messages, media=erased.media, feedback=erased.feedback),
            detail={"messages": erased.messages, "media": erased.media, "feedback": erased.feedback},
        )

    async def _forget_session(self, app: str, conversation: int) -> None:
        """An app that was not reached yet has no session to forget."""
        if self._apps.is_connected(app):
            backend = await self._apps.connected(app)
            await backend.forget(str(conversation))


def configure(conn: Connection, event: Inbound, wanted: Mapping[str, Json], now: float) -> int:
    """Store values of the app's inputs; gives the conversation, begun if there was none."""
    conversation, _ = spoken_to(conn, event.place, event.speaker, event.conversation, now)
    person = people.ensure_person(conn, event.speaker, now)
    values.set_values(conn, conversation, wanted, person=person)
    return conversation


def _existing(found: ConversationRecord | None) -> ConversationRecord:
    if found is None:
        raise Denied(words("conversation_gone"))
    return found


def _takes(profile: AppProfile, command: Rate) -> bool:
    offered = profile.feedback
    if not offered.offered or (command.of_user and not offered.user_messages):
        return False
    named = {"Like": offered.like, "Dislike": offered.dislike, "": True}
    return named.get(command.value, command.value in offered.others)
