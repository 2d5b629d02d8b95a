"""Files of posts: what is uploaded, and what stands where a file cannot be."""

from __future__ import annotations

import io
import json
import random
from typing import Any

import pytest
from PIL import Image

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.discord.people import Person, shown_files
from fakes.discord.sending import bridge_of, layout, shown, target, text
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message, Permission
from fakes.shelved import kept, picture
from trunkline.bridge import Post
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.limits import REQUEST
from trunkline_bridges.discord.sending.uploads import gather, plot_library

NONCE = "abcdefghijklmnopqrstuvwx"
GALLERY, FILE, TEXT_DISPLAY, CONTAINER = 12, 13, 10, 17
GONE = "0" * 64


def gallery(*names: str) -> dict[str, Any]:
    return {"type": GALLERY, "items": [{"media": {"url": f"attachment://{name}"}} for name in names]}


async def posted(bridge: DiscordBridge, discord: FakeDiscord, general: Channel, post: Post) -> Message:
    made = await bridge.create(target(general, VirtualClock()), post, NONCE, ())
    return discord.world.messages[int(made)]


async def test_bytes_names_and_descriptions_arrive(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, shelf: FolderShelf
) -> None:
    data = picture()
    files: list[Any] = [
        {"name": "a.png", "alt": "a red square", "sha256": await kept(shelf, data)},
        {"name": "reply.md", "alt": "", "text": "# Größe"},
    ]
    stored = (await posted(bridge, discord, general, text("see", files=files))).attachments
    assert [(one.filename, one.content, one.description) for one in stored] == [
        ("a.png", data, "a red square"),
        ("reply.md", "# Größe".encode(), None),
    ]


async def test_a_gallery_shows_its_pictures(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, shelf: FolderShelf
) -> None:
    sha = await kept(shelf, picture())
    files: list[Any] = [{"name": name, "alt": name, "sha256": sha} for name in ("a.png", "b.png")]
    message = await posted(bridge, discord, general, layout(gallery("a.png", "b.png"), files=files))
    assert shown_files(message) == ["a.png", "b.png"]


async def test_what_is_gone_is_told_in_its_place(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, shelf: FolderShelf
) -> None:
    sha = await kept(shelf, picture())
    files: list[Any] = [
        {"name": "a.png", "alt": "", "sha256": GONE},
        {"name": "b.png", "alt": "", "sha256": sha},
        {
            "name": "c.txt",
            "alt": "",
            "sha256": GONE,
            "otherwise": "[c.txt](https://bridge.example/c)",
            "linked": True,
        },
    ]
    await posted(bridge, discord, general, text("see", files=files))
    (said,) = ada.texts(general)
    assert said == "see\nThe file a.png is no longer held.\nThe file c.txt is no longer held.", (
        "no link to nothing"
    )
    items = gallery("a.png", "b.png"), {"type": FILE, "file": {"url": "attachment://c.txt"}}
    inside: dict[str, Any] = {"type": CONTAINER, "components": list(items)}
    message = await posted(bridge, discord, general, layout(inside, files=files, key="media:y"))
    assert shown_files(message) == ["b.png"]
    assert "a.png is no longer held" in ada.texts(general)[-1]


