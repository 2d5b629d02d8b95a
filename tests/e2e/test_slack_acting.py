"""What people do on Slack with the replies of a real Gradio app: press, choose, rate, edit, delete, command."""

from __future__ import annotations

from e2e.slack_room import EnterSlack
from fakes.gradio_apps import call


async def test_an_option_is_chosen_by_the_asker_alone_and_shown_as_chosen(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers")
    ben = room.acme.person("ben")
    room.ada.invite(room.general, ben)
    asked = room.asks("Write it")
    offer = await room.answered("Is it correct?", asked)
    assert room.labels(offer)[:2] == ["Yes", "No"]
    refused = await ben.click(offer, "Yes").response()
    assert refused.only_for == ben.id
    assert len(room.ours(asked)) == 1
    room.press(offer, "Yes")
    answer = await room.answered("Great!", asked)
    assert "chose: Yes" in room.ada.text(answer)
    await room.until(lambda: "✅ Yes" in room.ada.text(offer) or None)
    assert room.labels(offer) == []


async def test_every_option_of_a_long_label_can_be_read(enter_slack: EnterSlack) -> None:
    room = await enter_slack("too_much")
    asked = room.asks("labels")
    offer = await room.answered("Choose one", asked)
    text = room.ada.text(offer)
    assert text.count("and turn left where the old mill stands, before the second bridge.") == 3
    assert text.count("Stay at home") == 1, "what fits its button is not said twice"
    room.press(offer, "through the woods")
    await room.answered("You said: through the woods behind the church", asked)


async def test_an_example_is_asked_from_the_list_and_from_the_shortcut(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers")
    listed = await room.command("examples").response()
    room.press(listed, "Write a function")
    line = await room.until(
        lambda: next((one for one in room.ada.sees(room.general) if "asked:" in room.ada.text(one)), None)
    )
    await room.answered("Is it correct?", line)
    opened = await room.ada.shortcut(room.app, "tl_examples").modal()
    room.ada.click(opened, "Write a function that greets.")
    root = await room.until(
        lambda: next((one for one in room.ada.sees(room.dm) if "asked:" in room.ada.text(one)), None)
    )
    await room.answered("Is it correct?", root, room.dm)


async def test_retry_answers_in_place_and_undo_takes_back(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    first = await room.answered("one", asked)
    await room.press(first, "Retry").answered()
    await room.service.router.idle()
    assert [one.ts for one in room.ours(asked)] == [first.ts]
    room.ada.reply(asked, "two")
    second = await room.answered("user: one", asked)
    room.press(second, "Undo")
    await room.until(lambda: [one.ts for one in room.ours(asked)] == [first.ts] or None)
    await room.until(lambda: any("Undo" in label for label in room.labels(first)) or None)
    room.ada.reply(asked, "three")
    assert "two" not in room.ada.text(await room.answered("three", asked))


async def test_an_edited_message_is_answered_again_and_a_deleted_one_leaves_the_history(
    enter_slack: EnterSlack,
) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    first = await room.answered("one", asked)
    second = room.ada.reply(asked, "two")
    await room.answered("user: one | assistant: one | two", asked)
    room.ada.edit(asked, f"{room.app.mention} uno")
    await room.answered("uno", asked)
    await room.until(lambda: [one.ts for one in room.ours(asked)] == [first.ts] or None)
    third = room.ada.reply(asked, "three")
    await room.answered("user: uno | assistant: uno | three", asked)
    room.ada.delete(third)
    await room.slack.deliveries.quiet()
    room.ada.reply(asked, "four")
    assert "user: three" not in room.ada.text(await room.answered("| four", asked))
    assert second.ts in room.general.messages, "what people wrote is theirs"


async def test_clear_forgets_by_command_and_by_the_menu_of_a_message(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    first = await room.answered("one", asked)
    assert "In “one”" in await room.said(room.command("clear"))
    await room.until(lambda: room.labels(first) == [] or None)
    room.ada.reply(asked, "two")
    second = await room.answered("two", asked)
    assert "one" not in room.ada.text(second)
    await room.ada.message_shortcut(second, room.app, "tl_clear").response()
    room.ada.reply(asked, "three")
    assert "two" not in room.ada.text(await room.answered("three", asked))


async def test_retry_undo_and_a_question_by_the_menu_of_a_message(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    await room.answered("one", asked)
    room.ada.reply(asked, "two")
    second = await room.answered("| two", asked)
    await room.ada.message_shortcut(second, room.app, "tl_undo").response()
    await room.until(lambda: len(room.ours(asked)) == 1 or None)
    room.ada.reply(asked, "three")
    await room.answered("user: one | assistant: one | three", asked)
    await room.ada.message_shortcut(asked, room.app, "tl_retry").response()
    await room.until(lambda: len(room.ours(asked)) == 1 or None)
    ben = room.acme.person("ben")
    room.ada.invite(room.general, ben)
    said = ben.post(room.general, "The moon is made of cheese.")
    form = await room.ada.message_shortcut(said, room.app, "tl_about").modal()
    await room.ada.submit(form, question="Is it true?").answered()
    answer = await room.answered("Is it true?", said)
    assert "The moon is made of cheese." in room.ada.text(answer)


async def test_feedback_by_buttons_and_by_a_reaction_that_is_taken_back(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("the sea")
    await room.shows("one two", asked)
    await call(room.app_url, "open")
    answer = await room.answered("four", asked)
    before = await room.likes()
    room.ada.click(answer, "👎 Dislike")
    assert await room.liked(before) is False
    before = await room.likes()
    room.ada.react(answer, "thumbsup")
    assert await room.liked(before) is True
    before = await room.likes()
    room.ada.unreact(answer, "thumbsup")
    assert await room.liked(before) == ""


async def test_the_app_s_own_feedback_is_a_menu(enter_slack: EnterSlack) -> None:
    room = await enter_slack("rated")
    asked = room.asks("the sea")
    answer = await room.answered("About the sea", asked)
    before = await room.likes()
    room.ada.choose(answer, "Too long")
    assert await room.liked(before) == "Too long"


async def test_stop_by_button_and_by_command(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on")
    running = await room.shows("one two", asked)
    room.press(running, "Stop")
    await room.until(lambda: "Stopped" in room.ada.text(running) or None)
    await call(room.app_url, "open")
    again = room.asks("once more")
    second = await room.shows("one two", again)
    assert "In “once more”" in await room.said(room.command("stop"))
    await room.until(lambda: "Stopped" in room.ada.text(second) or None)
    await call(room.app_url, "open")


async def test_commands_act_on_the_newest_conversation_and_name_it(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    assert "You have no conversation here yet" in await room.said(room.command("retry"))
    older, newer = room.asks("one"), room.asks("two")
    await room.answered("one", older)
    first = await room.answered("two", newer)
    edits = first.edits
    assert "In “two”: I am answering again." in await room.said(room.command("retry"))
    await room.until(lambda: first.edits > edits or None)
    await room.service.router.idle()
    assert "In “two”" in await room.said(room.command("undo"))
    await room.until(lambda: room.ours(newer) == [] or None)
    assert len(room.ours(older)) == 1
    listed = await room.said(room.command("history"))
    assert "one" in listed
    assert "Mention me in a new message" in await room.said(room.command("new"))
    line = room.command("ask what is up?")
    await line.answered()
    root = await room.until(
        lambda: next((one for one in room.ada.sees(room.general) if "what is up?" in room.ada.text(one)), None)
    )
    await room.answered("what is up?", root)
    assert "In “what is up?”" in await room.said(room.command("undo"))


async def test_help_names_what_can_be_done(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers")
    told = await room.said(room.command("help"))
    assert all(f"/trunkline {word}" in told for word in ("retry", "undo", "clear", "examples", "history", "new"))
    assert "/trunkline settings" not in told, "the app has none"


async def test_several_apps_by_command_of_their_own_and_by_choice(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", other="yes_or_no", apps=["other"], command_apps={"/other": "other"})
    await room.ada.slash(room.general, "/other", "is it?").answered()
    root = await room.until(
        lambda: next((one for one in room.ada.sees(room.general) if "is it?" in room.ada.text(one)), None)
    )
    await room.until(lambda: any(room.ada.text(one).startswith(("Yes", "No")) for one in room.ours(root)) or None)
    asked = room.asks("one")
    await room.answered("one", asked)
    await room.command("app other").response()
    again = room.asks("is it?")
    await room.until(lambda: any(room.ada.text(one).startswith(("Yes", "No")) for one in room.ours(again)) or None)


async def test_forget_erases_what_is_stored(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    await room.answered("one", asked)
    question = await room.command("forget").response()
    room.press(question, "Erase")
    await room.until(lambda: "Erase" not in "".join(room.labels(question)) or None)
    room.ada.reply(asked, f"{room.app.mention} two")
    assert "user: one" not in room.ada.text(await room.answered("two", asked))
