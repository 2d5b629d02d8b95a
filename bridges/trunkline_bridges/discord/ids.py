"""What a button, a select or a modal stands for: the state in its `custom_id`. Pure.

`tl:<op>:<turn>[:<index>]`: the rest is looked up by the turn, so that controls live on over restarts.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from trunkline.controls import ControlId

Op: TypeAlias = Literal[
    "stop",  # end the turn
    "retry",  # answer the turn again
    "undo",  # take back the newest turn
    "rate",  # index: place in `Feedback.values`; of a select: its value is that index
    "option",  # index: the option of the turn's reply
    "pick",  # a select of options, its values are their indices; index: which select
    "thoughts",  # show the whole tree to the one who asks
    "more",  # show the options beyond those that fit; index: the first of them
    "example",  # index: the example in the profile; turn 0
    "examples",  # a select of examples, its values are their indices; index: which select; turn 0
    "button",  # a button of the app's own: index in the profile; turn 0
    "settings",  # open the settings; index: which page, from 1 (0: the first, or a choice of them); turn 0
    "page",  # a select of pages of settings; turn 0
    "form",  # a submitted page of settings; index: which page; turn: what the page asked for, as a number
    "defaults",  # put the settings back; turn 0
    "about",  # a submitted question about a message; turn: the message's id
    "history",  # a select of conversations, its values are their ids; turn 0
    "past",  # show another page of conversations; index: which; turn 0
    "rename",  # ask for a conversation's title; turn: the conversation
    "named",  # a submitted title; turn: the conversation
    "delete",  # delete a conversation; turn: the conversation; index 0 asks first, 1 does it
    "forget",  # erase what is stored of the one who presses; turn 0
    "app",  # a select of apps, its values are their names; turn 0
    "clear",  # forget what was said; turn 0
    "new",  # begin a conversation; turn 0
    "listen",  # agree to be heard in the server's call; turn 0
    "unlisten",  # take that back; turn 0
    "call",  # a control of the call; index: which, of `speaking.panel.CONTROLS`; turn 0
]


class Id(ControlId[Op]):
    """A control of ours."""

    __slots__ = ()
    ops = frozenset(get_args(Op))
