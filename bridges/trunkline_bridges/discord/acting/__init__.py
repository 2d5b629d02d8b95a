"""What people press, command and fill in, and the answers to it."""
