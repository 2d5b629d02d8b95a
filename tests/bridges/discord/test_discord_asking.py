"""Questions by command and by a message's menu, and what else the menus do."""

from __future__ import annotations

from fakes.discord.people import Person, text_of
from fakes.discord.stage import Stage, answered, slow, talked, with_examples
from fakes.discord.world import Channel, Guild
from trunkline.inbound import (
    Retry,
    Say,
    UseExample,
)
from trunkline.messages import Media, Text
from trunkline.words import words

# Asking


async def test_ask_is_answered_in_the_deferred_answer(stage: Stage, ada: Person, general: Channel) -> None:
    act = ada.slash(general, "ask", message="Why *is* it so?", file=("a.txt", b"because"))
    assert await act.response_type() == 5
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    text, file = turn.event.command.parts
    assert text == Text("Why *is* it so?")
    assert isinstance(file, Media)
    assert (file.name, file.kind) == ("a.txt", "file")
    target = turn.event.target
    assert target["asked"] == "-# **Ada** asked: Why \\*is\\* it so?"
    assert (target["token"], target["original"], target["until"]) == (act.token, True, stage.clock.now() + 840)
    await turn.finish("So it is.")
    assert "So it is." in text_of(ada.sees(general)[-1])
    assert ada.sees(general)[-1] is act.original


async def test_ask_is_deferred_before_it_is_stored(stage: Stage, ada: Person, general: Channel) -> None:
    released = slow(stage)
    act = ada.slash(general, "ask", message="hello")
    assert await act.response_type() == 5
    assert not stage.core.turns
    released.set()
    await stage.core.begun()


async def test_a_refused_question_is_answered_to_its_asker_alone(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = stage.discord.person("bob", home)
    stage.core.denies = "Enough for today."
    act = ada.slash(general, "ask", message="hello")
    told = await answered(stage, act)
    assert (told.content, told.only_for) == ("Enough for today.", ada.id)
    assert bob.sees(general) == []


async def test_ask_after_too_long_is_answered_in_the_channel(stage: Stage, ada: Person, general: Channel) -> None:
    stage.discord.interactions.to_answer = -1.0
    ada.slash(general, "ask", message="hello")
    turn = await stage.core.begun()
    assert "token" not in turn.event.target
    await turn.finish("Here.")
    assert "Here." in ada.texts(general)[-1]


async def test_a_file_that_is_gone_does_not_hold_up_the_rest(stage: Stage, ada: Person, general: Channel) -> None:
    stage.desk.options = stage.desk.options.model_copy(update={"file_bytes": 3})
    act = ada.slash(general, "ask", message="hello", file=("a.txt", b"four"))
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    assert turn.event.command.parts == (Text("hello"),)
    asked, why = str(turn.event.target["asked"]).split("\n")
    assert asked == "-# **Ada** asked: hello"
    assert why.startswith("-# a.txt")
    await act.response_type()


async def test_a_user_installed_app_answers_in_a_foreign_server(stage: Stage, ada: Person) -> None:
    abroad = stage.discord.guild("Abroad", ada, with_bot=False)
    square = stage.discord.channel(abroad, "square")
    act = ada.slash(square, "ask", message="hello")
    assert await act.response_type() == 5
    turn = await stage.core.begun()
    assert (turn.event.target["foreign"], turn.event.target["original"]) == (True, True)
    assert turn.event.place.team == str(abroad.id)
    await turn.finish("Hello from afar.")
    assert "Hello from afar." in ada.texts(square)[-1]
    retry = ada.slash(square, "retry")
    assert (await answered(stage, retry)).content == "I am answering again."
    assert stage.event().target["token"] == retry.token


async def test_a_foreign_example_goes_by_the_token_of_its_button(stage: Stage, ada: Person) -> None:
    with_examples(stage, 3)
    abroad = stage.discord.guild("Abroad", ada, with_bot=False)
    square = stage.discord.channel(abroad, "square")
    shown = await stage.told(ada, ada.slash(square, "examples"))
    pressed = ada.click(shown, "2. example 1")
    assert await pressed.response_type() == 6
    event = stage.event()
    assert (event.command, event.target["token"], event.target["foreign"]) == (UseExample(1), pressed.token, True)
    assert "original" not in event.target


# Menus


async def test_a_question_about_a_message_quotes_it(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = stage.discord.person("bob", home)
    message = bob.post(general, "first\nsecond", files=[("b.txt", b"bees")])
    opened = ada.menu(message, "Ask about this")
    assert await opened.response_type() == 9
    asked = ada.submit(opened, **{"Your question": "What is meant?"})
    assert await asked.response_type() == 5
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    text, file = turn.event.command.parts
    assert text == Text("Bob wrote:\n\n> first\n> second\n\nWhat is meant?")
    assert isinstance(file, Media)
    assert turn.event.target["asked"] == "-# **Ada** asked: What is meant?"
    await turn.finish("Bees.")
    assert "Bees." in text_of(ada.sees(general)[-1])


async def test_a_question_is_submitted_after_a_restart(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    message = ada.post(general, "about cats")
    opened = ada.menu(message, "Ask about this")
    await opened.response_type()
    stage.forget()
    await ada.submit(opened, question="Why?").response_type()
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    assert turn.event.command.parts == (Text("Ada wrote:\n\n> about cats\n\nWhy?"),)


async def test_a_message_that_is_gone_meanwhile_is_said(stage: Stage, ada: Person, general: Channel) -> None:
    message = ada.post(general, "about cats")
    opened = ada.menu(message, "Ask about this")
    await opened.response_type()
    stage.forget()
    ada.delete(message)
    told = await answered(stage, ada.submit(opened, question="Why?"))
    assert told.content == "That message cannot be read any more: use its menu again."
    assert told.only_for == ada.id


async def test_where_nothing_was_said_there_is_nothing_to_retry(
    stage: Stage, ada: Person, general: Channel
) -> None:
    assert (await answered(stage, ada.slash(general, "retry"))).content == words("nothing_to_repeat")
    assert stage.core.events == []


async def test_retry_from_a_message_drops_what_came_later(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    first = await talked(stage, ada, general)
    post = ada.sees(general)[-1]
    await talked(stage, ada, general)
    told = await stage.told(ada, ada.menu(post, "Retry from here"))
    assert told.content == "I am answering again."
    assert stage.event().command == Retry(first)
    other = ada.post(general, "by the way")
    told = await stage.told(ada, ada.menu(other, "Retry from here"))
    assert told.content == "That message belongs to nothing that I answered here."
    bob = stage.discord.person("bob", home)
    told = await stage.told(bob, bob.menu(post, "Retry from here"))
    assert told.content == "Only who asked, or a moderator, can do this."
