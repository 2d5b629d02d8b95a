"""The panel of a call, in the voice channel's chat: what it does, who is heard, and its controls. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from trunkline.calls import CallState
from trunkline.labels import one_line
from trunkline.messages import Json
from trunkline.words import words

from ..acting.panels import BLUE, RED, Body, buttons, panel
from ..drawing.components import button
from ..drawing.marks import escape
from ..ids import Id
from ..options import DiscordOptions

Control: TypeAlias = Literal["start", "stop", "interrupt", "talk", "leave"]
CONTROLS: Final[tuple[Control, ...]] = ("start", "stop", "interrupt", "talk", "leave")
"""By the index of their buttons."""
_GREEN: Final = 3
_NAMED: Final = 10
"""People whose names are shown as heard."""


def voice_panel(
    state: CallState, heard: Sequence[str], options: DiscordOptions, *, push: bool = False, keeps: bool = False
) -> Body:
    """`heard` are the names of those who are listened to; `keeps`: what they say is kept as sound."""
    if state == "ended":
        return panel(words("discord_voice_ended"), (), options)
    names = ", ".join(escape(one_line(name, 80)) for name in heard[:_NAMED])
    if len(heard) > _NAMED:
        names += " " + words("discord_more_files", count=len(heard) - _NAMED)
    lines = [
        words("discord_voice_consent"),
        words("discord_voice_kept") if keeps else "",
        words("discord_voice_hears", names=names) if heard else words("discord_voice_hears_nobody"),
        f"**{_state(state)}**",
    ]
    consent = buttons(
        button(Id("listen"), words("discord_voice_listen"), style=_GREEN, emoji="🎙️"),
        button(Id("unlisten"), words("discord_voice_unlisten")),
    )
    return panel("\n".join(line for line in lines if line), [*consent, *buttons(*_controls(state, push))], options)


def _controls(state: CallState, push: bool) -> list[Json]:
    stopped = state == "stopped"
    shown: list[tuple[Control, str, int, str]] = [
        ("start", "discord_voice_start", _GREEN, "▶️") if stopped else ("stop", "discord_voice_stop", RED, "⏹️")
    ]
    if not stopped:
        shown.append(("interrupt", "discord_voice_interrupt", 2, "✋"))
        if push:
            shown.append(("talk", "discord_voice_talk", BLUE, "🗣️"))
    shown.append(("leave", "discord_voice_leave", 2, "👋"))
    return [
        button(Id("call", 0, CONTROLS.index(control)), words(key), style=style, emoji=emoji)
        for control, key, style, emoji in shown
    ]


def _state(state: CallState) -> str:
    match state:
        case "connecting":
            return words("discord_voice_connecting")
        case "hearing":
            return words("discord_voice_hearing")
        case "thinking":
            return words("discord_voice_thinking")
        case "speaking":
            return words("discord_voice_speaking")
        case "stopped":
            return words("discord_voice_stopped")
        case _:
            return words("discord_voice_listening")
