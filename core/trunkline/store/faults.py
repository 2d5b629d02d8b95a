"""The one table from errors of SQLAlchemy and its drivers to ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import StoreError

FOREIGN: tuple[type[Exception], ...] = (SQLAlchemyError, OverflowError, UnicodeError, OSError)
"""What a database raises for reasons of its own, and for values that it cannot hold."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html: serialization failure, deadlock, and a unique key
# or a referenced row that a transaction running at the same time made or erased, which the next attempt sees.
_TRANSIENT = frozenset({"40001", "40P01", "23505", "23503"})


def translate(error: Exception, where: str) -> StoreError:
    """The error for our callers. `where` names the database, without password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    # The first line alone: PostgreSQL's further lines hold values, which are people's words.
    lines = str(cause).splitlines() or [type(cause).__name__]
    return StoreError(f"The database {where} did not do what was asked: {lines[0]}")


def is_transient(error: Exception) -> bool:
    """The same transaction may succeed at once when it is run again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _TRANSIENT
