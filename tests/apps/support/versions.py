"""Where Gradio 5 and 6 must be told the same thing in different words."""

from __future__ import annotations

from typing import Any

import gradio as gr

GRADIO_6 = int(gr.__version__.split(".")[0]) >= 6

MESSAGES: dict[str, Any] = {} if GRADIO_6 else {"type": "messages"}
"""For `gr.Chatbot` and `gr.ChatInterface`: 6 has only messages, 5 takes pairs unless told."""

HIDDEN: dict[str, Any] = {"api_visibility": "private"} if GRADIO_6 else {"api_name": False}
"""For events and `gr.ChatInterface`: no client may call it."""

ALSO_RATE_USERS: tuple[dict[str, Any], dict[str, Any]]
"""(for `gr.Chatbot`, for its `like` event): the messages of users can be rated too."""
ALSO_RATE_USERS = ({"like_user_message": True}, {}) if GRADIO_6 else ({}, {"like_user_message": True})


def look(**options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Theme and CSS: 6 takes them when it launches, 5 when the app is made. (for making, for launching)"""
    return ({}, options) if GRADIO_6 else (options, {})
