"""REST: how an app answers interactions, with their tokens.

reference: Interactions; Rate limits; Messages ("follow-ups have no nonce": a repeated one is doubled).
"""

from __future__ import annotations

from fakes.discord import errors
from fakes.discord.calls import Call, Reply
from fakes.discord.drafts import Drafts
from fakes.discord.errors import Json
from fakes.discord.events import Events
from fakes.discord.interactions import AUTOCOMPLETE, COMPONENT, MODAL, Interaction, Interactions
from fakes.discord.messages import Routes
from fakes.discord.modals import check_modal
from fakes.discord.payloads import Payloads
from fakes.discord.world import EPHEMERAL, LOADING, Message, World

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, OPEN_MODAL = 4, 5, 6, 7, 8, 9

MOST_FOLLOW_UPS_OF_USER_INSTALL = 5
ONE = "/webhooks/{webhook_id}/{token}/messages/{message}"


class Responses:
    """Callbacks, the original response and follow-ups."""

    def __init__(
        self, world: World, payloads: Payloads, events: Events, drafts: Drafts, interactions: Interactions
    ) -> None:
        self._world = world
        self._payloads = payloads
        self._events = events
        self._drafts = drafts
        self._interactions = interactions

    def routes(self) -> Routes:
        return [
            ("POST", "/interactions/{interaction_id}/{token}/callback", self._answer),
            ("POST", "/webhooks/{webhook_id}/{token}", self._follow_up),
            ("GET", ONE, self._get),
            ("PATCH", ONE, self._edit),
            ("DELETE", ONE, self._delete),
        ]

    async def _answer(self, call: Call) -> Reply:
        interaction = self._interactions.by_token.get(call.params["token"])
        if interaction is None or interaction.id != call.id("interaction_id"):
            raise errors.unknown_interaction()
        if interaction.response is not None:
            raise errors.already_acknowledged()
        if self._world.now() - interaction.created_at > self._interactions.to_answer:
            raise errors.unknown_interaction()
        kind, data = call.form.get("type"), call.form.get("data") or {}
        if kind not in _answers_to(interaction):
            raise errors.invalid(("type",), "BASE_TYPE_CHOICES", "This interaction cannot be answered so.")
        self._respond(interaction, kind, data, call)
        interaction.response = kind
        interaction.answered.set()
        self._world.changed()
        return self._acknowledgement(interaction) if "with_response" in call.query else Reply(status=204)

    def _respond(self, interaction: Interaction, kind: int, data: Json, call: Call) -> None:
        if kind == MESSAGE:
            interaction.original = self._post(interaction, data, call)
        elif kind == DEFERRED:
            interaction.original = self._defer(interaction, data)
        elif kind == DEFERRED_UPDATE:
            interaction.original = interaction.message
        elif kind == UPDATE:
            assert interaction.message is not None
            interaction.original = interaction.message
            self._change(interaction.message, data, call)
        elif kind == CHOICES:
            interaction.choices = _check_choices(data)
        elif kind == OPEN_MODAL:
            check_modal(data)
            interaction.modal = data

    def _acknowledgement(self, interaction: Interaction) -> Reply:
        """What the library asks for with `with_response`."""
        written: Json = {"id": str(interaction.id), "type": interaction.kind}
        answer: Json = {"interaction": written}
        if interaction.original is not None and interaction.response in (MESSAGE, DEFERRED, UPDATE):
            original = interaction.original
            written |= {
                "response_message_id": str(original.id),
                "response_message_loading": original.loading,
                "response_message_ephemeral": original.only_for is not None,
            }
            answer["resource"] = {"type": interaction.response, "message": self._payloads.message(original)}
        return Reply(answer)

    def _new(self, interaction: Interaction, flags: int) -> Message:
        world = self._world
        message = Message(
            world.new_id(), interaction.channel.id, world.bot.id, webhook=True, posted_at=world.now()
        )
        message.interaction = interaction.metadata
        message.flags = flags & EPHEMERAL
        message.only_for = interaction.user.id if flags & EPHEMERAL else None
        if interaction.message is None:
            message.type = 20 if interaction.data.get("type") == 1 else 23
        else:
            message.type, message.reply_to = 19, interaction.message.id
        return message

    def _post(self, interaction: Interaction, data: Json, call: Call) -> Message:
        self._check_size(interaction, call)
        message = self._new(interaction, data.get("flags") or 0)
        self._drafts.fill(message, data, call.uploads)
        self._world.messages[message.id] = message
        self._events.message("MESSAGE_CREATE", message)
        return message

    def _check_size(self, interaction: Interaction, call: Call) -> None:
        self._drafts.check_size(call.size, call.uploads, interaction.channel)

    def _defer(self, interaction: Interaction, data: Json) -> Message:
        """A reply that "is thinking". It may carry no flag but EPHEMERAL."""
        if (data.get("flags") or 0) & ~EPHEMERAL:
            message = "Only EPHEMERAL can be set on a deferred response."
            raise errors.invalid(("data", "flags"), "BASE_TYPE_CHOICES", message)
        waiting = self._new(interaction, data.get("flags") or 0)
        waiting.flags |= LOADING
        self._world.messages[waiting.id] = waiting
        self._events.message("MESSAGE_CREATE", waiting)
        return waiting

    def _change(self, message: Message, form: Json, call: Call) -> None:
        waited = message.loading
        self._drafts.check_size(call.size, call.uploads, self._world.channels[message.channel_id])
        self._drafts.change(message, form, call.uploads)
        if not waited:
            message.edited_at = self._world.now()
            message.edits += 1
        self._events.message("MESSAGE_UPDATE", message)

    def _by_token(self, call: Call) -> Interaction:
        """The interaction of a token that was answered and is still valid."""
        interaction = self._interactions.by_token.get(call.params["token"])
        if interaction is None or interaction.response is None or call.id("webhook_id") != self._world.bot.id:
            raise errors.unknown_webhook()
        if self._world.now() - interaction.created_at > self._interactions.to_follow_up:
            raise errors.invalid_webhook_token()
        return interaction

    async def _follow_up(self, call: Call) -> Reply:
        """A further message. The first one after a deferral is the deferred reply itself."""
        interaction = self._by_token(call)
        original = interaction.original
        if original is not None and original.loading and original.id in self._world.messages:
            self._check_size(interaction, call)
            self._drafts.fill(original, call.form, call.uploads)
            self._events.message("MESSAGE_UPDATE", original)
            return Reply(self._payloads.message(original))
        if interaction.installed_by_user and len(interaction.follow_ups) >= MOST_FOLLOW_UPS_OF_USER_INSTALL:
            raise errors.too_many_follow_ups()
        message = self._post(interaction, call.form, call)
        interaction.follow_ups.append(message)
        return Reply(self._payloads.message(message))

    def _message(self, call: Call) -> Message:
        """@original, or a follow-up by its id."""
        interaction = self._by_token(call)
        own = [each for each in (interaction.original, *interaction.follow_ups) if each is not None]
        named = call.params["message"]
        found = interaction.original if named == "@original" else None
        found = found or next((each for each in own if str(each.id) == named), None)
        if found is None or found.id not in self._world.messages:
            raise errors.unknown_message()
        return found

    async def _get(self, call: Call) -> Reply:
        return Reply(self._payloads.message(self._message(call)))

    async def _edit(self, call: Call) -> Reply:
        message = self._message(call)
        self._change(message, call.form, call)
        return Reply(self._payloads.message(message))

    async def _delete(self, call: Call) -> Reply:
        message = self._message(call)
        del self._world.messages[message.id]
        self._events.message_deleted(message)
        return Reply(status=204)


def _answers_to(interaction: Interaction) -> set[int]:
    """The callback types that an interaction takes; a modal opens no modal."""
    if interaction.kind == AUTOCOMPLETE:
        return {CHOICES}
    allowed = {MESSAGE, DEFERRED}
    if interaction.kind != MODAL:
        allowed.add(OPEN_MODAL)
    if interaction.kind == COMPONENT or (interaction.kind == MODAL and interaction.message is not None):
        allowed |= {DEFERRED_UPDATE, UPDATE}
    return allowed


def _check_choices(data: Json) -> list[Json]:
    problems = errors.Problems()
    choices = problems.count(("data", "choices"), data.get("choices") or [], 25)
    for position, choice in enumerate(choices):
        problems.longer(("data", "choices", position, "name"), choice.get("name", ""), 100, 1)
    problems.refuse()
    return choices
