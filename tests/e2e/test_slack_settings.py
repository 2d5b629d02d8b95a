"""The app's settings as a form, and the operator's own settings of the bridge."""

from __future__ import annotations

from e2e.slack_room import EnterSlack


async def test_every_input_of_an_app_is_asked_for_in_a_form(enter_slack: EnterSlack) -> None:
    room = await enter_slack("every_input")
    asked = room.asks("what is set?")
    answer = await room.answered('"name": "Ann"', asked)
    form = await room.ada.message_shortcut(answer, room.app, "tl_settings").modal()
    filled = {"Name": "Zoe", "Count": "7", "Size": "large", "Pets": ["dog", "fish"]}
    await room.ada.submit(form, **filled).answered()
    room.ada.reply(asked, "what was set?")
    text = room.ada.text(await room.answered('"name": "Zoe"', asked))
    assert '"count": 7' in text
    assert '"size": "large"' in text
    assert '"pets": ["dog", "fish"]' in text


async def test_a_value_out_of_range_is_said_at_its_field(enter_slack: EnterSlack) -> None:
    room = await enter_slack("every_input")
    asked = room.asks("what is set?")
    await room.answered('"name": "Ann"', asked)
    form = await room.command("settings").modal()
    await room.ada.submit(form, Paint="no colour").answered()
    await room.until(lambda: form.errors or (form.body["callback_id"] and "colour" in str(form.blocks)) or None)
    assert form.is_open


async def test_settings_hold_for_their_conversation_alone(enter_slack: EnterSlack) -> None:
    room = await enter_slack("system_prompt")
    first = room.asks("first")
    await room.answered("Message: first.", first)
    form = await room.command("settings").modal()
    assert "first" in str(form.blocks), "it says whose they are"
    await room.restart()
    await room.ada.submit(form, **{"System Prompt": "Be brief", "Tokens": "100"}).answered()
    room.ada.reply(first, "on")
    await room.answered("System prompt: Be brief", first)
    second = room.asks("second")
    assert "Be brief" not in room.ada.text(await room.answered("Message: second.", second))


async def test_one_history_for_a_channel_with_all_its_threads(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", history="channel")
    first = room.asks("one")
    await room.answered("one", first)
    second = room.asks("two")
    await room.answered("user: one | assistant: one | two", second)
    other = room.acme.channel("other", room.ada, room.app)
    third = room.asks("three", channel=other)
    assert "one" not in room.ada.text(await room.answered("three", third, other))
    await room.command("new").response()
    fourth = room.asks("four")
    assert "one" not in room.ada.text(await room.answered("four", fourth))
    listed = await room.command("history").response()
    await room.ada.choose(listed, "one").answered()
    await room.until(lambda: "Back in" in room.ada.text(listed) or None)
    room.ada.reply(fourth, "five")
    await room.answered("user: one", fourth)


async def test_with_one_history_a_thread_begun_in_an_earlier_life_goes_on(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", history="channel")
    ben = room.acme.person("ben")
    room.ada.invite(room.general, ben)
    root = ben.post(room.general, "nobody asked the bot")
    room.ada.reply(root, f"{room.app.mention} one")
    await room.answered("one", root)
    await room.restart()
    room.ada.reply(root, "two")
    await room.answered("user: one | assistant: one | two", root)


async def test_a_channel_where_everything_is_meant_and_lists_of_who_may(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    free = room.acme.channel("free", room.ada, room.app)
    closed = room.acme.channel("closed", room.ada, room.app)
    mallory = room.acme.person("mallory")
    room.ada.invite(free, mallory)
    await room.again(channels=[free.id], block_channels=[closed.id], block_users=[mallory.id])
    asked = room.ada.post(free, "no mention")
    await room.answered("You typed: no mention", asked, free)
    refused = room.asks("here", channel=closed)
    await room.aside("not", channel=closed)
    mallory.post(free, f"{room.app.mention} let me")
    await room.aside("not", mallory, free)
    await room.slack.deliveries.quiet()
    await room.service.router.idle()
    assert room.ours(refused, closed) == []
    assert len(free.messages) == 3, "two of people, one answer"


async def test_guests_of_slack_connect_are_answered_or_not(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    partner = room.slack.workspace("partner")
    eve = partner.person("eve")
    partner.connect(room.general, eve)
    asked = eve.post(room.general, f"{room.app.mention} from afar")
    await room.answered("You typed: from afar", asked)
    await room.again(guests=False)
    again = eve.post(room.general, f"{room.app.mention} once more")
    await room.slack.deliveries.quiet()
    await room.service.router.idle()
    assert room.ours(again) == []


async def test_private_channels_and_group_messages(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    ben = room.acme.person("ben")
    secret = room.acme.channel("secret", room.ada, room.app, private=True)
    group = room.acme.group_dm(room.ada, ben, room.app)
    for place in (secret, group):
        asked = room.asks("one", channel=place)
        await room.answered("one", asked, place)
        room.ada.reply(asked, "two")
        await room.answered("user: one | assistant: one | two", asked, place)


async def test_without_streams_finals_alone_are_shown(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo", stream=False)
    asked = room.asks("hello", channel=room.dm)
    await room.answered("You typed: hello", asked, room.dm)
    assert room.slack.count("chat.startStream") + room.slack.count("chat.postMessage") == 1
    assert room.slack.count("chat.appendStream") == 0


async def test_a_channel_has_an_app_of_its_own(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo", other="failing", apps=["other"])
    special = room.acme.channel("special", room.ada, room.app)
    await room.again(channel_apps={special.id: "other"})
    there, here = room.asks("one", channel=special), room.asks("one")
    assert "You typed" not in room.ada.text(await room.answered("one", there, special))
    await room.answered("You typed: one", here)
