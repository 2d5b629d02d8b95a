"""`/preview` on the operator's address: one conversation side by side as it looks on each platform."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, get_args, get_origin

from aiohttp import WSMsgType, web

from trunkline.bridge import Descriptor, Scene
from trunkline.errors import TrunklineError
from trunkline.messages import Json
from trunkline.options import DRAWN
from trunkline.words import words

from .frames import dumps
from .page import Markup, answer, page, policy
from .parse import BadFrame, read_frame
from .preview import LIVE, snapshot, welcome
from .sample import sample_profile, sample_turns

if TYPE_CHECKING:
    from trunkline.bridge import Archive

    from .site import Site
    from .static import Assets

SAMPLE: Final = "sample"
_TITLES: Final = {"web": "Widget"}
_LISTED: Final = 30
_LONGEST_TITLE: Final = 60
Installed = Sequence[tuple[Descriptor, Mapping[str, Json]]]


class Previews:
    """The page, the columns in it, and the server that the widget's column talks to."""

    def __init__(self, site: Site, assets: Assets, archive: Archive | None, installed: Installed) -> None:
        self._site = site
        self._assets = assets
        self._archive = archive
        self._columns = {known.name: (known, options) for known, options in installed if known.preview is not None}

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/preview", self._page)
        app.router.add_get(f"{LIVE}/{{scene}}/ws", self._live, allow_head=False)
        app.router.add_get(f"{LIVE}/{{scene}}/static/{{name:.+}}", self._asset)
        app.router.add_get("/preview/{bridge}", self._column)

    async def _page(self, request: web.Request) -> web.Response:
        values = {
            "base": f"{self._site.options.path_prefix}/",
            "conversations": Markup(await self._conversations(request.query.get("conversation", ""))),
            "columns": Markup("".join(_column(known, options) for known, options in self._columns.values())),
        }
        return page("preview", values, policy(_origin(request)))

    async def _conversations(self, chosen: str) -> str:
        options = [_option(SAMPLE, "Sample: something of everything", chosen)]
        if self._archive is not None:
            for kept in await self._archive.newest(_LISTED):
                title = (kept.title or words("untitled"))[:_LONGEST_TITLE]
                options.append(_option(str(kept.id), f"{kept.id} · {kept.platform} · {title}", chosen))
        return "".join(options)

    async def _column(self, request: web.Request) -> web.Response:
        known, options = self._columns.get(request.match_info["bridge"], (None, {}))
        if known is None or known.preview is None:
            raise web.HTTPNotFound(text=words("nothing_here"))
        asked = {name: request.query[name] for name in choices(known) if request.query.get(name)}
        if any(value not in choices(known)[name] for name, value in asked.items()):
            raise web.HTTPBadRequest(text=words("bad_preview", names=", ".join(asked)))
        scene = await self._scene(request.query.get("conversation") or SAMPLE, {**options, **asked})
        # Bridges draw with styles of their own; pictures of other websites stay away.
        allowed = policy(_origin(request), style_src="'self' 'unsafe-inline'", img_src="'self' data: blob:")
        return answer(known.preview(scene), allowed)

    async def _scene(self, name: str, options: Mapping[str, Json]) -> Scene:
        """The scene of that name; 404 when there is none."""
        now = self._site.clock.now()
        sample = Scene(SAMPLE, sample_turns(now), sample_profile(), options, self._site.address, now)
        if name == SAMPLE:
            return sample
        found = None
        if self._archive is not None and name.isascii() and name.isdigit():
            found = await self._archive.transcript(int(name[:20]))
        if found is None:
            raise web.HTTPNotFound(text=words("no_such_conversation"))
        kept, transcript = found
        try:
            profile = await self._site.core.profile(kept.app)
        except TrunklineError:
            # What was said can be looked at while the app is away.
            profile = replace(sample.profile, title=kept.title)
        return replace(sample, name=name, turns=transcript.turns, profile=profile)

    # The widget's column

    async def _asset(self, request: web.Request) -> web.Response:
        return self._assets.response(request, request.match_info["name"])

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        """A server that shows one scene and does nothing."""
        known, options = self._columns.get("web", (None, {}))
        if known is None:
            raise web.HTTPNotFound(text=words("nothing_here"))
        scene = await self._scene(request.match_info["scene"], options)
        socket = web.WebSocketResponse(max_msg_size=2 * self._site.options.frame_bytes)
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                for frame in _answers(scene, message.data):
                    await socket.send_str(dumps(frame).decode())
        return socket


def choices(known: Descriptor) -> dict[str, tuple[str, ...]]:
    """The settings of a bridge that are one of a few words, and change how replies look."""
    return {
        name: tuple(str(value) for value in get_args(field.annotation))
        for name, field in known.options.model_fields.items()
        if get_origin(field.annotation) is Literal and field.json_schema_extra == DRAWN
    }


def _answers(scene: Scene, text: str) -> Sequence[Mapping[str, Json]]:
    try:
        frame = read_frame(text)
    except BadFrame:
        return ()
    match frame["type"]:
        case "hello":
            return (welcome(scene), snapshot(scene))
        case "resume":
            return (snapshot(scene),)
        case "ping":
            return ({"type": "pong", "t": frame.get("t", 0)},)
        case _ if "id" in frame:
            return ({"type": "ack", "id": frame["id"], "outcome": "denied", "text": words("only_a_preview")},)
        case _:
            return ()


def _column(known: Descriptor, options: Mapping[str, Json]) -> str:
    name, title = html.escape(known.name), html.escape(_TITLES.get(known.name, known.name.capitalize()))
    selects = "".join(
        f'<label class="setting"><span>{html.escape(setting)}</span><select data-bridge="{name}" '
        f'data-setting="{html.escape(setting)}">'
        + "".join(_option(value, value, str(options.get(setting, ""))) for value in values)
        + "</select></label>"
        for setting, values in choices(known).items()
    )
    return (
        f'<section class="column card" aria-labelledby="column-{name}"><header><h2 id="column-{name}">'
        f'{title}</h2><div class="settings">{selects}</div></header>'
        f'<iframe title="{title}" data-bridge="{name}"></iframe></section>'
    )


def _option(value: str, text: str, chosen: str) -> str:
    selected = " selected" if value == chosen else ""
    return f'<option value="{html.escape(value)}"{selected}>{html.escape(text)}</option>'


def _origin(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
