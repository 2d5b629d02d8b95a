"""The app's settings as a modal: every kind of input, many of them, wrong values, slow ones, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.slack import blocks as kit
from fakes.slack.apps import App
from fakes.slack.filling import filled as filled_in
from fakes.slack.listening import Listener
from fakes.slack.people import Person
from fakes.slack.pressing import COMMAND, Stage, pressing, saying, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.views import View
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.backend import AppInput, AppProfile, Choice
from trunkline.bridge import Answer
from trunkline.entering import changed, fingerprint
from trunkline.errors import StoreError
from trunkline.inbound import Configure, Inbound
from trunkline.messages import Json
from trunkline_bridges.slack.acting.forms import (
    PAGE,
    filled,
    form_of,
    pages,
    settings_form,
    unshown,
)
from trunkline_bridges.slack.acting.replying import PATIENCE
from trunkline_bridges.slack.ids import Id

pytestmark = pytest.mark.usefixtures("unlimited")


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"Label {number}", f"v{number}") for number in range(count))


INPUTS = (
    AppInput(1, "system", "System prompt", "text", "Be kind.", lines=4, max_length=40, info="How it talks"),
    AppInput(2, "heat", "Heat", "slider", 0.7, minimum=0, maximum=2, step=0.1),
    AppInput(3, "count", "Count", "number", 3),
    AppInput(4, "stream", "Stream", "checkbox", True),
    AppInput(5, "tone", "Tone", "radio", "v1", choices=choices(3)),
    AppInput(6, "model", "Model", "dropdown", "v7", choices=choices(300)),
    AppInput(7, "own", "Own", "dropdown", "v0", choices=choices(2), allow_custom=True),
    AppInput(8, "tags", "Tags", "multiselect", ["v0", "v2"], choices=choices(4)),
    AppInput(9, "many", "Many", "multiselect", ["v5"], choices=choices(120)),
    AppInput(10, "day", "Day", "date", "2026-01-31"),
    AppInput(11, "moment", "Moment", "date"),
    AppInput(12, "hue", "Hue", "color", "#ff8800"),
    AppInput(13, "extra", "Extra", "json", {"a": 1}),
    AppInput(14, "file", "File", "file", file_types=(".txt",)),
    AppInput(15, "files", "Files", "file", many=True, file_types=("image",)),
    AppInput(16, "hidden", "Hidden", "text", visible=False),
)
PROFILE = AppProfile("demo", "http://app", "6", "chat", "injected", title="Demo", inputs=INPUTS)
SHOWN = INPUTS[:-1]


def drawn(values: Mapping[str, Json] | None = None, **more: Any) -> dict[str, Any]:
    made = settings_form(PROFILE, 0, values or {}, "{}", **more)
    return {**made}


def state(view: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """What Slack sends of a view when a person filled it in."""
    return {
        "state": {"values": filled_in(list(view["blocks"]), values, lambda file: {"id": file[0], "name": file[0]})}
    }


def entered(held: Mapping[str, Json] | None = None, **values: Any) -> dict[str, Json]:
    """The values that change when these fields are filled in."""
    view = drawn(held)
    return changed(SHOWN, filled(SHOWN, state(view, **values)).typed, held or {}, unshown)


def test_every_kind_is_asked_for_in_its_way() -> None:
    assert [form_of(one) for one in SHOWN] == [
        *("text", "number", "number", "checkbox", "radio", "select", "text", "group", "selects", "day", "text"),
        *("text", "text", "upload", "upload"),
    ]
    kit.check_blocks(drawn()["blocks"], kit.MODAL)


def test_a_form_that_nobody_touched_changes_nothing() -> None:
    assert entered() == {}
    held: dict[str, Json] = {
        "heat": 1,
        "stream": False,
        "tone": "v2",
        "tags": [],
        "many": ["v119"],
        "model": "v299",
    }
    assert entered(held) == {}


@pytest.mark.parametrize(
    ("field", "given", "name", "value"),
    [
        ("System prompt", "Be brief.", "system", "Be brief."),
        ("System prompt", "", "system", ""),
        ("Heat", "1.5", "heat", "1.5"),
        ("Stream", [], "stream", False),
        ("Tone", "Label 2", "tone", "v2"),
        ("Model", "Label 257", "model", "v257"),
        ("Own", "mine", "own", "mine"),
        ("Own", "label 1", "own", "v1"),
        ("Tags", ["Label 3"], "tags", ["v3"]),
        ("Many", ["Label 118", "Label 0"], "many", ["v118", "v0"]),
        ("Day", "2026-02-01", "day", "2026-02-01"),
        ("Moment", "2026-02-01 14:30", "moment", "2026-02-01 14:30:00"),
        ("Hue", "00FF00", "hue", "#00ff00"),
        ("Extra", '{"a": 2}', "extra", {"a": 2}),
    ],
)
def test_what_was_filled_in_becomes_a_value(field: str, given: Any, name: str, value: Json) -> None:
    assert entered(**{field: given}) == {name: value}


def test_what_was_typed_stands_in_a_form_that_is_drawn_again() -> None:
    first = filled(SHOWN, state(drawn(), Heat="9", Tone="Label 2", Tags=[], Hue="pinkish"))
    again = drawn(typed=first.typed, above="Heat is <too> high.")
    kit.check_blocks(again["blocks"], kit.MODAL)
    assert "&lt;too&gt;" in again["blocks"][0]["text"]["text"]
    second = filled(SHOWN, state(again))
    assert second.typed == first.typed


def test_a_value_too_long_to_show_stays_where_its_field_is_left_empty() -> None:
    story = AppInput(1, "story", "Story", "text", "x" * 5000)
    profile = replace(PROFILE, inputs=(story,))
    view = settings_form(profile, 0, {}, "{}")
    assert changed((story,), filled((story,), state(view)).typed, {}, unshown) == {}
    typed = filled((story,), state(view, Story="short")).typed
    assert changed((story,), typed, {}, unshown) == {"story": "short"}


@pytest.mark.parametrize(("value", "shown"), [(1e-05, "0.00001"), (-3.0, "-3"), (1e3, "1000"), ("much", None)])
def test_a_number_is_shown_as_slack_takes_it(value: Json, shown: str | None) -> None:
    heat = AppInput(1, "heat", "Heat", "number", value)
    view = settings_form(replace(PROFILE, inputs=(heat,)), 0, {}, "{}")
    blocks: Any = view["blocks"]
    assert blocks[0]["element"].get("initial_value") == shown
    assert changed((heat,), filled((heat,), state(view)).typed, {}, unshown) == {}


def test_a_day_that_is_held_with_a_time_is_left_to_be_chosen() -> None:
    view = drawn({"day": "2026-02-01 10:00:00"})
    kit.check_blocks(view["blocks"], kit.MODAL)
    assert "initial_date" not in str(view)
    assert entered({"day": "2026-02-01 10:00:00"}) == {}


def test_many_inputs_stand_on_pages_within_slacks_limits() -> None:
    inputs = tuple(AppInput(number, f"n{number}", "L" * 3000, "text", info="i" * 3000) for number in range(230))
    profile = replace(PROFILE, inputs=inputs)
    assert [len(page) for page in pages(profile)] == [PAGE, PAGE, 230 - 2 * PAGE]
    for page in range(3):
        made = settings_form(profile, page, {}, "{}", above="x")
        blocks: Any = made["blocks"]
        kit.check_blocks(blocks, kit.MODAL)
        title: Any = made["title"]
        assert title["text"] == f"Settings {page + 1}/3"


# Opened and submitted on Slack


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


@pytest.fixture
def core(core: Listener) -> Listener:
    core.profiles["demo"] = replace(core.profiles["demo"], inputs=INPUTS)
    return core


async def opened(stage: Stage, who: Person, channel: Channel) -> View:
    await (await stage.asked(who, channel)).finish()
    return await who.slash(channel, COMMAND, "settings").modal()


async def test_settings_are_saved_for_the_conversation(stage: Stage, ada: Person, general: Channel) -> None:
    view = await opened(stage, ada, general)
    turn = stage.event()
    assert "Of the conversation “hello”" in str(view.blocks)
    values: dict[str, Any] = {"Heat": "1.5", "Model": "Label 299", "Tags": ["Label 1"]}
    files = {"File": [("notes.txt", b"notes")], "Files": [("a.png", b"a"), ("b.png", b"b")]}
    await stage.done(ada.submit(view, **values, **files))
    assert view.errors == {}
    event = stage.event()
    assert isinstance(event.command, Configure)
    saved = dict(event.command.values)
    file: Any = saved.pop("file")
    several: Any = saved.pop("files")
    assert saved == {"heat": 1.5, "model": "v299", "tags": ["v1"]}
    assert (file["name"], [one["name"] for one in several]) == ("notes.txt", ["a.png", "b.png"])
    assert event.place == turn.place
    assert ada.modal(stage.app) is None
    await ada.waits_for(general, "In “hello”: Settings saved")
    again = await ada.slash(general, COMMAND, "settings").modal()
    assert "a.png, b.png" in str(again.blocks)
    await stage.done(ada.submit(again))
    await ada.waits_for(general, "In “hello”: Nothing was changed")
    post = await stage.controls(ada, general, stage.core.turns[2], saying("four"))
    within = await ada.message_shortcut(post, stage.app, "tl_settings").modal()
    await stage.done(ada.submit(within))
    await ada.waits_for(general, "Nothing was changed", turn.place.thread)


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    stage: Stage, ada: Person, general: Channel
) -> None:
    view = await opened(stage, ada, general)
    heard = len(stage.core.events)
    wrong: dict[str, Any] = {
        "Heat": "9",
        "Extra": '{"a": ',
        "Hue": "pinkish",
        "File": [("a.png", b"a")],
        "Count": "4",
    }
    await stage.done(ada.submit(view, **wrong))
    assert view.is_open
    assert view.errors == {
        "input:2": "“Heat” cannot be '9': the most is 2.",
        "input:12": "“Hue” cannot be pinkish: a color such as #ff8800 is expected.",
        "input:13": "“Extra” cannot be that: JSON is expected, and it breaks off at character 6.",
        "input:14": "Only .txt files are taken: a.png was not.",
    }
    assert len(stage.core.events) == heard
    assert view.values["input:3"]["input:3"]["value"] == "4"
    stage.core.store_down = True
    await stage.done(ada.submit(view, Count="4"))
    assert view.errors == {"input:1": "The database does not answer: try again."}
    stage.core.store_down = False
    await stage.done(ada.submit(view, Count="4"))
    assert stage.event().command == Configure({"count": 4})


async def test_a_form_that_was_opened_before_a_restart_works(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock) as stage:
        view = await opened(stage, ada, general)
    async with pressing(slack, app, core, clock) as again:
        await again.done(ada.submit(view, Count="7"))
        assert again.event().command == Configure({"count": 7})


async def test_a_form_that_the_app_has_outgrown_says_so_and_stays(
    stage: Stage, ada: Person, general: Channel
) -> None:
    view = await opened(stage, ada, general)
    stage.profile(inputs=(replace(INPUTS[0], kind="number"), *INPUTS[1:]))
    heard = len(stage.core.events)
    await stage.done(ada.submit(view, Count="7"))
    assert "have changed since this form was opened" in view.errors["input:1"]
    stage.profile(inputs=())
    await stage.done(ada.submit(view, Count="7"))
    assert "no settings" in view.errors["input:1"]
    assert len(stage.core.events) == heard


async def test_a_form_of_another_workspace_is_not_taken(
    stage: Stage, slack: FakeSlack, ada: Person, general: Channel
) -> None:
    view = await opened(stage, ada, general)
    heard = len(stage.core.events)
    view.body["private_metadata"] = view.body["private_metadata"].replace(general.teams[0], "T0FORGED")
    await stage.done(ada.submit(view, Count="7"))
    assert len(stage.core.events) == heard


async def test_somebody_else_may_not_change_the_settings_of_a_conversation(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    post = await stage.answered(ada, general)
    act = bob.message_shortcut(post, stage.app, "tl_settings")
    assert "who asked last" in await stage.said(act, bob)
    assert act.opened is None


async def test_a_slow_core_lets_the_form_wait_and_shows_what_came_of_it(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    view = await opened(stage, ada, general)
    go, accept = asyncio.Event(), stage.core.accept
    outcome: list[Answer | StoreError] = [StoreError("The database does not answer: try again.")]

    async def slow(event: Inbound) -> Answer:
        await go.wait()
        if outcome:
            raise outcome.pop()  # type: ignore[misc]
        return await accept(event)

    stage.core.accept = slow  # type: ignore[method-assign]
    await _submitted_slowly(stage, ada, view, clock, Count="7", Hue="#00ff00")
    assert "takes a moment" in str(view.blocks)
    go.set()
    await stage.slack.world.until(lambda: "does not answer" in str(view.blocks))
    assert view.is_open
    go.clear()
    await _submitted_slowly(stage, ada, view, clock)
    go.set()
    await stage.slack.world.until(lambda: "Settings saved" in str(view.blocks))
    assert stage.event().command == Configure({"count": 7, "hue": "#00ff00"})


async def _submitted_slowly(stage: Stage, who: Person, view: View, clock: VirtualClock, **values: Any) -> None:
    waited = clock.slept.count(PATIENCE)
    act = who.submit(view, **values)
    while clock.slept.count(PATIENCE) == waited:
        await clock.somebody_sleeps()
        await asyncio.sleep(0)
    await asyncio.get_running_loop().run_in_executor(None, int)
    await clock.advance(PATIENCE)
    await stage.done(act)


async def test_a_form_that_slack_opens_no_more_is_offered_again(
    stage: Stage, slack: FakeSlack, ada: Person, general: Channel
) -> None:
    await (await stage.asked(ada, general)).finish()
    slack.faults.error("views.open", "expired_trigger_id")
    act = ada.slash(general, COMMAND, "settings")
    shown = await act.response()
    assert "try once more" in ada.text(shown)
    assert act.opened is None
    thread = stage.event().place.thread
    stale = ada.sees(general, thread)[-1]
    view = await ada.press_stale(stale, str(Id("settings"))).modal()
    assert view.title == "Settings"


async def test_pages_are_saved_one_after_the_other(stage: Stage, ada: Person, general: Channel) -> None:
    inputs = tuple(AppInput(number, f"n{number}", f"N{number}", "number", 0) for number in range(PAGE + 2))
    stage.profile(inputs=inputs)
    view = await opened(stage, ada, general)
    assert view.title == "Settings 1/2"
    await stage.done(ada.submit(view, N1="1"))
    assert stage.event().command == Configure({"n1": 1})
    assert view.title == "Settings 2/2"
    assert fingerprint(inputs[PAGE:]) == int(str(view.body["callback_id"]).split(":")[2])
    await stage.done(ada.submit(view, **{f"N{PAGE}": "2"}))
    assert stage.event().command == Configure({f"n{PAGE}": 2})
    assert ada.modal(stage.app) is None


async def test_defaults_are_put_back(stage: Stage, ada: Person, general: Channel) -> None:
    view = await opened(stage, ada, general)
    await stage.done(ada.click(view, "Reset to defaults"))
    await stage.slack.world.until(lambda: "app's own again" in str(view.blocks))
    event = stage.event()
    assert isinstance(event.command, Configure)
    assert set(event.command.values.values()) == {None}
    assert "hidden" not in event.command.values
