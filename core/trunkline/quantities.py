"""Sizes and durations as people read them. Pure."""

from __future__ import annotations


def size_text(size: int) -> str:
    """Bytes in the unit that people read."""
    value, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.3g} {unit}"


def limit_text(limit: int) -> str:
    """A limit of bytes as it is set: in units of 1,048,576 where it has one."""
    return f"{limit / 1_048_576:.0f} MB" if limit >= 1_048_576 else f"{limit:,} bytes"


def seconds_text(seconds: float) -> str:
    """A duration: tenths below ten seconds, then whole seconds, then minutes."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return whole_seconds_text(round(seconds))


def whole_seconds_text(seconds: float) -> str:
    """The seconds that have passed in full."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
