"""What reaches us from Slack, over a socket or over HTTP: messages, edits, deletions, reactions, Stop."""
