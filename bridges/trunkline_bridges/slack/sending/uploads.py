"""The files of a post: read, drawn, shrunk and uploaded in three steps.

Pictures are uploaded for nobody and shown by the blocks of a message; other files are shared in the thread, which
makes a message of its own some time later. What cannot be had is told in a line; nothing here breaks a post.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from trunkline.bridge import MediaShelf, Target
from trunkline.clock import Clock
from trunkline.errors import Forbidden, MediaError, PlatformError, TargetGone, Unconfirmed
from trunkline.outgoing import libraries_in, outgoing
from trunkline.recent import Recent
from trunkline.words import words

from ..limits import ALT_TEXT
from . import drafts
from .api import Api, Part
from .posts import BAD_BLOCKS, REMEMBERED, Posts
from .refusals import MISSING_SCOPE, code_of, later

MOST_BYTES: Final = 1 << 30
"""Of one file, as far as is known."""
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What Slack draws in blocks."""
WAIT_SECONDS: Final = 60.0
"""So long Slack's own work on a file is waited for."""
DOUBT_SECONDS: Final = 10.0
"""So long a message is looked for that perhaps is not to come."""
_NOT_AGAIN: Final = frozenset({"file_not_found", "file_update_failed", "file_already_completed"})
"""Files that are done already, or that are not there any more."""
_NO_FILES: Final = frozenset(
    {MISSING_SCOPE, "file_upload_size_restricted", "file_uploads_disabled", "storage_limit_reached"}
)
"""Files are not taken there at all."""
_SNIPPETS: Final = {
    "text/plain": "text",
    "application/json": "json",
    "text/csv": "csv",
    "text/markdown": "markdown",
}
"""How Slack calls what is shown as a snippet."""
_FIRST_LOOK: Final = 0.25
_RAREST_LOOK: Final = 5.0
_LIBRARY: Final = libraries_in(files("trunkline_bridges") / "web" / "static")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Files by the name under which the body knows them, and lines for what is not as it should be."""

    parts: Mapping[str, Part]
    lines: tuple[str, ...] = ()


class Uploads:
    def __init__(self, api: Api, posts: Posts, shelf: MediaShelf, clock: Clock) -> None:
        self._api = api
        self._posts = posts
        self._shelf = shelf
        self._clock = clock
        self._sent: Recent[tuple[str, str], str] = Recent(REMEMBERED)  # nonce and name to the uploaded file
        self._shared: Recent[str, tuple[str, ...]] = Recent(REMEMBERED)  # nonce to files on their way
        self._posted: Recent[str, str] = Recent(REMEMBERED)  # nonce to the message of its pictures
        self._refused: Recent[str, bool] = Recent(REMEMBERED)  # nonces of pictures that are no blocks
        self._doubtful: Recent[str, tuple[str, ...]] = Recent(REMEMBERED)  # nonce to files that perhaps are

    async def create(self, target: Target, body: Mapping[str, Any], nonce: str) -> str:
        """Post a body with files; gives the post's id: the `ts` of its message, "+" between several."""
        gathered = await gather(body["files"], self._shelf)
        try:
            return await self._uploaded(target, body, gathered, nonce)
        except PlatformError as error:
            if code_of(error) not in _NO_FILES:
                raise
            said = [words("slack_upload_refused", name=name, reason=error.user_message) for name in gathered.parts]
        return await self._posts.create(target, drafts.pictured(body, {}, [*gathered.lines, *said]), nonce)

    async def _uploaded(self, target: Target, body: Mapping[str, Any], gathered: Gathered, nonce: str) -> str:
        parts = dict(gathered.parts)
        made = []
        pictures = {} if nonce in self._refused else {n: one for n, one in parts.items() if one.mime in PICTURES}
        if pictures and (ts := await self._shown(target, body, pictures, gathered.lines, nonce)):
            made.append(ts)
            parts = {name: part for name, part in parts.items() if name not in pictures}
        if parts:
            lines = () if made else gathered.lines
            comment = "" if made else "\n".join(filter(None, (drafts.said_of(body, alone=False), *lines)))
            made.append(await self._share(target, parts, comment, nonce))
        if not made:
            made.append(await self._posts.create(target, drafts.pictured(body, {}, gathered.lines), nonce))
        return "+".join(made)

    async def _shown(
        self, target: Target, body: Mapping[str, Any], parts: Mapping[str, Part], lines: Sequence[str], nonce: str
    ) -> str:
        """Post pictures as blocks; "" where Slack does not show them so."""
        if (ts := self._posted.get(nonce)) is not None:
            # The rest of the post was refused for a while.
            return ts
        team = _team(target)
        ids = {name: await self._for_blocks(team, part, (nonce, name)) for name, part in parts.items()}
        shown = {name: (ids[name], part.alt or part.name) for name, part in parts.items()}
        form = drafts.pictured(body, shown, lines)
        try:
            ts = await self._posts.create(target, form, nonce, as_it_is=True)
        except PlatformError as error:
            if code_of(error) not in BAD_BLOCKS:
                raise
        else:
            self._posted.put(nonce, ts)
            return ts
        # A file that was done is not shared any more: it is uploaded once more.
        self._refused.put(nonce, True)
        for name in parts:
            self._sent.drop((nonce, name))
        return ""

    async def find(self, target: Target, nonce: str) -> str | None:
        """The message of files that were shared under that nonce by this process; None where there were none."""
        if ids := self._shared.get(nonce):
            return await self._message(target, ids)
        if ids := self._doubtful.get(nonce):
            return await self._look_for(target, ids, DOUBT_SECONDS) or None
        return None

    # For blocks

    async def _for_blocks(self, team: str, part: Part, key: tuple[str, str]) -> str:
        """The id of a picture that blocks can name."""
        known = self._sent.get(key)
        if known is None:
            (known,) = await self._api.upload(team, [part])
            self._sent.put(key, known)
        async for file in self._looks(team, known, WAIT_SECONDS):
            if file.get("mimetype"):
                return known
        raise later(words("slack_unreachable"))

    # In the thread

    async def _share(self, target: Target, parts: Mapping[str, Part], comment: str, nonce: str) -> str:
        team = _team(target)
        ids = [await self._bytes(team, part, (nonce, name)) for name, part in parts.items()]
        try:
            await self._api.complete(
                team,
                ids,
                [part.name for part in parts.values()],
                channel=str(target["channel"]),
                thread=str(target.get("thread") or ""),
                comment=comment,
            )
        except Unconfirmed:
            self._doubtful.put(nonce, tuple(ids))
            raise
        except PlatformError as error:
            if code_of(error) not in _NOT_AGAIN:
                raise
            if nonce not in self._doubtful:
                # What was uploaded is kept for a while only.
                for name in parts:
                    self._sent.drop((nonce, name))
                raise later(error.user_message) from error
        self._doubtful.drop(nonce)
        self._shared.put(nonce, tuple(ids))
        return await self._message(target, ids)

    async def _bytes(self, team: str, part: Part, key: tuple[str, str]) -> str:
        known = self._sent.get(key)
        if known is None:
            known = await self._api.send_bytes(team, part)
            self._sent.put(key, known)
        return known

    async def _message(self, target: Target, ids: Sequence[str]) -> str:
        """The `ts` of the message that holds the files; the files' own id where the app may not look."""
        try:
            found = await self._look_for(target, ids, WAIT_SECONDS)
        except Forbidden:
            return ids[0]
        if not found:
            # It comes some time: looked up, it is not posted twice.
            raise Unconfirmed(words("slack_lost"))
        return found

    async def _look_for(self, target: Target, ids: Sequence[str], seconds: float) -> str:
        async for file in self._looks(_team(target), ids[0], seconds):
            if ts := shared_as(file, str(target["channel"])):
                return ts
        return ""

    async def _looks(self, team: str, file: str, seconds: float) -> AsyncIterator[Mapping[str, Any]]:
        """A file as it is now and then, until so much time is over."""
        until, wait = self._clock.now() + seconds, _FIRST_LOOK
        while True:
            try:
                yield (await self._api.call(team, "files.info", file=file, patient=True)).get("file") or {}
            except TargetGone:
                # It is not there yet for those that look.
                yield {}
            if self._clock.now() >= until:
                return
            await self._clock.sleep(wait)
            wait = min(_RAREST_LOOK, wait * 2)

    async def remove(self, target: Target, file: str) -> None:
        """Delete a file that is known by nothing else."""
        try:
            await self._api.call(_team(target), "files.delete", file=file)
        except TargetGone:
            return


