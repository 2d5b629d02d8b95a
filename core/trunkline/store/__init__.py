"""What is kept: people, places, conversations, turns, messages, deliveries, feedback, settings, media.

Every function of `turns`, `history`, `places`, `people`, `feedback`, `values`, `retention`, `export` and `meta`
is a synchronous function of a `Connection`; `Store.write` and `Store.read` run it, on SQLite or PostgreSQL.
"""

from .store import Store

__all__ = ["Store"]
