"""The App Home of a person, and what Slack suggests to them above an empty chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trunkline.backend import AppProfile
from trunkline.entering import text_of
from trunkline.errors import Denied, PlatformError, TrunklineError
from trunkline.inbound import Place
from trunkline.labels import one_line
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..drawing.blocks import button, context
from ..drawing.marks import plain as escape
from ..facts import Member, Spot
from ..ids import Id
from ..limits import HOME_BLOCKS
from . import panels
from .reading import in_thread, kept_with
from .requests import Gesture
from .shapes import Body, header, rows, section
from .where import admit, here, meant_by, spoken_in

RECENT: Final = 10
"""Conversations that the Home lists."""
_SETTINGS: Final = 20
_SHOWN_VALUE: Final = 120


def home_view(
    profile: AppProfile,
    metadata: str,
    *,
    values: Mapping[str, Json] | None = None,
    recent: Sequence[tuple[str, str]] = (),
    notice: str = "",
) -> Body:
    """What stands on it. `values` are those of the newest conversation, None where there is none yet.

    `recent` are conversations, by title and address.
    """
    said = panels.said_first(profile) or words("slack_how_to_talk")
    blocks: list[Json] = [section(f":information_source: {notice}")] if notice else []
    blocks += [header(panels.name_of(profile)), section(said)]
    if profile.examples:
        blocks += [{"type": "divider"}, section(f"*{words('examples')}*"), *panels.example_blocks(profile)]
    blocks += _settings(profile, values)
    if recent:
        lines = panels.thread_lines(recent)
        blocks += [{"type": "divider"}, section("\n".join([f"*{words('history')}*", *lines]))]
    blocks.append(context(words("slack_home_help")))
    return {"type": "home", "blocks": blocks[:HOME_BLOCKS], "private_metadata": metadata}


def _settings(profile: AppProfile, values: Mapping[str, Json] | None) -> list[Json]:
    shown = profile.settings
    if not shown:
        return []
    if values is None:
        return [{"type": "divider"}, section(f"*{words('settings')}*\n{words('slack_settings_later')}")]
    lines = []
    for one in shown[:_SETTINGS]:
        value = one_line(text_of(one, values.get(one.name, one.default)), _SHOWN_VALUE)
        lines.append(f"{escape(one.label or one.name)}: {escape(value) or '—'}")
    if len(shown) > _SETTINGS:
        lines.append("…")
    text = "\n".join([f"*{words('settings')}*", *lines])
    return [{"type": "divider"}, section(text), *rows([button(Id("settings"), words("slack_change_settings"))])]


async def opened(desk: Desk, event: Mapping[str, Any], team: str, enterprise: str) -> None:
    """Somebody opened the app: its Home is drawn, or prompts are suggested above the chat."""
    channel, user = str(event.get("channel") or ""), str(event.get("user") or "")
    spot = Spot(team, channel, private=channel.startswith("D"), enterprise=enterprise)
    gesture = Gesture("", spot, Member(user, team=team), desk.clock.now(), home=True)
    if event.get("tab") == "home":
        await publish(desk, gesture)
    elif event.get("tab") == "messages" and desk.options.agent in {"auto", "agent"}:
        await suggest(desk, gesture)


async def began(desk: Desk, event: Mapping[str, Any], team: str, enterprise: str) -> None:
    """A chat with a legacy assistant was opened."""
    told = event.get("assistant_thread") or {}
    channel, thread = str(told.get("channel_id") or ""), str(told.get("thread_ts") or "")
    spot = Spot(team, channel, thread, private=True, enterprise=enterprise)
    await suggest(desk, Gesture("", spot, Member(str(told.get("user_id") or ""), team=team), desk.clock.now()))


async def suggest(desk: Desk, gesture: Gesture) -> None:
    """Pin up to four examples above the chat, or in an assistant's thread."""
    spot = gesture.spot
    try:
        admit(desk, gesture)
        profile = await desk.core.profile((await here(desk, gesture)).app)
        await desk.api.call(
            spot.team,
            "assistant.threads.setSuggestedPrompts",
            patient=True,
            channel_id=spot.channel,
            thread_ts=spot.thread or None,
            title=panels.prompts_title(profile),
            prompts=panels.prompts(profile),
        )
    except TrunklineError as error:
        log.info("prompts not suggested", error=type(error).__name__)


async def publish(desk: Desk, gesture: Gesture, *, notice: str = "") -> None:
    """Draw the Home of the one who did something; `notice` stands above, as mrkdwn."""
    view = await _view(desk, in_thread(gesture, ""), notice)
    try:
        await desk.api.call(gesture.spot.team, "views.publish", patient=True, user_id=gesture.member.id, view=view)
    except PlatformError as error:
        log.warning("home not drawn", reason=error.user_message)


async def _view(desk: Desk, gesture: Gesture, notice: str) -> Body:
    try:
        admit(desk, gesture)
        place = await here(desk, gesture)
        profile = await desk.core.profile(place.app)
        values = await _values(desk, gesture)
        recent = [await _named(desk, one) for one in await spoken_in(desk, gesture, RECENT, everywhere=True)]
    except TrunklineError as error:
        log.info("home without content", error=type(error).__name__)
        return {"type": "home", "blocks": [section(escape(error.user_message))]}
    return home_view(profile, kept_with(gesture), values=values, recent=recent, notice=notice)


async def _values(desk: Desk, gesture: Gesture) -> Mapping[str, Json] | None:
    try:
        meant = await meant_by(desk, gesture)
    except Denied:
        return None
    return (await desk.core.transcript(meant.place, limit=1)).values


async def recent_threads(desk: Desk, gesture: Gesture, limit: int) -> list[tuple[str, str]]:
    """The conversations that they had in the channel: title and address of each, the newest first."""
    return [await _named(desk, one) for one in await spoken_in(desk, gesture, limit) if one.thread]


async def _named(desk: Desk, place: Place) -> tuple[str, str]:
    """Title and address of the place's current conversation."""
    return await title_of(desk, place), panels.link_to(place)


async def title_of(desk: Desk, place: Place) -> str:
    """What the place's current conversation is called."""
    held = await desk.core.transcript(place, limit=1)
    # A conversation has its title once its first turn is done; until then it is called by what was said.
    first = held.turns[-1].user if held.turns else None
    return held.title or one_line(first.text if first is not None else "", 80) or words("untitled")
