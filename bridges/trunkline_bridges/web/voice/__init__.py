"""Calls of visitors: their microphone and loudspeaker, over the connection that the chat has."""
