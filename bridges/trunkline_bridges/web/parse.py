"""What a browser's frames ask for. Pure: text → request, request → `Inbound`.

The shape of a frame is checked here, against what the protocol's schema says of it; whether it may be done is the
core's to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from trunkline.inbound import (
    Choose,
    Clear,
    Command,
    DeleteConversation,
    Edit,
    ForgetMe,
    Inbound,
    Press,
    Rate,
    RenameConversation,
    Retry,
    Say,
    Stop,
    Undo,
    UseExample,
)
from trunkline.inbound import Configure as Configuring
from trunkline.messages import Blob, Json, Media, MediaKind, Part, Text

from .identity import Upload, place_of, speaker_of
from .requests import (
    Act,
    Configure,
    EndCall,
    Hello,
    Identify,
    ListChats,
    Mute,
    NewChat,
    Ping,
    Played,
    Pong,
    Position,
    PressCall,
    Request,
    Resume,
    SetContext,
    ShowHistory,
    ShowSettings,
    StartCall,
    SwitchChat,
)
from .voice.frames import OUTPUT_RATE

PROTOCOL: Final = 1
ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MOST_TURNS: Final = 200
_LONGEST: Final = 200
_DEEPEST: Final = 32
_FASTEST: Final = 4.0
"""Of a voice, where 1 is its own speed."""
_LOWEST_RATE: Final = 8_000
_HIGHEST_RATE: Final = 48_000
"""Hz of a microphone."""

Attach: TypeAlias = Callable[[Mapping[str, Json]], Upload]
"""The file that a `source` of the client's names. `Denied` when it is not the visitor's to send."""


class BadFrame(ValueError):
    """A frame that is not the protocol's; `id` is the command's where it could be read."""

    def __init__(self, message: str, *, code: str = "bad_frame", command_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.command_id = command_id


class _Fields:
    """The members of a frame, each taken with its type."""

    def __init__(self, frame: Mapping[str, Json]) -> None:
        self._frame = frame
        self.type = frame.get("type")
        found = frame.get("id")
        self._id = found if isinstance(found, str) and ID.fullmatch(found) else ""

    def id(self) -> str:
        if not self._id:
            raise self.bad("id", "must be 8 to 64 letters, digits, _ or -")
        return self._id

    def text(self, name: str, default: str | None = None, *, least: int = 0, most: int | None = None) -> str:
        value = self._frame.get(name, default)
        if not isinstance(value, str) or len(value) < least or (most is not None and len(value) > most):
            raise self.bad(name, f"must be text{f' of {least} to {most} characters' if most is not None else ''}")
        return value

    def whole(self, name: str, default: int | None = None, *, least: int = 0, most: int = 2**53) -> int:
        value = self._frame.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.bad(name, f"must be a whole number from {least}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._frame.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.bad(name, "must be a number")
        return value

    def flag(self, name: str) -> bool:
        value = self._frame.get(name, False)
        if not isinstance(value, bool):
            raise self.bad(name, "must be true or false")
        return value

    def members(self, name: str, *, required: bool = False) -> Mapping[str, Json]:
        value = self._frame.get(name, None if required else {})
        if not isinstance(value, Mapping):
            raise self.bad(name, "must be an object")
        return value

    def raw(self, name: str) -> Json:
        return self._frame.get(name)

    def bad(self, name: str, what: str) -> BadFrame:
        return BadFrame(f"A {self.type} frame is wrong: {name} {what}.", command_id=self._id)


def read_frame(text: str) -> Mapping[str, Json]:
    """A text frame as an object with a `type`."""
    try:
        frame: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("A frame must be a JSON object: this one cannot be read.") from error
    if not isinstance(frame, Mapping) or not isinstance(frame.get("type"), str):
        raise BadFrame("A frame must be a JSON object with a type.")
    if not _shallow(frame, _DEEPEST):
        raise BadFrame(f"A frame may nest {_DEEPEST} levels deep: this one goes deeper.")
    return frame


def _shallow(value: Json, levels: int) -> bool:
    if isinstance(value, Mapping):
        return levels > 0 and all(_shallow(member, levels - 1) for member in value.values())
    if isinstance(value, list):
        return levels > 0 and all(_shallow(item, levels - 1) for item in value)
    return True


def parse(frame: Mapping[str, Json], attach: Attach) -> Request:
    """What a frame asks for. `BadFrame` when it is not the protocol's, `Denied` for a file of somebody else's."""
    fields = _Fields(frame)
    plain = _PLAIN.get(str(fields.type))
    if plain is not None:
        return plain(fields)
    command = _COMMANDS.get(str(fields.type))
    if command is None:
        raise BadFrame(
            f"This server does not know {str(fields.type)[:40]!r} frames.",
            code="unknown_frame",
            command_id=fields.id() if frame.get("id") else "",
        )
    return Act(
        fields.id(),
        0 if fields.type == "forget_me" else fields.whole("conversation"),
        command(fields, attach),
        fields.members("context"),
    )


@dataclass(frozen=True, slots=True)
class Author:
    """Whose command it is: a visitor, the name a website gives them, and who they were before they signed in."""

    visitor: str
    name: str = ""
    former: str = ""


def inbound(
    act: Act, app: str, author: Author, at: float, context: Mapping[str, Json], *, suffix: str = ""
) -> Inbound:
    """The event of a command. The client's id, unique per visitor, names it for ever; `suffix` tells apart the
    events that one command stands for."""
    visitor = author.visitor
    target: dict[str, Json] = {"app": app, "visitor": visitor, "client_id": act.id}
    return Inbound(
        event_key=f"web:{visitor}:{act.id}{suffix}",
        place=place_of(app, visitor),
        speaker=speaker_of(visitor, author.name),
        command=act.command,
        at=at,
        message_id=act.id if isinstance(act.command, Say | Edit) else "",
        conversation=act.conversation,
        context={**context, **act.context},
        target=target,
        former_key=f"web:{author.former}:{act.id}{suffix}" if author.former else "",
    )


def _hello(fields: _Fields) -> Hello:
    resume = fields.raw("resume")
    conversation = fields.raw("conversation")
    return Hello(
        protocol=fields.whole("protocol"),
        app=fields.text("app", ""),
        visitor_token=fields.text("visitor_token", ""),
        identity_token=fields.text("identity_token", ""),
        locale=fields.text("locale", "en", most=_LONGEST),
        conversation=None if conversation is None else fields.whole("conversation"),
        resume=None if resume is None else _position(_Fields({"type": "hello", **fields.members("resume")})),
        context=fields.members("context"),
    )


def _position(fields: _Fields) -> Position:
    return Position(fields.whole("conversation"), fields.text("stream", least=1, most=64), fields.whole("after"))


def _identify(fields: _Fields) -> Identify:
    return Identify(fields.id(), None if fields.raw("token") is None else fields.text("token"))


def _start_call(fields: _Fields) -> StartCall:
    if fields.text("codec", "pcm_s16le") != "pcm_s16le":
        raise fields.bad("codec", "must be pcm_s16le: this server takes no other")
    speed = fields.number("speed", 0.0)
    if not 0 <= speed <= _FASTEST:
        raise fields.bad("speed", f"must be a number from 0 to {_FASTEST:g}")
    rate = fields.whole("input_rate", 0, most=_HIGHEST_RATE)
    if 0 < rate < _LOWEST_RATE:
        raise fields.bad("input_rate", f"must be a whole number from {_LOWEST_RATE}")
    return StartCall(
        fields.id(),
        fields.whole("conversation"),
        rate,
        fields.whole("resume", 0),
        fields.text("language", "", most=_LONGEST),
        fields.text("voice", "", most=_LONGEST),
        speed,
        fields.flag("agrees"),
    )


def _press_call(fields: _Fields) -> PressCall:
    control = fields.text("control")
    if control not in {"start", "stop", "interrupt"}:
        raise fields.bad("control", "must be start, stop or interrupt")
    return PressCall(fields.whole("call"), cast("Literal['start', 'stop', 'interrupt']", control))


_PLAIN: Final[Mapping[str, Callable[[_Fields], Request]]] = {
    "hello": _hello,
    "resume": lambda f: Resume(_position(f)),
    "ping": lambda f: Ping(f.number("t")),
    "pong": lambda _: Pong(),
    "settings.set": lambda f: Configure(f.id(), f.whole("conversation"), f.members("values", required=True)),
    "settings.get": lambda f: ShowSettings(f.id(), f.whole("conversation")),
    "history.get": lambda f: ShowHistory(
        f.id(),
        f.whole("conversation"),
        f.whole("before", least=1),
        f.whole("limit", 50, least=1, most=_MOST_TURNS),
    ),
    "conversation.new": lambda f: NewChat(f.id(), f.text("title", "", most=_LONGEST)),
    "conversation.list": lambda f: ListChats(
        f.id(),
        f.whole("limit", 50, least=1, most=_MOST_TURNS),
        before=(f.number("before", 0.0), f.whole("before_conversation", 0)),
    ),
    "conversation.search": lambda f: ListChats(
        f.id(), f.whole("limit", 50, least=1, most=_MOST_TURNS), f.text("query", least=1, most=_LONGEST)
    ),
    "conversation.switch": lambda f: SwitchChat(f.id(), f.whole("conversation")),
    "identify": _identify,
    "context.set": lambda f: SetContext(f.id(), f.members("values", required=True)),
    "call.start": _start_call,
    "call.end": lambda f: EndCall(f.whole("call")),
    "call.mute": lambda f: Mute(f.whole("call"), f.flag("on")),
    "call.press": _press_call,
    "call.played": lambda f: Played(
        f.whole("call"),
        f.whole("track"),
        f.whole("samples", f.whole("position_ms") * OUTPUT_RATE // 1000),
        f.flag("done"),
    ),
}

_COMMANDS: Final[Mapping[str, Callable[[_Fields, Attach], Command]]] = {
    "send": lambda f, attach: Say(_parts(f, attach)),
    "choose": lambda f, _: Choose(f.whole("index"), f.whole("turn")),
    "example": lambda f, _: UseExample(f.whole("index")),
    "press": lambda f, _: Press(f.text("button")),
    "retry": lambda f, _: Retry(f.whole("turn", least=1)),
    "edit": lambda f, attach: Edit(_parts(f, attach), f.whole("turn", least=1)),
    "undo": lambda f, _: Undo(),
    "clear": lambda f, _: Clear(),
    "stop": lambda f, _: Stop(f.whole("turn", 0)),
    "rate": lambda f, _: Rate(
        value=f.text("value", most=_LONGEST),
        turn=f.whole("turn", least=1),
        message=f.whole("message", -1, least=-1),
        of_user=f.flag("of_user"),
        comment=f.text("comment", ""),
    ),
    "conversation.rename": lambda f, _: RenameConversation(
        f.whole("conversation"), f.text("title", least=1, most=_LONGEST)
    ),
    "conversation.delete": lambda f, _: DeleteConversation(f.whole("conversation")),
    "forget_me": lambda f, _: ForgetMe(),
}


def _parts(fields: _Fields, attach: Attach) -> tuple[Part, ...]:
    raw = fields.raw("parts")
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise fields.bad("parts", "must be a list of text and files")
    return tuple(_part(fields, part, attach) for part in raw)


def _part(fields: _Fields, raw: Json, attach: Attach) -> Part:
    if not isinstance(raw, Mapping):
        raise fields.bad("parts", "must be a list of text and files")
    part = _Fields(raw)
    match part.type:
        case "text":
            return Text(part.text("text"))
        case "media":
            upload = attach(part.members("source", required=True))
            return Media(
                kind=cast("MediaKind", upload.kind),
                source=Blob(upload.sha256, upload.size),
                name=upload.name,
                mime=upload.mime,
                alt=part.text("alt", ""),
                caption=part.text("caption", ""),
            )
        case _:
            raise fields.bad("parts", "holds something that is neither text nor a file")


def configuring(request: Configure) -> Act:
    return Act(request.id, request.conversation, Configuring(request.values))
