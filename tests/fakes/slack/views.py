"""Modals and App Home.

reference: section 4 (100 blocks per modal and Home), section 5 (`trigger_id`: 3 s, once) and slack_sdk's model of
a view (titles and buttons of 24 characters, private_metadata of 3,000).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fakes.slack import blocks as kit
from fakes.slack.calls import Call
from fakes.slack.deliveries import Delivery
from fakes.slack.elements import check_plain
from fakes.slack.errors import Json, Problems, Refused
from fakes.slack.interactions import Act, Interactions
from fakes.slack.methods import Method, Methods
from fakes.slack.posting import Posting
from fakes.slack.world import Install, User, World

MOST_STACKED = 3
COPIED = ("title", "submit", "close", "callback_id", "private_metadata", "external_id")
FLAGS = ("clear_on_close", "notify_on_close")


@dataclass(eq=False)
class View:
    """A modal or a Home tab, as a person has it before them."""

    id: str
    install: Install
    user: User
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    """What the app said against the submitted fields, by `block_id`."""
    trouble: bool = False
    """A submission was not acknowledged."""
    is_open: bool = True

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        return str(self.body.get("title", {}).get("text", ""))

    def written(self) -> Json:
        """As interactions and answers have it."""
        kept = {name: self.body.get(name) for name in (*COPIED, "type", "blocks")}
        return {
            **kept,
            "callback_id": self.body.get("callback_id") or "",
            "private_metadata": self.body.get("private_metadata") or "",
            "external_id": self.body.get("external_id") or "",
            **{name: bool(self.body.get(name)) for name in FLAGS},
            "id": self.id,
            "team_id": self.install.team_id,
            "app_id": self.install.app_id,
            "bot_id": self.install.bot.bot_id,
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "state": {"values": self.values},
        }


class Views(Methods):
    """All views: a stack of modals and one Home for each person and app."""

    def __init__(self, world: World, posting: Posting, interactions: Interactions) -> None:
        self.homes: dict[tuple[str, str], View] = {}
        self._stacks: dict[tuple[str, str], list[View]] = {}
        self._world = world
        self._posting = posting
        self._interactions = interactions

    def methods(self) -> dict[str, Method]:
        return {
            "views.open": Method(self._open),
            "views.publish": Method(self._publish),
            "views.push": Method(self._push),
            "views.update": Method(self._update),
        }

    def stack(self, app_id: str, user: User) -> list[View]:
        """The modals of an app that a person has open, the top one last."""
        return self._stacks.setdefault((app_id, user.id), [])

    def _body(self, call: Call, kind: str) -> Json:
        return self.checked(call.table("view") or {}, kind)

    def checked(self, view: Json, kind: str) -> Json:
        """Raises `Refused` for what is no view of a kind; returns it as Slack keeps it."""
        problems = Problems()
        if view.get("type") != kind:
            problems.add("/type", f"must be {kind}")
        if kind == "modal":
            check_plain(view.get("title"), "/title", 24, problems)
            for name in ("submit", "close"):
                if view.get(name) is not None:
                    check_plain(view[name], f"/{name}", 24, problems)
        elif view.get("submit") or view.get("close"):
            problems.add("/submit", "home view cannot have submit and close")
        problems.longer("/private_metadata", view.get("private_metadata") or "", 3000, 0)
        problems.longer("/callback_id", view.get("callback_id") or "", 255, 0)
        blocks = problems.count("/blocks", view.get("blocks"), 100)
        problems.refuse("invalid_arguments")
        kit.check_blocks(blocks, kit.MODAL if kind == "modal" else kit.HOME)
        if kind == "modal" and any(each["type"] == "input" for each in blocks) and not view.get("submit"):
            problems.add("/submit", "missing required field: a modal with inputs needs a submit button")
            problems.refuse("invalid_arguments")
        return view | {"blocks": self._posting.stamped(blocks)}

    def _make(self, install: Install, user: User, body: Json, below: View | None = None) -> View:
        external = body.get("external_id")
        if external and any(each.body.get("external_id") == external for each in self._all(install)):
            raise Refused("duplicate_external_id")
        key = self._world.new_id("V")
        root = below.root_id if below else key
        return View(key, install, user, body, self._hash(), root, below.id if below else None)

    def _hash(self) -> str:
        return self._world.new_ts().replace(".", "") + ".hash"

    def _all(self, install: Install) -> list[View]:
        return [each for (app, _), stack in self._stacks.items() if app == install.app_id for each in stack]

    def _open(self, call: Call) -> Json:
        act = self._interactions.spend(call.text("trigger_id"), call.install)
        view = self._make(call.install, act.user, self._body(call, "modal"))
        stack = self.stack(call.install.app_id, act.user)
        for other in stack:
            other.is_open = False
        stack[:] = [view]
        return self._shown(act, view)

    def _push(self, call: Call) -> Json:
        act = self._interactions.spend(call.text("trigger_id"), call.install)
        view = self.push(call.install, act.user, self._body(call, "modal"))
        return self._shown(act, view)

    def push(self, install: Install, user: User, body: Json) -> View:
        """One modal on top of another; three at most."""
        stack = self.stack(install.app_id, user)
        if not stack:
            raise Refused("not_found")
        if len(stack) >= MOST_STACKED:
            raise Refused("push_limit_reached")
        view = self._make(install, user, body, stack[-1])
        stack.append(view)
        return view

    def _shown(self, act: Act, view: View) -> Json:
        act.opened = view
        self._world.changed()
        return {"view": view.written()}

    def _update(self, call: Call) -> Json:
        key, external = call.text("view_id", ""), call.text("external_id", "")
        views = self._all(call.install)
        named = (each for each in views if external and each.body.get("external_id") == external)
        found = next((each for each in views if each.id == key), None) or next(named, None)
        if found is None:
            raise Refused("not_found")
        if call.has("hash") and call.text("hash") != found.hash:
            raise Refused("hash_conflict")
        self.replace(found, self._body(call, "modal"))
        return {"view": found.written()}

    def replace(self, view: View, body: Json) -> None:
        """Other content. What was typed into fields that keep their ids stays."""
        view.body, view.hash, view.errors = body, self._hash(), {}
        self._world.changed()

    def _publish(self, call: Call) -> Json:
        user = self._world.users.get(call.text("user_id"))
        if user is None or user.is_bot:
            raise Refused("user_not_found")
        body = self._body(call, "home")
        known = self.homes.get((call.install.app_id, user.id))
        if known is not None and call.has("hash") and call.text("hash") != known.hash:
            raise Refused("hash_conflict")
        view = self._make(call.install, user, body)
        if known is not None:
            view.id = view.root_id = known.id
        self.homes[(call.install.app_id, user.id)] = view
        self._world.changed()
        return {"view": view.written()}

    def close(self, view: View, *, everything: bool = False) -> None:
        stack = self.stack(view.install.app_id, view.user)
        for each in list(stack):
            if each is view or everything:
                each.is_open = False
                stack.remove(each)
        self._world.changed()

    def submitted(self, view: View, delivery: Delivery) -> None:
        """What the acknowledgement of a submission says comes to pass; without a word the modal closes."""
        if not delivery.acknowledged:
            view.trouble = True
            return
        answer = delivery.answer or {}
        match answer.get("response_action"):
            case "errors":
                view.errors = dict(answer["errors"])
            case "update":
                self.replace(view, self.checked(answer["view"], "modal"))
            case "push":
                self.push(view.install, view.user, self.checked(answer["view"], "modal"))
            case "clear":
                self.close(view, everything=True)
            case _:
                self.close(view)
        self._world.changed()
