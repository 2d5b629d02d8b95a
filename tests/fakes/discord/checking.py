"""Whether posts as `render` gives them are what Discord takes; the same rules as those of the fake's REST side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fakes.discord.components import check_message, walk
from fakes.discord.errors import Json, Problems
from trunkline.bridge import Post
from trunkline.splitting import utf16_length

COMPONENTS_V2 = 1 << 15


def assert_posts(posts: Sequence[Post]) -> None:
    """Every key is there once, and every body is one that can be sent."""
    keys = [post.key for post in posts]
    assert len(set(keys)) == len(keys), keys
    for post in posts:
        assert_body(post.body)


def assert_body(body: Mapping[str, Any]) -> None:
    """A body fits into a message of Discord's."""
    files = [str(file["name"]) for file in body.get("files", ())]
    assert len(files) <= 10
    assert len({name.lower() for name in files}) == len(files), files
    for file in body.get("files", ()):
        assert sum(kind in file for kind in ("sha256", "text", "plot")) == 1
        assert len(file["alt"]) <= 1024
        assert str(file["name"]).isascii()
        assert "/" not in file["name"]
    content = body.get("content", "")
    assert utf16_length(content) <= 2000, len(content)
    v2 = bool(body.get("flags", 0) & COMPONENTS_V2)
    assert content.strip() or files or v2 or body.get("components")
    assert not (v2 and content)
    problems = Problems()
    check_message(_plain(list(body.get("components", ()))), v2, set(files), problems)
    assert not problems.tree, problems.tree


def controls(posts: Sequence[Post]) -> Iterator[Json]:
    """Every button and select, in the order in which they stand."""
    for post in posts:
        rows = _plain(list(post.body.get("components", ())))  # type: ignore[arg-type]
        yield from (one for one in walk(rows) if "custom_id" in one)


def labels(posts: Sequence[Post]) -> list[str]:
    """What the buttons say."""
    return [str(one["label"]) for one in controls(posts) if one["type"] == 2]


def body(post: Post) -> Json:
    """The body as it is after its way through JSON."""
    return dict(_plain(post.body))


def _plain(value: Any) -> Any:
    """Lists and dicts, as they are after their way through JSON."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
