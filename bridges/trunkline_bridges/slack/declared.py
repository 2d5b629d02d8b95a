"""What the Slack app must be declared with: scopes, events, features. Pure.

Source: Slack's documentation of the agent messaging experience, November 2026.
"""

from __future__ import annotations

from typing import Final

SCOPES: Final[dict[str, str]] = {
    "app_mentions:read": "hearing where it is mentioned",
    "assistant:write": "status, titles and suggested prompts of an agent",
    "channels:history": "follow-ups in threads of public channels",
    "channels:read": "names of channels",
    "chat:write": "answering",
    "commands": "slash commands and shortcuts",
    "files:read": "files that people attach",
    "files:write": "files of replies",
    "groups:history": "follow-ups in threads of private channels",
    "groups:read": "names of private channels",
    "im:history": "direct messages",
    "im:read": "likewise",
    "im:write": "writing to somebody first",
    "mpim:history": "group direct messages",
    "reactions:read": "👍 and 👎",
    "reactions:write": "marking a message that waits",
    "users:read": "names of people, and who is an admin",
}
"""The bot's scopes, each with what it is for."""
EVENTS: Final = (
    *("agent_session_stopped", "agent_session_title_changed", "app_context_changed", "app_home_opened"),
    *("app_mention", "app_uninstalled", "message.channels", "message.groups", "message.im", "message.mpim"),
    *("reaction_added", "reaction_removed", "tokens_revoked"),
)
"""The bot events of an agent."""
ASSISTANT_EVENTS: Final = ("assistant_thread_context_changed", "assistant_thread_started")
"""Those of the older assistant_view, in place of the agent's own."""
AGENT_EVENTS: Final = ("agent_session_stopped", "agent_session_title_changed", "app_context_changed")
CONNECTING: Final = "connections:write"
"""The scope of the app-level token."""
EVENTS_PATH: Final = "/slack/events"
INSTALL_PATH: Final = "/slack/install"
REDIRECT_PATH: Final = "/slack/oauth_redirect"
