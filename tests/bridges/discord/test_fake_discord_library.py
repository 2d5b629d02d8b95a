"""The real discord.py client against the fake Discord: what a bridge does, done by the library itself."""

from __future__ import annotations

import asyncio
import io
import time

import aiohttp
import discord as library
import pytest
from discord import app_commands
from discord.ext import commands

from fakes.discord.bots import bot_on
from fakes.discord.limits import EDIT, Rate
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import MESSAGE_CONTENT, PRIVILEGED, Channel, Guild

pytestmark = pytest.mark.real_time


def intents(*, content: bool = True) -> library.Intents:
    wanted = library.Intents.default()
    wanted.message_content = content
    return wanted


class Echo(library.Client):
    """Answers what it reads, keeps what it heard."""

    def __init__(self, **options: bool) -> None:
        mentions = library.AllowedMentions.none()
        super().__init__(intents=intents(**options), allowed_mentions=mentions, guild_ready_timeout=0.05)
        self.heard: asyncio.Queue[library.Message] = asyncio.Queue()
        self.resumed = asyncio.Event()

    async def on_message(self, message: library.Message) -> None:
        if message.author != self.user:
            self.heard.put_nowait(message)

    async def on_resumed(self) -> None:
        self.resumed.set()


async def next_of(queue: asyncio.Queue[library.Message]) -> library.Message:
    return await asyncio.wait_for(queue.get(), 10)


