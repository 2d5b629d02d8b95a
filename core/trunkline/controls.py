"""What a button, a select or a form stands for: the state in the id that its platform gives back. Pure.

`tl:<op>:<turn>:<index>`: the rest is looked up by the turn, so that controls live on over restarts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, Self, TypeVar, cast

Op = TypeVar("Op", bound=str)
"""What a bridge's controls do: a `Literal`."""

TEMPLATE: Final = re.compile(r"tl:(?P<op>[a-z]+):(?P<turn>\d{1,19})(?::(?P<index>\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class ControlId(Generic[Op]):
    """`turn` is 0 for what belongs to a place and not to a turn. A bridge says which `ops` there are."""

    op: Op
    turn: int = 0
    index: int = 0

    ops: ClassVar[frozenset[str]] = frozenset()

    def __str__(self) -> str:
        return f"tl:{self.op}:{self.turn}:{self.index}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The control that a platform names; None when it is none of ours."""
        found = TEMPLATE.fullmatch(text)
        if found is None or found["op"] not in cls.ops:
            return None
        return cls(cast("Op", found["op"]), int(found["turn"]), int(found["index"] or 0))
