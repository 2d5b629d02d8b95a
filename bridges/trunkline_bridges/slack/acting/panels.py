"""What is shown aside of replies: a greeting, examples, help, conversations, questions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from trunkline.backend import AppProfile, Example
from trunkline.bridge import ConversationView
from trunkline.inbound import Place
from trunkline.labels import beside_title, clipped, file_names, one_line, title_of
from trunkline.messages import Json
from trunkline.words import words

from ..drawing.blocks import button
from ..drawing.marks import link_of
from ..drawing.marks import plain as escape
from ..drawing.text import mrkdwn
from ..ids import Id
from ..limits import BUTTON_TEXT, SELECT_VALUE, SUGGESTED_PROMPTS
from .menu import SUBCOMMANDS, useful
from .shapes import Body, choice, danger, header, message, modal, rows, section, select

LISTED: Final = 25
"""Conversations of a list."""
_AS_BUTTONS: Final = 20
"""Examples that are buttons; more are a select."""
_ROOM: Final = 8000
"""Characters of all lines of a select, with what else a message holds."""
_SHORTEST: Final = 16
_GREETED: Final = 5
_DESCRIPTION: Final = 1500
_PROMPT_TITLE: Final = 75
_PROMPT_TEXT: Final = 2000


# Greeting and help


def greeting(profile: AppProfile, *, above: str = "") -> Body:
    """Who is there, what it says to begin with, and the first examples. Everybody may see it."""
    lines = [escape(above), said_first(profile), words("slack_how_to_talk")]
    text = "\n\n".join(line for line in lines if line)
    offered = list(enumerate(profile.examples))[:_GREETED]
    made = [button(Id("example", 0, index), title_of(example, BUTTON_TEXT)) for index, example in offered]
    if len(profile.examples) > _GREETED:
        made.append(button(Id("examples"), words("slack_all_examples"), style="primary"))
    name = name_of(profile)
    return message(f"{name}\n{text}", [header(name), section(text), *rows(made)])


def name_of(profile: AppProfile) -> str:
    return one_line(profile.title, 150) or words("slack_hello")


def said_first(profile: AppProfile) -> str:
    """The description, and what the app says to begin with, as mrkdwn."""
    said = [one.text for one in profile.greeting if one.text] or [profile.placeholder]
    parts = [profile.description.strip(), *(text.strip() for text in said)]
    return "\n\n".join(drawn(part) for part in parts if part)


def drawn(text: str) -> str:
    """What an app says of itself, as mrkdwn."""
    return mrkdwn(clipped(text.strip(), _DESCRIPTION))


def help_panel(profile: AppProfile, command: str, *, several: bool = False) -> Body:
    """What can be done here; `command` is the slash command."""
    files = words("slack_takes_files") if profile.accepts.files else words("slack_takes_text")
    said = [drawn(profile.description), words("slack_how_to_talk"), files]
    offers = "\n".join(
        f"`{command} {name}` — {words(SUBCOMMANDS[name])}" for name in useful(profile, several=several)
    )
    made = [button(Id("settings"), words("settings"))] if profile.settings else []
    made += [button(Id("examples"), words("examples"))] if profile.examples else []
    text = "\n".join(line for line in said if line)
    more = words("slack_help_more")
    blocks: list[Json] = [header(name_of(profile)), section(text), section(offers), section(more), *rows(made)]
    return message("\n\n".join([name_of(profile), text, offers, more]), blocks)


# Examples


def prompts(profile: AppProfile) -> list[dict[str, str]]:
    """The examples that Slack can suggest by itself: those that are nothing but text."""
    plain = [one for one in profile.examples if one.text.strip() and not one.media and not one.settings]
    return [
        {"title": one_line(one.shown, _PROMPT_TITLE), "message": one.text}
        for one in plain
        if len(one.text) <= _PROMPT_TEXT
    ][:SUGGESTED_PROMPTS]


def prompts_title(profile: AppProfile) -> str:
    """What stands above them."""
    said = next((one.text for one in profile.greeting if one.text.strip()), profile.placeholder)
    return one_line(said, 150) or words("slack_prompts_title")


def example_blocks(profile: AppProfile, most: int = _AS_BUTTONS) -> list[Json]:
    """All examples to press or choose; nothing where there are none."""
    offered = list(enumerate(profile.examples))
    if len(offered) <= most:
        return rows([button(Id("example", 0, index), title_of(one, BUTTON_TEXT)) for index, one in offered])
    room = _ROOM // len(offered)
    if room < _SHORTEST:
        offered, room = offered[: _ROOM // _SHORTEST], _SHORTEST
    lines = [
        choice(
            one_line(f"{index + 1}. {title_of(one, BUTTON_TEXT)}", room),
            index,
            beside_title(one) if room > BUTTON_TEXT * 2 else "",
        )
        for index, one in offered
    ]
    return rows([select(Id("examples"), lines, words("examples"))])


def examples(profile: AppProfile) -> Body:
    """All examples, for the one who asked."""
    if not profile.examples:
        return message(words("no_examples"))
    lines = [f"{index + 1}. {escape(_line(one))}" for index, one in enumerate(profile.examples[:_AS_BUTTONS])]
    text = "\n".join([f"*{words('examples')}*", *lines])
    return message(text, [section(text), *example_blocks(profile)])


def examples_modal(profile: AppProfile, metadata: str) -> Body:
    """All examples, where there is no conversation to show them in."""
    shown = example_blocks(profile) or [section(words("no_examples"))]
    return modal(words("examples"), shown, close=words("slack_close"), metadata=metadata)


def _line(example: Example) -> str:
    files = f" ({file_names(example.media)})" if example.media else ""
    return one_line(example.text or example.shown, 140) + files


# Conversations


def history(conversations: Sequence[ConversationView], threads: Sequence[tuple[str, str]] = ()) -> Body:
    """The place's conversations to switch among, and others of the one who asks: title and address of each."""
    lines = thread_lines(threads)
    blocks: list[Json] = [section("\n".join([f"*{words('slack_your_threads')}*", *lines]))] if lines else []
    chosen = [choice(one.title or words("untitled"), one.id, when(one.updated_at)) for one in conversations]
    current = next((line for line, one in zip(chosen, conversations, strict=True) if one.current), None)
    if chosen:
        blocks.append(section(f"*{words('history')}*"))
        blocks += rows([select(Id("history"), chosen, words("slack_choose_conversation"), current)])
    number = next((one.id for one in conversations if one.current), 0)
    made = [button(Id("new"), words("slack_new"))]
    if number:
        title = next(one.title for one in conversations if one.current) or words("untitled")
        made += about(number, title)
    if not blocks:
        return message(words("no_conversations"), [section(words("no_conversations")), *rows(made[:1])])
    return message("\n".join([words("history"), *lines]), [*blocks, *rows(made)])


