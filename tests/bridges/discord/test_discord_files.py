"""Media and artifacts of a reply: galleries, files, links and what is said in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.discord.checking import assert_posts, body
from trunkline.attaching import safe_name
from trunkline.backend import AppProfile
from trunkline.bridge import Post, View
from trunkline.messages import (
    AppFile,
    Artifact,
    Blob,
    Json,
    Link,
    Media,
    MediaKind,
    Message,
    Part,
    Reply,
    ReplyState,
    Text,
)
from trunkline.words import words
from trunkline_bridges.discord.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")
MIB = 1024 * 1024


def picture(number: int = 0, size: int = 1000, **more: Any) -> Media:
    blob = Blob(f"{number:064x}", size)
    return Media("image", blob, **{"name": f"p{number}.png", "mime": "image/png"} | more)


def blob_of(kind: MediaKind, name: str, mime: str, size: int = 1000, **more: Any) -> Media:
    return Media(kind, Blob(f"{abs(hash(name)):064x}"[:64], size), name, mime, **more)


def drawn(
    *parts: Part,
    artifacts: tuple[Artifact, ...] = (),
    state: ReplyState = "final",
    options: Mapping[str, Any] | None = None,
    link: Any = None,
    limit: int = 10 * MIB,
) -> tuple[str, Sequence[Post]]:
    """The text and the posts of files."""
    messages = (Message("assistant", parts),) if parts else ()
    seen = View(
        PROFILE,
        7,
        target={"upload_limit": limit},
        options={"max_posts": 50, **(options or {})},
        link=link,
        words=words,
    )
    posts = render(Reply(messages, artifacts, state=state), seen, (), 0.0)
    assert_posts(posts)
    texts = [str(body(post)["content"]) for post in posts if post.key.startswith("reply:")]
    return "\n\n".join(texts), [post for post in posts if not post.key.startswith("reply:")]


def signed(sha256: str, name: str) -> str:
    return f"https://our.org/{sha256[-4:]}/{name}"


def test_pictures_stand_in_one_gallery_with_their_words() -> None:
    text, (gallery,) = drawn(Text("Look:"), picture(1, alt="A cat", caption="Tom"), picture(2, caption="Jerry"))
    assert text == "Look:"
    assert (gallery.mutability, gallery.final, gallery.kind) == ("fixed", True, "v2")
    items, captions = body(gallery)["components"]
    assert [item["description"] for item in items["items"]] == ["A cat", "Jerry"]
    assert [item["media"]["url"] for item in items["items"]] == ["attachment://p1.png", "attachment://p2.png"]
    assert captions["content"] == "-# 1: Tom\n-# 2: Jerry"


def test_every_picture_has_a_description() -> None:
    _, (gallery,) = drawn(Text("x"), picture(1), picture(2, name="", caption=""), picture(3, alt="a" * 3000))
    described = [item["description"] for item in body(gallery)["components"][0]["items"]]
    assert described[:2] == ["p1.png", "image"]
    assert len(described[2]) <= 1024


def test_without_the_new_layout_pictures_are_attachments() -> None:
    _, (post,) = drawn(Text("x"), picture(1, caption="Tom"), options={"components_v2": False})
    assert body(post)["content"] == "-# Tom"
    assert post.kind == ""
    assert "components" not in body(post)


def test_many_pictures_are_few_galleries_and_groups_stay_together() -> None:
    singles = [picture(number) for number in range(6)]
    group = [picture(number, group="g") for number in range(6, 13)]
    _, posts = drawn(Text("x"), *singles, *group)
    assert [len(body(post)["files"]) for post in posts] == [6, 7]
    _, posts = drawn(Text("x"), *(picture(number, group="g") for number in range(23)))
    assert [len(body(post)["files"]) for post in posts] == [10, 10, 3]


def test_eleven_files_are_two_posts() -> None:
    files = [blob_of("file", f"f{number}.pdf", "application/pdf") for number in range(11)]
    _, posts = drawn(Text("x"), *files)
    assert [len(body(post)["files"]) for post in posts] == [10, 1]


def test_a_request_holds_no_more_than_discord_takes() -> None:
    files = [blob_of("video", f"f{number}.mp4", "video/mp4", 9 * MIB) for number in range(5)]
    _, posts = drawn(Text("x"), *files)
    assert [len(body(post)["files"]) for post in posts] == [2, 2, 1]


def test_the_same_picture_twice_has_two_names() -> None:
    _, (gallery,) = drawn(Text("x"), picture(1), picture(1), picture(1, name="P1.jpg"))
    assert [file["name"] for file in body(gallery)["files"]] == ["p1.png", "p1-2.png", "P1-3.jpg"]


def test_what_is_too_large_is_made_smaller_linked_or_told() -> None:
    large = picture(1, 11 * MIB, name="big.png")
    film = blob_of("video", "film.mp4", "video/mp4", 11 * MIB)
    text, (post,) = drawn(Text("x"), large, film)
    (entry,) = body(post)["files"]
    assert entry["shrink"]
    assert entry["limit"] == 10 * MIB
    assert "big.png has 11.5 MB, and here a file may have at most 10.5 MB." in entry["otherwise"]
    assert text == "x\n\n-# ⚠️ film.mp4 has 11.5 MB, and here a file may have at most 10.5 MB."
    text, (post,) = drawn(Text("x"), large, film, link=signed)
    assert "[film.mp4 (11.5 MB)](https://our.org/" in text
    assert "[big.png (11.5 MB)](https://our.org/" in str(body(post))
    _, posts = drawn(Text("x"), film, limit=50 * MIB)
    assert len(posts) == 1


def test_addresses_of_others_are_shown_and_never_fetched() -> None:
    text, posts = drawn(Media("image", Link("https://x.org/a_b.png"), caption="A *cat*"))
    assert text == "A \\*cat\\*\nhttps://x.org/a_b.png"
    assert not posts


def test_plots_are_drawn_by_who_sends_them() -> None:
    plot = Media("plot", spec={"type": "plotly", "plot": "{}"}, caption="Sales")
    _, (post,) = drawn(Text("x"), plot)
    assert body(post)["files"] == [
        {"name": "plot.png", "alt": "Sales", "plot": {"type": "plotly", "plot": "{}"}},
    ]
    assert body(post)["content"] == "-# Sales"
    _, (gallery,) = drawn(Text("x"), blob_of("plot", "fig.png", "image/png"))
    assert gallery.kind == "v2"


def test_captions_of_files_stand_behind_their_names() -> None:
    files = [
        blob_of("audio", "a_b.wav", "audio/wav", caption="First"),
        blob_of("file", "c.pdf", "application/pdf"),
    ]
    _, (post,) = drawn(Text("x"), *files)
    assert body(post)["content"] == "-# a_b.wav: First"


def test_captions_name_no_ending_that_may_change() -> None:
    plot = Media("plot", spec={"type": "plotly", "plot": "{}"}, caption="Sales")
    _, (post,) = drawn(Text("x"), plot, blob_of("audio", "a.wav", "audio/wav", caption="First"))
    assert body(post)["content"] == "-# plot: Sales\n-# a.wav: First"


def test_html_is_its_text_a_file_and_a_link() -> None:
    page = Media("html", Blob("b" * 64, 5), spec="<h1>Title</h1><script>x</script>*words*")
    text, (post,) = drawn(page, link=signed)
    assert text == "Title\n\\*words\\*\n[Open the page](https://our.org/bbbb/page.html)"
    assert body(post)["files"] == [{"name": "page.html", "alt": "", "text": page.spec}]
    text, _ = drawn(Media("html", spec="<p>" + "long " * 1000))
    assert len(text) < 1600


def test_what_could_not_be_fetched_says_so() -> None:
    text, posts = drawn(Media("image", name="a_.png", error="is gone"), Text("x"))
    assert text == "-# ⚠️ a\\_.png: is gone\n\nx"
    assert not posts
    text, _ = drawn(Media("file", AppFile("/tmp/x"), name="x.pdf"))
    assert "could not be fetched from the app" in text
    assert drawn(Media("file", AppFile("/tmp/x"), name="x.pdf"), state="running") == ("", [])


def test_a_reply_of_files_alone_names_them() -> None:
    text, posts = drawn(*(picture(number, caption=f"C{number}") for number in range(12)))
    assert text.startswith("-# 📎 C0, C1,")
    assert text.endswith("C9, and 2 more")
    assert len(posts) == 2


def test_keys_follow_the_content() -> None:
    keys = [drawn(Text("x"), picture(number))[1][0].key for number in (1, 1, 2)]
    assert keys[0] == keys[1] != keys[2]
    linked = [drawn(picture(1), link=lambda sha, name, at=at: f"https://our.org/{at}")[1] for at in (1, 2)]
    assert linked[0][0].key == linked[1][0].key == keys[0]


def test_short_artifacts_stand_in_the_text() -> None:
    text, posts = drawn(
        Text("x"),
        artifacts=(
            Artifact("code", "Program", "x = 1", "python"),
            Artifact("json", "Data", {"a": [1]}),
            Artifact("table", "Rows", {"headers": ["A", "B"], "data": [["x", 1]]}),
            Artifact("text", "Note", "# *plain*"),
            Artifact("code", "Empty", "", "python"),
        ),
    )
    assert text == (
        'x\n\n**Program**\n```python\nx = 1\n```\n\n**Data**\n```json\n{\n  "a": [\n    1\n  ]\n}\n```'
        "\n\n**Rows**\n```\nA  B\n─  ─\nx  1\n```\n\n**Note**\n\\# \\*plain\\*"
    )
    assert not posts


def test_long_artifacts_are_files() -> None:
    wide: Json = {"headers": ["A" * 80], "data": [["x"]]}
    text, (post,) = drawn(
        Text("x"),
        artifacts=(
            Artifact("code", "My Program", "x = 1\n" * 400, "python"),
            Artifact("json", "", ["word"] * 400),
            Artifact("table", "Rows", wide),
            Artifact("text", "Note", "word " * 400),
        ),
    )
    names = [file["name"] for file in body(post)["files"]]
    assert names == ["My_Program.py", "json.json", "Rows.csv", "Note.txt"]
    assert body(post)["files"][2]["text"] == "A" * 80 + "\nx\n"
    assert "**My Program**\n-# 📎 My_Program.py" in text


def test_media_of_artifacts_are_media() -> None:
    text, (gallery,) = drawn(artifacts=(Artifact("media", "Chart", media=picture(1)),))
    assert text == "**Chart**"
    assert gallery.kind == "v2"


def test_names_are_those_that_discord_keeps() -> None:
    assert safe_name("../../a b/c d?.TXT") == "c_d.TXT"
    assert safe_name("漢字.png") == "file.png"
    assert safe_name("plain", ".png") == "plain.png"
    assert safe_name(".env") == "env"
    assert safe_name("x" * 300 + ".tar.gz", "") == "x" * 80 + ".gz"


def test_names_that_end_alike_are_told_apart() -> None:
    parts = [picture(number, name=name) for number, name in enumerate(("f", "f.", "f.", "F.png", ".f", ".f"))]
    _, (gallery,) = drawn(*parts)
    names = [file["name"].rpartition(".")[0].lower() or file["name"] for file in body(gallery)["files"]]
    assert len(set(names)) == len(parts)


media = st.builds(
    Media,
    st.sampled_from(["image", "audio", "video", "file", "plot", "html"]),
    st.one_of(
        st.none(),
        st.builds(Blob, st.sampled_from(["a" * 64, "b" * 64]), st.integers(0, 60 * MIB)),
        st.just(Link("https://x.org/y")),
    ),
    name=st.text(max_size=12),
    mime=st.sampled_from(["", "image/png", "image/svg+xml", "video/mp4", "nonsense"]),
    alt=st.text(max_size=5),
    caption=st.text(max_size=300),
    spec=st.sampled_from([None, "<p>x", {"type": "plotly", "plot": "{}"}]),
    group=st.sampled_from(["", "g", "h"]),
)


@given(st.lists(media, max_size=40), st.booleans(), st.booleans(), st.sampled_from([MIB, 10 * MIB, 100 * MIB]))
@settings(deadline=None, max_examples=150)
def test_whatever_the_media_the_posts_are_valid(
    parts: list[Media], layout: bool, linked: bool, limit: int
) -> None:
    _, posts = drawn(*parts, options={"components_v2": layout}, link=signed if linked else None, limit=limit)
    for post in posts:
        sizes = [min(int(file.get("size", 0)), limit) for file in body(post)["files"]]
        assert sum(sizes) <= 25 * MIB or len(sizes) == 1
