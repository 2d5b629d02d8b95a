"""What is shown aside of replies: a greeting, examples, help, conversations, further options. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from trunkline.backend import AppProfile, Example
from trunkline.bridge import ConversationView
from trunkline.labels import beside_title, clipped, file_names, one_line, title_of
from trunkline.messages import Json, Option
from trunkline.words import words

from ..drawing.components import button, more_rows
from ..drawing.text import dialect_of, draw, escape
from ..ids import Id
from ..limits import (
    BUTTONS_PER_ROW,
    COMPONENTS_V2,
    CONTENT,
    LAYOUT_TEXT,
    PLACEHOLDER,
    SELECT_LABEL,
    SELECT_OPTIONS,
)
from ..options import DiscordOptions

Body: TypeAlias = Mapping[str, Json]

BLUE, RED = 1, 4
"""Styles of buttons, by their colour."""
PAGE: Final = SELECT_OPTIONS
"""Conversations of a page."""
DESCRIPTION: Final = 800
"""Characters of an app's description that are shown."""
_SELECTS: Final = 4
"""Selects of a message; a row is left for buttons."""
_MOST_BUTTONS: Final = 20
_GREETED: Final = 5
"""Examples of a greeting."""


def panel(text: str, rows: Sequence[Json], options: DiscordOptions) -> Body:
    """A message of text and rows, in the layout of the settings."""
    if not options.components_v2:
        return {"content": clipped(text, CONTENT), "components": list(rows)}
    inside: list[Json] = [{"type": 10, "content": clipped(text, LAYOUT_TEXT)}, *rows]
    return {"flags": COMPONENTS_V2, "components": [{"type": 17, "components": inside}]}


def buttons(*made: Json) -> list[Json]:
    """Rows of at most five."""
    return [
        {"type": 1, "components": list(made[start : start + BUTTONS_PER_ROW])}
        for start in range(0, len(made), BUTTONS_PER_ROW)
    ]


def choice(label: str, value: object, description: str = "", *, default: bool = False) -> dict[str, Json]:
    """A line of a select."""
    made: dict[str, Json] = {"label": one_line(label, SELECT_LABEL) or "…", "value": str(value)}
    if description.strip():
        made["description"] = one_line(description, SELECT_LABEL)
    return made | ({"default": True} if default else {})


def select(control: Id, choices: Sequence[Mapping[str, Json]], placeholder: str) -> Json:
    """A row with a select of one of at most 25."""
    chosen: dict[str, Json] = {"type": 3, "custom_id": str(control), "options": list(choices)}
    return {"type": 1, "components": [chosen | {"placeholder": one_line(placeholder, PLACEHOLDER)}]}


# Greeting and help


def greeting(profile: AppProfile, options: DiscordOptions, *, above: str = "") -> Body:
    """Who is there, what it says to begin with, and the first examples. Everybody may see it."""
    dialect = dialect_of(profile)
    said = [message.text for message in profile.greeting if message.text] or [profile.placeholder]
    parts = [
        above,
        f"## {escape(one_line(profile.title, 200)) or words('discord_hello')}",
        _drawn(profile.description, profile),
        *(draw(text, dialect) for text in said),
        f"-# {words('discord_how_to_talk')}",
    ]
    text = "\n".join(part for part in parts if part)
    offered = list(enumerate(profile.examples))[:_GREETED]
    made = [button(Id("example", 0, index), title_of(example, SELECT_LABEL)) for index, example in offered]
    rows = buttons(*made)
    if len(profile.examples) > _GREETED:
        rows += buttons(button(Id("examples"), words("discord_all_examples"), style=BLUE))
    return panel(text, rows, options)


