"""The app's settings as forms: every kind of input, many of them, wrong values, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.discord.filling import filled_modal
from fakes.discord.modals import check_modal
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import Stage, core_on, desk_on, staged
from fakes.discord.world import Channel
from trunkline import entering
from trunkline.backend import AppInput, AppProfile, Choice
from trunkline.bridge import Answer
from trunkline.entering import fingerprint
from trunkline.errors import Denied
from trunkline.inbound import Configure, Inbound
from trunkline.inputs import check_settings
from trunkline.messages import Json
from trunkline_bridges.discord.acting.forms import filled, pages, settings_form, too_long

COLOURS = tuple(Choice(name.title(), name) for name in ("red", "green", "blue"))
MANY = tuple(Choice(f"City {n}", n) for n in range(300))
WORDS = tuple(Choice(f"word {n}", f"w{n}") for n in range(20))

INPUTS = (
    AppInput(1, "tone", "Tone", "text", "plain", info="How it talks", max_length=100),
    AppInput(2, "story", "Story", "text", "", lines=6),
    AppInput(3, "count", "Count", "number", 3),
    AppInput(4, "heat", "Heat", "slider", 0.5, minimum=0, maximum=2, step=0.1, info="More is wilder"),
    AppInput(5, "loud", "Loud", "checkbox", False),
    AppInput(6, "colour", "Colour", "radio", "red", COLOURS),
    AppInput(7, "word", "Word", "dropdown", "w3", WORDS),
    AppInput(8, "tags", "Tags", "multiselect", ["red"], COLOURS),
    AppInput(9, "more", "More", "multiselect", [], WORDS),
    AppInput(10, "city", "City", "dropdown", 7, MANY),
    AppInput(11, "day", "Day", "date", "2026-01-02 03:04:05"),
    AppInput(12, "paint", "Paint", "color", "#ff0000"),
    AppInput(13, "data", "Data", "json", {"a": 1}),
    AppInput(14, "paper", "Paper", "file", None, file_types=(".txt",)),
    AppInput(15, "papers", "Papers", "file", None, many=True),
    AppInput(16, "free", "Free", "dropdown", "red", COLOURS, allow_custom=True),
    AppInput(17, "hidden", "Hidden", "text", "", visible=False),
)
PROFILE = AppProfile("demo", "http://app", "6", "chat_interface", "injected", title="Demo", inputs=INPUTS)


@pytest.fixture
async def stage(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> AsyncIterator[Stage]:
    core = core_on(discord, tmp_path, clock)
    checking(core)
    async with staged(desk_on(discord, core, clock), discord, core, clock) as made:
        yield made


def checking(core: Any) -> None:
    """The double checks settings as the core does."""
    accept = core.accept

    async def checked(event: Inbound) -> Answer:
        if isinstance(event.command, Configure):
            try:
                values = check_settings(core.profiles["demo"], event.command.values)
            except Denied as error:
                return Answer("denied", error.user_message)
            event = replace(event, command=Configure(values))
        return await accept(event)  # type: ignore[no-any-return]

    core.accept = checked


def having(stage: Stage, *inputs: AppInput) -> None:
    stage.core.profiles["demo"] = replace(stage.core.profiles["demo"], inputs=inputs)


def held(stage: Stage) -> dict[str, Json]:
    (conversation,) = stage.core.conversations_held.values()
    return dict(conversation.values)


# Forms


def test_every_page_is_a_form_that_discord_opens() -> None:
    assert [len(page) for page in pages(PROFILE)] == [5, 5, 5, 1]
    for page in range(4):
        check_modal(dict(settings_form(PROFILE, page, {})))


def test_a_form_holds_within_the_limits_whatever_the_app_says() -> None:
    long = "x" * 5000
    choices = tuple(Choice(f"{n} {long}", f"{n} {long}") for n in range(25))
    wild = tuple(
        AppInput(n, f"n{n}", long, kind, default, choices, info=long, placeholder=long)  # type: ignore[arg-type]
        for n, (kind, default) in enumerate(
            [
                ("text", long),
                ("dropdown", choices[0].value),
                ("multiselect", [c.value for c in choices]),
                ("json", [long]),
                ("radio", None),
            ]
        )
    )
    check_modal(dict(settings_form(replace(PROFILE, inputs=wild, title=long), 0, {})))
    empty = AppInput(1, "", "", "dropdown", None, ())
    check_modal(dict(settings_form(replace(PROFILE, inputs=(empty,)), 0, {})))


def field_of(form: Any, label: str) -> dict[str, Any]:
    return next(item["component"] for item in form["components"] if item["label"] == label)


def item_of(form: Any, label: str) -> dict[str, Any]:
    return next(item for item in form["components"] if item["label"] == label)


def test_a_form_shows_what_holds_and_what_may_be_entered() -> None:
    first = settings_form(PROFILE, 0, {"tone": "warm", "loud": True, "count": 4.0})
    assert field_of(first, "Tone")["value"] == "warm"
    assert field_of(first, "Count")["value"] == "4"
    assert field_of(first, "Loud")["default"] is True
    assert item_of(first, "Heat")["description"] == "More is wilder · 0 to 2, in steps of 0.1"
    assert field_of(first, "Story")["style"] == 2
    second = settings_form(PROFILE, 1, {"tags": ["green", "blue"]})
    assert [o["label"] for o in field_of(second, "Tags")["options"] if o.get("default")] == ["Green", "Blue"]
    assert [o["label"] for o in field_of(second, "Word")["options"] if o.get("default")] == ["word 3"]
    assert field_of(second, "City")["value"] == "City 7"
    assert first["title"] == "Settings 1/4"


# Values


def changed(inputs: tuple[AppInput, ...], typed: dict[str, Json], values: dict[str, Json] | None = None) -> Json:
    return entering.changed(inputs, typed, values or {}, too_long)


def test_what_is_left_as_it_was_changes_nothing() -> None:
    for page in pages(PROFILE):
        form: Any = settings_form(replace(PROFILE, inputs=page), 0, {})
        data = {"components": filled_modal(form, {}, lambda _: "")}
        assert changed(page, dict(filled(page, data).typed)) == {}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("tone", "", ""),
        ("count", " 1,5 ", "1.5"),
        ("count", "", None),
        ("heat", "1", "1"),
        ("loud", True, True),
        ("colour", ["2"], "blue"),
        ("colour", [], None),
        ("tags", ["0", "2"], ["red", "blue"]),
        ("tags", [], []),
        ("city", "city 299", 299),
        ("city", "City 11", 11),
        ("free", "mauve", "mauve"),
        ("free", "Blue", "blue"),
        ("day", "2026-02-03", "2026-02-03 00:00:00"),
        ("day", "2026-02-03 04:05", "2026-02-03 04:05:00"),
        ("paint", "0F0", "#0f0"),
        ("data", "[1, 2]", [1, 2]),
        ("data", "", None),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, typed: Json, value: Json) -> None:
    others: dict[str, Json] = {"count": 5, "colour": "blue", "data": [2]}
    values = {} if value is not None else {name: others[name]}
    assert changed(INPUTS, {name: typed}, values) == {name: value}


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("city", "Atlantis", "“City” cannot be Atlantis: none of the choices is called so; near are"),
        ("day", "tomorrow", "“Day” cannot be tomorrow: a date such as 2026-01-31 14:30 is expected."),
        ("paint", "reddish", "“Paint” cannot be reddish: a color such as #ff8800 is expected."),
        ("data", '{"a": ', "“Data” cannot be that: JSON is expected, and it breaks off at character 6."),
        ("colour", ["9"], "The app's settings have changed since this form was opened: open it again."),
    ],
)
def test_what_is_no_value_is_refused_in_a_sentence(name: str, typed: Json, sentence: str) -> None:
    with pytest.raises(Denied) as refused:
        changed(INPUTS, {name: typed})
    assert refused.value.user_message.startswith(sentence)


def test_only_the_beginning_of_one_choice_is_enough() -> None:
    cities = (AppInput(1, "city", "City", "dropdown", None, (Choice("Berlin", "b"), Choice("Bern", "c"), *MANY)),)
    assert changed(cities, {"city": "berl"}) == {"city": "b"}
    with pytest.raises(Denied, match="Berlin, Bern"):
        changed(cities, {"city": "ber"})


def test_a_value_too_long_to_show_stays_when_it_is_left_empty() -> None:
    story = replace(INPUTS[1], default="x" * 5000)
    form = settings_form(replace(PROFILE, inputs=(story,)), 0, {})
    assert "value" not in field_of(form, "Story")
    assert item_of(form, "Story")["description"] == "Too long to show here; empty keeps it"
    assert changed((story,), {"story": ""}) == {}
    assert changed((story,), {"story": "short"}) == {"story": "short"}


def test_the_fingerprint_follows_what_is_asked_for() -> None:
    same = (replace(INPUTS[0], default="other", info="other"),)
    assert fingerprint(INPUTS[:1]) == fingerprint(same)
    assert fingerprint((INPUTS[5],)) != fingerprint((replace(INPUTS[5], choices=COLOURS[:2]),))
    assert 0 < fingerprint(INPUTS) < 10**19


# With people


async def test_all_kinds_are_set_over_four_pages(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, *INPUTS)
    shown = await stage.told(ada, ada.slash(general, "settings"))
    titles = [o["label"] for o in shown.components[0]["components"][1]["components"][0]["options"]]
    assert titles == ["Settings 1/4", "Settings 2/4", "Settings 3/4", "Settings 4/4"]
    entered: list[dict[str, Any]] = [
        {"Tone": "warm", "Story": "Once.\nTwice.", "Count": "7", "Heat": "1.5", "Loud": True},
        {"Colour": "2", "Word": ["4"], "Tags": ["1", "2"], "More": ["0", "19"], "City": "City 250"},
        {
            "Day": "2026-03-04",
            "Paint": "#00FF00",
            "Data": "[1]",
            "Paper": [("a.txt", b"aa")],
            "Papers": [("b.txt", b"bb"), ("c.png", b"cc")],
        },
        {"Free": "mauve"},
    ]
    for page, values in enumerate(entered):
        opened = ada.choose(shown, [str(page)])
        assert await opened.response_type() == 9
        told = await stage.told(ada, ada.submit(opened, **values))
        assert "Settings saved for this conversation." in text_of(told)
    values_now = held(stage)
    paper, papers = values_now.pop("paper"), values_now.pop("papers")
    assert values_now == {
        "tone": "warm",
        "story": "Once.\nTwice.",
        "count": 7,
        "heat": 1.5,
        "loud": True,
        "colour": "blue",
        "word": "w4",
        "tags": ["green", "blue"],
        "more": ["w0", "w19"],
        "city": 250,
        "day": "2026-03-04 00:00:00",
        "paint": "#00ff00",
        "data": [1],
        "free": "mauve",
    }
    assert isinstance(paper, dict)
    assert (paper["type"], paper["name"]) == ("media", "a.txt")
    assert await stage.core.media.read(str(paper["source"]["sha256"])) == b"aa"
    assert isinstance(papers, list)
    assert [one["name"] for one in papers if isinstance(one, dict)] == ["b.txt", "c.png"]
    again = ada.choose(shown, ["2"])
    await again.response_type()
    assert item_of(again.modal, "Papers")["description"] == "Now b.txt, c.png; empty keeps it"


async def test_few_settings_open_at_once(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, *INPUTS[:3])
    opened = ada.slash(general, "settings")
    assert await opened.response_type() == 9
    await stage.told(ada, ada.submit(opened, Tone="warm"))
    assert stage.event().command == Configure({"tone": "warm"})
    unchanged = ada.slash(general, "settings")
    await unchanged.response_type()
    told = await stage.told(ada, ada.submit(unchanged))
    assert "Nothing was changed." in text_of(told)


async def test_what_was_typed_is_not_lost_when_it_is_refused(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, INPUTS[0], INPUTS[3], INPUTS[5], INPUTS[13])
    opened = ada.slash(general, "settings")
    await opened.response_type()
    typed: dict[str, Any] = {"Tone": "warm", "Heat": "9", "Colour": "1", "Paper": [("a.txt", b"aa")]}
    told = await stage.told(ada, ada.submit(opened, **typed))
    assert "“Heat” cannot be '9': the most is 2." in text_of(told)
    again = ada.click(told, "Settings")
    assert await again.response_type() == 9
    assert field_of(again.modal, "Tone")["value"] == "warm"
    assert field_of(again.modal, "Heat")["value"] == "9"
    assert item_of(again.modal, "Paper")["description"].startswith("Now a.txt")
    await stage.told(ada, ada.submit(again, Heat="2"))
    values_now = held(stage)
    assert isinstance(values_now["paper"], dict)
    assert (values_now["tone"], values_now["heat"], values_now["colour"]) == ("warm", 2, "green")
    fresh = ada.slash(general, "settings")
    await fresh.response_type()
    assert field_of(fresh.modal, "Heat")["value"] == "2"


async def test_a_refused_page_opens_again_among_several(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, *INPUTS)
    shown = await stage.told(ada, ada.slash(general, "settings"))
    opened = ada.choose(shown, ["2"])
    await opened.response_type()
    told = await stage.told(ada, ada.submit(opened, Day="tomorrow"))
    again = ada.click(told, "Settings")
    assert await again.response_type() == 9
    assert field_of(again.modal, "Day")["value"] == "tomorrow"


async def test_a_form_that_was_opened_before_a_restart_is_taken(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path, ada: Person, general: Channel
) -> None:
    core = core_on(discord, tmp_path, clock)
    core.profiles["demo"] = replace(core.profiles["demo"], inputs=INPUTS[:3])
    async with staged(desk_on(discord, core, clock), discord, core, clock) as stage:
        opened = ada.slash(general, "settings")
        await opened.response_type()
    async with staged(desk_on(discord, core, clock), discord, core, clock) as stage:
        await stage.told(ada, ada.submit(opened, Tone="warm"))
        assert held(stage) == {"tone": "warm"}


async def test_a_form_that_the_app_has_outgrown_says_so_and_opens_anew(
    stage: Stage, ada: Person, general: Channel
) -> None:
    having(stage, *INPUTS[:3])
    opened = ada.slash(general, "settings")
    await opened.response_type()
    having(stage, *INPUTS[1:3], replace(INPUTS[0], name="mood", label="Mood"))
    told = await stage.told(ada, ada.submit(opened, Tone="warm"))
    assert "have changed since this form was opened" in text_of(told)
    assert not stage.core.events
    again = ada.click(told, "Settings")
    assert await again.response_type() == 9
    assert field_of(again.modal, "Mood")


async def test_a_file_of_the_wrong_type_or_size_is_refused(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, INPUTS[13])
    opened = ada.slash(general, "settings")
    await opened.response_type()
    told = await stage.told(ada, ada.submit(opened, Paper=[("a.png", b"aa")]))
    assert "Only .txt files are taken: a.png was not." in text_of(told)
    stage.desk.options = stage.desk.options.model_copy(update={"file_bytes": 1})
    opened = ada.slash(general, "settings")
    await opened.response_type()
    told = await stage.told(ada, ada.submit(opened, Paper=[("a.txt", b"aa")]))
    assert "a.txt" in text_of(told)
    assert not stage.core.events


async def test_settings_are_put_back(stage: Stage, ada: Person, general: Channel) -> None:
    having(stage, *INPUTS)
    shown = await stage.told(ada, ada.slash(general, "settings"))
    opened = ada.choose(shown, ["0"])
    await opened.response_type()
    await stage.told(ada, ada.submit(opened, Tone="warm"))
    assert held(stage) == {"tone": "warm"}
    told = await stage.told(ada, ada.click(shown, "Reset to defaults"))
    assert told.content == "The settings are the app's own again."
    assert held(stage) == {}
    await stage.told(ada, ada.slash(general, "settings", reset=True))


async def test_an_app_without_settings_says_so(stage: Stage, ada: Person, general: Channel) -> None:
    told = await stage.told(ada, ada.slash(general, "settings"))
    assert told.content == "This app has no settings."


async def test_when_the_app_takes_long_the_form_is_offered(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    """A form can only be the first answer, and that must come within three seconds."""
    having(stage, *INPUTS[:3])
    released, profile = asyncio.Event(), stage.core.profile

    async def waking(app: str) -> AppProfile:
        await released.wait()
        return await profile(app)

    stage.core.profile = waking  # type: ignore[method-assign]
    act = ada.slash(general, "settings")
    await clock.somebody_sleeps()
    await clock.advance(1.6)
    assert await act.response_type() == 5
    released.set()
    told = await stage.told(ada, act)
    assert await ada.click(told, "Settings").response_type() == 9


async def test_a_title_form_after_a_restart(stage: Stage, ada: Person, general: Channel) -> None:
    await ada.slash(general, "new").response_type()
    number = next(iter(stage.core.conversations_held))
    shown = await stage.told(ada, ada.slash(general, "history"))
    await ada.choose(shown, [str(number)]).response_type()
    opened = ada.click(shown, "Rename")
    await opened.response_type()
    stage.forget()
    assert await ada.submit(opened, title="Cats").response_type() == 7
    assert stage.core.conversations_held[number].title == "Cats"
