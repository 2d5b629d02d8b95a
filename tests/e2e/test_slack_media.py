"""Files both ways on Slack, with real Gradio apps: pictures, sounds, films, plots, pages, tables, code."""

from __future__ import annotations

from pathlib import Path

from e2e.slack_room import EnterSlack, Workspace
from e2e.voice_channel import ASKED, grammar, question
from fakes.samples import wav
from fakes.slack.world import Message
from trunkline.audio.codecs import wav as wav_of


async def with_files(room: Workspace, asked: Message, count: int = 1) -> list[str]:
    """The names of the files below a question, once there are so many."""
    channel = room.slack.world.channels[asked.channel_id]

    def look() -> list[str] | None:
        found = [file.name for one in room.ours(asked, channel) for file in room.ada.files(one)]
        return found if len(found) >= count else None

    found: list[str] = await room.until(look)
    return found


async def test_several_files_of_any_kind_reach_the_app_and_later_ones_follow(enter_slack: EnterSlack) -> None:
    room = await enter_slack("read_files")
    asked = room.asks("read", files=[("a.txt", b"first"), ("b.csv", b"n\n1\n")])
    answer = await room.answered("a.txt: 5 bytes", asked)
    assert "b.csv: 4 bytes" in room.ada.text(answer)
    room.ada.upload(room.general, "c.bin", b"\x00\x01\x02", thread=asked)
    await room.answered("c.bin: 3 bytes", asked)


async def test_an_audio_clip_reaches_the_app_as_sound(enter_slack: EnterSlack) -> None:
    room = await enter_slack("voice_notes")
    clip = room.ada.record(room.dm, wav(), 1.5)
    await room.answered("audio True", clip, room.dm)


async def test_an_audio_clip_is_transcribed_for_an_app_that_only_reads(
    enter_slack: EnterSlack, tmp_path: Path
) -> None:
    room = await enter_slack("typing_echo", speech={"to_text": grammar(tmp_path)})
    rate, pcm = question()
    clip = room.ada.record(room.dm, wav_of(pcm, rate), 2.5)
    await room.answered(f"You typed: {ASKED}", clip, room.dm)


async def test_every_component_is_shown_in_its_place(enter_slack: EnterSlack) -> None:
    room = await enter_slack("components")
    shown = {"image": ".webp", "audio": ".wav", "video": ".mp4", "file": ".txt"}
    # Each in a channel of its own: there is a post a second in each.
    asked = {kind: room.asks(kind, channel=room.acme.channel(kind, room.ada, room.app)) for kind in shown}
    for kind, ending in shown.items():
        (name,) = await with_files(room, asked[kind])
        assert name.endswith((ending, ".png", ".mp3")), kind


async def test_pictures_of_a_gallery_are_blocks_with_what_they_show(enter_slack: EnterSlack) -> None:
    room = await enter_slack("components")
    asked = room.asks("gallery")
    await with_files(room, asked, 2)
    (post,) = [one for one in room.ours(asked) if room.ada.files(one)]

    def images() -> list[str]:
        return [block["alt_text"] for block in room.ada.blocks(post) if block["type"] == "image"]

    assert await room.until(images) == ["A red one", "A green one"]
    assert "A red one" in post.text, "for those who see no blocks"


async def test_plots_are_pictures_and_a_page_is_text_a_link_and_a_file(enter_slack: EnterSlack) -> None:
    room = await enter_slack("components", over="http")
    plot, page = room.asks("altair"), room.asks("html")
    (picture,) = await with_files(room, plot)
    assert picture.endswith(".png")
    (file,) = await with_files(room, page)
    assert file.endswith(".html")
    said = await room.answered("bold", page)
    assert f"{room.url}/" in str(room.ada.blocks(said)), "signed, on our own server"


async def test_outputs_beside_the_chat_come_with_the_reply(enter_slack: EnterSlack) -> None:
    room = await enter_slack("artifacts")
    asked = room.asks("all")
    answer = await room.answered("Here is everything.", asked)
    text = room.ada.text(answer)
    assert "```python\ndef greet(name):" in text
    assert '"made"' in text
    table = await room.shows("n | square", asked)
    assert [block["type"] for block in room.ada.blocks(table)] == ["context", "table"]
    await with_files(room, asked, 2)


async def test_formulas_and_markdown_are_readable_and_nobody_is_called(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typeset")
    said = r"It is $\frac{a}{b}$, $$x^2$$ <!channel> <@U0123456789> @here"
    asked = room.asks(f"#### Deep\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![pic](https://x.org/p.png) {said}")
    answer = await room.answered("Deep", asked)
    text = room.ada.text(answer)
    assert "a/b" in text
    assert "x²" in text
    assert not room.ada.is_called_by(answer)
    assert answer.unfurl_links is False
    assert answer.unfurl_media is False


async def test_files_in_the_reply_to_a_direct_message_stand_behind_its_stream(enter_slack: EnterSlack) -> None:
    room = await enter_slack("file_replies")
    asked = room.asks("both", channel=room.dm)
    await room.answered("Two squares", asked, room.dm)
    await room.until(lambda: sum(len(room.ada.files(one)) for one in room.ours(asked, room.dm)) == 2 or None)
    assert [len(room.ada.files(one)) for one in room.ours(asked, room.dm)] == [0, 2]


async def test_no_message_of_blocks_lacks_its_words(enter_slack: EnterSlack) -> None:
    room = await enter_slack("components")
    kinds = ("image", "html", "gallery")
    asked = [room.asks(kind, channel=room.acme.channel(kind, room.ada, room.app)) for kind in kinds]
    for one in asked:
        await with_files(room, one)
    await room.service.router.idle()
    assert room.slack.without_fallback == []
