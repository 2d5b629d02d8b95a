"""What a person presses, chooses, fills in and commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakes.slack import blocks as kit
from fakes.slack.apps import App
from fakes.slack.elements import CHOICES, STATIC_SELECTS
from fakes.slack.errors import Impossible, Json
from fakes.slack.filling import PICKED, chosen, filled, preset
from fakes.slack.interactions import Act
from fakes.slack.posting import interactive
from fakes.slack.seeing import Sight
from fakes.slack.views import View
from fakes.slack.world import IM, Channel, Install, Message

Surface = Message | View
PRESSED = frozenset({"button", "feedback_buttons", "icon_button", "overflow"})
EXTERNAL = frozenset({"external_select", "multi_external_select"})
CHOSEN = STATIC_SELECTS | CHOICES | PICKED.keys()


class Actor(Sight):
    """A person, as far as apps are to answer them."""

    # Buttons and selects.

    def click(self, surface: Surface, label: str) -> Act:
        """Press a button, by its text, value or action_id; one of two feedback buttons; an item of an overflow."""
        for block, element in self._elements(surface):
            pressed = _pressed(element, label)
            if element["type"] in PRESSED and pressed is not None:
                if self.id not in element.get("visible_to_user_ids", [self.id]):
                    raise Impossible(f"{label!r} is not shown to {self.user.name}")
                return self._act(surface, block, element, pressed)
        raise Impossible(f"there is no button {label!r} in {self._labels(surface)}")

    def choose(self, surface: Surface, *values: str, select: str = "") -> Act:
        """Choose options by text or value (or people and days by id) in the select of an action_id."""
        for block, element in self._elements(surface):
            if element["type"] in CHOSEN and select in ("", element["action_id"]):
                if element["type"] in PICKED:
                    many = element["type"].startswith("multi_")
                    picked: Json = {PICKED[element["type"]]: list(values) if many else values[0]}
                else:
                    picked = chosen(element, list(values))
                return self._act(surface, block, element, picked)
        raise Impossible("there is no such select")

    def look_up(self, surface: Surface, query: str, *, select: str = "") -> Act:
        """Type into a select whose options the app brings; they are in the act's `options` once it answered."""
        for block, element in self._elements(surface, inputs=True):
            if element["type"] in EXTERNAL and select in ("", element["action_id"]):
                if len(query) < element.get("min_query_length", 3):
                    raise Impossible("Slack asks the app only when more is typed")
                payload: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "value": query}
                if isinstance(surface, View):
                    container: Json = {"type": "view", "view_id": surface.id}
                    payload |= {"container": container, "view": surface.written()}
                    return self._begin(surface.install, "block_suggestion", payload, view=surface, respond=False)
                channel = self._world.channels[surface.channel_id]
                payload |= self._of_message(surface, channel)
                install = self.installed(surface.app_id)
                return self._begin(install, "block_suggestion", payload, message=surface, respond=False)
        raise Impossible("there is no such select")

    def choose_found(self, surface: Surface, found: Act, value: str) -> Act:
        """Choose what a look-up brought, by its text or value."""
        for block, element in self._elements(surface):
            if element["type"] in EXTERNAL and element["action_id"] == found.payload["action_id"]:
                offered = {"type": element["type"].replace("external", "static"), "options": found.options}
                return self._act(surface, block, element, chosen(offered, [value]))
        raise Impossible("there is no such select")

    def press_stale(self, message: Message, action_id: str, value: str = "") -> Act:
        """Press a button that the message had when this person's client last drew it."""
        element = {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": action_id}}
        return self._act(message, {"block_id": "stale"}, element, {"value": value})

    def _elements(self, surface: Surface, *, inputs: bool = False) -> list[tuple[Json, Json]]:
        """Every element that can be acted on, with its block."""
        if isinstance(surface, View):
            if surface.user is not self.user or not surface.is_open:
                raise Impossible("this view is not open before them")
            blocks = surface.blocks
        else:
            self._must_see(surface)
            blocks = self.blocks(surface)
        return [
            (block, element)
            for block in kit.walk(blocks)
            for element in interactive(block)
            if inputs or block["type"] != "input" or block.get("dispatch_action")
        ]

    def _labels(self, surface: Surface) -> list[str]:
        return [
            str(element.get("text", {}).get("text", element["type"])) for _, element in self._elements(surface)
        ]

    def _act(self, surface: Surface, block: Json, element: Json, more: Json) -> Act:
        action: Json = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": self._world.new_ts(),
            **({"text": element["text"]} if "text" in element else {}),
            **more,
        }
        payload: Json = {"actions": [action]}
        if isinstance(surface, View):
            surface.values = _current(surface)
            payload |= {"container": {"type": "view", "view_id": surface.id}, "view": surface.written()}
            return self._begin(surface.install, "block_actions", payload, view=surface, respond=False)
        channel = self._world.channels[surface.channel_id]
        payload |= self._of_message(surface, channel) | {"state": {"values": _values(self.blocks(surface))}}
        install = self.installed(surface.app_id)
        return self._begin(install, "block_actions", payload, channel=channel, message=surface)

    def _of_message(self, message: Message, channel: Channel) -> Json:
        """Where it was pressed; of an ephemeral message there is nothing but its place."""
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
        container["is_ephemeral"] = bool(message.only_for)
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        place: Json = {"container": container, "channel": {"id": channel.id, "name": _name(channel)}}
        return place if message.only_for else place | {"message": self._in.payloads.message(message)}

    # Commands and shortcuts.

    def slash(self, channel: Channel, command: str, text: str = "") -> Act:
        """Run a slash command in a conversation; Slack has none in threads."""
        self._must_be_in(channel)
        for app in self._in.apps.apps.values():
            install = app.installs.get(self.user.team_id)
            if install and install.active and command in app.commands and "commands" in install.scopes:
                payload: Json = {"command": command, "text": text}
                payload |= {"channel_id": channel.id, "channel_name": _name(channel)}
                return self._begin(install, "command", payload, channel=channel)
        raise Impossible(f"{command} is not a command here")

    def shortcut(self, app: App, callback_id: str) -> Act:
        """Use a global shortcut of an app."""
        if callback_id not in app.shortcuts:
            raise Impossible(f"the app has no shortcut {callback_id!r}")
        return self._begin(self.installed(app), "shortcut", {"callback_id": callback_id}, respond=False)

    def message_shortcut(self, message: Message, app: App, callback_id: str) -> Act:
        """Use an app's shortcut in a message's menu."""
        self._must_see(message)
        if callback_id not in app.message_shortcuts or message.only_for:
            raise Impossible(f"there is no shortcut {callback_id!r} on this message")
        channel = self._world.channels[message.channel_id]
        payload = {"callback_id": callback_id, "message_ts": message.ts} | self._of_message(message, channel)
        del payload["container"]
        return self._begin(self.installed(app), "message_action", payload, channel=channel, message=message)

    # Modals.

    def submit(self, view: View, /, **values: Any) -> Act:
        """Fill in a modal, by label (spaces as they are), action_id or block_id, and press its submit button."""
        self._must_have(view)
        if not view.body.get("submit"):
            raise Impossible("this modal has no submit button")

        def hand(file: tuple[str, bytes]) -> Json:
            return self._attach(file, view.install.bot.id)

        view.values, view.errors, view.trouble = filled(view.blocks, values, hand), {}, False
        payload: Json = {"view": view.written(), "response_urls": []}
        views = self._in.views
        return self._begin(
            view.install,
            "view_submission",
            payload,
            view=view,
            respond=False,
            then=lambda delivery: views.submitted(view, delivery),
        )

    def close(self, view: View) -> Act | None:
        """Close a modal; the app hears of it if it asked to."""
        self._must_have(view)
        everything = bool(view.body.get("clear_on_close"))
        self._in.views.close(view, everything=everything)
        if not view.body.get("notify_on_close"):
            return None
        payload = {"view": view.written(), "is_cleared": everything}
        return self._begin(view.install, "view_closed", payload, view=view, respond=False)

    def _attach(self, file: tuple[str, bytes], bot: str) -> Json:
        made = self._in.files.new(self.user, *file, processed=True)
        made.handed_to.append(bot)
        return self._in.payloads.file(made)

    def _begin(self, install: Install, kind: str, payload: Json, **more: Any) -> Act:
        return self._in.interactions.begin(install, self.user, kind, payload, **more)

    def _must_have(self, view: View) -> None:
        stack: Sequence[View] = self._in.views.stack(view.install.app_id, self.user)
        if not stack or stack[-1] is not view:
            raise Impossible("this modal is not on top")

    def _must_be_in(self, channel: Channel) -> None:
        if self.id not in channel.members:
            raise Impossible(f"{self.user.name} is not in this conversation")

    def _must_see(self, message: Message) -> None:
        channel = self._world.channels[message.channel_id]
        if message not in self.sees(channel, message if message.thread_ts else None):
            raise Impossible(f"{self.user.name} does not see this message")


def _pressed(element: Json, label: str) -> Json | None:
    """What pressing an element by a label adds to the action, or None if it has no such label."""
    if element["type"] == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            if label in (element[name]["text"]["text"], element[name]["value"]):
                return {"value": element[name]["value"], "text": element[name]["text"]}
        return None
    if element["type"] == "overflow":
        options = [each for each in element["options"] if label in (each["text"]["text"], each["value"])]
        return {"selected_option": options[0]} if options else None
    names = (element.get("text", {}).get("text"), element.get("value"), element["action_id"])
    return ({"value": element["value"]} if "value" in element else {}) if label in names else None


def _values(blocks: list[Json]) -> Json:
    """The state of what can be filled in where nobody touched it."""
    state: Json = {}
    for block in kit.walk(blocks):
        if block["type"] == "input":
            element = block["element"]
            state.setdefault(block["block_id"], {})[element["action_id"]] = preset(element)
    return state


def _current(view: View) -> Json:
    return _values(view.blocks) | view.values


def _name(channel: Channel) -> str:
    return "directmessage" if channel.kind == IM else channel.name
