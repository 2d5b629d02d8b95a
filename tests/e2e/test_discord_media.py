"""Files both ways on Discord, with real Gradio apps: pictures, sounds, films, plots, pages, tables, code."""

from __future__ import annotations

import pytest

from e2e.discord_room import Enter, Room, labels, read
from fakes.discord.people import shown_files
from fakes.discord.world import Message
from fakes.samples import GREEN, RED, png, wav


async def with_files(room: Room) -> list[Message]:
    """Our posts that have files, once the reply has ended."""
    found: list[Message] = await room.until(lambda: [one for one in room.ours() if one.attachments] or None)
    return found


async def test_pictures_of_a_message_reach_the_app(enter: Enter) -> None:
    room = await enter("count_images")
    room.asks("look", files=[("a.png", png(RED)), ("b.png", png(GREEN))])
    await room.answered("2 pictures now, 2 in all")
    room.asks("", files=[("c.png", png(RED, 9))])
    await room.answered("1 pictures now, 3 in all")


async def test_a_forwarded_picture_reaches_the_app(enter: Enter) -> None:
    room = await enter("count_images")
    ben = room.discord.person("ben", room.guild)
    picture = ben.post(room.general, "mine", files=[("a.png", png(RED))])
    room.ada.post(room.ada.dm, forward=picture)
    await room.answered("1 pictures now", room.ada.dm)


async def test_a_file_that_the_app_does_not_take_is_named(enter: Enter) -> None:
    room = await enter("count_images")
    room.asks("read this", files=[("notes.txt", b"words")])
    answer = await room.answered("0 pictures now")
    assert "notes.txt was not sent" in read(answer)


async def test_a_voice_message_reaches_the_app_as_sound(enter: Enter) -> None:
    room = await enter("voice_notes")
    room.ada.speak(room.ada.dm, wav())
    await room.until(lambda: room.ours(room.ada.dm) or None)
    await room.service.router.idle()
    assert "audio True" in "".join(map(read, room.ours(room.ada.dm)))


@pytest.mark.parametrize(
    ("kind", "ending"),
    [
        ("image", (".png", ".webp")),
        ("audio", (".wav", ".mp3")),
        ("video", (".mp4",)),
        ("file", (".txt",)),
        ("matplotlib", (".png", ".webp")),
        ("altair", (".png",)),
        ("plotly", (".html",)),
        ("html", (".html",)),
    ],
)
async def test_a_component_is_shown(enter: Enter, kind: str, ending: tuple[str, ...]) -> None:
    room = await enter("components")
    room.asks(kind)
    (post,) = await with_files(room)
    (name,) = shown_files(post)
    assert name.endswith(ending)


async def test_pictures_of_a_gallery_stand_together_with_what_is_said_of_them(enter: Enter) -> None:
    room = await enter("components")
    room.asks("gallery")
    (post,) = await with_files(room)
    assert post.v2
    assert len(shown_files(post)) == 2
    assert "A red one" in read(post)
    assert {one.description for one in post.attachments} == {"A red one", "A green one"}


async def test_without_the_newer_layout_a_gallery_is_attachments(enter: Enter) -> None:
    room = await enter("components", components_v2=False)
    room.asks("gallery")
    (post,) = await with_files(room)
    assert not post.v2
    assert {one.description for one in post.attachments} == {"A red one", "A green one"}


async def test_outputs_beside_the_chat_come_with_the_reply(enter: Enter) -> None:
    room = await enter("artifacts")
    room.asks("all")
    answer = await room.answered("Here is everything.")
    text = read(answer)
    assert "```python\ndef greet(name):" in text
    assert "n  square" in text
    assert '"made"' in text
    await room.until(lambda: sum(len(one.attachments) for one in room.ours()) >= 2 or None)


async def test_a_formula_is_readable(enter: Enter) -> None:
    room = await enter("typeset")
    room.asks(r"It is $\frac{a}{b}$ and $$x^2 + y^2 = z^2$$")
    answer = await room.answered("It is")
    assert "a/b" in read(answer)
    assert "x² + y² = z²" in read(answer)


async def test_markdown_is_discord_s_own(enter: Enter) -> None:
    room = await enter("typeset")
    room.asks("#### Deep\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![pic](https://x.org/p.png) @everyone ||hidden||")
    answer = await room.answered("Deep")
    text = read(answer)
    assert "**Deep**" in text
    assert "a" in text.split("```")[1]
    assert "![pic]" not in text
    assert "\\|\\|hidden" in text
    assert not answer.mention_everyone


async def test_every_input_of_an_app_is_asked_for_in_forms(enter: Enter) -> None:
    room = await enter("every_input")
    opened = room.ada.slash(room.general, "settings")
    await opened.response_type()
    listed = next(one for one in reversed(room.ada.sees(room.general)) if one.only_for)
    assert labels(listed)
    pressed = room.ada.choose(listed, [room.offered(listed, "1")])
    await room.until(lambda: pressed.modal)
    await room.ada.submit(pressed, Name="Zoe", Count="7").response_type()
    room.asks("what was set?")
    answer = await room.answered('"name"')
    assert '"name": "Zoe"' in read(answer)
    assert '"count": 7' in read(answer)