def about(number: int, title: str) -> list[Json]:
    """What can be done with a conversation."""
    question = words("slack_delete_sure", title=one_line(title, 80))
    return [
        button(Id("rename", number), words("slack_rename")),
        danger(Id("delete", number), words("slack_delete"), question),
    ]


def conversation(number: int, sentence: str) -> Body:
    """That something was done with a conversation, and what else can be."""
    made = [*about(number, sentence), button(Id("history"), words("history"))]
    return message(escape(sentence), [section(escape(sentence)), *rows(made)])


def told(sentence: str) -> Body:
    """A sentence."""
    return message(escape(sentence), [section(escape(sentence))])


def late(sentence: str) -> Body:
    """A sentence, and the way back to the settings."""
    made = [button(Id("settings"), words("settings"))]
    return message(escape(sentence), [section(escape(sentence)), *rows(made)])


def when(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def link_to(place: Place) -> str:
    """The address of a thread, or of a channel, in Slack's client."""
    base = f"https://app.slack.com/client/{place.team}/{place.channel}"
    return f"{base}/thread/{place.channel}-{place.thread}" if place.thread else base


def thread_lines(threads: Sequence[tuple[str, str]]) -> list[str]:
    """Conversations, by title and address, as links."""
    return [f"• {link_of(escape(one_line(title, 100)) or '…', address)}" for title, address in threads]


# Questions


def forgetting() -> Body:
    """Whether what is stored of a person is really to be erased."""
    question = words("slack_forget_sure")
    made = [danger(Id("forget"), words("slack_forget"), question)]
    return message(question, [section(question), *rows(made)])


def apps(offered: Sequence[str], current: str) -> Body:
    """Which app to talk to."""
    lines = [choice(name, name) for name in offered if len(name) <= SELECT_VALUE]
    chosen = next((line for line in lines if line["value"] == current), None)
    question = words("slack_which_app")
    return message(
        question, [section(question), *rows([select(Id("app"), lines, words("slack_choose_app"), chosen)])]
    )
