"""The App Home, suggested prompts, and the app's own shortcut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.slack import blocks as kit
from fakes.slack.apps import App
from fakes.slack.listening import Listener
from fakes.slack.people import Person
from fakes.slack.pressing import Stage, pressing, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.views import View
from fakes.slack.workspaces import Workspace
from trunkline.backend import AppInput, AppProfile, Example
from trunkline.errors import AppUnreachable
from trunkline.inbound import Configure, UseExample
from trunkline.messages import AppFile, Media, Message, Text
from trunkline_bridges.slack.acting import panels
from trunkline_bridges.slack.acting.home import home_view

pytestmark = pytest.mark.usefixtures("unlimited")

EXAMPLES = (
    Example("What is 2 + 2?", label="Sums"),
    Example("Look at this", media=(Media("image", AppFile("/tmp/cat.png")),)),
    Example("Be brief", settings={"heat": 0}),
    *(Example(f"question {number}") for number in range(6)),
)
INPUTS = (AppInput(1, "heat", "Heat", "number", 1), AppInput(2, "system", "System <b>", "text", "Be kind."))
PROFILE = AppProfile(
    "demo",
    "http://app",
    "6",
    "chat",
    "injected",
    title="Demo",
    description="Adds **numbers** & more.",
    examples=EXAMPLES,
    inputs=INPUTS,
)


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


@pytest.fixture
def core(core: Listener) -> Listener:
    core.profiles["demo"] = PROFILE
    return core


async def home(stage: Stage, who: Person) -> View:
    published = stage.slack.count("views.publish")
    who.open_home(stage.app)
    await stage.slack.world.until(lambda: stage.slack.count("views.publish") > published and who.home(stage.app))
    view = who.home(stage.app)
    assert view is not None
    return view


def test_the_home_of_a_large_app_stays_within_slacks_limits() -> None:
    many = replace(
        PROFILE,
        title="T" * 500,
        description="d" * 20_000,
        examples=tuple(Example("e" * 3000, label="l" * 300) for _ in range(400)),
        inputs=tuple(AppInput(number, f"n{number}", "L" * 500, "text", "v" * 5000) for number in range(200)),
    )
    recent = [("t" * 500, "https://app.slack.com/client/T1/C1/thread/C1-1.1")] * 10
    view = home_view(many, "{}", values={}, recent=recent, notice="n")
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    kit.check_blocks(blocks, kit.HOME)
    for body in (
        panels.greeting(many),
        panels.examples(many),
        panels.help_panel(many, "/trunkline", several=True),
    ):
        shown = body["blocks"]
        assert isinstance(shown, list)
        kit.check_blocks(shown, kit.MESSAGE)
        assert str(body["text"]).strip()
    assert len(panels.prompts(many)) == 0


def test_a_greeting_says_what_the_app_says_first() -> None:
    greeted = replace(PROFILE, greeting=(Message("assistant", (Text("Hello <!channel>!"),)),))
    text = str(panels.greeting(greeted)["text"])
    assert "Adds *numbers* &amp; more." in text
    assert "<!channel>" not in text


async def test_the_home_shows_what_the_app_is(stage: Stage, ada: Person) -> None:
    view = await home(stage, ada)
    said = str(view.blocks)
    assert "Adds *numbers* &amp; more." in said
    assert "They belong to a conversation: write to me first." in said
    assert "question 5" in said


async def test_the_home_shows_and_changes_the_settings_of_the_newest_conversation(
    stage: Stage, app: App, acme: Workspace, ada: Person
) -> None:
    turn = await stage.asked(ada, ada.dm(app), "the sum of <two>")
    await turn.finish()
    view = await home(stage, ada)
    said = str(view.blocks)
    place = turn.event.place
    assert "System &lt;b&gt;: Be kind." in said
    assert f"https://app.slack.com/client/{acme.id}/{place.channel}/thread/{place.channel}-{place.thread}" in said
    form = await ada.click(view, "Change settings").modal()
    await stage.done(ada.submit(form, Heat="2"))
    event = stage.event()
    assert (event.command, event.place) == (Configure({"heat": 2}), place)
    await stage.slack.world.until(lambda: "Heat: 2" in str(_shown(ada, app)))
    assert "Settings saved" in str(_shown(ada, app))
    assert "Settings saved" not in str((await home(stage, ada)).blocks)


def _shown(who: Person, app: App) -> object:
    view = who.home(app)
    return view.blocks if view is not None else []


async def test_an_example_on_the_home_begins_a_conversation(stage: Stage, app: App, ada: Person) -> None:
    view = await home(stage, ada)
    await stage.done(ada.click(view, "Sums"))
    event = stage.event()
    assert event.command == UseExample(0)
    (root,) = ada.sees(ada.dm(app))
    assert (ada.text(root), event.place.thread) == ("*ada* asked: What is 2 + 2?", root.ts)
    await stage.slack.world.until(lambda: "Messages tab." in str(_shown(ada, app)))


async def test_an_app_that_is_away_says_so_on_the_home(stage: Stage, ada: Person) -> None:
    stage.core.app_down = AppUnreachable("Nobody answers at the app's address.")
    assert "Nobody answers" in str((await home(stage, ada)).blocks)


async def test_four_examples_are_suggested_above_the_chat(stage: Stage, app: App, ada: Person) -> None:
    ada.open_messages(app)
    await stage.slack.world.until(lambda: ada.prompts(app))
    assert ada.prompts(app) == ["Sums", "question 0", "question 1", "question 2"]
    asked = ada.pick_prompt(app, "Sums")
    event = (await stage.core.begun()).event
    assert event.place.thread == asked.ts


async def test_a_legacy_assistant_has_them_in_its_thread(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock, tmp_path: Path, ada: Person
) -> None:
    old = slack.app(acme, agent="assistant_view", events=("assistant_thread_started", "message.im"))
    core = Listener(slack, old, tmp_path, clock)
    core.profiles["demo"] = PROFILE
    async with pressing(slack, old, core, clock, agent="assistant"):
        root = ada.open_assistant(old)
        await slack.world.until(lambda: ada.prompts(old, root))
        assert ada.prompts(old, root)[0] == "Sums"
    await core.end()


async def test_where_the_app_is_no_agent_nothing_is_suggested(
    slack: FakeSlack, acme: Workspace, clock: VirtualClock, tmp_path: Path, ada: Person
) -> None:
    plain = slack.app(acme, agent="")
    core = Listener(slack, plain, tmp_path, clock)
    async with pressing(slack, plain, core, clock, agent="none"):
        ada.open_messages(plain)
        ada.open_home(plain)
        await slack.world.until(lambda: ada.home(plain))
        assert slack.count("assistant.threads.setSuggestedPrompts") == 0
    await core.end()


async def test_the_apps_shortcut_shows_all_examples(stage: Stage, app: App, ada: Person) -> None:
    view = await ada.shortcut(app, "tl_examples").modal()
    await stage.done(ada.click(view, "Look at this"))
    await stage.core.until(lambda: stage.core.events)
    event = stage.event()
    assert event.command == UseExample(1)
    assert event.place.channel == ada.dm(app).id
    await stage.slack.world.until(lambda: "Messages tab." in str(view.blocks))