async def test_a_post_of_which_nothing_is_left_still_says_so(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    files: list[Any] = [{"name": "a.png", "alt": "", "sha256": GONE}]
    await posted(bridge, discord, general, layout(gallery("a.png"), files=files))
    assert ada.texts(general) == ["The file a.png is no longer held."]


async def test_a_picture_over_the_limit_is_made_smaller_and_renamed(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, shelf: FolderShelf
) -> None:
    data = picture(300)
    files: list[Any] = [
        {"name": "a.png", "alt": "x", "sha256": await kept(shelf, data), "shrink": True, "limit": len(data) // 3}
    ]
    message = await posted(bridge, discord, general, layout(gallery("a.png"), files=files))
    (stored,) = message.attachments
    assert stored.filename == "a.jpg"
    assert len(stored.content) <= len(data) // 3
    assert shown_files(message) == ["a.jpg"]


async def test_a_picture_that_cannot_shrink_is_told(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, shelf: FolderShelf
) -> None:
    files: list[Any] = [
        {"name": "a.png", "alt": "", "sha256": await kept(shelf, b"x" * 100), "shrink": True, "limit": 50}
        | {"otherwise": "a.png is too large"}
    ]
    await posted(bridge, discord, general, text("see", files=files))
    assert ada.texts(general) == ["see\na.png is too large"]


async def test_of_a_moving_picture_it_is_said_that_only_one_frame_is_left(shelf: FolderShelf) -> None:
    frames = [Image.frombytes("RGB", (99, 99), random.Random(seed).randbytes(99 * 99 * 3)) for seed in (1, 2)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    sha = await kept(shelf, out.getvalue())
    found = await gather([{"name": "a.gif", "sha256": sha, "shrink": True, "limit": 9000}], shelf)
    assert [one.name for one in found.parts] == ["a.jpg"]
    assert found.missing == (("", "Of the moving picture a.gif only the first frame fits."),)


async def test_a_plot_is_a_picture_where_it_can_be_and_else_a_page(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel
) -> None:
    spec = {"mark": "bar", "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}}
    files: list[Any] = [
        {"name": "plot.png", "alt": "", "plot": {"type": "altair", "plot": json.dumps(spec)}},
        {"name": "plot-2.png", "alt": "", "plot": {"type": "plotly", "plot": json.dumps({"data": []})}},
    ]
    message = await posted(bridge, discord, general, text("see", files=files))
    assert [one.filename for one in message.attachments] == ["plot.png", "plot-2.html"]
    assert message.attachments[0].content.startswith(b"\x89PNG")
    assert b"plotly.js v" in message.attachments[1].content, "the library that the widget ships is in it"


async def test_a_plot_that_is_none_is_told(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    files: list[Any] = [{"name": "plot.png", "alt": "", "plot": {"type": "plotly", "plot": "x"}}]
    await posted(bridge, discord, general, text("see", files=files))
    assert ada.texts(general) == ["see\nThe plot plot.png could not be drawn: The plot cannot be read"]


@pytest.mark.parametrize("name", ["plotly", "altair", "bokeh"])
def test_the_libraries_are_at_hand(name: str) -> None:
    library = plot_library(name)
    assert library is not None
    assert len(library) > 100_000


async def test_at_most_ten_files_and_what_a_request_holds(shelf: FolderShelf) -> None:
    sha = await kept(shelf, b"x")
    many = await gather([{"name": f"{number}.txt", "sha256": sha} for number in range(11)], shelf)
    assert len(many.parts) == 10
    assert [name for name, _ in many.missing] == ["10.txt"]
    large = await kept(shelf, bytes(REQUEST // 2))
    files = [{"name": f"{number}.bin", "sha256": large, "limit": REQUEST} for number in range(3)]
    heavy = await gather(files, shelf)
    assert [part.name for part in heavy.parts] == ["0.bin", "1.bin"]
    assert [name for name, _ in heavy.missing] == ["2.bin"]


async def test_types_are_told_by_content(shelf: FolderShelf) -> None:
    sha = await kept(shelf, picture())
    found = await gather([{"name": "a.txt", "sha256": sha, "mime": "text/plain"}], shelf)
    assert found.parts[0].mime == "image/png"


async def test_files_that_stand_are_not_uploaded_again(
    bridge: DiscordBridge, discord: FakeDiscord, ada: Person, general: Channel, shelf: FolderShelf
) -> None:
    clock = VirtualClock()
    files: list[Any] = [
        {"name": "a.txt", "alt": "", "text": "whole"},
        {"name": "b.txt", "alt": "", "sha256": GONE},
    ]
    before, after = text("see", files=files), text("see more", files=files)
    made = await bridge.create(target(general, clock), before, NONCE, ())
    await bridge.edit(target(general, clock), shown(made, before), after)
    assert [len(call.uploads) for call in discord.calls] == [1, 0]
    message = discord.world.messages[int(made)]
    assert [one.filename for one in message.attachments] == ["a.txt"]
    assert message.content == "see more\nThe file b.txt is no longer held."
    await bridge.edit(target(general, clock), shown(made, after), text("none"))
    assert message.attachments == []


async def test_files_of_a_post_whose_look_is_not_known_are_uploaded_anew(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel, shelf: FolderShelf, clock: VirtualClock
) -> None:
    post = text("see", files=[{"name": "a.txt", "alt": "", "text": "whole"}])
    made = await bridge.create(target(general, clock), post, NONCE, ())
    later = bridge_of(discord, clock, shelf)
    await later.edit(target(general, clock), shown(made, text("?")), post)
    assert [one.filename for one in discord.world.messages[int(made)].attachments] == ["a.txt"]
    assert [len(call.uploads) for call in discord.calls] == [1, 1]
    await later.close()


async def test_text_that_no_file_can_hold_as_it_is_breaks_nothing(
    bridge: DiscordBridge, discord: FakeDiscord, general: Channel
) -> None:
    files = [{"name": "reply.md", "alt": "", "text": "half a sign: \ud83d"}]
    (stored,) = (await posted(bridge, discord, general, text("see", files=files))).attachments
    assert stored.content == b"half a sign: ?"


@pytest.mark.parametrize("link", ["", "[a.png](https://bridge.example/a)"])
async def test_where_files_may_not_be_attached_that_is_said(
    bridge: DiscordBridge, discord: FakeDiscord, shelf: FolderShelf, ada: Person, general: Channel, link: str
) -> None:
    discord.forbid(general, Permission.ATTACH_FILES, discord.world.bot.id)
    sha = await kept(shelf, picture())
    file: Any = {"name": "a.png", "alt": "", "sha256": sha, "otherwise": link or "too large", "linked": bool(link)}
    await posted(bridge, discord, general, text("see", files=[file]))
    said = link or "The bot may not attach a.png here: it needs the permission Attach Files."
    assert ada.texts(general) == [f"see\n{said}"]