def help_panel(
    profile: AppProfile,
    options: DiscordOptions,
    commands: Mapping[str, int],
    *,
    several: bool = False,
    moderating: bool = False,
) -> Body:
    """What can be done here. `commands`: the ids of commands by name, where they are known."""
    lines = [
        f"## {escape(one_line(profile.title, 200)) or words('discord_hello')}",
        _drawn(profile.description, profile),
        words("discord_how_to_talk"),
        words("discord_takes_files") if profile.accepts.files else words("discord_takes_text"),
        "",
        *(
            f"{_mention(name, commands)} — {words(f'discord_cmd_{name}')}"
            for name in useful(profile, several, moderating)
        ),
        words("discord_help_more"),
    ]
    made = [button(Id("settings"), words("settings"))] if profile.settings else []
    made += [button(Id("examples"), words("examples"))] if profile.examples else []
    made.append(button(Id("new"), words("discord_new")))
    text = "\n".join(line for place, line in enumerate(lines) if line or place > 1)
    return panel(text, buttons(*made), options)


def _drawn(text: str, profile: AppProfile) -> str:
    """What the app says of itself, as Discord shows it."""
    drawn = draw(text.strip(), dialect_of(profile))
    return drawn if len(drawn) <= DESCRIPTION else draw(clipped(text.strip(), DESCRIPTION), dialect_of(profile))


def useful(profile: AppProfile, several: bool, moderating: bool) -> tuple[str, ...]:
    """The commands that do something with this app; `several`: other apps can be chosen.

    `moderating`: for one who may make the bot keep quiet.
    """
    can = profile.abilities
    wanted = {
        "ask": True,
        "stop": can.stop,
        "retry": can.retry,
        "undo": can.undo,
        "clear": can.clear,
        "new": True,
        "history": True,
        "examples": bool(profile.examples),
        "settings": bool(profile.settings),
        "app": several,
        "pause": moderating,
        "resume": moderating,
        "forget": True,
    }
    return tuple(name for name, useful_here in wanted.items() if useful_here)


def _mention(name: str, commands: Mapping[str, int]) -> str:
    return f"</{name}:{commands[name]}>" if name in commands else f"`/{name}`"


# Examples and options


def examples(profile: AppProfile, options: DiscordOptions) -> tuple[Body, ...]:
    """All examples to press or choose, in as many messages as they need."""
    offered = list(enumerate(profile.examples))
    heading = f"### {words('examples')}"
    if not offered:
        return (panel(words("no_examples"), (), options),)
    if len(offered) <= _MOST_BUTTONS:
        lines = [f"{index + 1}. {_line(example)}" for index, example in offered]
        made = [
            button(Id("example", 0, index), f"{index + 1}. {title_of(one, SELECT_LABEL)}")
            for index, one in offered
        ]
        return (panel("\n".join([heading, *_fitting(lines, options)]), buttons(*made), options),)
    lists = [
        [
            choice(f"{index + 1}. {title_of(one, SELECT_LABEL)}", index, beside_title(one))
            for index, one in offered[start:][:PAGE]
        ]
        for start in range(0, len(offered), PAGE)
    ]
    return _selects("examples", 0, lists, heading, options)


def further(turn: int, choices: Sequence[Option], first: int, options: DiscordOptions) -> Body:
    """The options of a reply from the one of index `first` on."""
    if first >= len(choices):
        return panel(words("option_gone"), (), options)
    return panel(f"### {words('discord_other_options')}", more_rows(turn, choices, first, words), options)


def _selects(
    op: str, turn: int, lists: Sequence[Sequence[Mapping[str, Json]]], heading: str, options: DiscordOptions
) -> tuple[Body, ...]:
    bodies: list[Body] = []
    for start in range(0, len(lists), _SELECTS):
        rows = [
            select(Id(op, turn, number), items, f"{items[0]['label']} …")  # type: ignore[arg-type]
            for number, items in enumerate(lists[start : start + _SELECTS], start)
        ]
        bodies.append(panel(heading, rows, options))
    return tuple(bodies)


