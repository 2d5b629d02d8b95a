"""What people press, command and fill in, and what they are answered."""

from .commands import install

__all__ = ["install"]
