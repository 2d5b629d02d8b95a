"""One life of a core on a store and a platform that are on disk, for a test that kills it with SIGKILL.

`python one_life.py FOLDER wait` says something, prints `shown` when half of the answer stands, and waits to be
killed; `python one_life.py FOLDER finish` is the next life, and prints `settled` when nothing is left to do.
"""

from __future__ import annotations

import asyncio
import itertools
import pickle
import sys
from pathlib import Path

from contract.harness import FakeHarness
from fakes.platform import TRAITS, FakePlatform, Standing


class PlatformOnDisk(FakePlatform):
    """A platform that outlives the process: every change is on disk before the call returns."""

    def __init__(self, file: Path) -> None:
        super().__init__(TRAITS[1])
        self._file = file
        if file.exists():
            self._timeline: list[Standing] = pickle.loads(file.read_bytes())
            self._ids = itertools.count(len(self._timeline) + 1)

    def touch(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(pickle.dumps(self._timeline))
        fresh.replace(self._file)
        super().touch()


async def live(folder: Path, *, finish: bool) -> None:
    harness = FakeHarness(folder, TRAITS[1])
    harness.platform = PlatformOnDisk(folder / "platform")
    if finish:
        harness.backend.script = lambda request, number: ["The answer of the second life"]
        await harness.start()
        await harness.settled()
        print("settled", flush=True)
        await harness.stop()
        return
    harness.backend.script = lambda request, number: ["Half of the first", asyncio.Event()]
    await harness.start()
    await harness.say("hello")
    await harness.until(lambda: bool(harness.posts()))
    print("shown", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), finish=sys.argv[2] == "finish"))
