"""The fault run of the Slack bridge: people of some workspaces talk while Web API, sockets, service and app break.

One workspace is that of the settings' token, the others install the app themselves. What counts is what stands in
each thread when all is done: Slack itself is the fake one, in this process.
"""

from __future__ import annotations

import asyncio
import random
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from fakes.slack.apps import App
from fakes.slack.deliveries import EVENTS, Delivery
from fakes.slack.installing import install
from fakes.slack.people import Person
from fakes.slack.readable import readable
from fakes.slack.server import FakeSlack, running_slack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from faults.ledger import Count, Standing, answer_to, count
from faults.processes import Killable, app_process, free_port, service_process
from faults.trouble import Trouble

WORKSPACES = ("home", "work", "club", "school")
"""More than two, since each reply may be changed twice, and 50 changes a minute are for a whole workspace."""
TALKERS = 20
IN_FLIGHT = 2
"""Messages a person sends before the first of them is answered."""
SETTLE_S = 240.0
REDELIVERY = (0.5,) * 600
"""Slack's patience with what was not acknowledged, sooner: a run has no five minutes."""
_CALLS = (
    *("chat.postMessage", "chat.update", "chat.startStream", "chat.appendStream", "chat.stopStream", "chat.*"),
    *("conversations.*", "agents.*", "reactions.*", "users.*", "auth.test"),
)
"""The calls that fail: of one kind, or of a family."""
_PASSING = ("internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited")
"""Errors on HTTP 200 that say nothing of the call itself."""
_OWN = {
    "chat.startStream": ("channel_type_not_supported", "missing_recipient_user_id"),
    "chat.appendStream": ("message_not_in_streaming_state", "msg_too_long"),
    "chat.stopStream": ("message_not_in_streaming_state", "msg_too_long"),
    "chat.update": ("streaming_state_conflict",),
}
"""Further ones of a method, after which there is another way."""
_FAILED = "⚠️"
"""Stands before the sentence that says why a turn failed."""
_NAME = re.compile(r"\bm-\d+-\d+\b")
_CONTROLS = frozenset({"actions", "context_actions"})


class Talker:
    """One person in a place of their own: a channel, where they call the bot, or their direct messages with it.

    Either each message begins a thread, or all stand in that of the first.
    """

    def __init__(
        self, slack: FakeSlack, person: Person, channel: Channel, call: str, sent: Sequence[str], *, together: bool
    ) -> None:
        self.sent = list(sent)
        self._slack = slack
        self._person = person
        self._channel = channel
        self._call = call
        """What names the bot, "" where that is not needed."""
        self._together = together
        self._threads: dict[str, list[str]] = {}
        """What was said in each, by its root."""

    async def talk(self, said: asyncio.Queue[str], answering: asyncio.Event) -> None:
        """Post everything, a few at a time; tell `said` of each."""
        for index, text in enumerate(self.sent):
            await answering.wait()
            told = self._post(index, text)
            said.put_nowait(text)
            if self._together:
                # What is told again keeps no order: in one thread nobody goes on before the last was heard.
                await self._until(lambda told=told: any(one.acknowledged for one in told))  # type: ignore[misc]
            if self._together and index == 0:
                # Who goes on in a thread without calling the bot has seen that it answers there.
                await self._settled(1)
            if index + 1 >= IN_FLIGHT:
                await self._settled(index + 2 - IN_FLIGHT)
        await self._settled(len(self.sent))

    def _post(self, index: int, text: str) -> list[Delivery]:
        """Write the next message; what the app is told of it."""
        before = len(self._slack.deliveries.log)
        root = next(iter(self._threads), "") if self._together else ""
        call = self._call if not root or index % 2 else ""
        message = self._person.post(self._channel, f"{call} {text}", thread=root)
        self._threads.setdefault(root or message.ts, []).append(text)
        return self._slack.deliveries.log[before:]

    async def _settled(self, messages: int) -> None:
        await self._until(lambda: all(map(_ended, self.standing()[:messages])))

    async def _until(self, look: Callable[[], bool]) -> None:
        # What is missing is counted at the end; the others go on.
        with suppress(TimeoutError):
            await self._slack.world.until(look, SETTLE_S)

    def standing(self) -> list[Standing]:
        """Their messages, those of a thread in the order in which they were answered; without an answer behind."""
        return [
            one
            for root, said in self._threads.items()
            for one in _in_thread(said, [self._text(reply) for reply in self._replies(root)])
        ]

    def _replies(self, root: str) -> list[Message]:
        return [one for one in self._slack.world.thread(self._channel, root) if one.bot_id]

    def _text(self, message: Message) -> str:
        """What can be read in a message but for its controls. What still streams is no answer yet."""
        blocks = [block for block in self._person.blocks(message) if block["type"] not in _CONTROLS]
        text = re.sub(r"\\([^\w\s])", r"\1", readable(blocks) if blocks else message.text)
        return f"{text} …" if message.stream is not None and message.stream.state == "streaming" else text


def _ended(one: Standing) -> bool:
    return one.failed or answer_to(one.said) in one.replies


def _in_thread(said: Sequence[str], replies: Sequence[str]) -> list[Standing]:
    """Replies do not say what they answer: one belongs to what it names, else to the first that no other names."""
    names = [found.group() if (found := _NAME.search(reply)) else "" for reply in replies]
    unnamed = [one for one in said if one not in names]
    owners = [name or (unnamed.pop(0) if unnamed else said[-1]) for name in names]
    order = {owner: place for place, owner in reversed(list(enumerate(owners)))}
    return [
        _standing(one, [reply for reply, owner in zip(replies, owners, strict=True) if owner == one])
        for one in sorted(said, key=lambda one: order.get(one, len(replies)))
    ]


