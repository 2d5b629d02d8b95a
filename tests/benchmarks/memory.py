"""Memory: what a known conversation costs (nothing), and what an active one does."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from benchmarks.apps_running import running_app
from benchmarks.driving import ours
from trunkline.store import Store
from trunkline.telemetry import configure_logging

KNOWN = (0, 1_000, 1_000_000)
REPEATS = 3
ACTIVE = 200
WARM = 20

_PEOPLE = "INSERT INTO people (id, created) SELECT value, 0 FROM numbers"
_PLACES = (
    "INSERT INTO places (id, platform, app, team, channel, thread, user_id, current_conversation, paused, created)"
    " "
    "SELECT value, 'null', 'app', '', 'known-' || value, '', '', value, 0, 0 FROM numbers"
)
_CONVERSATIONS = (
    "INSERT INTO conversations (id, place, title, title_folded, named, started, created, updated) "
    "SELECT value, value, 'Known', 'known', 0, 1, 0, 0 FROM numbers"
)
_NUMBERS = (
    "WITH RECURSIVE numbers(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < :count) "
)


def _know(conn: Connection, count: int) -> None:
    for insert in (_PEOPLE, _PLACES, _CONVERSATIONS):
        head, _, select = insert.partition(" SELECT")
        conn.execute(text(f"{head} {_NUMBERS} SELECT{select}"), {"count": count})


async def _child(url: str, database: Path, conversations: int) -> None:
    """Serve some conversations and print the process's resident memory in bytes before and after."""
    async with ours(url, database.parent) as own:
        for number in range(WARM):
            await own.turn(number)
        before = _resident()
        for start in range(WARM, WARM + conversations, 50):
            await asyncio.gather(*(own.turn(start + n) for n in range(min(50, conversations))))
        print(json.dumps({"before": before, "after": _resident()}), flush=True)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _run_child(url: str, database: Path, conversations: int) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", url, str(database), str(conversations)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


async def _make(database: Path, count: int) -> None:
    store = await Store.open(database)
    try:
        if count:
            await store.write(_know, count)
    finally:
        await store.close()


async def measure() -> dict[str, Any]:
    """The `memory.*` results."""
    slopes, active = [], []
    with running_app("streaming") as url:
        for _ in range(REPEATS):
            resident = {}
            for count in KNOWN:
                with tempfile.TemporaryDirectory() as folder:
                    database = Path(folder) / "bench.db"
                    await _make(database, count)
                    resident[count] = (await asyncio.to_thread(_run_child, url, database, 0))["before"]
            slopes.append((resident[KNOWN[-1]] - resident[KNOWN[1]]) / (KNOWN[-1] - KNOWN[1]))
            with tempfile.TemporaryDirectory() as folder:
                found = await asyncio.to_thread(_run_child, url, Path(folder) / "bench.db", ACTIVE)
            active.append((found["after"] - found["before"]) / ACTIVE)
            print(
                "  resident:",
                ", ".join(f"{count:,} known {size / 1e6:.1f} MB" for count, size in resident.items()),
            )
    return {
        "memory.bytes_per_known_conversation": statistics.median(slopes),
        "memory.bytes_per_active_conversation": statistics.median(active),
    }


if __name__ == "__main__":
    configure_logging("error")
    asyncio.run(_child(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
