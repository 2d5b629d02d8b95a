"""What is said of files, notices and lists, in plain words without any control sign. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from trunkline.backend import AppInput, AppProfile
from trunkline.bridge import ConversationView
from trunkline.messages import Json
from trunkline.quantities import seconds_text, size_text
from trunkline.words import words

_CONTROLS: Final[dict[int, str | None]] = {
    **dict.fromkeys((*range(9), *range(11, 32), *range(127, 160))),
    9: "    ",
}
Offer = Literal["help", "examples", "feedback", "buttons"]

_HELP: Final = (
    ("/stop", "help_stop", "stop"),
    ("/retry", "help_retry", "retry"),
    ("/undo", "help_undo", "undo"),
    ("/edit TEXT", "help_edit", "edit"),
    ("/clear", "help_clear", "clear"),
    ("/settings", "help_settings", "settings"),
    ("/examples", "help_examples", "examples"),
    ("/files PATH", "help_files", "files"),
    ("/like, /dislike", "help_like", "like"),
    ("/feedback", "help_feedback", "feedback"),
    ("/buttons", "help_buttons", "buttons"),
    ("/new", "help_new", ""),
    ("/history", "help_history", ""),
    ("/quit", "help_quit", ""),
)
"""How a command is written, the key of what it does, and the ability without which it is not offered."""


def clean(text: str) -> str:
    """The text without signs that would control a terminal."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def help_text(profile: AppProfile) -> str:
    """The commands that the app takes."""
    can = profile.abilities
    offered = {
        "": True,
        "stop": can.stop,
        "retry": can.retry,
        "undo": can.undo,
        "edit": can.edit,
        "clear": can.clear,
        "settings": bool(profile.inputs),
        "examples": bool(profile.examples),
        "files": profile.accepts.files,
        "like": profile.feedback.like or profile.feedback.dislike,
        "feedback": profile.feedback.offered,
        "buttons": bool(profile.buttons),
    }
    rows = [(usage, words(what)) for usage, what, ability in _HELP if offered[ability]]
    width = max(len(usage) for usage, _ in rows)
    lines = [f"{usage:<{width}}  {what}" for usage, what in rows]
    lines.append(words("help_lines"))
    return "\n".join(lines)


def offer_text(topic: Offer, profile: AppProfile) -> str:
    """What the app offers of that."""
    return {"help": help_text, "examples": examples_text, "feedback": feedback_text, "buttons": buttons_text}[
        topic
    ](profile)


def settings_text(profile: AppProfile, values: Mapping[str, Json]) -> str:
    """The app's settings with their values, what they may be, and their defaults."""
    if not profile.settings:
        return words("no_settings")
    lines: list[str] = []
    for setting in profile.settings:
        value = values.get(setting.name, setting.default)
        default = "" if value == setting.default else words("default_value", value=_value(setting.default))
        label = f"  {setting.label}" if setting.label and setting.label != setting.name else ""
        lines.append(f"{setting.name} = {_value(value)}{default}{label}{_range(setting)}")
    return clean("\n".join(lines))


def examples_text(profile: AppProfile) -> str:
    """The app's examples, numbered."""
    if not profile.examples:
        return words("no_examples")
    return numbered([one.shown or ", ".join(media.name for media in one.media) for one in profile.examples])


def buttons_text(profile: AppProfile) -> str:
    """The app's own buttons, numbered."""
    return numbered([button.label for button in profile.buttons]) or words("no_buttons")


def feedback_text(profile: AppProfile) -> str:
    """What can be said of a reply, numbered."""
    if not profile.feedback.offered:
        return words("no_feedback")
    return numbered(profile.feedback.values) + "\n" + words("feedback_hint")


def history_text(conversations: Sequence[ConversationView]) -> str:
    """Conversations, numbered; the current one is marked."""
    if not conversations:
        return words("no_conversations")
    titles = [
        (one.title or words("untitled")) + (words("this_one") if one.current else "") for one in conversations
    ]
    return numbered(titles) + ("\n" + words("history_hint") if len(titles) > 1 else "")


