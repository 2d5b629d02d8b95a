"""What a connection's commands do: each is acknowledged, refused, or answered by what it asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trunkline.bridge import Answer
from trunkline.errors import Denied, StoreError, TrunklineError
from trunkline.inbound import (
    Choose,
    Clear,
    DeleteConversation,
    Edit,
    ForgetMe,
    NewConversation,
    Press,
    Rate,
    RenameConversation,
    Retry,
    Say,
    SwitchConversation,
    UseExample,
)
from trunkline.inputs import check_settings
from trunkline.messages import Json, Media
from trunkline.words import words

from .identity import speaker_of
from .parse import Author, configuring, inbound
from .requests import (
    Act,
    Configure,
    EndCall,
    Identify,
    ListChats,
    Mute,
    NewChat,
    Played,
    PressCall,
    Request,
    SetContext,
    ShowHistory,
    ShowSettings,
    StartCall,
    SwitchChat,
)
from .setting_files import with_uploads
from .showing import show

if TYPE_CHECKING:
    from .session import Session

_BEGINS: Final = (Say, Choose, UseExample, Press)
"""Commands that begin a conversation in conversation 0; what is chosen there are the options of the greeting."""
_TURNS: Final = (*_BEGINS, Retry, Edit)
_RETRY_SECONDS: Final = 2.0


class Commands:
    """Carries out what one connection asks for, one after another."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def take(self, request: Request) -> None:
        """Do it and answer. Whatever cannot be done now is told, never raised."""
        command_id = getattr(request, "id", "")
        try:
            await self._take(request)
        except StoreError as error:
            self._session.error("unavailable", error.user_message, command_id, _RETRY_SECONDS)
        except Denied as error:
            self._ack(command_id, Answer("denied", error.user_message))
        except TrunklineError as error:
            retry_after = _RETRY_SECONDS if error.retryable else None
            self._session.error("unavailable", error.user_message, command_id, retry_after)

    async def _take(self, request: Request) -> None:
        match request:
            case Act():
                await self._act(request)
            case Configure():
                await self._configure(request)
            case SwitchChat():
                await self._switch(request)
            case NewChat(command_id, title):
                self._session.draft_title, self._session.draft_values = title, {}
                await show(self._session, 0)
                self._ack(command_id, Answer("done"))
            case SetContext(command_id, values):
                self._set_context(values)
                self._ack(command_id, Answer("done"))
            case Identify():
                await self._identify(request)
            case StartCall():
                await self._start_call(request)
            case EndCall() | Mute() | PressCall() | Played():
                self._session.site.calling.take(self._session, request)
            case _:
                await self._show(request)

    async def _show(self, request: Request) -> None:
        match request:
            case ShowSettings():
                await self._show_settings(request)
            case ShowHistory():
                await self._show_history(request)
            case ListChats():
                await self._list(request)
            case _:
                raise TypeError(f"{type(request).__name__} is no command")

    # Commands of the core

    async def _act(self, act: Act) -> None:
        command = act.command
        if isinstance(command, _TURNS) and self._too_fast(act.id):
            return
        if isinstance(command, Say | Edit) and self._too_many_files(act.id, command):
            return
        if act.conversation == 0 and not isinstance(command, ForgetMe):
            await self._act_in_new(act)
            return
        await self._follow_up(act, await self._accept(act))

    async def _accept(self, act: Act, *, suffix: str = "") -> Answer:
        session = self._session
        context = session.context if isinstance(act.command, _TURNS) else {}
        name = session.person.name if session.person is not None else ""
        author = Author(session.visitor, name, session.former)
        event = inbound(act, session.app, author, session.site.clock.now(), context, suffix=suffix)
        call = session.site.calling.of_visitor(session.visitor)
        if call is not None and not call.over and call.conversation == act.conversation:
            # What is asked in writing during a call is answered aloud too.
            language = {"language": call.tuning.language} if call.tuning.language else {}
            event = replace(event, target={**event.target, "call": call.name, **language})
        return await session.site.core.accept(event)

    async def _follow_up(self, act: Act, answer: Answer) -> None:
        """Tell every window what was done, and acknowledge it."""
        if answer.outcome == "done":
            await self._tell(act, answer)
        self._ack(act.id, answer, act.conversation)
        if isinstance(act.command, ForgetMe) and answer.outcome == "done":
            await self._begin_anew()

    async def _tell(self, act: Act, answer: Answer) -> None:
        session = self._session
        site, key = session.site, session.key_of(act.conversation)
        stream = site.streams.get(key)
        match act.command:
            case Clear() if stream is not None:
                stream.cleared()
            case Rate(value, turn, message, of_user) if stream is not None:
                index = answer.detail.get("message", message)
                rating: dict[str, Json] = {"turn": turn, "message": index, "value": value}
                stream.rated({**rating, "of_user": True} if of_user else rating)
            case RenameConversation():
                site.list_changed(session.app, session.visitor)
            case DeleteConversation():
                site.conversation_gone(key)

    # Conversation 0: it begins with its first message

    async def _act_in_new(self, act: Act) -> None:
        session = self._session
        if not isinstance(act.command, _BEGINS):
            self._ack(act.id, Answer("ignored", session.site.core.words("conversation_gone")))
            return
        made = await self._accept(replace(act, command=NewConversation(session.draft_title)), suffix=".new")
        if made.outcome == "denied":
            self._ack(act.id, made)
            return
        answer = await self._first(replace(act, conversation=made.conversation))
        if answer.outcome in {"denied", "ignored"}:
            if made.conversation:
                await self._accept(replace(act, command=DeleteConversation(made.conversation)), suffix=".undone")
            self._ack(act.id, replace(answer, conversation=0))
            return
        if answer.conversation and session.conversation == 0:
            session.draft_title, session.draft_values = "", {}
            await show(session, answer.conversation)
        self._ack(act.id, answer, answer.conversation)
        session.site.list_changed(session.app, session.visitor)

    async def _first(self, act: Act) -> Answer:
        """The first message, with the settings that were chosen before it."""
        values = self._session.draft_values
        if values and act.conversation:
            configured = await self._accept(
                configuring(Configure(act.id, act.conversation, values)), suffix=".settings"
            )
            if configured.outcome == "denied":
                return configured
        return await self._accept(act)

    # Settings and context

    async def _configure(self, request: Configure) -> None:
        session = self._session
        held = session.draft_values if request.conversation == 0 else await self._values(request.conversation)
        request = replace(request, values=with_uploads(request.values, held, session.attach))
        if request.conversation == 0:
            profile = await session.site.profile(session.app)
            values = {**held, **check_settings(profile, request.values)}
            session.draft_values = {name: value for name, value in values.items() if value is not None}
            self._ack(request.id, Answer("done"))
            session.outbox.put({"type": "settings", "conversation": 0, "values": session.draft_values})
            return
        answer = await self._accept(configuring(request))
        if answer.outcome == "done":
            values = await self._values(request.conversation)
            stream = session.site.streams.get(session.key_of(request.conversation))
            if stream is not None:
                stream.configured(values)
        self._ack(request.id, answer, request.conversation)

    async def _show_settings(self, request: ShowSettings) -> None:
        session = self._session
        values = session.draft_values if request.conversation == 0 else await self._values(request.conversation)
        session.outbox.put({"type": "settings", "conversation": request.conversation, "values": values})

    async def _values(self, conversation: int) -> dict[str, Json]:
        session = self._session
        place = session.site.place(session.app, session.visitor)
        transcript = await session.site.core.transcript(place, conversation, limit=1)
        return dict(transcript.values)

    def _set_context(self, values: Mapping[str, Json]) -> None:
        context = {**self._session.context, **values}
        self._session.context = {name: value for name, value in context.items() if value is not None}

    # Conversations

    async def _switch(self, request: SwitchChat) -> None:
        session = self._session
        if request.conversation == 0:
            await show(session, 0)
            self._ack(request.id, Answer("done"))
            return
        act = Act(request.id, request.conversation, SwitchConversation(request.conversation))
        answer = await self._accept(act)
        if answer.outcome in {"done", "duplicate"}:
            await show(session, request.conversation)
        self._ack(request.id, answer, request.conversation)

    async def _show_history(self, request: ShowHistory) -> None:
        session = self._session
        turns: list[Json] = []
        more = False
        if request.conversation:
            key = session.key_of(request.conversation)
            turns, more = await session.site.history(key, request.before, request.limit)
        session.outbox.put(
            {
                "type": "history",
                "id": request.id,
                "conversation": request.conversation,
                "turns": turns,
                "more": more,
            }
        )

    async def _list(self, request: ListChats) -> None:
        session = self._session
        items, _ = await session.site.conversations(
            session.app, session.visitor, query=request.query, limit=request.limit + 1, before=request.before
        )
        frame: dict[str, Json] = {
            "type": "conversations",
            "id": request.id,
            "items": items[: request.limit],
            "more": len(items) > request.limit,
        }
        session.outbox.put({**frame, "query": request.query} if request.query else frame)

    # Who the visitor is

    async def _identify(self, request: Identify) -> None:
        session = self._session
        if request.token is None:
            self._ack(request.id, Answer("done"))
            if session.person is not None:
                await session.sign_out()
                return
            # Nobody was signed in: the visitor stays who they are.
            await session.welcome()
            await show(session, session.conversation)
            return
        try:
            person = session.site.signing_in.person(request.token, session.site.clock.now())
        except Denied as error:
            # The page has to hear of it too, so that it can bring another token.
            session.error("identity", error.user_message)
            self._ack(request.id, Answer("denied", error.user_message))
            if session.person is not None:
                # It may be somebody else who is meant.
                await session.sign_out(lapsed=True)
            return
        if person.visitor == session.visitor:
            session.person = person
            self._ack(request.id, Answer("done"))
            await session.welcome()
            return
        await session.sign_in(person)
        self._ack(request.id, Answer("done"))
        await session.show_anew()

    async def _begin_anew(self) -> None:
        """The visitor was erased: this window goes on as another one."""
        session, old = self._session, self._session.visitor
        session.become_new()
        session.context = {}
        session.site.visitor_gone(old, but=session)
        await session.show_anew()

    # Calls

    async def _start_call(self, request: StartCall) -> None:
        session = self._session
        calling = session.site.calling
        if request.resume:
            back = calling.resume(session, request)
            self._ack(request.id, Answer("done") if back else Answer("denied", words("call_over")))
            return
        if not calling.offers(await session.site.profile(session.app)):
            raise Denied(words("no_calls"))
        if not session.site.may_talk(session.app, session.visitor):
            raise Denied(words("not_allowed"))
        if calling.records and not request.agrees:
            raise Denied(words("call_kept"))
        calling.check_free(session.visitor)
        began = request.conversation == 0
        if began:
            request = replace(request, conversation=await self._new_for_call(request))
        key = session.key_of(request.conversation)
        await session.site.may_see(key)
        name = session.person.name if session.person is not None else ""
        speaker, place = speaker_of(session.visitor, name), session.site.place(session.app, session.visitor)

        async def after() -> None:
            if began:
                await session.site.drop_if_empty(key, request.id)

        calling.start(session, request, place, speaker, after)
        self._ack(request.id, Answer("done"), request.conversation)

    async def _new_for_call(self, request: StartCall) -> int:
        """The conversation that a call begins, with what was chosen before; `Denied` when it may not."""
        session = self._session
        act = Act(request.id, 0, NewConversation(session.draft_title))
        made = await self._accept(act, suffix=".new")
        if made.outcome == "denied":
            raise Denied(made.text)
        if session.draft_values:
            chosen = Configure(request.id, made.conversation, session.draft_values)
            await self._accept(configuring(chosen), suffix=".settings")
        session.draft_title, session.draft_values = "", {}
        await show(session, made.conversation)
        session.site.list_changed(session.app, session.visitor)
        return made.conversation

    # Answers

    def _too_fast(self, command_id: str) -> bool:
        site = self._session.site
        wait = site.messages.wait(self._session.visitor, site.clock.now())
        if wait:
            text = words("sending_too_fast", wait=max(1, round(wait)))
            self._session.error("rate", text, command_id, wait)
        return bool(wait)

    def _too_many_files(self, command_id: str, command: Say | Edit) -> bool:
        most = self._session.site.options.files
        many = sum(isinstance(part, Media) for part in command.parts) > most
        if many:
            self._session.error("too_large", words("files_limit", limit=most), command_id)
        return many

    def _ack(self, command_id: str, answer: Answer, conversation: int = 0) -> None:
        frame: dict[str, Json] = {"type": "ack", "id": command_id, "outcome": answer.outcome}
        if answer.turn:
            frame["turn"] = answer.turn
        if answer.conversation or conversation:
            frame["conversation"] = answer.conversation or conversation
        if answer.text:
            frame["text"] = answer.text
        if answer.detail:
            frame["detail"] = dict(answer.detail)
        self._session.outbox.put(frame)
