"""What a button, a select or a view stands for: the state in its `action_id` or `callback_id`. Pure.

`tl:<op>:<turn>:<index>`: the rest is looked up by the turn, so that controls live on over restarts. Ids are unique
in a message, because op, turn and index together are.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from trunkline.controls import ControlId

Op: TypeAlias = Literal[
    "stop",  # end the turn
    "retry",  # answer the turn again
    "undo",  # take back the newest turn
    "rate",  # index: place in `Feedback.values`; of a select its value is that index
    "feedback",  # native feedback buttons: the value is the index
    "option",  # index: the option of the turn's reply
    "pick",  # a select of options, its values are their indices; index: which select
    "thoughts",  # show the whole tree to the one who asks
    "example",  # index: the example in the profile; turn 0
    "examples",  # a select of examples; turn 0
    "button",  # a button of the app's own: index in the profile; turn 0
    "settings",  # open the settings; turn 0
    "defaults",  # put the app's own settings back; turn 0
    "form",  # submitted settings; turn: a fingerprint of what they ask for
    "about",  # a submitted question about a message
    "history",  # a select of conversations, its values are their ids; turn 0
    "app",  # a select of apps; turn 0
    "clear",  # forget what was said; turn 0
    "new",  # begin a conversation; turn 0
    "rename",  # of a conversation; turn: its id
    "delete",  # likewise
    "forget",  # erase what is stored of the one who asks; turn 0
]


class Id(ControlId[Op]):
    """A control of ours."""

    __slots__ = ()
    ops = frozenset(get_args(Op))