def numbered(items: Sequence[str]) -> str:
    """A list with numbers from 1, one item a line."""
    width = len(str(len(items)))
    return clean("\n".join(f"{n:>{width}}  {' '.join(item.split())}" for n, item in enumerate(items, 1)))


def status_text(notices: Sequence[Mapping[str, Any]]) -> str:
    """The notices of a running reply in one line; "" when there are none."""
    said = [text for notice in notices if (text := _notice(notice))]
    return " · ".join(said)


def notice_text(notice: Mapping[str, Any]) -> str:
    """What an app or the bridge says about a turn that has ended."""
    title, text = str(notice.get("title", "")), str(notice.get("text", ""))
    if title and title.casefold() not in {"info", "warning", "error"}:
        text = f"{title}: {text}" if text else title
    return clean(text)


def media_text(media: Mapping[str, Any]) -> str:
    """One line about a file: what it is, what it is called, where it was saved and how large it is."""
    name = str(media.get("caption") or media.get("alt") or media.get("name") or "")
    what = str(media["kind"]) + (f": {name}" if name else "")
    source = media.get("source") or {}
    if media.get("error"):
        return _line(f"{what} ({media['error']})")
    if source.get("type") == "link":
        return _line(f"{what} → {source['url']}")
    if media.get("path"):
        size = f" ({size_text(int(source['size']))})" if "size" in source else ""
        return _line(f"{what} → {media['path']}{size}")
    return _line(f"{what} …")


def will_change(part: Mapping[str, Any]) -> bool:
    """Whether a part of a running reply will still look different, beside growing."""
    match part["type"]:
        case "thought":
            return part.get("status") == "pending" or any(will_change(one) for one in part.get("parts", ()))
        case "media":
            return True
        case _:
            return False


def ending_text(body: Mapping[str, Any]) -> str:
    """How a reply ended, where it did not simply end; "" where it did."""
    if body["state"] == "stopped":
        return words("stopped")
    if body["state"] == "failed":
        return clean(str(body["error"]))
    return ""


def _line(text: str) -> str:
    return clean(" ".join(text.split()))


def _notice(notice: Mapping[str, Any]) -> str:
    match notice.get("level"):
        case "queue":
            rank, size = notice.get("rank"), notice.get("queue_size")
            if not rank:
                return words("queue_next")
            eta = notice.get("eta")
            waiting = words("queue_position", rank=rank + 1, size=size or rank + 1)
            return waiting + (words("queue_eta", time=seconds_text(eta)) if eta else "")
        case "progress":
            progress = notice.get("progress")
            text = _line(str(notice.get("text", ""))) or words("working")
            return f"{text} {progress:.0%}" if progress is not None else text
        case _:
            return _line(notice_text(notice))


def _value(value: Json) -> str:
    match value:
        case None | "":
            return words("value_empty")
        case bool():
            return words("value_on" if value else "value_off")
        case list() | tuple():
            return ", ".join(_value(item) for item in value) or words("values_none")
        case _:
            return " ".join(str(value).split())


def _range(setting: AppInput) -> str:
    if setting.choices:
        return "  [" + " | ".join(choice.label for choice in setting.choices) + "]"
    if setting.kind == "checkbox":
        return f"  [{words('value_on')} | {words('value_off')}]"
    bounds = list(_bounds(setting))
    return f"  [{', '.join(bounds)}]" if bounds else ""


def _bounds(setting: AppInput) -> Iterator[str]:
    if setting.minimum is not None and setting.maximum is not None:
        yield words("range_of", least=setting.minimum, most=setting.maximum)
    elif setting.minimum is not None:
        yield words("range_from", least=setting.minimum)
    elif setting.maximum is not None:
        yield words("range_up_to", most=setting.maximum)
    if setting.max_length is not None:
        yield words("range_length", most=setting.max_length)
