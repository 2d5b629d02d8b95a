"""Tokens by which a website signs its visitors in."""

from __future__ import annotations

import time
from typing import Any

import jwt

SITE_SECRET = "a secret of the website, 32 bytes!"


def token(
    subject: str, *, secret: Any = SITE_SECRET, algorithm: str = "HS256", lasts: float = 3_600.0, **claims: Any
) -> str:
    """A token for somebody, good for `lasts` seconds; a claim that is None is left out."""
    everything = {"sub": subject, "exp": int(time.time() + lasts), **claims}
    return jwt.encode({k: v for k, v in everything.items() if v is not None}, secret, algorithm=algorithm)
