"""What people do on Discord with the replies of a real Gradio app: press, choose, rate, command, configure."""

from __future__ import annotations

from e2e.discord_room import Enter, Room, labels, read
from fakes.discord.people import Person
from fakes.discord.world import Message
from fakes.gradio_apps import call


async def aside(room: Room, who: Person | None = None) -> Message:
    """The newest message that one person alone sees."""
    person = who or room.ada
    found: Message = await room.until(
        lambda: next((one for one in reversed(person.sees(room.general)) if one.only_for == person.id), None)
    )
    return found


async def test_thoughts_are_folded_and_open_for_the_one_who_asks(enter: Enter) -> None:
    room = await enter("nested_thoughts")
    room.asks("the moon")
    answer = await room.answered("About the moon: done.")
    assert "✓ Plan" in read(answer)
    assert "Searching." not in read(answer)
    ben = room.discord.person("ben", room.guild)
    ben.click(answer, "Thoughts")
    assert "Searching." in read(await aside(room, ben))
    assert not [one for one in room.ours() if one.only_for]


async def test_thoughts_are_shown_as_they_run(enter: Enter) -> None:
    room = await enter("thinking_slowly")
    room.asks("the moon")
    running = await room.shows("Search the web")
    assert "<t:" in read(running)
    await call(room.app, "open")
    answer = await room.answered("Found the moon.")
    assert "✓ Plan · 2.1 s" in read(answer)
    assert "<t:" not in read(answer)


async def test_an_option_is_chosen_and_shown_as_chosen(enter: Enter) -> None:
    room = await enter("preset_answers")
    room.asks("Write it")
    asked = await room.answered("Is it correct?")
    assert labels(asked)[:2] == ["Yes", "No"]
    room.ada.click(asked, "Yes")
    answer = await room.answered("Great!")
    assert "Yes" in read(answer)
    await room.until(lambda: "No" not in labels(asked) or None)
    assert [one for one in labels(asked) if "Yes" in one]


async def test_an_option_can_be_chosen_after_a_restart(enter: Enter) -> None:
    room = await enter("preset_answers")
    room.asks("Write it")
    asked = await room.answered("Is it correct?")
    await room.restart()
    room.ada.click(asked, "Yes")
    await room.answered("Great!")


async def test_somebody_else_may_not_press(enter: Enter) -> None:
    room = await enter("preset_answers")
    ben = room.discord.person("ben", room.guild)
    room.asks("Write it")
    asked = await room.answered("Is it correct?")
    ben.click(asked, "Yes")
    assert "ada" in read(await aside(room, ben)).lower() or "asked" in read(await aside(room, ben))
    assert len(room.ours()) == 1


async def test_an_example_is_asked(enter: Enter) -> None:
    room = await enter("preset_answers")
    room.ada.slash(room.general, "examples")
    offered = await aside(room)
    room.ada.click(offered, labels(offered)[0])
    answer = await room.answered("Is it correct?")
    assert "Write a function that greets." in read(answer)


