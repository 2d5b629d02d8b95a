"""What is sent to Slack: calls, posts, streams, files, status."""
