"""What a method of the Web API is: what it does, and which token and scopes it needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from fakes.slack.calls import Call
from fakes.slack.errors import Json

Action = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """`scopes` are those of which one is needed. `token` is "bot", "app" or "" for none."""

    action: Action
    scopes: tuple[str, ...] = ()
    token: str = "bot"


class Methods(ABC):
    """A family of methods."""

    @abstractmethod
    def methods(self) -> dict[str, Method]:
        """By their full names."""
