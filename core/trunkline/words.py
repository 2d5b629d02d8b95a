"""The one catalogue of interface strings: what the bridges, the router and the widget say to people.

Texts of an app are its own and stand here never.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ENGLISH: Final[Mapping[str, str]] = {
    # What became of a command
    "stopped": "Stopped.",
    "nothing_running": "Nothing is running right now.",
    "undone": "Took back the last message and its reply.",
    "nothing_to_undo": "There is nothing to take back.",
    "cleared": "Cleared. What was said before is no longer sent to the app.",
    "divider": "The conversation was cleared here.",
    "rated": "Thank you for the feedback.",
    "rating_removed": "Your feedback was taken back.",
    "dropped": "Taken back before it was answered.",
    "configured": "Settings saved for this conversation.",
    "new_conversation": "Started a new conversation.",
    "switched": "Back in “{title}”.",
    "renamed": "Renamed to “{title}”.",
    "deleted": "Deleted “{title}”.",
    "paused": "I will keep quiet here until I am resumed.",
    "resumed": "I am listening here again.",
    "queued": "Your message is waiting: {position} before it.",
    "merged": "Added to your waiting message.",
    "forgotten": (
        "Erased what was stored of you: {messages} messages, {media} files and {feedback} pieces of feedback."
    ),
    # Why something cannot be done
    "not_allowed": "You are not allowed to use this bot here.",
    "too_fast": "That is a lot of messages at once. Please try again in {wait} seconds.",
    "daily_limit": "You have reached today's limit of {limit} messages. Please come back tomorrow.",
    "restarting": "The service is restarting. Please send that again in a moment.",
    "is_paused": "I am paused here.",
    "example_gone": "That example is no longer offered by the app.",
    "button_gone": "That button is no longer offered by the app.",
    "option_gone": "That option can no longer be chosen: its reply has been taken back or answered anew.",
    "no_retry": "This app does not allow answering again.",
    "no_edit": "This app does not allow editing.",
    "no_undo": "This app does not allow taking messages back.",
    "no_clear": "This app does not allow clearing.",
    "no_feedback": "This app does not take that feedback.",
    "nothing_to_repeat": "There is nothing to answer again yet.",
    "message_not_stored": "There is nothing to answer again: that message is no longer stored.",
    "reply_gone": "That reply is no longer part of the conversation.",
    "busy": "The reply is still running. Stop it first.",
    "conversation_gone": "That conversation does not exist here (any more).",
    "unknown_setting": "The app has no setting named “{name}”. It has: {names}.",
    "bad_setting": "“{label}” cannot be {value}: {reason}.",
    "too_long": "That message has {length:,} characters; this app takes at most {limit:,}. Please shorten it.",
    "no_text": "This app takes no written text.",
    "empty": "That message is empty: write something or attach a file.",
    "text_only": "This app takes text only: {names} was not sent.",
    "wrong_type": "This app takes only {types} files: {names} was not sent.",
    "too_many_files": "This app takes {limit} in a message: {names} was not sent.",
    "one_file": "one file",
    "n_files": "{count} files",
    # What is said about a turn
    "turn_limit": "The app took longer than {minutes} minutes and was stopped. Try again.",
    "app_failed": "The app failed. Try again.",
    "interrupted_twice": "The reply was interrupted twice. Try again.",
    "empty_reply": "The app answered with nothing.",
    "media_gone": "could not be fetched from the app",
    # Labels
    "stop": "Stop",
    "retry": "Retry",
    "undo": "Undo",
    "clear": "Clear",
    "edit": "Edit",
    "like": "Like",
    "dislike": "Dislike",
    "settings": "Settings",
    "examples": "Examples",
    "history": "History",
    "thoughts": "Thoughts",
    "untitled": "New conversation",
    "queue_position": "Waiting in the app's queue: {rank} of {size}",
    "queue_next": "Waiting in the app's queue: next",
    "working": "Working",
}


def words(key: str, /, **values: object) -> str:
    """The words of `key` with `values` put in. `KeyError` for a key that the catalogue lacks."""
    template = ENGLISH[key]
    return template.format(**values) if values else template
