"""Draws one chart, as a process of its own: what a hostile chart does to it, it does to nobody else.

    python -m trunkline.plot_worker < spec.json > chart.png

Ends with status 3 where the library is not installed, 1 where it cannot draw the chart.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Final

SCALE: Final = 2.0
"""Pixels per unit of the chart: sharp on today's screens."""
CPU_SECONDS: Final = 30
MOST_MEMORY: Final = 3 << 30
"""Bytes of data. The library's JavaScript engine takes a quarter of that to begin with."""
NO_LIBRARY: Final = 3


def main() -> int:
    _limit()
    try:
        import vl_convert
    except ImportError:
        return NO_LIBRARY
    spec = json.load(sys.stdin.buffer)
    schema = str(spec.get("$schema", ""))
    try:
        if "/vega/" in schema:
            drawn = vl_convert.vega_to_png(spec, scale=SCALE, allowed_base_urls=[])
        else:
            version = newest_of(schema, vl_convert.get_vegalite_versions())
            drawn = vl_convert.vegalite_to_png(spec, vl_version=version, scale=SCALE, allowed_base_urls=[])
    except (ValueError, TypeError):
        return 1
    sys.stdout.buffer.write(drawn)
    return 0


def newest_of(schema: str, offered: Sequence[str]) -> str | None:
    """The newest offered version of the generation that the schema names; None for the newest of all."""
    named = re.search(r"/vega-lite/v(\d+)", schema)
    same = [one for one in offered if named and one.split(".")[0] == named[1]]
    return max(same, key=lambda one: tuple(map(int, one.split("."))), default=None)


def _limit() -> None:
    """Where the system can, it ends what takes too much."""
    if sys.platform != "win32":
        import resource

        limits = {resource.RLIMIT_CPU: CPU_SECONDS, resource.RLIMIT_DATA: MOST_MEMORY, resource.RLIMIT_CORE: 0}
        for what, most in limits.items():
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