async def test_retry_answers_in_place_and_undo_takes_back(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    first = await room.answered("one")
    pressed = room.ada.click(first, "Retry")
    await pressed.response_type()
    await room.service.router.idle()
    assert [one.id for one in room.ours()] == [first.id]
    room.asks("two")
    second = await room.answered("two")
    room.ada.click(second, "Undo")
    await room.until(lambda: len(room.ours()) == 1 or None)
    await room.until(lambda: "Undo" in labels(first) or None)
    room.asks("three")
    assert "two" not in read(await room.answered("three"))


async def test_commands_retry_and_undo_too(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    await room.answered("one")
    await room.ada.slash(room.general, "retry").response_type()
    await room.service.router.idle()
    assert len([one for one in room.ours() if not one.only_for]) == 1
    room.ada.slash(room.general, "undo")
    await room.until(lambda: [one for one in room.ours() if not one.only_for] == [] or None)


async def test_feedback_reaches_the_app_by_button_and_by_reaction(enter: Enter) -> None:
    room = await enter("rated")
    room.asks("the sea")
    answer = await room.answered("About the sea")
    assert labels(answer) == ["Retry", "Undo", "Like", "Too long", "Wrong"]
    for label in ("Like", "Too long"):
        await room.ada.click(answer, label).response_type()
    room.ada.react(answer, "👍")
    await room.liked(3)
    assert await call(room.app, "likes") == [
        [1, "About the sea", True],
        [1, "About the sea", "Too long"],
        [1, "About the sea", True],
    ]


async def test_an_app_without_feedback_offers_none(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.asks("hello")
    assert labels(await room.answered("hello")) == ["Retry", "Undo"]


async def test_clear_forgets_and_divides(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    first = await room.answered("one")
    room.ada.slash(room.general, "clear")
    await room.shows("cleared here")
    await room.until(lambda: labels(first) == [] or None)
    room.asks("two")
    assert "one" not in read(await room.answered("two"))


async def test_settings_are_a_form_and_hold_for_the_conversation(enter: Enter) -> None:
    room = await enter("system_prompt")
    opened = room.ada.slash(room.general, "settings")
    await room.until(lambda: opened.modal)
    await room.ada.submit(opened, **{"System Prompt": "Be brief", "Tokens": "100"}).response_type()
    room.asks("hello")
    await room.answered("System prompt: Be brief")


async def test_a_form_that_was_open_over_a_restart_still_counts(enter: Enter) -> None:
    room = await enter("system_prompt")
    opened = room.ada.slash(room.general, "settings")
    await room.until(lambda: opened.modal)
    await room.restart()
    await room.ada.submit(opened, **{"System Prompt": "Be brief", "Tokens": "100"}).response_type()
    room.asks("hello")
    await room.answered("System prompt: Be brief")


async def test_a_new_conversation_and_back_to_the_first(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    await room.answered("one")
    await room.ada.slash(room.general, "new").response_type()
    room.asks("two")
    assert "one" not in read(await room.answered("two"))
    await room.ada.slash(room.general, "history").response_type()
    listed = await aside(room)
    await room.ada.choose(listed, [room.offered(listed, "one")]).response_type()
    room.asks("three")
    assert "user: one" in read(await room.answered("three"))


async def test_a_command_asks_and_shows_the_question(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.ada.slash(room.general, "ask", message="what is up?")
    answer = await room.answered("You typed: what is up?")
    assert read(answer).count("what is up?") == 2


async def test_a_message_of_somebody_is_asked_about(enter: Enter) -> None:
    room = await enter("typing_echo")
    ben = room.discord.person("ben", room.guild)
    said = ben.post(room.general, "The moon is made of cheese.")
    opened = room.ada.menu(said, "Ask about this")
    await room.until(lambda: opened.modal)
    assert opened.modal is not None
    room.ada.submit(opened, **{room.only_field(opened.modal): "Is it true?"})
    answer = await room.answered("Is it true?")
    assert "The moon is made of cheese." in read(answer)


async def test_retry_from_an_earlier_message(enter: Enter) -> None:
    room = await enter("failing")
    first = room.asks("one")
    await room.answered("one")
    room.asks("two")
    await room.answered("two")
    await room.ada.menu(first, "Retry from here").response_type()
    await room.until(lambda: len([one for one in room.ours() if not one.only_for]) == 1 or None)
    room.asks("three")
    assert "two" not in read(await room.answered("three"))


async def test_help_names_what_can_be_done(enter: Enter) -> None:
    room = await enter("preset_answers")
    room.ada.slash(room.general, "help")
    told = read(await aside(room))
    assert all(f"</{name}:" in told for name in ("retry", "undo", "clear", "examples", "history", "new"))
    assert "</settings:" not in told, "the app has none"


async def test_several_apps_are_chosen_by_command(enter: Enter) -> None:
    room = await enter("typing_echo", other="yes_or_no", apps=["other"])
    room.asks("hello")
    await room.answered("You typed: hello")
    await room.choose_app("other")
    room.asks("is it?")
    await room.until(lambda: any(read(one) in {"Yes", "No"} for one in room.ours()) or None)


async def test_a_user_installed_app_answers_in_a_foreign_server(enter: Enter) -> None:
    room = await enter("typing_echo")
    elsewhere = room.discord.guild("Elsewhere", room.ada, with_bot=False)
    lobby = room.discord.channel(elsewhere, "lobby")
    room.ada.slash(lobby, "ask", message="far away")
    answer = await room.answered("You typed: far away", lobby)
    room.ada.click(answer, "Retry")
    await room.until(lambda: answer.edits > 1 or None)
