"""What reaches us over the gateway: messages, edits, deletions, reactions."""
