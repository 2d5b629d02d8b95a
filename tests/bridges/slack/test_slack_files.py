"""Media and artifacts: pictures as blocks, files shared, tables within their limits, the rest in words."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.slack.checking import assert_posts
from trunkline.backend import AppProfile
from trunkline.bridge import Post, View
from trunkline.messages import AppFile, Artifact, Blob, Json, Link, Media, Message, Part, Reply, ReplyState, Text
from trunkline.words import words
from trunkline_bridges.slack.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")


def posts(
    *parts: Part, state: ReplyState = "final", artifacts: tuple[Artifact, ...] = (), **more: Any
) -> tuple[Post, ...]:
    seen = View(**{"profile": PROFILE, "turn": 7, "words": words, **more})
    made = render(Reply((Message("assistant", parts),), artifacts, state=state), seen, (), 0.0)
    assert_posts(made)
    return made


def picture(number: int = 1, **more: Any) -> Media:
    sha = f"{number:064x}"
    return Media(
        **{"kind": "image", "source": Blob(sha, 5), "name": f"p{number}.png", "mime": "image/png", **more}
    )


def text_of(post: Post) -> str:
    return "\n".join(block["text"] for block in post.body["blocks"] if block["type"] == "markdown")  # type: ignore[union-attr, index, call-overload, misc]


def test_pictures_are_blocks_with_what_they_show() -> None:
    _, post = posts(Text("Look"), picture(alt="A cat", caption="Tom, at *home*"), picture(2))
    assert (post.kind, post.mutability, post.final) == ("files", "fixed", True)
    assert post.body["blocks"] == [
        {
            "type": "image",
            "slack_file": {"id": "attachment://p1.png"},
            "alt_text": "A cat",
            "title": {"type": "plain_text", "text": "Tom, at *home*"},
        },
        {"type": "image", "slack_file": {"id": "attachment://p2.png"}, "alt_text": "p2.png"},
    ]
    assert post.body["files"] == [
        {"name": "p1.png", "alt": "A cat", "sha256": f"{1:064x}", "mime": "image/png", "size": 5},
        {"name": "p2.png", "alt": "p2.png", "sha256": f"{2:064x}", "mime": "image/png", "size": 5},
    ]
    assert post.body["text"] == "🖼 Tom, at *\u200bhome*, p2.png"


def test_ten_pictures_go_together_and_a_gallery_stays_whole() -> None:
    made = posts(*(picture(number, group="g" if number > 8 else "") for number in range(16)))
    assert [len(post.body["files"]) for post in made[1:]] == [9, 7]  # type: ignore[arg-type]


def test_other_files_are_shared_with_their_captions() -> None:
    sound = Media("audio", Blob("c" * 64, 5), "s.wav", "audio/wav", caption="A <song>")
    film = Media("video", Blob("d" * 64, 5), "v.mp4", "video/mp4")
    _, post = posts(sound, film)
    assert "blocks" not in post.body
    assert post.body["text"] == "s.wav: A &lt;song&gt;"
    files: Any = post.body["files"]
    assert [file["name"] for file in files] == ["s.wav", "v.mp4"]


def test_the_same_content_has_the_same_key() -> None:
    one, other = posts(picture())[1].key, posts(Text("Words"), picture())[1].key
    assert one == other
    assert posts(picture(2))[1].key != one
    first = Artifact("table", "T", {"headers": ["a"], "data": [[1]]})
    second = Artifact("table", "T", {"headers": ["a"], "data": [[2]]})
    keys = [post.key for post in posts(Text("x"), artifacts=(first, second, first))[1:]]
    assert len(set(keys)) == 3


def test_what_is_not_ours_is_an_address() -> None:
    (post,) = posts(Media("image", Link("https://x.org/p.png"), caption="A cat"))
    assert text_of(post) == "A cat\n\nhttps://x.org/p.png"


def test_what_cannot_be_had_is_said() -> None:
    assert "p.png: too large" in text_of(posts(Media("image", None, "p.png", error="too large"))[0])
    assert "p.png: could not be fetched" in text_of(posts(Media("image", AppFile("/p"), "p.png"))[0])
    assert posts(Media("image", AppFile("/p"), "p.png"), state="running") == ()
    huge = Media("file", Blob("e" * 64, 3_000_000_000), "big.zip")
    assert "big.zip has 3 GB, and a file may have at most 1 GB." in text_of(posts(huge)[0])
    linked = posts(huge, link=lambda sha, name: f"https://us/{name}")[0]
    assert text_of(linked) == "📎 [big.zip (3 GB)](https://us/big.zip)"


def test_plots_are_pictures() -> None:
    _, post = posts(Media("plot", spec={"type": "plotly", "plot": "{}"}, alt="Sales"))
    assert post.body["files"] == [{"name": "plot.png", "alt": "Sales", "plot": {"type": "plotly", "plot": "{}"}}]
    assert post.body["blocks"][0]["alt_text"] == "Sales"  # type: ignore[index, call-overload]


def test_a_page_is_its_text_a_link_and_a_file() -> None:
    html = "<h1>Hi</h1><p>a &amp; b</p><script>x()</script>"
    page = Media("html", Blob("f" * 64, 9), "page.html", spec=html)
    post, file = posts(page, link=lambda sha, name: f"https://us/{sha[:2]}/{name}")
    assert text_of(post) == "Hi  \na & b\n\n[Open the page](https://us/ff/page.html)"
    assert file.body["files"] == [{"name": "page.html", "alt": "", "text": html}]


@pytest.mark.parametrize(
    ("artifact", "text"),
    [
        (Artifact("code", "Program", "x = 1", "python"), "**Program**\n\n```python\nx = 1\n```"),
        (Artifact("json", "Data", {"a": 1}), '**Data**\n\n```json\n{\n  "a": 1\n}\n```'),
        (Artifact("text", "", "plain *words*"), "plain \\*words\\*"),
    ],
)
def test_short_artifacts_stand_in_the_text(artifact: Artifact, text: str) -> None:
    (post,) = posts(Text("x"), artifacts=(artifact,))
    assert text_of(post) == f"x\n\n{text}"


def test_long_artifacts_are_files() -> None:
    code = "x = 1\n" * 400
    post, file = posts(Text("x"), artifacts=(Artifact("code", "The program", code, "python"),))
    assert text_of(post) == "x\n\n**The program**\n\n📎 The_program.py"
    assert file.body["files"] == [{"name": "The_program.py", "alt": "The program", "text": code}]


def test_tables_are_blocks_within_their_limits() -> None:
    value: Json = {"headers": ["Name", "Price"], "data": [["Tea", 2.5], ["Milk", None]]}
    _, post = posts(Text("x"), artifacts=(Artifact("table", "Menu", value),))
    blocks: Any = post.body["blocks"]
    title, table = blocks
    assert title["elements"][0]["text"] == "*Menu*"
    assert table["type"] == "table"
    rows: Any = table["rows"]
    assert [[cell["text"] for cell in row] for row in rows] == [["Name", "Price"], ["Tea", "2.5"], ["Milk", "–"]]
    assert table["column_settings"] == [{"align": "left"}, {"align": "right"}]
    assert post.body["text"] == "Menu\nName | Price\nTea | 2.5\nMilk | –"


@pytest.mark.parametrize(
    "data", [[["x"]] * 101, [["x"] * 21], [["x" * 200]] * 60], ids=["rows", "columns", "characters"]
)
def test_larger_tables_are_csv(data: list[list[str]]) -> None:
    headers = [f"h{number}" for number in range(len(data[0]))]
    value: Json = {"headers": headers, "data": data}
    _, post = posts(Text("x"), artifacts=(Artifact("table", "Menu", value),))
    files: Any = post.body["files"]
    (file,) = files
    assert file["name"] == "Menu.csv"
    assert str(file["text"]).startswith("h0")


def test_files_alone_are_named() -> None:
    post, _ = posts(picture(alt="A cat"))
    assert post.body["text"].startswith("📎 A cat")  # type: ignore[union-attr]
