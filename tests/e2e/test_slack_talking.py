"""People talk to a real Gradio app on Slack, and act on its replies."""

from __future__ import annotations

from e2e.slack_room import EnterSlack
from fakes.gradio_apps import call
from fakes.samples import GREEN, RED, png


async def test_a_mention_is_answered_in_its_thread(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    asked = room.asks("hello there")
    answer = await room.answered("You typed: hello there", asked)
    assert answer.thread_ts == asked.ts


async def test_a_direct_message_is_answered_by_a_stream(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    asked = room.ada.post(room.dm, "just us")
    await room.answered("You typed: just us", asked, room.dm)
    assert room.slack.count("chat.startStream") == 1


async def test_a_thread_goes_on_without_a_mention(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    await room.answered("one", asked)
    room.ada.reply(asked, "two")
    await room.answered("user: one | assistant: one | two", asked)


async def test_two_threads_share_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    first, second = room.asks("one"), room.asks("two")
    assert "one" not in room.ada.text(await room.answered("two", second))
    await room.answered("one", first)


async def test_thoughts_and_their_tree(enter_slack: EnterSlack) -> None:
    room = await enter_slack("nested_thoughts")
    asked = room.asks("the moon")
    answer = await room.answered("About the moon: done.", asked)
    assert "Plan" in room.ada.text(answer)
    room.press(answer, "Thoughts")
    await room.slack.world.until(
        lambda: any("Searching." in room.ada.text(one) for one in room.ada.ephemerals(room.general)) or None
    )


async def test_an_option_is_chosen(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers")
    asked = room.asks("Write it")
    offer = await room.answered("Is it correct?", asked)
    room.press(offer, "Yes")
    await room.answered("Great!", asked)


async def test_retry_and_undo(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    first = await room.answered("one", asked)
    room.press(first, "Undo")
    await room.slack.world.until(lambda: len(room.ada.sees(room.general, asked.ts)) == 1 or None)


async def test_pictures_reach_the_app(enter_slack: EnterSlack) -> None:
    room = await enter_slack("count_images")
    asked = room.asks("look", files=[("a.png", png(RED)), ("b.png", png(GREEN))])
    await room.answered("2 pictures now, 2 in all", asked)


async def test_pictures_of_the_app_are_shown(enter_slack: EnterSlack) -> None:
    room = await enter_slack("components")
    asked = room.asks("gallery")
    await room.slack.world.until(
        lambda: sum(len(room.ada.files(one)) for one in room.ada.sees(room.general, asked.ts)) >= 2 or None, 20.0
    )


async def test_settings_are_a_form(enter_slack: EnterSlack) -> None:
    room = await enter_slack("system_prompt")
    asked = room.asks("first")
    await room.answered("Message: first.", asked)
    act = room.ada.slash(room.general, "/trunkline", "settings")
    view = await act.modal()
    await room.ada.submit(view, **{"System Prompt": "Be brief", "Tokens": "100"}).answered()
    room.ada.reply(asked, "second")
    await room.answered("System prompt: Be brief", asked)


async def test_feedback_reaches_the_app(enter_slack: EnterSlack) -> None:
    room = await enter_slack("rated")
    asked = room.asks("the sea")
    answer = await room.answered("About the sea", asked)
    room.ada.react(answer, "thumbsup")
    for _ in range(200):
        if await call(room.app_url, "likes"):
            break
        await room.service.router.idle()
    assert (await call(room.app_url, "likes"))[0][2] is True


async def test_an_option_is_chosen_after_a_restart(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers")
    asked = room.asks("Write it")
    offer = await room.answered("Is it correct?", asked)
    await room.restart()
    room.press(offer, "Yes")
    await room.answered("Great!", asked)
