"""What the terminal bridge says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TERMINAL: Final[Mapping[str, str]] = {
    # What a line cannot mean
    "no_such_command": "There is no command /{name}: /help lists them, and //{name} sends it as a message.",
    "no_such_option": "There is no option {number}: choose 1 to {count}, or write /say {number} to send it.",
    "no_such_turn": "There is no turn {turn}: /stop ends the running reply, /stop NUMBER the turn it names.",
    "no_such_number": "There is no {what} {number}: choose 1 to {count}.",
    "not_listed": "There is no {what} {number}: /{topic} lists what there is.",
    "an_example": "example",
    "a_button": "button",
    "a_conversation": "conversation",
    "say_what": "Write the message after it: /say 42.",
    "edit_how": "Write the new text after it: /edit What I meant to say.",
    "sets_nothing": "“{text}” sets nothing: write /settings name=value, or name= for the default.",
    "settings_quote_open": (
        "A quote is open: write /settings name=value, with quotes around values that hold spaces."
    ),
    "files_quote_open": "A quote is open: write /files PATH, with quotes around paths that hold spaces.",
    "line_not_text": "Line {number} of the input is not UTF-8 and was not sent: convert it.",
    # Files
    "nothing_attached": "No file is attached. /files PATH attaches one to the next message.",
    "attached": "With the next message goes {names}.",
    "path_missing": "There is no file {path}: check the path.",
    "path_is_folder": "{path} is a folder: send the files in it one by one.",
    "path_unreadable": "{path} cannot be read: {reason}.",
    "path_too_large": "{path} is larger than {limit} MB: send a smaller file.",
    "file_not_sent": "{path} cannot be sent: {reason}.",
    "saved_in": "Files are saved in {folder}.",
    "media_not_saved": "could not be saved: {reason}",
    # Lists
    "no_settings": "This app has no settings.",
    "no_examples": "This app has no examples.",
    "no_buttons": "This app has no buttons of its own.",
    "no_conversations": "There are no conversations yet.",
    "feedback_hint": "/feedback 1 says the first, /feedback none takes it back.",
    "history_hint": "/history 2 goes on with the second.",
    "this_one": " (this one)",
    "default_value": " (default {value})",
    "value_empty": "(empty)",
    "value_on": "on",
    "value_off": "off",
    "values_none": "(none)",
    "range_of": "{least:g} to {most:g}",
    "range_from": "at least {least:g}",
    "range_up_to": "at most {most:g}",
    "range_length": "at most {most} characters",
    "queue_eta": ", about {time}",
    "typing_hint": "type a message, or /help",
    "stopping_hint": "Ctrl-C stops",
    # Terminal: /help
    "help_stop": "end the running reply; Ctrl-C does it too; /stop NUMBER means that turn",
    "help_retry": "answer the last message again",
    "help_undo": "take back the last message and its reply",
    "help_edit": "send the last message again with another text",
    "help_clear": "forget what was said",
    "help_settings": "the app's settings; /settings name=value changes one",
    "help_examples": "messages to start with; /examples 2 sends the second",
    "help_files": "attach a file to the next message",
    "help_like": "rate the last reply",
    "help_feedback": "what else can be said of it; /feedback none takes it back",
    "help_buttons": "the app's own buttons; /buttons 1 presses the first",
    "help_new": "begin another conversation",
    "help_history": "earlier conversations; /history 2 goes on with the second",
    "help_quit": "leave; so does Ctrl-D",
    "help_lines": (
        "A number chooses an option. A line that ends in \\ goes on below; // sends one that begins with /."
    ),
}
