"""Voice channels: the connection, what comes out of it and goes into it, who is there and who may be heard."""
