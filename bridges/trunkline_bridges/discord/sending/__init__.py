"""Our calls to Discord's REST interface: posts, files, typing, what became of them."""
