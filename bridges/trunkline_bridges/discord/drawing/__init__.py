"""How a reply looks on Discord. Pure."""
