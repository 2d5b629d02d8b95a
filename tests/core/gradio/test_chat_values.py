"""Chatbot values and messages, both ways, in every format."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from trunkline.errors import AppFailed, MediaError
from trunkline.gradio.chat import Format, ReplyReader, artifact_of, component_parts, messages_of
from trunkline.gradio.files import file_data
from trunkline.gradio.history import flatten
from trunkline.messages import (
    AppFile,
    Artifact,
    Inline,
    Link,
    Media,
    Message,
    Option,
    Text,
    Thought,
)

ROOT = "http://app.test"
FORMATS: tuple[Format, ...] = ("blocks", "single", "tuples")


def file(path: str, name: str | None = None, mime: str | None = None) -> dict[str, Any]:
    return {"path": path, "url": f"{ROOT}/gradio_api/file={path}", "orig_name": name, "mime_type": mime}


def said(role: str, *contents: Any, **more: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": c} if isinstance(c, str) else c for c in contents]
    return {"role": role, "content": blocks, **more}


async def upload(media: Media) -> dict[str, Any]:
    assert isinstance(media.source, AppFile)
    return file_data(media.source.path, media.name, media.mime)


def only(value: list[Any]) -> Message:
    (message,) = messages_of(value, ROOT)
    return message


# ------------------------------------------------------------ from the app


def test_text_in_each_format() -> None:
    assert only([said("assistant", "hi")]).parts == (Text("hi"),)
    assert only([{"role": "assistant", "content": "hi"}]).parts == (Text("hi"),)
    assert messages_of([["you", "hi"]], ROOT) == (
        Message("user", (Text("you"),)),
        Message("assistant", (Text("hi"),)),
    )


def test_a_file_by_its_path_and_never_by_its_address() -> None:
    entry = {"type": "file", "file": file("/tmp/x/cat.png", "cat.png", "image/png"), "alt_text": "a cat"}

    (media,) = only([said("assistant", entry)]).parts

    assert media == Media("image", AppFile("/tmp/x/cat.png"), name="cat.png", mime="image/png", alt="a cat")


def test_a_file_of_another_origin_is_a_link() -> None:
    (media,) = only([said("assistant", {"type": "file", "file": file("https://other.test/cat.png")})]).parts

    assert isinstance(media, Media)
    assert media.source == Link("https://other.test/cat.png")
    assert media.kind == "image"
    assert media.name == "cat.png"


def test_a_name_is_never_a_place() -> None:
    (media,) = only([said("assistant", {"type": "file", "file": file("/tmp/a", "../../etc/passwd")})]).parts

    assert isinstance(media, Media)
    assert media.name == "passwd"


def test_thoughts_nest_by_their_parents() -> None:
    value = [
        said("assistant", "look", metadata={"title": "Search", "id": 1, "status": "pending", "log": "2 hits"}),
        said("assistant", "deep", metadata={"title": "Read", "id": "2", "parent_id": 1, "duration": 0.5}),
        said("assistant", "deeper", metadata={"title": "Quote", "parent_id": "2"}),
        said("assistant", "Done", metadata=None),
    ]

    thought, answer = messages_of(value, ROOT)

    assert answer.parts == (Text("Done"),)
    quote = Thought("Quote", (Text("deeper"),))
    read = Thought("Read", (Text("deep"), quote), duration=0.5, id="2")
    assert thought.parts == (Thought("Search", (Text("look"), read), status="pending", log="2 hits", id="1"),)


def test_a_thought_whose_parent_is_unknown_stands_alone() -> None:
    value = [said("assistant", "x", metadata={"title": "Lost", "parent_id": 9})]

    assert only(value).parts == (Thought("Lost", (Text("x"),)),)


def test_options_keep_value_and_label() -> None:
    value = [said("assistant", "?", options=[{"value": "y", "label": "Yes"}, {"value": "n"}])]

    assert only(value).options == (Option("y", "Yes"), Option("n"))


def test_a_gallery_is_a_group_with_captions() -> None:
    items = [{"image": file("/a.png"), "caption": "one"}, {"video": file("/b.mp4"), "caption": None}]

    first, second = component_parts("gallery", items, {}, ROOT, "7")

    assert isinstance(first, Media)
    assert isinstance(second, Media)
    assert (first.kind, first.caption, second.kind) == ("image", "one", "video")
    assert first.group == second.group != ""


def test_plots_are_pictures_or_specifications() -> None:
    uri = "data:image/png;base64," + base64.b64encode(b"PNG").decode()

    (picture,) = component_parts("plot", {"type": "matplotlib", "plot": uri}, {}, ROOT)
    (drawing,) = component_parts("plot", {"type": "plotly", "plot": "{}"}, {}, ROOT)

    assert isinstance(picture, Media)
    assert (picture.kind, picture.source, picture.mime) == ("plot", Inline(b"PNG"), "image/png")
    assert drawing == Media("plot", spec={"type": "plotly", "plot": "{}"})


def test_a_picture_that_cannot_be_read_says_so() -> None:
    value = {"type": "matplotlib", "plot": "data:image/png;base64,A"}

    (picture,) = component_parts("plot", value, {}, ROOT)

    assert isinstance(picture, Media)
    assert picture.source is None
    assert picture.error


def test_outputs_beside_the_chat_are_artifacts() -> None:
    def shown(name: str, value: Any, **props: Any) -> tuple[Artifact, ...]:
        return artifact_of(name, value, {"label": "L", **props}, ROOT, "")

    assert shown("code", "x=1", language="python") == (Artifact("code", "L", "x=1", "python"),)
    assert shown("json", {"a": 1}) == (Artifact("json", "L", {"a": 1}),)
    table = {"headers": ["a"], "data": [[1]], "metadata": None}
    assert shown("dataframe", table) == (Artifact("table", "L", {"headers": ["a"], "data": [[1]]}),)
    assert shown("dataframe", {"headers": ["1"], "data": []}) == ()
    assert shown("textbox", "note") == (Artifact("text", "L", "note"),)
    (picture,) = shown("image", file("/a.png"))
    assert picture.kind == "media"
    assert picture.media is not None
    assert shown("code", None) == ()


@pytest.mark.parametrize("value", ["text", {"role": "assistant"}, [{"role": "assistant"}], [["one"]], [3]])
def test_what_is_no_chat_is_told_in_one_line(value: Any) -> None:
    with pytest.raises(AppFailed, match="no chat message") as refused:
        messages_of(value, ROOT)

    assert "\n" not in refused.value.user_message


def test_other_roles_are_not_shown() -> None:
    assert messages_of([said("system", "be kind"), said("assistant", "hi")], ROOT) == (
        Message("assistant", (Text("hi"),)),
    )


# ------------------------------------------------------------ a growing reply


def test_other_roles_are_counted_among_what_is_shown() -> None:
    value = [
        said("system", "be brief"),
        said("user", "hi"),
        said("assistant", "a"),
        said("system", "be kind"),
        said("assistant", "b"),
        said("system", "be off"),
    ]
    found = ReplyReader(0, ROOT)

    found.update(value, None)

    assert [message.text for message in found.messages] == ["a", "b"]
    assert [message.text for message in found.said] == ["hi"]
    assert [(before, raw["content"][0]["text"]) for before, raw in found.unseen()] == [
        (0, "be brief"),
        (2, "be kind"),
        (3, "be off"),
    ]


async def test_other_roles_go_back_where_they_stood() -> None:
    history = [Message("user", (Text("a"),)), Message("assistant", (Text("b"),))]
    hidden = [(0, said("system", "first")), (1, said("system", "second")), (2, said("system", "last"))]
    hidden.append((3, said("system", "of a turn that was taken back")))

    raw = await flatten(history, "blocks", upload, hidden)

    texts = [message["content"][0]["text"] for message in raw.value]
    assert texts == ["first", "a", "second", "b", "last"]
    assert raw.positions == (1, 3)


def test_a_history_that_ends_with_another_role_is_known_again() -> None:
    value = [said("user", "a"), said("assistant", "b"), said("system", "s"), said("user", "c")]
    found = ReplyReader(3, ROOT, last=Message("assistant", (Text("b"),)))

    found.update([*value, said("assistant", "d")], None)

    assert [message.text for message in found.messages] == ["d"]


@pytest.mark.parametrize("pairs", [False, True])
def test_a_chat_put_in_place_of_the_history_is_read_as_a_whole(pairs: bool) -> None:
    words = ("q", "r")
    story = [list(words)] if pairs else [said("user", "q"), said("assistant", "r")]
    longer = ReplyReader(4, ROOT, last=Message("assistant", (Text("old"),)), skip_user=False)
    empty = ReplyReader(0, ROOT, skip_user=False)

    for found in (longer, empty):
        found.update(story, None)

    assert [message.text for message in longer.messages] == [*words]
    assert [message.text for message in empty.messages] == [*words]
    assert (longer.anew, empty.anew) == (True, False)


def test_pairs_put_behind_the_history_are_read_alone() -> None:
    found = ReplyReader(1, ROOT, last=Message("assistant", (Text("b"),)), skip_user=False)

    found.update([["a", "b"], ["c", "d"]], None)

    assert [message.text for message in found.messages] == ["c", "d"]
    assert not found.anew


def history_of(count: int) -> list[Any]:
    return [said("user" if i % 2 == 0 else "assistant", f"m{i}") for i in range(count)]


def reader(start: int) -> ReplyReader:
    return ReplyReader(start, ROOT, last=Message("assistant", (Text(f"m{start - 1}"),)))


def test_only_what_follows_the_user_s_message_is_the_reply() -> None:
    value = [*history_of(4), said("user", "q"), said("assistant", "a")]
    found = reader(4)

    found.update(value, None)

    assert [m.text for m in found.messages] == ["a"]


def test_only_touched_messages_are_read_again() -> None:
    value = [*history_of(4), said("user", "q"), said("assistant", "a"), said("assistant", "b")]
    found = reader(4)
    found.update(value, None)
    before = found.messages

    value[6]["content"][0]["text"] = "b2"
    value.append(said("assistant", "c"))
    found.update(value, {6, 7})

    assert [m.text for m in found.messages] == ["a", "b2", "c"]
    assert found.messages[0] is before[0]


def test_a_reply_that_begins_while_it_streams() -> None:
    value = [*history_of(2), said("user", "q")]
    found = reader(2)
    found.update(value, None)
    first = found.messages

    value.append(said("assistant", "a"))
    found.update(value, {3})

    assert first == ()
    assert [m.text for m in found.messages] == ["a"]


@pytest.mark.parametrize("kept", [0, 2])
def test_an_app_that_cuts_the_history(kept: int) -> None:
    value = [*history_of(4)[4 - kept :], said("user", "q"), said("assistant", "a")]
    found = reader(4)

    found.update(value, None)

    assert [m.text for m in found.messages] == ["a"]


def test_an_unchanged_history_is_no_reply() -> None:
    found = reader(4)

    found.update(history_of(4), None)

    assert found.messages == ()


def test_a_message_without_a_question_is_the_reply() -> None:
    found = reader(2)

    found.update([*history_of(2), said("assistant", "more")], None)

    assert [m.text for m in found.messages] == ["more"]


def test_pairs_reply_in_the_last_pair() -> None:
    value = [["m0", "m1"], [["/x/a.png", None], None], ["q", "a"]]
    found = ReplyReader(1, ROOT)

    found.update(value, None)

    assert [m.text for m in found.messages] == ["a"]


# ------------------------------------------------------------ to the app


RICH = (
    Message("user", (Media("image", AppFile("/a.png"), name="a.png", mime="image/png"), Text("see"))),
    Message(
        "assistant",
        (Thought("Think", (Text("hm"), Thought("Deeper", (Text("mm"),), id="2")), id="1", duration=1.5),),
    ),
    Message("assistant", (Text("a cat"),), options=(Option("more", "More"),)),
)


@pytest.mark.parametrize("form", ["blocks", "single"])
async def test_messages_come_back_as_they_went(form: Format) -> None:
    raw = await flatten(RICH, form, upload)

    back = messages_of(raw.value, ROOT)

    if form == "blocks":
        assert back == RICH
    else:
        # One content a message: a picture and words are two.
        assert [m.parts for m in back[:2]] == [(RICH[0].parts[0],), (Text("see"),)]
        assert back[2:] == RICH[1:]


async def test_positions_name_the_first_raw_message_of_each() -> None:
    assert (await flatten(RICH, "blocks", upload)).positions == (0, 1, 3)
    assert (await flatten(RICH, "single", upload)).positions == (0, 2, 4)
    assert (await flatten(RICH, "tuples", upload)).positions == (0, 1, 1)


async def test_pairs_hold_files_beside_text() -> None:
    raw = await flatten(RICH, "tuples", upload)

    assert raw.value[0][0]["file"]["path"] == "/a.png"
    assert raw.value[1] == ["see", "a cat"]


@pytest.mark.parametrize("form", FORMATS)
async def test_a_file_that_is_gone_is_left_out(form: Format) -> None:
    async def gone(media: Media) -> dict[str, Any]:
        raise MediaError("gone")

    raw = await flatten((RICH[0],), form, gone)

    assert messages_of(raw.value, ROOT) == (Message("user", (Text("see"),)),)


async def test_links_go_back_as_words_and_drawings_as_components() -> None:
    parts = (
        Media("image", Link("https://other.test/a.png"), caption="A"),
        Media("plot", spec={"type": "plotly", "plot": "{}"}),
        Media("html", spec="<b>x</b>"),
    )

    raw = await flatten((Message("assistant", parts),), "blocks", upload)

    words, plot, html = raw.value[0]["content"]
    assert words == {"type": "text", "text": "[A](https://other.test/a.png)"}
    assert (plot["component"], plot["value"]) == ("plot", {"type": "plotly", "plot": "{}"})
    assert (html["component"], html["value"]) == ("html", "<b>x</b>")


async def test_artifacts_are_never_sent_back() -> None:
    raw = await flatten((Message("assistant", (Text("a"), Artifact("json", value=1))),), "blocks", upload)

    assert raw.value[0]["content"] == [{"type": "text", "text": "a"}]
