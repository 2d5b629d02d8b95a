"""What stands beside replies on Discord, with a real Gradio app: status, greetings, buttons, conversations."""

from __future__ import annotations

from e2e.discord_room import Enter, Room, labels, read
from fakes.discord.world import Message
from fakes.gradio_apps import call
from fakes.samples import RED, png


async def aside(room: Room, text: str) -> Message:
    """The newest message with that text that Ada alone sees."""
    found: Message = await room.until(
        lambda: next((one for one in reversed(room.ours()) if one.only_for and text in read(one)), None)
    )
    return found


async def test_notices_and_progress_stand_below_a_running_reply_and_not_below_the_final(enter: Enter) -> None:
    room = await enter("notices")
    room.asks("look it up")
    await call(room.app, "reached")
    # The page of a ChatInterface says no more of progress either.
    running = await room.shows("Working")
    await room.until(lambda: "Hint: Looking it up · ⚠️ This may take long · ⏳ Working" in read(running) or None)
    await call(room.app, "open")
    answer = await room.answered("Done")
    assert "Working" not in read(answer)
    assert "Hint" not in read(answer)
    assert answer.id == running.id


async def test_an_empty_mention_is_greeted_with_examples_to_press(enter: Enter) -> None:
    room = await enter("example_cards")
    room.ada.post(room.general, room.bot)
    greeting = await room.shows("Mention me")
    room.ada.click(greeting, labels(greeting)[0])
    answer = await room.answered("asked:")
    assert "with 1 files" in read(answer)


async def test_a_button_of_the_app_s_own_is_pressed(enter: Enter) -> None:
    room = await enter("vote_buttons")
    room.asks("hello")
    answer = await room.answered("hello at 1")
    room.ada.click(answer, next(one for one in labels(answer) if "Upvote" in one))
    while not await call(room.app, "votes"):
        await room.service.router.idle()
    assert (await call(room.app, "votes"))[0][0] == "up"


async def test_a_command_stops_the_reply(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    running = await room.shows("one two")
    await room.ada.slash(room.general, "stop").response_type()
    await room.until(lambda: "Stopped" in read(running) or None)
    await call(room.app, "open")
    await room.ada.slash(room.general, "stop").response_type()
    await aside(room, "Nothing is running right now.")


async def test_of_two_quick_presses_one_counts(enter: Enter) -> None:
    room = await enter("preset_answers")
    room.asks("Write it")
    asked = await room.answered("Is it correct?")
    first, second = room.ada.click(asked, "Yes"), room.ada.click(asked, "Yes")
    await first.response_type()
    await second.response_type()
    await aside(room, "counts once")
    await room.answered("Great!")
    await room.service.router.idle()
    assert len([one for one in room.ours() if not one.only_for]) == 2


async def test_a_conversation_is_renamed_and_deleted(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    await room.answered("one")
    await room.ada.slash(room.general, "history").response_type()
    listed = await aside(room, "")
    await room.ada.choose(listed, [room.offered(listed, "one")]).response_type()
    opened = room.ada.click(listed, "Rename")
    await room.until(lambda: opened.modal)
    assert opened.modal is not None
    await room.ada.submit(opened, **{room.only_field(opened.modal): "**Mine** @everyone"}).response_type()
    await room.until(lambda: "Mine" in read(listed) or None)
    await room.ada.click(listed, "Delete").response_type()
    await room.until(lambda: "Delete “" in read(listed) or None)
    await room.ada.click(listed, "Delete").response_type()
    room.asks("what was said?")
    assert "user: one" not in read(await room.answered("what was said?"))


async def test_what_is_stored_of_a_person_is_erased(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("a secret")
    await room.answered("a secret")
    await room.ada.slash(room.general, "forget").response_type()
    sure = await aside(room, "Erase everything")
    await room.ada.click(sure, "Erase").response_type()
    await room.until(lambda: "Erase everything" not in read(sure) or None)
    room.asks("what was said?")
    assert "a secret" not in read(await room.answered("what was said?"))


async def test_each_channel_has_the_app_that_is_set_for_it(enter: Enter) -> None:
    room = await enter("typing_echo", other="yes_or_no", channel_apps={"78": "other"})
    quiz = room.discord.channel(room.guild, "quiz")
    del room.discord.world.channels[quiz.id]
    quiz.id = 78
    room.discord.world.channels[78] = quiz
    await room.restart()
    room.asks("hello")
    await room.answered("You typed: hello")
    room.asks("is it?", channel=quiz)
    await room.until(lambda: any(read(one) in {"Yes", "No"} for one in room.ours(quiz)) or None)


async def test_a_sticker_is_said_to_the_app(enter: Enter) -> None:
    room = await enter("count_images")
    room.ada.post(room.ada.dm, stickers=["wave"])
    await room.answered("1 pictures now", room.ada.dm)


async def test_a_file_is_chosen_among_the_settings(enter: Enter) -> None:
    room = await enter("file_settings")
    opened = room.ada.slash(room.general, "settings")
    await room.until(lambda: opened.modal)
    assert opened.modal is not None
    fields = [one for one in opened.modal["components"] if one["component"]["type"] == 19]
    await room.ada.submit(opened, **{fields[0]["label"]: [("red.png", png(RED))]}).response_type()
    room.asks("what is set?")
    await room.until(lambda: [one for one in room.ours() if "red" in read(one)] or None)
