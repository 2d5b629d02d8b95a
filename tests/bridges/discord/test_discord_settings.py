"""The forms of settings with people: opened, filled in, refused, put back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from fakes.clock import VirtualClock
from fakes.core import FakeCore
from fakes.discord.inputs import INPUTS, field_of, item_of
from fakes.discord.people import Person, text_of
from fakes.discord.stage import SetStage, Stage
from fakes.discord.world import Channel
from trunkline.backend import AppInput, AppProfile
from trunkline.bridge import Answer
from trunkline.errors import Denied
from trunkline.inbound import Configure, Inbound
from trunkline.inputs import check_settings
from trunkline.messages import Json


@pytest.fixture
def checking(acting_core: FakeCore) -> None:
    """The double checks settings as the core does."""
    core: Any = acting_core
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


@pytest.fixture
async def stage(checking: None, stage: Stage) -> Stage:
    return stage


def having(stage: Stage, *inputs: AppInput) -> None:
    stage.core.profiles["demo"] = replace(stage.core.profiles["demo"], inputs=inputs)


def held(stage: Stage) -> dict[str, Json]:
    (conversation,) = stage.core.conversations_held.values()
    return dict(conversation.values)


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
    acting_core: FakeCore, set_stage: SetStage, ada: Person, general: Channel
) -> None:
    core = acting_core
    core.profiles["demo"] = replace(core.profiles["demo"], inputs=INPUTS[:3])
    async with set_stage() as stage:
        opened = ada.slash(general, "settings")
        await opened.response_type()
    async with set_stage() as stage:
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
