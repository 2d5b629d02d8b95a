"""The fake's buttons, commands, shortcuts, modals and Home, to a client that breaks the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fakes.clock import VirtualClock, settle
from fakes.slack.apps import App
from fakes.slack.errors import Impossible, Json
from fakes.slack.interactions import Act
from fakes.slack.people import Person
from fakes.slack.raw import Answer, Raw
from fakes.slack.server import FakeSlack
from fakes.slack.views import View
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message

pytestmark = pytest.mark.usefixtures("unlimited")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


RETRY: Json = {"type": "button", "action_id": "retry", "text": plain("Retry"), "value": "turn-7"}
COLOURS = [{"text": plain(each), "value": each.lower()} for each in ("Red", "Blue")]
COLOUR: Json = {"type": "static_select", "action_id": "colour", "options": COLOURS}
UP, DOWN = ({"text": plain(each), "value": each.lower()} for each in ("Good", "Bad"))
VOTE: Json = {"type": "feedback_buttons", "action_id": "vote", "positive_button": UP, "negative_button": DOWN}
TRASH: Json = {"type": "icon_button", "action_id": "bin", "icon": "trash", "text": plain("Delete")}
TONE: Json = {
    "type": "input",
    "block_id": "tone",
    "label": plain("Tone"),
    "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
}
HUE: Json = {"type": "input", "block_id": "hue", "label": plain("Hue"), "optional": True, "element": COLOUR}


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": plain("Settings"), "submit": plain("Save"), "blocks": list(blocks), **more}


def divider() -> Json:
    return {"type": "divider"}


async def posted(raw: Raw, ada: Person, channel: Channel, *elements: Json, row: str = "actions") -> Message:
    blocks = [{"type": row, "block_id": "row", "elements": list(elements)}]
    await raw.call("chat.postMessage", channel=channel.id, text="choose", blocks=blocks)
    return ada.sees(channel)[-1]


async def opened(raw: Raw, act: Act, view: Json) -> Answer:
    return await raw.call("views.open", trigger_id=act.trigger_id, view=view)


@pytest.fixture
def asked(ada: Person, general: Channel) -> Act:
    return ada.slash(general, "/trunk", "settings")


async def test_a_button_says_what_was_pressed_and_where(
    raw: Raw, ada: Person, bob: Person, general: Channel
) -> None:
    hidden = TRASH | {"visible_to_user_ids": [ada.id]}
    message = await posted(raw, ada, general, RETRY, COLOUR)
    pressed = ada.click(message, "Retry").payload
    action = pressed["actions"][0]
    assert (action["action_id"], action["value"], action["block_id"]) == ("retry", "turn-7", "row")
    assert (pressed["type"], pressed["user"]["id"], pressed["message"]["ts"]) == (
        "block_actions",
        ada.id,
        message.ts,
    )
    chosen = bob.choose(message, "Blue").payload["actions"][0]
    assert chosen["selected_option"]["value"] == "blue"
    row = await posted(raw, ada, general, VOTE, hidden, row="context_actions")
    assert bob.click(row, "Bad").payload["actions"][0]["value"] == "bad"
    assert ada.click(row, "Delete").payload["actions"][0]["action_id"] == "bin"
    attempts: list[Callable[[], object]] = [
        lambda: bob.click(row, "Delete"),
        lambda: bob.click(row, "Other"),
        lambda: ada.choose(row, "x"),
    ]
    for impossible in attempts:
        with pytest.raises(Impossible):
            impossible()


async def test_an_ephemeral_message_is_answered_without_itself(raw: Raw, ada: Person, general: Channel) -> None:
    blocks = [{"type": "actions", "elements": [RETRY]}]
    await raw.call("chat.postEphemeral", channel=general.id, user=ada.id, text="x", blocks=blocks)
    act = ada.click(ada.ephemerals(general)[0], "Retry")
    assert act.payload["container"]["is_ephemeral"]
    assert "message" not in act.payload
    assert (await raw.post(act.response_url, {"replace_original": True, "text": "done"})).status == 200
    assert ada.texts(general) == ["done"]
    assert (await raw.post(act.response_url, {"delete_original": True})).status == 200
    assert ada.texts(general) == []


async def test_a_response_url_has_five_uses_in_thirty_minutes(
    raw: Raw, ada: Person, bob: Person, general: Channel, asked: Act, clock: VirtualClock
) -> None:
    for number in range(4):
        assert (await raw.post(asked.response_url, {"text": str(number)})).status == 200
    assert (ada.texts(general), bob.texts(general)) == (["0", "1", "2", "3"], [])
    assert (await raw.post(asked.response_url, {"text": "all", "response_type": "in_channel"})).status == 200
    assert bob.texts(general) == ["all"]
    used = await raw.post(asked.response_url, {"text": "six"})
    assert (used.status, used.error) == (404, "used_url")
    later = ada.slash(general, "/trunk")
    await clock.advance(1801)
    assert (await raw.post(later.response_url, {"text": "late"})).error == "expired_url"


async def test_a_trigger_opens_once_within_three_seconds(
    raw: Raw, ada: Person, general: Channel, app: App, asked: Act, clock: VirtualClock
) -> None:
    assert (await raw.call("views.open", trigger_id="none", view=modal(TONE))).error == "invalid_trigger_id"
    assert (await opened(raw, asked, modal(TONE))).ok
    assert (await opened(raw, asked, modal(TONE))).error == "exchanged_trigger_id"
    view = ada.modal(app)
    assert view is not None
    assert view.title == "Settings"
    late = ada.slash(general, "/trunk")
    await clock.advance(3.1)
    assert (await opened(raw, late, modal(TONE))).error == "expired_trigger_id"


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (modal(TONE) | {"title": plain("t" * 25)}, "invalid_arguments"),
        (modal(TONE) | {"submit": plain("s" * 25)}, "invalid_arguments"),
        (modal(TONE) | {"submit": None}, "invalid_arguments"),
        (modal(TONE, private_metadata="m" * 3001), "invalid_arguments"),
        (modal(*[divider() for _ in range(101)]), "invalid_arguments"),
        (modal(TONE, TONE), "invalid_blocks"),
        (modal({"type": "markdown", "text": "x"}), "invalid_blocks"),
        (modal(TONE) | {"type": "home"}, "invalid_arguments"),
    ],
)
async def test_modals_have_limits(raw: Raw, asked: Act, view: Json, error: str) -> None:
    assert (await opened(raw, asked, view)).error == error


async def test_a_modal_is_filled_in_as_the_client_allows(raw: Raw, ada: Person, bob: Person, asked: Act) -> None:
    await opened(raw, asked, modal(TONE, HUE, private_metadata="here"))
    view = await asked.modal()
    for wrong in ({}, {"Tone": "much too long"}, {"Tone": "dry", "Hue": "Green"}, {"Tone": "dry", "Size": "1"}):
        with pytest.raises(Impossible):
            ada.submit(view, **wrong)
    with pytest.raises(Impossible):
        bob.submit(view, Tone="dry")
    sent = ada.submit(view, Tone="dry", Hue="Blue").payload["view"]
    assert sent["private_metadata"] == "here"
    assert sent["state"]["values"] == {
        "tone": {"text": {"type": "plain_text_input", "value": "dry"}},
        "hue": {"colour": {"type": "static_select", "selected_option": COLOURS[1]}},
    }


async def test_the_answer_to_a_submission_comes_to_pass(raw: Raw, ada: Person, app: App, asked: Act) -> None:
    async with raw.socket(app) as socket:
        await socket.next()
        await opened(raw, asked, modal(TONE))
        view = await asked.modal()

        async def submitted(answer: Json | None) -> View | None:
            act = ada.submit(view, Tone="dry")
            await socket.ack(await socket.frame(), answer)
            await act.answered()
            return ada.modal(app)

        await submitted({"response_action": "errors", "errors": {"tone": "too dry"}})
        assert view.errors == {"tone": "too dry"}
        assert await submitted({"response_action": "update", "view": modal(TONE, title=plain("Again"))}) is view
        assert view.title == "Again"
        above = await submitted({"response_action": "push", "view": modal(divider(), notify_on_close=True)})
        assert above is not None
        assert (above.previous_id, above.root_id) == (view.id, view.id)
        closing = ada.close(above)
        assert closing is not None
        await socket.next()
        assert await submitted(None) is None


async def test_a_submission_that_is_not_answered_leaves_the_modal(
    raw: Raw, ada: Person, asked: Act, clock: VirtualClock
) -> None:
    await opened(raw, asked, modal(TONE))
    view = await asked.modal()
    act = ada.submit(view, Tone="dry")
    await settle()
    await clock.advance(3)
    assert act.failed
    assert (view.trouble, view.is_open) == (True, True)


async def test_views_are_stacked_updated_and_hashed(
    raw: Raw, ada: Person, general: Channel, app: App, asked: Act
) -> None:
    first = await opened(raw, asked, modal({"type": "actions", "elements": [RETRY]}, external_id="mine"))
    view = ada.modal(app)
    assert view is not None
    stale = first["view"]["hash"]
    again = modal({"type": "actions", "elements": [RETRY]})
    assert (await raw.call("views.update", external_id="mine", view=again, hash=stale)).ok
    clash = await raw.call("views.update", view_id=view.id, view=again, hash=stale)
    assert clash.error == "hash_conflict"
    assert (await raw.call("views.update", view_id="V0NONE", view=again)).error == "not_found"
    for error in ("", "", "push_limit_reached"):
        act = ada.click(view, "Retry")
        assert "response_url" not in act.payload
        assert (await raw.call("views.push", trigger_id=act.trigger_id, view=modal(divider()))).error == error


async def test_home_is_published_for_one_person(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, bob: Person
) -> None:
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [RETRY]}]}
    assert (await raw.call("views.publish", user_id=ada.id, view=home | {"submit": plain("x")})).error
    assert (await raw.call("views.publish", user_id=ada.id, view=home)).ok
    view = ada.home(app)
    assert view is not None
    assert bob.home(app) is None
    assert ada.click(view, "Retry").payload["container"] == {"type": "view", "view_id": view.id}
    ada.open_home(app)
    (told,) = slack.deliveries.events("app_home_opened")
    assert (told.event["tab"], told.event["view"]["id"]) == ("home", view.id)


async def test_commands_and_shortcuts(raw: Raw, ada: Person, app: App, general: Channel) -> None:
    command = ada.slash(general, "/trunk", "new").payload
    assert (command["command"], command["text"], "thread_ts" in command) == ("/trunk", "new", False)
    message = ada.post(general, "x")
    menu = ada.message_shortcut(message, app, "retry").payload
    assert (menu["type"], menu["message"]["ts"]) == ("message_action", message.ts)
    assert ada.shortcut(app, "examples").payload["callback_id"] == "examples"
    attempts: list[Callable[[], object]] = [
        lambda: ada.slash(general, "/other"),
        lambda: ada.shortcut(app, "other"),
        lambda: ada.message_shortcut(message, app, "other"),
    ]
    for impossible in attempts:
        with pytest.raises(Impossible):
            impossible()


async def test_an_answer_to_a_command_is_seen_by_its_author(
    raw: Raw, acme: Workspace, ada: Person, bob: Person, app: App, general: Channel
) -> None:
    async with raw.socket(app) as socket:
        act = ada.slash(general, "/trunk")
        await socket.ack(await socket.frame(), {"text": "here you are"})
        assert (await act.response()).only_for == ada.id
    assert (ada.texts(general), bob.texts(general)) == (["here you are"], [])


async def test_a_button_of_a_message_that_changed_can_still_come(raw: Raw, ada: Person, general: Channel) -> None:
    message = await posted(raw, ada, general, RETRY)
    await raw.call("chat.update", channel=general.id, ts=message.ts, text="gone")
    with pytest.raises(Impossible):
        ada.click(message, "Retry")
    assert ada.press_stale(message, "retry", "turn-7").payload["actions"][0]["value"] == "turn-7"


async def test_a_select_may_ask_the_app_for_its_options(raw: Raw, ada: Person, app: App, general: Channel) -> None:
    asking: Json = {"type": "external_select", "action_id": "pick", "min_query_length": 1}
    message = await posted(raw, ada, general, asking)
    with pytest.raises(Impossible):
        ada.look_up(message, "")
    async with raw.socket(app) as socket:
        await socket.event("message")
        act = ada.look_up(message, "re")
        envelope = await socket.frame()
        assert (envelope["payload"]["type"], envelope["payload"]["value"]) == ("block_suggestion", "re")
        await socket.ack(envelope, {"options": COLOURS})
        await act.answered()
    chosen = ada.choose_found(message, act, "Red")
    assert chosen.payload["actions"][0]["selected_option"] == COLOURS[0]
