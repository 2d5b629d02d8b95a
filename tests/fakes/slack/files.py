"""Files: the upload in three steps, what becomes of it later, and downloads.

reference: section 4, "Upload": getUploadURLExternal (`length` > 0) → POST bytes → completeUploadExternal;
processing is asynchronous; `initial_comment` wins over blocks; the message's ts is not in the answer; blocks with
a markdown block → `internal_error`; 1 GB per file; downloads with a bearer that has `files:read`.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

from fakes.slack.apps import Apps
from fakes.slack.calls import Call
from fakes.slack.errors import Json, Refused
from fakes.slack.events import Events
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.posting import Posting
from fakes.slack.world import File, Install, Message, User, World

MOST_BYTES = 1 << 30


@dataclass(eq=False)
class Upload:
    """What was announced, then sent, then completed."""

    file: File
    length: int
    install: Install
    sent: bool = False
    completed: bool = False


@dataclass(eq=False)
class Share:
    """A message that appears once its files are processed."""

    files: list[File]
    message: Message


class Files(Methods):
    """All files. While `slow` is set nothing is processed until `process` is called."""

    def __init__(self, world: World, apps: Apps, payloads: Payloads, events: Events, posting: Posting) -> None:
        self.slow = False
        self.downloads: list[str] = []
        """The files that were fetched, by id."""
        self._world = world
        self._apps = apps
        self._payloads = payloads
        self._events = events
        self._posting = posting
        self._uploads: dict[str, Upload] = {}
        self._waiting: list[Share] = []

    def methods(self) -> dict[str, Method]:
        return {
            "files.completeUploadExternal": Method(self._complete, ("files:write",)),
            "files.delete": Method(self._delete, ("files:write",)),
            "files.getUploadURLExternal": Method(self._announce, ("files:write",)),
            "files.info": Method(self._info, ("files:read",)),
            "files.upload": Method(_retired, ("files:write",)),
        }

    def new(self, user: User, name: str, content: bytes, **more: str | float | bool) -> File:
        """A file of somebody's; its kind goes by its name."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = File(
            self._world.new_id("F"), name, user.team_id, user.id, content, kind, created=self._world.real_time()
        )
        for key, value in more.items():
            setattr(file, key, value)
        self._world.files[file.id] = file
        return file

    def _announce(self, call: Call) -> Json:
        length = call.number("length", 0)
        if length <= 0:
            raise Refused("invalid_arguments")
        if length > MOST_BYTES:
            raise Refused("file_upload_size_restricted")
        file = self.new(
            call.install.bot,
            call.text("filename"),
            b"",
            alt_text=call.text("alt_txt", ""),
            snippet_type=call.text("snippet_type", ""),
        )
        self._uploads[file.id] = Upload(file, length, call.install)
        return {"upload_url": f"{self._payloads.url}/upload/v1/{file.id}", "file_id": file.id}

    def receive(self, key: str, content: bytes) -> int:
        """The bytes come; returns the HTTP status. They must be as many as announced."""
        upload = self._uploads.get(key)
        if upload is None or upload.completed:
            return 404
        if len(content) != upload.length:
            return 400
        upload.file.content, upload.sent = content, True
        return 200

    def _complete(self, call: Call) -> Json:
        named = call.array("files")
        if not named:
            raise Refused("invalid_arguments")
        uploads = [self._uploads.get(str(each.get("id"))) for each in named]
        for upload in uploads:
            if upload is None or upload.install is not call.install:
                raise Refused("file_not_found")
            if not upload.sent or upload.completed:
                raise Refused("file_update_failed" if upload.completed else "file_not_found")
        blocks = call.array("blocks", "invalid_blocks")
        if any(isinstance(each, dict) and each.get("type") == "markdown" for each in blocks):
            raise Refused("internal_error")
        messages = self._drafts(call, blocks)
        done = [upload for upload in uploads if upload is not None]
        for upload, each in zip(done, named, strict=True):
            upload.completed, upload.file.title = True, str(each.get("title") or upload.file.name)
        files = [upload.file for upload in done]
        self._waiting += [Share(files, message) for message in messages] or [Share(files, Message("", "", ""))]
        answer = {"files": [{"id": file.id, "title": file.title} for file in files]}
        if not self.slow:
            self.process()
        return answer

    def _drafts(self, call: Call, blocks: list[Json]) -> list[Message]:
        """The messages that are to hold the files: one per conversation."""
        keys = call.text("channels", call.text("channel_id", "")).split(",")
        drafts: list[Message] = []
        for key in filter(None, keys):
            place = Call(call.at, call.method, call.args | {"channel": key}, by=call.by)
            channel = self._posting.channel(place)
            comment = call.text("initial_comment", "")
            shown = (
                [] if comment else self._posting.stamped(self._posting.check(blocks, call.install.bot, channel))
            )
            bot = call.install.bot
            message = Message("", channel.id, bot.id, text=comment, blocks=shown, subtype="file_share")
            message.app_id, message.bot_id = call.install.app_id, bot.bot_id
            message.thread_ts = self._posting.thread(place, channel)
            drafts.append(message)
        return drafts

    def process(self) -> None:
        """What was uploaded becomes usable, and the messages that hold it appear."""
        waiting, self._waiting = self._waiting, []
        for share in waiting:
            for file in share.files:
                file.processed = True
            if share.message.channel_id:
                share.message.files = share.files
                share.message.ts, share.message.posted_at = self._world.new_ts(), self._world.now()
                self._world.add(share.message)
                self._events.posted(share.message)
        self._world.changed()

    def _visible(self, call: Call) -> File:
        file = self._world.files.get(call.text("file"))
        if file is None or not self._world.can_see(call.install.bot.id, file):
            raise Refused("file_not_found")
        if file.deleted:
            raise Refused("file_deleted")
        return file

    def _info(self, call: Call) -> Json:
        return {"file": self._payloads.file(self._visible(call))}

    def _delete(self, call: Call) -> Json:
        file = self._visible(call)
        if file.user_id != call.install.bot.id:
            raise Refused("cant_delete_file")
        file.deleted = True
        for channel_id, ts in file.shares:
            message = self._world.channels[channel_id].messages.get(ts)
            if message is not None:
                message.files = [each for each in message.files if each is not file]
        self._world.changed()
        return {}

    def fetch(self, key: str, authorization: str) -> File | None:
        """What a download gets: a file that the token's bot sees, else nothing but a login page."""
        try:
            install = self._apps.with_token(authorization.removeprefix("Bearer ").strip())
        except Refused:
            return None
        file = self._world.files.get(key)
        if file is None or file.deleted or "files:read" not in install.scopes:
            return None
        if not self._world.can_see(install.bot.id, file):
            return None
        self.downloads.append(file.id)
        return file


def _retired(call: Call) -> Json:
    """reference: section 1, "`files.upload` retired"."""
    raise Refused("method_deprecated")
