"""All that people do beside writing, registered with Bolt: controls, forms, commands, shortcuts, the Home."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, TypeAlias

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from trunkline.errors import Denied
from trunkline.inbound import Retry, Stop, Undo
from trunkline.words import words

from ..desk import Desk
from . import actions, configuring, home
from .asking import about, ask
from .controls import on_action, on_form
from .menu import read_command
from .panels import told
from .reading import gesture_of
from .replying import Ack, Outcome, answer, tell
from .requests import Gesture
from .where import admit

Doing: TypeAlias = "Callable[[Desk, Gesture, str], Awaitable[Outcome]]"
Body: TypeAlias = "Mapping[str, Any]"

_ANY: Final = re.compile("")

_WORDS: Final[Mapping[str, Doing]] = {
    "ask": ask,
    "stop": lambda desk, gesture, _: actions.on_current(desk, gesture, Stop()),
    "retry": lambda desk, gesture, _: actions.on_current(desk, gesture, Retry()),
    "undo": lambda desk, gesture, _: actions.on_current(desk, gesture, Undo()),
    "clear": lambda desk, gesture, _: actions.clear(desk, gesture),
    "new": lambda desk, gesture, _: actions.begin(desk, gesture),
    "history": lambda desk, gesture, _: actions.history(desk, gesture),
    "examples": lambda desk, gesture, _: actions.show_examples(desk, gesture),
    "settings": lambda desk, gesture, _: configuring.show(desk, gesture),
    "app": actions.choose_app,
    "forget": lambda desk, gesture, _: actions.ask_to_forget(desk, gesture),
    "help": lambda desk, gesture, _: actions.show_help(desk, gesture),
}
"""What each word behind the slash command does, with the text behind it."""
_MENU: Final[Mapping[str, Callable[[Desk, Gesture], Awaitable[Outcome]]]] = {
    "tl_retry": actions.retry_from,
    "tl_undo": lambda desk, gesture: actions.on_current(desk, gesture, Undo()),
    "tl_clear": actions.clear,
    "tl_settings": configuring.show,
    "tl_examples": actions.show_examples,
}


def install(app: AsyncApp, desk: Desk) -> None:
    """Take in everything that people do beside writing. What is none of ours is answered with a sentence."""

    @app.action(_ANY)
    async def _action(ack: Ack, body: Body, action: Body, context: AsyncBoltContext) -> None:
        await _with_gesture(desk, ack, body, context, lambda gesture: on_action(desk, gesture, ack, action))

    @app.view(_ANY)
    async def _view(ack: Ack, body: Body, view: Body, context: AsyncBoltContext) -> None:
        await _with_gesture(desk, ack, body, context, lambda gesture: on_form(desk, gesture, ack, view))

    @app.command(_ANY)
    async def _command(ack: Ack, body: Body, context: AsyncBoltContext) -> None:
        work = _commanded(desk, str(body.get("command") or ""), str(body.get("text") or ""))
        await _with_gesture(desk, ack, body, context, lambda gesture: answer(desk, gesture, ack, work(gesture)))

    @app.shortcut(_ANY)
    async def _shortcut(ack: Ack, body: Body, context: AsyncBoltContext) -> None:
        await _with_gesture(
            desk, ack, body, context, lambda gesture: answer(desk, gesture, ack, _chosen(desk, gesture, body))
        )

    @app.event("app_home_opened")
    async def _opened(event: Body, context: AsyncBoltContext) -> None:
        await home.opened(desk, event, *_installed(context))

    @app.event("assistant_thread_started")
    async def _began(event: Body, context: AsyncBoltContext) -> None:
        await home.began(desk, event, *_installed(context))


async def _with_gesture(
    desk: Desk,
    ack: Ack,
    body: Body,
    context: AsyncBoltContext,
    work: Callable[[Gesture], Awaitable[None]],
) -> None:
    """Do it with what was done, or say why that cannot be read."""
    team, enterprise = _installed(context)
    try:
        gesture = gesture_of(body, team, enterprise, desk.clock.now())
    except Denied as error:
        await ack()
        bare = gesture_of({**body, "view": {}}, team, enterprise, desk.clock.now())
        await tell(desk, bare, told(error.user_message))
        return
    await work(gesture)


def _installed(context: AsyncBoltContext) -> tuple[str, str]:
    """The workspace that the app hears this through, and the organisation where that installed it as a whole."""
    whole = bool(context.is_enterprise_install)
    return str(context.team_id or ""), str(context.enterprise_id or "") if whole else ""


def _commanded(desk: Desk, command: str, text: str) -> Callable[[Gesture], Coroutine[Any, Any, Outcome]]:
    async def work(gesture: Gesture) -> Outcome:
        if command not in {desk.options.command, *desk.options.command_apps}:
            return words("slack_unknown", command=desk.options.command)
        admit(desk, gesture)
        word, rest = read_command(text)
        return await _WORDS[word](desk, gesture, rest)

    return work


async def _chosen(desk: Desk, gesture: Gesture, body: Body) -> Outcome:
    """A shortcut of a message's menu, or of the app's."""
    admit(desk, gesture)
    name = str(body.get("callback_id") or "")
    if name == "tl_about":
        return about(gesture, body.get("message") or {})
    if name not in _MENU:
        return words("slack_unknown", command=desk.options.command)
    return await _MENU[name](desk, gesture)
