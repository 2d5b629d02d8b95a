"""The app's settings: opened as a form, submitted, put back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trunkline import codec
from trunkline.accepting import fits
from trunkline.backend import AppInput, AppProfile
from trunkline.entering import changed, fingerprint
from trunkline.errors import Denied, TrunklineError
from trunkline.gestures import Open
from trunkline.inbound import Configure
from trunkline.inputs import check_settings
from trunkline.labels import one_line
from trunkline.messages import Json, Media
from trunkline.mime import media_kind
from trunkline.words import words

from ..desk import Desk
from ..facts import Attached
from ..hearing.attachments import fetch_all
from ..ids import Id
from . import forms, panels, requests, where
from .actions import named
from .forms import Filled
from .reading import kept_with, metadata_of
from .replying import Errors, Next, Outcome, Refuse
from .requests import Gesture
from .shapes import Body
from .where import Meant


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the form that was filled in, and what it is about."""

    meant: Meant
    profile: AppProfile
    number: int
    inputs: Sequence[AppInput]
    held: Mapping[str, Json]
    conversation: int
    filled: Filled

    @property
    def last(self) -> bool:
        return self.number + 1 == len(forms.pages(self.profile))


async def show(desk: Desk, gesture: Gesture) -> Outcome:
    """The form, with the values that hold now."""
    meant, profile = await _allowed(desk, gesture)
    now = await desk.core.transcript(meant.place, limit=1)
    title = one_line(now.title, 80) or words("untitled")
    above = words("slack_settings_of", title=title) if meant.found else ""
    form = _form(meant, profile, 0, now.values, now.conversation, above=above)
    return Open(form, panels.late(words("slack_open_late")))


async def _allowed(desk: Desk, gesture: Gesture) -> tuple[Meant, AppProfile]:
    meant = await where.meant_by(desk, gesture)
    profile = await desk.core.profile(meant.place.app)
    if not forms.pages(profile):
        raise Denied(words("no_settings"))
    await where.manage(desk, meant.gesture, meant.place)
    return meant, profile


def _form(
    meant: Meant,
    profile: AppProfile,
    page: int,
    values: Mapping[str, Json],
    conversation: int,
    *,
    typed: Mapping[str, Json] | None = None,
    above: str = "",
) -> Body:
    metadata = kept_with(meant.gesture, app=meant.place.app, conversation=conversation, found=meant.found)
    return forms.settings_form(profile, page, values, metadata, typed=typed, above=above)


async def submit(desk: Desk, gesture: Gesture, control: Id, view: Mapping[str, Any]) -> Outcome:
    """A page that was filled in. What is refused is said at its field, and stays there."""
    page = await _filled(desk, gesture, control, view)
    values, wrong = _values(page)
    wrong |= _wrong_files(page)
    if wrong:
        return Errors(wrong)
    try:
        return await _saved(desk, page, values)
    except TrunklineError as error:
        return _again(page, error.user_message)


async def _saved(desk: Desk, page: _Page, values: dict[str, Json]) -> Outcome:
    """What is told when the values hold, or the next page."""
    kept, gone = await _kept(desk, page)
    if gone:
        return _again(page, gone)
    values |= kept
    said = words("slack_unchanged") if page.number == 0 and page.last else ""
    if values:
        event = requests.request(
            page.meant.gesture, page.meant.place, Configure(values), conversation=page.conversation
        )
        answer = await desk.core.accept(event)
        if answer.outcome == "denied":
            return _again(page, answer.text)
        said = answer.text or words("configured")
    if page.last:
        return await named(desk, page.meant, said or words("configured"))
    now = await desk.core.transcript(page.meant.place, page.conversation, limit=1)
    return Next(_form(page.meant, page.profile, page.number + 1, now.values, page.conversation))


async def _filled(desk: Desk, gesture: Gesture, control: Id, view: Mapping[str, Any]) -> _Page:
    """`Denied` for a page that the app has outgrown."""
    meant, profile = await _allowed(desk, gesture)
    kept = metadata_of(view)
    number = control.index
    inputs = forms.pages(profile)[number] if number < len(forms.pages(profile)) else ()
    if not inputs or fingerprint(inputs) != control.turn or kept.get("app", meant.place.app) != meant.place.app:
        raise Denied(words("form_outgrown"))
    conversation, meant = int(kept.get("conversation") or 0), replace(meant, found=bool(kept.get("found")))
    held = (await desk.core.transcript(meant.place, conversation, limit=1)).values
    return _Page(meant, profile, number, inputs, held, conversation, forms.filled(inputs, view))


def _values(page: _Page) -> tuple[dict[str, Json], dict[str, str]]:
    """The values that change, and what is wrong with others, by block: each field is looked at for itself."""
    values: dict[str, Json] = {}
    wrong: dict[str, str] = {}
    for one in page.inputs:
        try:
            mine = changed((one,), page.filled.typed, page.held, forms.unshown)
            values |= check_settings(page.profile, mine)
        except Denied as error:
            wrong[forms.key_of(one)] = error.user_message
    return values, wrong


def _wrong_files(page: _Page) -> dict[str, str]:
    """Files of a type that an input does not take: that shows before they are fetched."""
    wrong: dict[str, str] = {}
    for one in page.inputs:
        for file in page.filled.files.get(one.name, ()):
            if not fits(Media(media_kind(file.mime), None, file.name, file.mime), one.file_types):
                types = ", ".join(one.file_types)
                wrong[forms.key_of(one)] = words("file_type_not_taken", types=types, name=file.name)
    return wrong


async def _kept(desk: Desk, page: _Page) -> tuple[dict[str, Json], str]:
    """The uploaded files, fetched and kept, as the core wants them, and what could not be had.

    An empty field changes nothing.
    """
    kept: dict[str, Json] = {}
    for one in page.inputs:
        given: Sequence[Attached] = page.filled.files.get(one.name, ())
        media, reasons = await fetch_all(desk, page.meant.gesture.spot.team, given)
        if reasons:
            return {}, " ".join(reasons)
        if media:
            encoded = [codec.encode(file) for file in media]
            kept[one.name] = encoded if one.many else encoded[0]
    return kept, ""


def _again(page: _Page, reason: str) -> Outcome:
    """The form once more, with what was typed and chosen, and why it was refused."""
    typed = page.filled.typed
    form = _form(page.meant, page.profile, page.number, page.held, page.conversation, typed=typed, above=reason)
    return Refuse(reason, form)


async def defaults(desk: Desk, gesture: Gesture) -> Outcome:
    """Put all settings back; where that was pressed in the form, it shows them."""
    meant, profile = await _allowed(desk, gesture)
    values: dict[str, Json] = {one.name: None for page in forms.pages(profile) for one in page}
    answer = await desk.core.accept(requests.request(meant.gesture, meant.place, Configure(values)))
    if answer.outcome == "denied":
        raise Denied(answer.text)
    if not gesture.view:
        return words("slack_defaults_back")
    return Next(forms.notice_view(forms.title_of(profile, 0), words("slack_defaults_back")))
