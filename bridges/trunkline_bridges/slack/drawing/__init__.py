"""A reply as Slack shows it: text, blocks, thoughts, files. Pure."""
