"""The app's settings: opened as a form, submitted, put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline import codec
from trunkline.accepting import fits
from trunkline.backend import AppInput, AppProfile
from trunkline.entering import changed, fingerprint
from trunkline.errors import Denied, TrunklineError
from trunkline.gestures import Open, Tell
from trunkline.inbound import Configure, Place
from trunkline.messages import Json
from trunkline.words import words

from ..desk import Desk
from ..facts import Attached
from ..hearing.attachments import fetch_all
from ..ids import Id
from . import forms, panels, requests
from .actions import manage, place_here
from .memory import Draft
from .replying import Outcome
from .requests import Gesture


async def show(desk: Desk, gesture: Gesture) -> Outcome:
    """The form, or where the settings need several pages, which of them."""
    place, profile = await _allowed(desk, gesture)
    if len(forms.pages(profile)) > 1:
        return Tell([_pages(desk, profile)])
    return await _opened(desk, gesture, place, profile, 0)


async def open_page(desk: Desk, gesture: Gesture, page: int) -> Outcome:
    """A page of the form; with what was typed before, if that was refused."""
    place, profile = await _allowed(desk, gesture)
    if not 0 <= page < len(forms.pages(profile)):
        return Tell([_pages(desk, profile)])
    return await _opened(desk, gesture, place, profile, page)


async def _allowed(desk: Desk, gesture: Gesture) -> tuple[Place, AppProfile]:
    place = await place_here(desk, gesture)
    profile = await desk.core.profile(place.app)
    if not forms.pages(profile):
        raise Denied(words("no_settings"))
    await manage(desk, gesture, place)
    return place, profile


async def _opened(desk: Desk, gesture: Gesture, place: Place, profile: AppProfile, page: int) -> Outcome:
    held = (await desk.core.transcript(place, limit=1)).values
    draft = desk.memory.drafts.get((gesture.member.id, place, page)) or Draft({}, {})
    form = forms.settings_form(profile, page, held, draft.typed, draft.files)
    return Open(form, panels.after_settings(words("discord_open_late"), page, desk.options))


def _pages(desk: Desk, profile: AppProfile) -> forms.Body:
    titles = [
        (forms.title_of(profile, page), ", ".join(one.label or one.name for one in inputs))
        for page, inputs in enumerate(forms.pages(profile))
    ]
    return panels.setting_pages(titles, desk.options)


async def submit(desk: Desk, gesture: Gesture, control: Id, data: Mapping[str, Any]) -> Outcome:
    """A page that was filled in. What is refused is kept, so that the page opens with it again."""
    place, profile = await _allowed(desk, gesture)
    page = control.index
    inputs = forms.pages(profile)[page] if page < len(forms.pages(profile)) else ()
    if not inputs or fingerprint(inputs) != control.turn:
        return Tell([panels.after_settings(words("form_outgrown"), 0, desk.options)])
    key = (gesture.member.id, place, page)
    former = desk.memory.drafts.get(key) or Draft({}, {})
    filled = forms.filled(inputs, data)
    files = dict(former.files)
    try:
        files |= await _kept(desk, inputs, filled.files)
        held = (await desk.core.transcript(place, limit=1)).values
        values = changed(inputs, filled.typed, held, forms.too_long) | files
        said = await _configure(desk, gesture, place, values)
    except TrunklineError as error:
        desk.memory.drafts.put(key, Draft(filled.typed, files))
        return Tell([panels.after_settings(error.user_message, page, desk.options)])
    desk.memory.drafts.drop(key)
    return Tell([panels.after_settings(said, page, desk.options)])


async def _kept(
    desk: Desk, inputs: Sequence[AppInput], uploads: Mapping[str, tuple[Attached, ...]]
) -> dict[str, Json]:
    """The uploaded files, fetched and kept, as the core wants them; an empty field changes nothing."""
    kept: dict[str, Json] = {}
    for one in inputs:
        given = uploads.get(one.name) or ()
        media, reasons = await fetch_all(given, desk.options, desk.core.media, desk.clock)
        if reasons:
            raise Denied(" ".join(reasons))
        for file in media:
            if not fits(file, one.file_types):
                raise Denied(words("file_type_not_taken", types=", ".join(one.file_types), name=file.name))
        if media:
            encoded = [codec.encode(file) for file in media]
            kept[one.name] = encoded if one.many else encoded[0]
    return kept


async def defaults(desk: Desk, gesture: Gesture) -> Outcome:
    """Put all settings back."""
    place, profile = await _allowed(desk, gesture)
    values: dict[str, Json] = {one.name: None for inputs in forms.pages(profile) for one in inputs}
    for page in range(len(forms.pages(profile))):
        desk.memory.drafts.drop((gesture.member.id, place, page))
    await _configure(desk, gesture, place, values)
    return words("discord_defaults_back")


async def _configure(desk: Desk, gesture: Gesture, place: Place, values: Mapping[str, Json]) -> str:
    if not values:
        return words("discord_unchanged")
    answer = await desk.core.accept(requests.request(gesture, place, Configure(values)))
    if answer.outcome == "denied":
        raise Denied(answer.text)
    return answer.text or words("configured")
