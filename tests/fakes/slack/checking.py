"""Whether posts as `render` gives them are what Slack takes; the same rules as those of the fake's methods."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.models.messages.chunk import Chunk

from fakes.slack.blocks import check_blocks, walk
from fakes.slack.errors import Json
from fakes.slack.readable import calls
from trunkline.bridge import Post

TEXT = 40_000


def assert_posts(posts: Sequence[Post]) -> None:
    """Every key is there once, and every body and log is one that can be sent."""
    keys = [post.key for post in posts]
    assert len(set(keys)) == len(keys), keys
    for post in posts:
        assert_body(post.body)
        if post.mutability == "append":
            assert_log(post.text)


def assert_body(body: Mapping[str, Any]) -> None:
    """A body fits into a message of Slack's, says all in words too, and calls nobody."""
    files = list(body.get("files", ()))
    names = [str(file["name"]) for file in files]
    assert len({name.lower() for name in names}) == len(names), names
    assert all(sum(kind in file for kind in ("sha256", "text", "plot")) == 1 for file in files)
    assert all(name.isascii() and "/" not in name for name in names)
    blocks = plain(body.get("blocks", ()))
    text = str(body.get("text", ""))
    assert len(text) <= TEXT
    assert text.strip() or (files and not blocks)
    assert blocks or text or files
    check_blocks(_uploaded(blocks, names)) if blocks else None
    assert calls(text, []) == set()
    assert calls(text, blocks) == set()


def assert_log(log: str) -> None:
    """A log holds chunks that Slack takes, and a stop as its last line, if any."""
    assert log.endswith("\n")
    # Of the signs that end lines elsewhere, a log knows one.
    lines = [json.loads(line) for line in log.split("\n") if line]
    for chunk in lines[:-1]:
        assert chunk["type"] in ("markdown_text", "task_update", "plan_update"), chunk
    for chunk in lines:
        if chunk["type"] == "stop":
            assert chunk["status"] in ("active", "processing")
            check_blocks(plain(chunk["blocks"])) if chunk["blocks"] else None
            continue
        parsed = Chunk.parse(dict(chunk))
        assert parsed is not None
        assert len(chunk.get("title", "")) <= 256
        said = "".join(str(chunk.get(name, "")) for name in ("text", "title", "details", "output"))
        assert calls(said, []) == set()


def controls(posts: Sequence[Post]) -> Iterator[Json]:
    """Every button and select, in the order in which they stand."""
    for post in posts:
        for block in walk(plain(post.body.get("blocks", ()))):
            if block["type"] in ("actions", "context_actions"):
                yield from block["elements"]


def labels(posts: Sequence[Post]) -> list[str]:
    """What the buttons say."""
    return [str(one["text"]["text"]) for one in controls(posts) if one["type"] == "button"]


def plain(value: Any) -> Any:
    """The value as it is after its way through JSON."""
    return json.loads(json.dumps(value))


def _uploaded(blocks: list[Json], names: Sequence[str]) -> list[Json]:
    """Blocks that name files of their body, as they are once those are uploaded."""
    for block in walk(blocks):
        source = block.get("slack_file")
        if source is not None:
            assert source["id"].removeprefix("attachment://") in names
            source["id"] = "F0000000001"
    return blocks
