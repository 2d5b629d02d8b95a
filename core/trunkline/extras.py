"""Packages that come with an extra of the distribution alone."""

from __future__ import annotations

from importlib import import_module

from .errors import MissingExtra


def require(module: str, what: str, extra: str) -> None:
    """Load a module of an extra for `what` needs it. `MissingExtra` where it is not installed."""
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtra(what, extra) from error