async def test_a_bot_hears_replies_edits_and_deletes(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        assert isinstance(client, Echo)
        asked = ada.post(general, "hello")
        heard = await next_of(client.heard)
        assert heard.content == "hello"
        assert heard.author.display_name == "Ada"
        answer = await heard.reply("**hi** @everyone <@" + str(ada.id) + ">")
        (_, seen) = ada.sees(general)
        assert (seen.content, seen.reply_to, seen.mentions) == (answer.content, asked.id, [])
        await answer.edit(content="hi again")
        assert ada.texts(general)[-1] == "hi again"
        await answer.delete()
        assert ada.texts(general) == ["hello"]
        history = [message.content async for message in heard.channel.history()]
        assert history == ["hello"]


async def test_a_dm_opens_and_is_answered(discord: FakeDiscord, ada: Person) -> None:
    async with bot_on(discord, Echo(content=False)) as client:
        assert isinstance(client, Echo)
        ada.post(ada.dm, "just us")
        heard = await next_of(client.heard)
        assert (heard.content, heard.guild) == ("just us", None)
        async with heard.channel.typing():
            await heard.channel.send("yes")
        assert ada.texts(ada.dm) == ["just us", "yes"]
        assert [user for _, _, user in discord.world.typing] == [discord.world.bot.id]


async def test_content_is_withheld_without_the_intent(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    async with bot_on(discord, Echo(content=False)) as client:
        assert isinstance(client, Echo)
        ada.post(general, "secret", files=[("a.txt", b"x")])
        heard = await next_of(client.heard)
        assert (heard.content, heard.attachments) == ("", [])
        assert client.user is not None
        ada.post(general, f"{client.user.mention} to you")
        assert (await next_of(client.heard)).content.endswith("to you")


async def test_files_go_both_ways_and_their_addresses_expire(
    discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    async with bot_on(discord, Echo()) as client:
        assert isinstance(client, Echo)
        ada.post(general, files=[("in.png", b"picture")])
        heard = await next_of(client.heard)
        (attachment,) = heard.attachments
        assert (await attachment.read(), attachment.content_type) == (b"picture", "image/png")
        sent = await heard.channel.send(file=library.File(io.BytesIO(b"out"), "out.txt", description="what it is"))
        (stored,) = ada.sees(general)[-1].attachments
        assert (stored.content, stored.description) == (b"out", "what it is")
        await sent.edit(attachments=[*sent.attachments, library.File(io.BytesIO(b"2"), "two.txt")])
        assert [each.filename for each in ada.sees(general)[-1].attachments] == ["out.txt", "two.txt"]


class Panel(library.ui.View):
    """A button, a select and what they were told."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.told: list[str] = []

    @library.ui.button(label="Retry", custom_id="retry")
    async def retry(self, interaction: library.Interaction, _: library.ui.Button[Panel]) -> None:
        await interaction.response.edit_message(content="retried")

    @library.ui.select(options=[library.SelectOption(label=each) for each in ("red", "blue")])
    async def colour(self, interaction: library.Interaction, select: library.ui.Select[Panel]) -> None:
        await interaction.response.send_message(f"you chose {select.values[0]}", ephemeral=True)

    @library.ui.button(label="Settings")
    async def settings(self, interaction: library.Interaction, _: library.ui.Button[Panel]) -> None:
        await interaction.response.send_modal(Form())


class Form(library.ui.Modal, title="Settings"):
    """One label with a text."""

    tone: library.ui.Label[Form] = library.ui.Label(
        text="Tone", component=library.ui.TextInput(custom_id="tone", default="plain")
    )

    async def on_submit(self, interaction: library.Interaction) -> None:
        assert isinstance(self.tone.component, library.ui.TextInput)
        await interaction.response.send_message(f"tone: {self.tone.component.value}", ephemeral=True)


async def test_buttons_selects_and_modals(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    bob = discord.person("bob", home)
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        await channel.send("choose", view=Panel())
        (message,) = ada.sees(general)
        assert await ada.click(message, "Retry").response_type() == 7
        assert message.content == "retried"
        assert await ada.choose(message, ["blue"]).response_type() == 4
        assert ada.texts(general) == ["retried", "you chose blue"]
        assert bob.texts(general) == ["retried"]
        opened = bob.click(message, "Settings")
        assert await opened.response_type() == 9
        await bob.submit(opened, Tone="warm").response_type()
        assert bob.texts(general)[-1] == "tone: warm"


async def test_a_layout_is_posted_and_clicked(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    pressed = asyncio.Event()

    class Layout(library.ui.LayoutView):
        text: library.ui.TextDisplay[Layout] = library.ui.TextDisplay("# Ready")
        row: library.ui.ActionRow[Layout] = library.ui.ActionRow()

        @row.button(label="Go")
        async def go(self, interaction: library.Interaction, _: library.ui.Button[Layout]) -> None:
            pressed.set()
            await interaction.response.defer()

    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        await channel.send(view=Layout())
        message = await ada.waits_for(general, "# Ready")
        assert message.v2
        assert await ada.click(message, "Go").response_type() == 6
        assert pressed.is_set()


async def test_commands_are_synced_and_run(
    discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    bot = commands.Bot("!", intents=intents(), guild_ready_timeout=0.05)

    @bot.tree.command(description="Ask the app")
    async def ask(interaction: library.Interaction, question: str, file: library.Attachment | None = None) -> None:
        await interaction.response.defer(thinking=True)
        content = "" if file is None else (await file.read()).decode()
        await interaction.edit_original_response(content=f"{question}? {content}")
        await interaction.followup.send("and more", ephemeral=True)

    @ask.autocomplete("question")
    async def complete(_: library.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}…", value=typed)]

    @bot.tree.context_menu(name="Ask about this")
    async def about(interaction: library.Interaction, message: library.Message) -> None:
        await interaction.response.send_message(f"about: {message.content}", ephemeral=True)

    async with bot_on(discord, bot):
        assert len(await bot.tree.sync()) == 2
        assert discord.count("PUT /applications") == 1
        await ada.slash(general, "ask", question="why", file=("a.txt", b"because")).response_type()
        first = await ada.waits_for(general, "why? because")
        assert not first.loading
        await ada.waits_for(general, "and more")
        typing = ada.complete(general, "ask", "question", question="wh")
        await typing.response_type()
        assert typing.choices == [{"name": "wh…", "value": "wh"}]
        asked = ada.post(general, "a message")
        await ada.menu(asked, "Ask about this").response_type()
        assert ada.texts(general)[-1] == "about: a message"


async def test_threads_are_opened_and_written_in(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        assert isinstance(client, Echo)
        asked = ada.post(general, "a long question")
        heard = await next_of(client.heard)
        thread = await heard.create_thread(name="Answer", auto_archive_duration=60)
        assert thread.id == asked.id
        await thread.send("in here")
        place = discord.world.channels[thread.id]
        assert ada.texts(place) == ["in here"]
        ada.post(place, "thanks")
        assert (await next_of(client.heard)).channel.id == thread.id
        await thread.edit(archived=True)
        assert place.archived


async def test_reactions_go_both_ways(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        posted = await channel.send("rate me")
        await posted.add_reaction("👍")
        (message,) = ada.sees(general)
        waiting = asyncio.create_task(
            client.wait_for("raw_reaction_add", check=lambda event: event.user_id == ada.id)
        )
        await asyncio.sleep(0)
        ada.react(message, "👍")
        event = await asyncio.wait_for(waiting, 10)
        assert str(event.emoji) == "👍"
        assert message.reactions == {"👍": [discord.world.bot.id, ada.id]}


async def test_missed_events_are_replayed_after_a_cut(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        assert isinstance(client, Echo)
        (session,) = discord.gateway.sessions.values()
        discord.gateway.disconnect()
        await discord.world.until(lambda: not session.connected)
        ada.post(general, "while you were away")
        assert (await next_of(client.heard)).content == "while you were away"
        await asyncio.wait_for(client.resumed.wait(), 10)
        assert len(discord.gateway.sent(6)) == 1
        assert len(discord.gateway.sent(2)) == 1


async def test_the_library_reconnects_when_asked(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        assert isinstance(client, Echo)
        discord.gateway.reconnect()
        await asyncio.wait_for(client.resumed.wait(), 10)
        ada.post(general, "still there?")
        assert (await next_of(client.heard)).content == "still there?"


async def test_the_library_waits_out_a_429(discord: FakeDiscord, general: Channel, ada: Person) -> None:
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        discord.faults.rate_limit("create", 0.3)
        begun = time.monotonic()
        await channel.send("patient")
        assert time.monotonic() - begun >= 0.3
        assert [call.status for call in discord.calls if call.method == "POST"] == [429, 200]
        assert ada.texts(general) == ["patient"]


async def test_the_last_token_of_a_bucket_holds_its_call(discord: FakeDiscord, general: Channel) -> None:
    """reference: Rate limits, "the call that uses the last token does not return until the window resets"."""
    discord.limits.rates[EDIT] = Rate(3, 0.6)
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        message = await channel.send("0")
        took = []
        for number in range(1, 4):
            begun = time.monotonic()
            await message.edit(content=str(number))
            took.append(time.monotonic() - begun)
        assert took[1] < 0.3
        assert took[2] > 0.3
        assert 429 not in [call.status for call in discord.calls]


async def test_a_lost_response_is_raised_and_a_nonce_finds_what_was_done(
    discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        discord.faults.lose("create")
        with pytest.raises(aiohttp.ClientError):
            await channel.send("once", nonce="job1:0")
        again = await channel.send("once", nonce="job1:0")
        assert [message.id for message in ada.sees(general)] == [again.id]


async def test_a_500_is_retried_without_doubling(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    async with bot_on(discord, Echo()) as client:
        channel = client.get_channel(general.id)
        assert isinstance(channel, library.TextChannel)
        discord.faults.error("create", 502)
        await channel.send("at last")
        assert ada.texts(general) == ["at last"]
        assert discord.count("POST /channels/{channel_id}/messages") == 2


async def test_a_wrong_token_fails_the_login(discord: FakeDiscord) -> None:
    async with Echo() as client:
        with pytest.raises(library.LoginFailure):
            await client.start("wrong")


async def test_an_intent_that_the_portal_does_not_allow(discord: FakeDiscord) -> None:
    discord.world.allowed_intents = PRIVILEGED & ~MESSAGE_CONTENT
    async with Echo() as client:
        with pytest.raises(library.PrivilegedIntentsRequired):
            await client.start(discord.token)


async def test_a_malformed_event_ends_the_client(discord: FakeDiscord, ada: Person, general: Channel) -> None:
    """reference: Gateway, "a malformed event kills the client"."""
    async with Echo() as client:
        running = asyncio.create_task(client.start(discord.token))
        await discord.gateway.connected()
        await client.wait_until_ready()
        discord.gateway.malformed()
        with pytest.raises((TypeError, KeyError, ValueError)):
            await asyncio.wait_for(running, 10)


async def test_shards_share_the_guilds(discord: FakeDiscord, ada: Person, home: Guild, general: Channel) -> None:
    discord.gateway.shards = 1
    client = library.AutoShardedClient(intents=intents(), guild_ready_timeout=0.05)
    async with bot_on(discord, client):
        assert discord.count("GET /gateway/bot") == 1
        assert [guild.name for guild in client.guilds] == ["Home"]
        (identify,) = discord.gateway.sent(2)
        assert identify["d"]["shard"] == [0, 1]
