"""The first frame of a connection, and the ways in which one ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import WSMsgType, web

from trunkline.errors import Denied, TrunklineError
from trunkline.messages import Json
from trunkline.words import words

from .identity import Upload
from .limits import HELLO_SECONDS
from .parse import ID, PROTOCOL, BadFrame, parse, read_frame
from .requests import Hello

if TYPE_CHECKING:
    from .signing_in import Person
    from .site import Site

BAD_FRAME: Final = 4400
BAD_TOKEN: Final = 4401
BAD_ORIGIN: Final = 4403
BAD_PROTOCOL: Final = 4406
NO_HELLO: Final = 4408
TOO_MANY: Final = 4429
RESTARTS: Final = 1012
TRY_AGAIN: Final = 1013


class Ended(Exception):
    """The connection is to be closed with `code`; with `error` the reason is said in an error frame before."""

    def __init__(self, code: int, reason: str, error: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.error = error


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has come: an anonymous visitor, or the `person` that a website has signed in."""

    hello: Hello
    visitor: str
    person: Person | None = None
    former: str = ""
    """The anonymous visitor that the person was before."""
    complaint: str = ""
    """Why a sign-in was not taken; the visitor is an anonymous one then."""


async def shake_hands(site: Site, socket: web.WebSocketResponse) -> Arrival:
    """The client's `hello` and the visitor it is of: the one whose token it brought, else a new one.

    `Ended` when it is none, comes too late, or may not be answered.
    """
    hello = _hello(await _first_frame(socket))
    app = hello.app or site.default_app
    if app not in site.apps:
        raise Ended(BAD_FRAME, words("app_unknown", app=repr(app[:80])), "not_found")
    known = ""
    try:
        if hello.visitor_token:
            known = site.visitors.visitor(hello.visitor_token, site.clock.now())
    except Denied as error:
        raise Ended(BAD_TOKEN, error.user_message, "token") from error
    return await _signed_in(site, hello, known) if hello.identity_token else _anonymous(site, hello, known)


def _anonymous(site: Site, hello: Hello, known: str, complaint: str = "") -> Arrival:
    return Arrival(hello, known or site.visitors.mint(), complaint=complaint)


async def _signed_in(site: Site, hello: Hello, known: str) -> Arrival:
    """The person of the token, who brings what they said as an anonymous visitor. A bad token is complained of."""
    try:
        person = site.signing_in.person(hello.identity_token, site.clock.now())
    except Denied as error:
        return _anonymous(site, hello, known, error.user_message)
    if known:
        try:
            await site.take_over(hello.app or site.default_app, known, person, but=None)
        except TrunklineError as error:
            raise Ended(TRY_AGAIN, error.user_message, "unavailable") from error
    return Arrival(hello, person.visitor, person, known)


async def _first_frame(socket: web.WebSocketResponse) -> str:
    try:
        message = await socket.receive(timeout=HELLO_SECONDS)
    except TimeoutError as error:
        raise Ended(NO_HELLO, "No hello came within 10 seconds.") from error
    if message.type is not WSMsgType.TEXT:
        raise Ended(BAD_FRAME, "The first frame must be hello.", "bad_frame")
    return str(message.data)


def _hello(text: str) -> Hello:
    try:
        frame = read_frame(text)
        version = frame.get("protocol")
        request = parse(frame, _no_files) if frame["type"] != "hello" or version == PROTOCOL else None
    except BadFrame as error:
        raise Ended(BAD_FRAME, error.message, error.code) from error
    if request is None:
        raise Ended(BAD_PROTOCOL, words("other_protocol", protocol=PROTOCOL), "protocol")
    if not isinstance(request, Hello):
        raise Ended(BAD_FRAME, "The first frame must be hello.", "bad_frame")
    return request


def _no_files(_: Mapping[str, Json]) -> Upload:
    raise BadFrame("The first frame must be hello.")


def error_frame(
    code: str, message: str, command_id: str = "", retry_after: float | None = None
) -> dict[str, Json]:
    """One plain sentence about what was not done; `retry_after` in seconds."""
    frame: dict[str, Json] = {"type": "error", "code": code, "message": message}
    if command_id:
        frame["id"] = command_id
    if retry_after is not None:
        frame["retry_after"] = round(retry_after, 1)
    return frame


def command_id_of(frame: Mapping[str, Json]) -> str:
    """The id of a command that is refused before it is read; "" when it has none."""
    found = frame.get("id")
    return found if isinstance(found, str) and ID.fullmatch(found) else ""
