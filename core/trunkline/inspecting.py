"""`trunkline inspect`: what we understood of an app, for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Line

from .backend import AppInput, AppProfile, Example
from .messages import AppFile, Blob, Inline, Json, Link, Media
from .utterance import Voice

_HISTORY = {
    "injected": "ours: stored here and given to the app with every message",
    "app": "the app's own: lost when the app restarts, which the next reply then says",
    "api": "the app's own, over its public endpoint: media and thoughts may be lost",
}


def as_json(profile: AppProfile) -> Json:
    """The profile as JSON; files are named, not included."""
    plain: Json = asdict(profile, dict_factory=lambda pairs: {key: _plain(value) for key, value in pairs})
    return plain


def _plain(value: Any) -> Any:
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


def show(profile: AppProfile, console: Console) -> None:
    """Print the profile for a person."""
    console.print(Group(*_sections(profile)))


def _sections(profile: AppProfile) -> Iterator[RenderableType]:
    yield Line(profile.title or profile.name, style="bold")
    yield _facts(profile)
    if profile.inputs:
        yield _inputs(profile.inputs)
    if profile.examples:
        yield _examples(profile.examples)
    if profile.buttons:
        yield _table("Buttons", ("id", "label", "effect"), [(b.id, b.label, b.effect) for b in profile.buttons])
    if profile.chain:
        yield _table("Chain of a turn", ("step",), [(step,) for step in profile.chain])
    if profile.limits:
        yield _table("Cannot be bridged", ("what and why",), [(limit,) for limit in profile.limits])


def _facts(profile: AppProfile) -> Table:
    accepts, can, feedback = profile.accepts, profile.abilities, profile.feedback
    offered = [name for name in ("stop", "retry", "undo", "edit", "clear") if getattr(can, name)]
    rated = [*(["Like"] if feedback.like else []), *(["Dislike"] if feedback.dislike else []), *feedback.others]
    files = ", ".join(accepts.file_types) or "any type"
    rows = [
        ("address", profile.url),
        ("version", f"Gradio {profile.version}, {profile.mode}"),
        ("history", _HISTORY[profile.history]),
        ("description", profile.description),
        ("placeholder", profile.placeholder or profile.input_placeholder),
        ("takes", " and ".join((["text"] if accepts.text else []) + (["speech"] if accepts.speech else []))),
        ("listens", _listens(profile)),
        ("speaks", _speaks(profile.voice)),
        ("longest text", f"{accepts.max_length:,} characters" if accepts.max_length else ""),
        ("files", f"{files}, {accepts.max_files or 'any number'} a message" if accepts.files else "none"),
        ("offers", ", ".join(offered)),
        ("feedback", ", ".join(rated) + (", also on own messages" if feedback.user_messages else "") or "none"),
        ("greeting", f"{len(profile.greeting)} messages" if profile.greeting else ""),
        ("also shows", ", ".join(profile.outputs)),
    ]
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in rows:
        if value:
            table.add_row(Line(name, style="dim"), value)
    return table


def _listens(profile: AppProfile) -> str:
    voice = profile.voice
    if not profile.accepts.speech:
        return ""
    if voice.stream_every is None:
        return "to a recording, once it is over"
    limit = f", for {voice.time_limit:g} s at most" if voice.time_limit is not None else ""
    return f"while somebody speaks, every {voice.stream_every:g} s{limit}"


def _speaks(voice: Voice) -> str:
    return ", ".join(voice.speaks) + (" (while it is being made)" if voice.live else "")


def _inputs(inputs: tuple[AppInput, ...]) -> Table:
    rows = [(i.name, i.label, i.kind, _range(i), repr(i.default)) for i in inputs]
    return _table("Settings", ("name", "label", "kind", "range", "default"), rows)


def _range(setting: AppInput) -> str:
    if setting.choices:
        return " | ".join(choice.label for choice in setting.choices)
    if setting.minimum is None and setting.maximum is None:
        return ""
    step = f" by {setting.step:g}" if setting.step is not None else ""
    least = "" if setting.minimum is None else f"{setting.minimum:g}"
    most = "" if setting.maximum is None else f"{setting.maximum:g}"
    return f"{least} … {most}{step}"


def _examples(examples: tuple[Example, ...]) -> Table:
    rows = []
    for number, example in enumerate(examples, 1):
        extra = [*(_named(media) for media in example.media), *(f"{k}={v!r}" for k, v in example.settings.items())]
        rows.append((str(number), example.shown, ", ".join(extra), "yes" if example.cached else ""))
    return _table("Examples", ("number", "text", "brings", "cached"), rows)


def _named(media: Media) -> str:
    match media.source:
        case AppFile(path=path):
            return media.name or path.rsplit("/", 1)[-1]
        case Link(url):
            return media.name or url
        case Blob() | Inline() | None:
            return media.name or media.kind


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
