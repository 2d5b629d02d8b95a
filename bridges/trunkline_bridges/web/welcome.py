"""The frame that answers `hello`: who the visitor is, what the app can do, which conversations there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline import __version__
from trunkline.messages import Json

from .limits import CONVERSATIONS
from .parse import PROTOCOL

if TYPE_CHECKING:
    from .signing_in import Person
    from .site import Site


async def welcome_frame(site: Site, app: str, visitor: str, person: Person | None) -> tuple[dict[str, Json], int]:
    """The `welcome` of a visitor, and the conversation that is their current one."""
    options = site.options
    profile = await site.profile(app)
    items, current = await site.conversations(app, visitor)
    if not current and len(items) >= CONVERSATIONS:
        current = await site.current(app, visitor)
    now = site.clock.now()
    frame: dict[str, Json] = {
        "type": "welcome",
        "protocol": PROTOCOL,
        "app": site.profile_frame(profile, app),
        "apps": [{"name": name} for name in site.apps],
        "conversation": current,
        "conversations": items,
        "voice": site.calling.members(profile),
        "limits": {
            "frame_bytes": options.frame_bytes,
            "file_bytes": options.file_bytes,
            "files": options.files,
            "ping_seconds": options.ping_seconds,
        },
        "now": now,
        "server": __version__,
    }
    if person is None:
        frame["visitor_token"] = site.visitors.token(visitor, now)
    else:
        frame["visitor_token"] = site.visitors.pass_for(visitor, person.expires)
        frame["identity"] = {"name": person.name, "person": site.person(visitor)}
    if options.theme:
        frame["theme"] = dict(options.theme)
    if options.strings:
        frame["strings"] = dict(options.strings)
    return frame, current
