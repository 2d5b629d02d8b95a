"""`make faults`: seeded kills, disconnects and app restarts under load, one line a scenario."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

# In place of this script's own folder, where a module hides the library of the same name.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1]))

from faults import discord, slack, voice, web
from faults.ledger import Count, selftest

SCENARIOS: dict[str, Callable[[int, int], Awaitable[Count]]] = {
    "web": web.run,
    "discord": discord.run,
    "slack": slack.run,
    "voice": voice.run,
}


async def _run(name: str, seed: int, turns: int) -> Count:
    return await SCENARIOS[name](seed, turns)


def check_ledger() -> bool:
    """A ledger that loses, doubles and swaps on purpose must be caught."""
    caught = True
    for name, counted in selftest([f"m-{number}" for number in range(5)]):
        print(counted.line(f"selftest {name}"))
        caught = caught and counted.clean == (name == "clean")
    return caught


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bridges", nargs="*", default=list(SCENARIOS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--turns", type=int, default=200, help="for each bridge and seed")
    options = parser.parse_args()
    clean = check_ledger()
    for name in options.bridges:
        total = Count()
        for seed in range(options.seeds):
            total += asyncio.run(_run(name, seed, options.turns))
        print(total.line(f"faults {name}"), flush=True)
        clean = clean and total.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
