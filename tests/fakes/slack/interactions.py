"""What people press and command, as apps hear of it, and what apps may do with it afterwards.

reference: section 5 (acknowledged within 3 s; `response_url`: 5 uses in 30 minutes; `trigger_id`: 3 s, once; slash
commands carry no thread).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fakes.slack.apps import App, Apps
from fakes.slack.deliveries import COMMANDS, INTERACTIVE, Deliveries, Delivery
from fakes.slack.errors import Json, Refused
from fakes.slack.events import Events
from fakes.slack.payloads import Payloads
from fakes.slack.posting import Posting
from fakes.slack.world import Channel, Install, Message, User, World

if TYPE_CHECKING:
    from fakes.slack.views import View

TRIGGER_SECONDS = 3.0
URL_SECONDS = 1800.0
URL_USES = 5


@dataclass(eq=False)
class Act:
    """One thing that a person did and an app is to answer."""

    world: World
    install: Install
    user: User
    kind: str
    trigger_id: str
    at: float
    channel: Channel | None = None
    message: Message | None = None
    view: View | None = None
    payload: Json = field(default_factory=dict)
    response_url: str = ""
    uses: int = 0
    spent: bool = False
    """Whether its trigger opened a modal."""
    opened: View | None = None
    """The modal that it opened, if any."""
    responses: list[Message] = field(default_factory=list)
    """What was said through its `response_url`, or in the answer to a command."""
    delivery: Delivery | None = None

    @property
    def acknowledged(self) -> bool:
        return self.delivery is not None and self.delivery.acknowledged

    @property
    def failed(self) -> bool:
        """The person was told that it did not work."""
        return self.delivery is not None and self.delivery.given_up

    @property
    def options(self) -> list[Json]:
        """What a look-up was answered with, groups and all."""
        answer = (self.delivery.answer if self.delivery else None) or {}
        grouped = [option for group in answer.get("option_groups", []) for option in group["options"]]
        return list(answer.get("options", grouped))

    async def answered(self) -> Act:
        """Returns once it is acknowledged, or has failed."""
        await self.world.until(lambda: self.delivery is not None and self.delivery.done)
        return self

    async def modal(self) -> View:
        """Returns the modal that it opens."""
        found = await self.world.until(lambda: self.opened)
        assert found is not None
        return found

    async def response(self, number: int = 1) -> Message:
        """Returns what is said to it, once it is said."""
        await self.world.until(lambda: len(self.responses) >= number)
        return self.responses[number - 1]


class Interactions:
    """All acts of people."""

    def __init__(
        self,
        world: World,
        apps: Apps,
        payloads: Payloads,
        events: Events,
        deliveries: Deliveries,
        posting: Posting,
    ) -> None:
        self.acts: list[Act] = []
        self._world = world
        self._apps = apps
        self._payloads = payloads
        self._events = events
        self._deliveries = deliveries
        self._posting = posting

    def begin(
        self,
        install: Install,
        user: User,
        kind: str,
        payload: Json,
        *,
        channel: Channel | None = None,
        message: Message | None = None,
        view: View | None = None,
        respond: bool = True,
        then: Callable[[Delivery], None] | None = None,
    ) -> Act:
        """Send it to its app; `then` is called when it is acknowledged, or is not."""
        number = self._world.new_id("")
        act = Act(self._world, install, user, kind, f"{number}.trigger", self._world.now(), channel, message, view)
        self.acts.append(act)
        app = self._apps.apps[install.app_id]
        act.payload = self._common(app, install, user, act) | payload
        if respond:
            act.response_url = f"{self._payloads.url}/response/{number}"
            act.payload["response_url"] = act.response_url
        command = kind == "command"
        act.delivery = self._deliveries.send(
            app,
            COMMANDS if command else INTERACTIVE,
            act.payload,
            (lambda delivery: self._answered(act, delivery)) if command else then,
        )
        self._world.changed()
        return act

    def _common(self, app: App, install: Install, user: User, act: Act) -> Json:
        team = self._world.teams[install.team_id]
        common: Json = {"token": "verification-token", "api_app_id": app.id, "trigger_id": act.trigger_id}
        if act.kind == "command":
            return common | {
                "team_id": team.id,
                "team_domain": team.name,
                "user_id": user.id,
                "user_name": user.name,
                "is_enterprise_install": "false",
            }
        return common | {
            "type": act.kind,
            "team": {"id": team.id, "domain": team.name},
            "user": self._payloads.acting(user),
            "enterprise": None,
            "is_enterprise_install": False,
            "action_ts": self._world.new_ts(),
        }

    def _answered(self, act: Act, delivery: Delivery) -> None:
        """What a command is acknowledged with is shown."""
        if delivery.answer and (delivery.answer.get("text") or delivery.answer.get("blocks")):
            self._say(act, delivery.answer)

    def spend(self, trigger_id: str, install: Install) -> Act:
        """The act whose trigger opens a modal: once, within three seconds. Raises `Refused`."""
        act = next((each for each in self.acts if each.trigger_id == trigger_id), None)
        if act is None or act.install is not install:
            raise Refused("invalid_trigger_id")
        if act.spent:
            raise Refused("exchanged_trigger_id")
        if self._world.now() > act.at + TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        act.spent = True
        return act

    def respond(self, number: str, body: Json) -> tuple[int, str]:
        """A post to a `response_url`; returns the HTTP status and, if it is refused, the error."""
        act = next((each for each in self.acts if each.response_url.endswith(f"/{number}")), None)
        if act is None or self._world.now() > act.at + URL_SECONDS:
            return 404, "expired_url"
        if act.uses >= URL_USES:
            return 404, "used_url"
        try:
            self._say(act, body)
        except Refused as refused:
            return 404 if refused.error == "message_not_found" else 400, refused.error
        act.uses += 1
        return 200, ""

    def _say(self, act: Act, body: Json) -> None:
        """Change what was acted on, or say something in its conversation: to the person only, unless told."""
        if body.get("delete_original") or body.get("replace_original"):
            self._change(act, body)
            return
        channel = act.channel
        if channel is None:
            raise Refused("no_channel")
        bot = act.install.bot
        message = Message(self._world.new_ts(), channel.id, bot.id, app_id=act.install.app_id, bot_id=bot.bot_id)
        self._fill(message, body, channel, bot)
        message.only_for = "" if body.get("response_type") == "in_channel" else act.user.id
        if body.get("thread_ts"):
            message.thread_ts = self._world.find_root(channel, str(body["thread_ts"]))
        message.posted_at = self._world.now()
        self._world.add(message)
        act.responses.append(message)
        self._events.posted(message)

    def _change(self, act: Act, body: Json) -> None:
        message, channel = act.message, act.channel
        if message is None or channel is None:
            raise Refused("message_not_found")
        if not message.only_for and message.ts not in channel.messages:
            raise Refused("message_not_found")
        if body.get("delete_original"):
            if message.only_for:
                self._world.ephemerals.remove(message)
            else:
                del channel.messages[message.ts]
                self._events.deleted(message)
            self._world.changed()
            return
        previous = self._payloads.message(message)
        self._fill(message, body, channel, act.install.bot)
        message.edits += 1
        message.edited_ts = self._world.new_ts()
        self._events.changed(message, previous)

    def _fill(self, message: Message, body: Json, channel: Channel, bot: User) -> None:
        blocks = body.get("blocks") or []
        message.blocks = self._posting.stamped(self._posting.check(blocks, bot, channel))
        message.text = str(body.get("text") or "")
        if not (message.text or message.blocks):
            raise Refused("no_text")
