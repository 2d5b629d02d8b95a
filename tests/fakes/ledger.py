"""The ledger of a delivery in memory."""

from __future__ import annotations


class MemoryLedger:
    """Keeps `(nonce, id)` by part, and every call in order."""

    def __init__(self) -> None:
        self.posts: dict[str, tuple[str, str]] = {}
        self.calls: list[str] = []

    async def intend(self, turn: int, target: str, part: str, nonce: str) -> None:
        self.calls.append(f"intend {part}")
        self.posts[part] = (nonce, "")

    async def posted(self, turn: int, target: str, part: str, post_id: str, *, soon: bool) -> None:
        self.calls.append(f"posted {part}")
        self.posts[part] = (self.posts[part][0], post_id)

    async def unposted(self, turn: int, target: str, part: str, post_id: str) -> None:
        self.calls.append(f"unposted {part}")
        if self.posts.get(part, ("", ""))[1] == post_id:
            del self.posts[part]

    async def renamed(self, turn: int, target: str, old: str, new: str, post_id: str) -> None:
        self.calls.append(f"renamed {old} {new}")
        self.posts[new] = self.posts.pop(old)
