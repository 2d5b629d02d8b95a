"""What people change of what they wrote, and how they rate replies: edits, deletions, reactions."""

from __future__ import annotations

from dataclasses import replace

from fakes.discord.listening import Ears, rest_of
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Message
from fakes.listening import text_of
from trunkline.backend import Feedback
from trunkline.inbound import Edit, Inbound, MessageDeleted, Rate

# Changes


async def test_an_edited_message_is_an_edit_and_a_preview_is_not(
    ears: Ears, discord: FakeDiscord, ada: Person, general: Channel, me: str
) -> None:
    asked = ada.post(general, f"{me} first")
    await ears.hears("first")
    discord.events.message("MESSAGE_UPDATE", asked)
    await ears.clock.advance(1)
    ada.edit(asked, f"{me} second")
    discord.events.message("MESSAGE_UPDATE", asked)
    said, edit, again = await ears.core.events_heard(2) + [await anything(ears, general, ada)]
    assert again is not None
    assert isinstance(edit.command, Edit)
    assert (edit.command.turn, edit.command.message_id, text_of(edit)) == (-1, str(asked.id), "second")
    assert (edit.place, edit.conversation) == (said.place, ears.core.answers_given[0][1].conversation)
    assert edit.target["reply_to"] == str(asked.id)
    assert edit.event_key.startswith(f"{said.event_key}:edit:")
    assert sum(isinstance(event.command, Edit) for event in ears.core.counted) == 1


async def anything(ears: Ears, channel: Channel, person: Person) -> Inbound:
    """The event of a last word in a channel: all that came before it is done then."""
    await rest_of(ears, channel, person)
    return ears.core.counted[-1]


async def test_an_edit_of_small_talk_is_nothing(ears: Ears, ada: Person, general: Channel, me: str) -> None:
    talk = ada.post(general, "small talk")
    ada.edit(talk, f"{me} now to you")
    assert await rest_of(ears, general, ada) == []


async def test_deleted_messages_leave_where_anything_was_said(
    ears: Ears, discord: FakeDiscord, ada: Person, home: Guild, general: Channel, me: str
) -> None:
    quiet = discord.channel(home, "quiet")
    ada.delete(ada.post(quiet, "unheard"))
    await rest_of(ears, quiet, ada)
    assert ears.core.looked_up == []
    asked = [ada.post(general, f"{me} {number}") for number in range(3)]
    await ears.hears("that is all", "0", "1", "2")
    ada.delete(asked[0])
    discord.purge(general, *asked[1:])
    events = (await ears.core.events_heard(7))[4:]
    assert [event.command for event in events] == [MessageDeleted(str(message.id)) for message in asked]
    assert {event.place.channel for event in events} == {str(general.id)}


async def answered(ears: Ears, person: Person, channel: Channel, me: str) -> Message:
    """A reply of the bot's that stands."""
    person.post(channel, f"{me} hello")
    turn = await ears.core.begun()
    await turn.finish("An answer.")
    return ears.discord.world.messages[int(turn.posted[-1])]


async def test_thumbs_on_a_reply_are_feedback(
    ears: Ears, ada: Person, home: Guild, general: Channel, me: str
) -> None:
    reply = await answered(ears, ada, general, me)
    bob = ears.discord.person("bob", home)
    bob.react(ada.sees(general)[0], "👍")
    bob.react(reply, "🎉")
    bob.react(reply, "👍🏽")
    rating = (await ears.core.events_heard(2))[-1]
    (turn,) = ears.core.turns
    assert (rating.command, rating.speaker.user_id) == (Rate("Like", turn), str(bob.id))
    bob.unreact(reply, "🎉")
    bob.unreact(reply, "👍🏽")
    assert (await ears.core.events_heard(3))[-1].command == Rate("", turn)
    ada.react(reply, "👍")
    ada.react(reply, "👎")
    assert (await ears.core.events_heard(5))[-1].command == Rate("Dislike", turn)
    ada.unreact(reply, "👍")
    question = ada.sees(general)[0]
    bob.react(question, "👎")
    bob.unreact(question, "👎")
    assert len(await rest_of(ears, general, ada)) == 5, "that of another emoji, or message, takes nothing back"


async def test_thumbs_are_nothing_where_the_app_takes_no_feedback(
    ears: Ears, ada: Person, general: Channel, me: str
) -> None:
    ears.core.profiles["demo"] = replace(ears.core.profiles["demo"], feedback=Feedback(like=True))
    reply = await answered(ears, ada, general, me)
    ada.react(reply, "👎")
    ada.react(reply, "👍")
    (turn,) = ears.core.turns
    assert [event.command for event in (await ears.core.events_heard(2))[1:]] == [Rate("Like", turn)]