def _fitting(lines: Sequence[str], options: DiscordOptions) -> list[str]:
    """The lines in what a message holds: shortened alike where they are too long."""
    room = (LAYOUT_TEXT if options.components_v2 else CONTENT) - 100
    each = max(40, room // max(1, len(lines)) - 1)
    return [clipped(line, each) for line in lines] if sum(map(len, lines)) > room else list(lines)


def _line(example: Example) -> str:
    return escape(one_line(example.text or example.shown, 300)) + (
        f" ({escape(file_names(example.media))})" if example.media else ""
    )


# Conversations


def history(conversations: Sequence[ConversationView], page: int, options: DiscordOptions) -> Body:
    """A page to switch among; `conversations` are those of the pages up to this one, and one more."""
    shown = conversations[page * PAGE : (page + 1) * PAGE]
    if not shown:
        return panel(words("no_conversations"), buttons(button(Id("new"), words("discord_new"))), options)
    lines = [choice(one.title or words("untitled"), one.id, _when(one), default=one.current) for one in shown]
    moves = [button(Id("new"), words("discord_new"))]
    if page:
        moves.append(button(Id("past", 0, page - 1), words("discord_newer")))
    if len(conversations) > (page + 1) * PAGE:
        moves.append(button(Id("past", 0, page + 1), words("discord_earlier")))
    rows = [select(Id("history"), lines, words("discord_choose_conversation")), *buttons(*moves)]
    return panel(f"### {words('history')}", rows, options)


def conversation(number: int, sentence: str, options: DiscordOptions) -> Body:
    """What can be done with a conversation; `sentence` says which."""
    made = [
        button(Id("rename", number), words("discord_rename")),
        button(Id("delete", number), words("discord_delete"), style=RED),
        button(Id("past"), words("history")),
    ]
    return panel(escape(sentence), buttons(*made), options)


def deleted(sentence: str, options: DiscordOptions) -> Body:
    """That a conversation is gone, and the way to the others."""
    return panel(escape(sentence), buttons(button(Id("past"), words("history"))), options)


def doomed(number: int, title: str, options: DiscordOptions) -> Body:
    """Whether a conversation is really to be deleted."""
    made = [
        button(Id("delete", number, 1), words("discord_delete"), style=RED),
        button(Id("past"), words("history")),
    ]
    return panel(words("discord_delete_sure", title=escape(title)), buttons(*made), options)


def _when(one: ConversationView) -> str:
    moment = datetime.fromtimestamp(one.updated_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{moment} · {words('discord_current')}" if one.current else moment


# Questions


def forgetting(options: DiscordOptions) -> Body:
    """Whether what is stored of a person is really to be erased."""
    return panel(
        words("discord_forget_sure"), buttons(button(Id("forget"), words("discord_forget"), style=RED)), options
    )


def apps(offered: Sequence[str], current: str, options: DiscordOptions) -> Body:
    """Which app to talk to."""
    lines = [choice(name, name, default=name == current) for name in offered if len(name) <= SELECT_LABEL]
    lists = [lines[start : start + SELECT_OPTIONS] for start in range(0, len(lines), SELECT_OPTIONS)][:_SELECTS]
    rows = [select(Id("app", 0, number), items, words("discord_choose_app")) for number, items in enumerate(lists)]
    return panel(words("discord_which_app"), rows, options)


def setting_pages(titles: Sequence[tuple[str, str]], options: DiscordOptions) -> Body:
    """Which page of settings to open, by title and what is on it; and the way back to the defaults."""
    lines = [choice(title, page, inside) for page, (title, inside) in enumerate(titles)]
    lists = [lines[start : start + SELECT_OPTIONS] for start in range(0, len(lines), SELECT_OPTIONS)][:_SELECTS]
    rows = [
        select(Id("page", 0, number), items, words("discord_choose_page")) for number, items in enumerate(lists)
    ]
    rows += buttons(button(Id("defaults"), words("discord_defaults")))
    return panel(f"### {words('settings')}", rows, options)


def after_settings(sentence: str, page: int, options: DiscordOptions) -> Body:
    """What became of the settings, and the way back to their page."""
    made = [
        button(Id("settings", 0, page + 1), words("settings")),
        button(Id("defaults"), words("discord_defaults")),
    ]
    return panel(escape(sentence), buttons(*made), options)