def _standing(said: str, replies: Sequence[str]) -> Standing:
    failed = len(replies) == 1 and _FAILED in replies[0]
    return Standing(said, () if failed else tuple(replies), failed)


class SlackTrouble(Trouble):
    """Calls fail all the while, connections now and then."""

    one_in = 3

    def __init__(self, rng: random.Random, slack: FakeSlack, agent: App, app: Killable, service: Killable) -> None:
        super().__init__(rng, app, service)
        self._slack = slack
        self._agent = agent
        self.answering.set()

    def _others(self, count: int) -> list[str]:
        return ["socket"] * (count // 8) + ["call"] * (count - count // 8)

    async def _strike_otherwise(self, what: str) -> None:
        if what == "socket":
            await self._break_socket()
        else:
            self._break_call()

    async def _break_socket(self) -> None:
        sockets, faults = self._slack.sockets, self._slack.faults
        match self._rng.randrange(6):
            case 0:
                sockets.drop(self._agent)
            case 1:
                await sockets.warn(self._agent)
            case 2:
                await sockets.refresh(self._agent)
            case 3:
                faults.error(self._rng.choice(("socket", "apps.connections.open")), 503)
                sockets.drop(self._agent)
            case _:
                self._tell_again()

    def _tell_again(self) -> None:
        """An acknowledgement was lost on its way."""
        log = self._slack.deliveries.log
        heard = [one for one in log if one.kind == EVENTS and one.acknowledged and "client_msg_id" in one.event]
        for one in self._rng.sample(heard, min(3, len(heard))):
            self._slack.deliveries.again(one)

    def _break_call(self) -> None:
        faults, kind = self._slack.faults, self._rng.choice(_CALLS)
        match self._rng.randrange(5):
            case 0:
                faults.rate_limit(kind, self._rng.choice((1, 2)), 2)
            case 1:
                faults.error(kind, self._rng.choice((500, 502, 503, 504)), 2)
            case 2:
                faults.error(kind, self._rng.choice((*_PASSING, *_OWN.get(kind, ()))), 2)
            case 3:
                faults.lose(kind)
            case _:
                faults.drop(kind)


def slack_process(slack: FakeSlack, app: App, ports: tuple[int, int], folder: Path) -> Killable:
    """The service with the Slack bridge for the fake, and the web bridge, from which workspaces install it.

    `ports` are those of the Gradio app and of the web bridge.
    """
    web = {"HOST": "127.0.0.1", "PORT": str(ports[1]), "ADMIN_PORT": "0"}
    return service_process(
        ports[0],
        folder,
        "slack",
        ready='"listening"',
        beside={f"TRUNKLINE_WEB__{name}": value for name, value in web.items()},
        bot_token=app.token,
        app_token=app.app_token,
        client_id=app.client_id,
        client_secret=app.client_secret,
        api_url=slack.api,
    )


def _talkers(slack: FakeSlack, app: App, workspaces: Sequence[Workspace], turns: int) -> list[Talker]:
    """People in channels and in direct messages, with a thread for each message or one for all.

    Few in direct messages: Slack begins no more than 20 streams a minute in a workspace.
    """
    number_of = min(TALKERS, max(4, turns // 5))
    made = []
    for number in range(number_of):
        workspace, together, private = workspaces[number % len(workspaces)], number % 3 == 0, number % 5 == 2
        person = workspace.person(f"person-{number}")
        channel = person.dm(app) if private else workspace.channel(f"room-{number}", person, app)
        call = "" if private else called(app, workspace)
        sent = [f"m-{number}-{n}" for n in range(turns // number_of)]
        made.append(Talker(slack, person, channel, call, sent, together=together))
    return made


def called(app: App, workspace: Workspace) -> str:
    """The bot's name there."""
    return f"<@{app.installs[workspace.id].bot.id}>"


async def _enter(slack: FakeSlack, app: App, workspaces: Sequence[Workspace], url: str) -> None:
    """Wait until the service hears, install the app where it is not yet, and have an answer in each workspace."""
    await slack.sockets.connected(app)
    for workspace in workspaces:
        owner = workspace.person("owner")
        if workspace.id not in app.installs:
            assert await install(url, owner) == 200
        lobby = workspace.channel("lobby", owner, app)
        hello = owner.post(lobby, f"{called(app, workspace)} hello")
        await owner.waits_for(lobby, answer_to("hello"), hello, SETTLE_S)


async def run(seed: int, turns: int, *, kills: int = 2) -> Count:
    """One seeded run of about `turns` turns; what stands in the workspaces at its end."""
    async with running_slack() as slack:
        slack.deliveries.retry_after = REDELIVERY
        # A killed service forgets what it spent of Slack's minute; limits strike where the seed says.
        slack.limits.enabled = False
        workspaces = [slack.workspace(name) for name in WORKSPACES]
        agent = slack.app(workspaces[0])
        ports = free_port(), free_port()
        with tempfile.TemporaryDirectory(prefix="trunkline-faults-") as name:
            folder = Path(name)
            app, service = app_process(ports[0], folder), slack_process(slack, agent, ports, folder)
            trouble = SlackTrouble(random.Random(seed), slack, agent, app, service)
            try:
                await app.start()
                await service.start()
                await _enter(slack, agent, workspaces, f"http://127.0.0.1:{ports[1]}")
                talkers = _talkers(slack, agent, workspaces, turns)
                said: asyncio.Queue[str] = asyncio.Queue()
                async with asyncio.TaskGroup() as group:
                    for talker in talkers:
                        group.create_task(talker.talk(said, trouble.answering))
                    group.create_task(trouble.make(said, sum(len(one.sent) for one in talkers), kills))
                return sum((count(talker.sent, talker.standing()) for talker in talkers), Count())
            finally:
                await service.kill()
                await app.kill()
