"""`make bench`: measures, prints, and writes `results.json` beside this file; each part rewrites its own keys."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

# In place of the script's own folder, in which `discord.py` would hide the library of that name.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import calls, discord, endpointing, memory, turns, web, widget
from trunkline.telemetry import configure_logging

RESULTS = Path(__file__).parent / "results.json"
PARTS: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
    "calls": calls.measure,
    "discord": discord.measure,
    "endpointing": endpointing.measure,
    "turns": turns.measure,
    "memory": memory.measure,
    "web": web.measure,
    "widget": widget.measure,
}


async def _measure(part: str) -> dict[str, Any]:
    return await PARTS[part]()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "parts", nargs="*", default=list(PARTS), help=f"of {', '.join(PARTS)}; all if none is named"
    )
    configure_logging("error")
    for part in parser.parse_args().parts:
        print(f"== {part}", flush=True)
        results = asyncio.run(_measure(part))
        known = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        RESULTS.write_text(json.dumps({**known, **results}, indent=2, sort_keys=True) + "\n")
        for key, value in results.items():
            print(f"  {key} = {json.dumps(value)}", flush=True)


if __name__ == "__main__":
    main()