async def gather(wanted: Sequence[Mapping[str, Any]], shelf: MediaShelf) -> Gathered:
    """Read, draw and shrink the files of a body."""
    parts: dict[str, Part] = {}
    lines: list[str] = []
    for file in wanted:
        name = str(file.get("name") or "file")
        given = file.get("limit")
        limit = given if isinstance(given, int) and given > 0 else MOST_BYTES
        try:
            made = await outgoing(file, name, shelf, limit, _LIBRARY)
        except MediaError as error:
            lines.append(_line(file, name, error))
            continue
        if not made.data:
            lines.append(words("slack_upload_empty", name=name))
            continue
        if len(made.data) > limit:
            lines.append(_line(file, name))
            continue
        if made.still:
            lines.append(words("slack_upload_first_frame", name=name))
        alt, mime = str(file.get("alt") or "")[:ALT_TEXT], made.mime.partition(";")[0]
        parts[name] = Part(made.name, made.data, mime, alt, _SNIPPETS.get(mime, "") if "text" in file else "")
    return Gathered(parts, tuple(lines))


def shared_as(file: Mapping[str, Any], channel: str) -> str:
    """The `ts` of the newest message of a channel that holds the file, "" for none."""
    shares = file.get("shares")
    found = [
        str(share.get("ts") or "")
        for kind in (shares.values() if isinstance(shares, Mapping) else ())
        for share in kind.get(channel, ())
    ]
    return max(found, default="")


def _line(file: Mapping[str, Any], name: str, error: MediaError | None = None) -> str:
    """What stands where the file would."""
    otherwise = str(file.get("otherwise") or "")
    if otherwise:
        return otherwise
    if error is not None and "plot" in file:
        return words("slack_upload_not_drawn", name=name, reason=error.user_message)
    return words("slack_upload_gone" if error is not None else "slack_upload_too_large", name=name)


def _team(target: Target) -> str:
    return str(target.get("team") or "")
