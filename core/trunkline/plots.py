"""Plots as files: a PNG where a library draws them without a browser, else a page that draws itself.

Altair's are drawn by vl-convert-python. Plotly's and Bokeh's own exporters drive a browser (Kaleido, Selenium), so
that theirs become a page of HTML with the library in it, or its address where that would be too large.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from .errors import MediaError
from .telemetry import log
from .words import words

SECONDS: Final = 20.0
"""How long drawing may take."""
MOST_CHARACTERS: Final = 20_000_000
"""Of a plot's JSON."""
AT_ONCE: Final = 2
"""Charts that are drawn at the same time; the others wait."""
MOST_UNITS: Final = 4_000
"""Width or height that a chart may ask for."""
LIBRARIES: Final[Mapping[str, tuple[str, ...]]] = {
    "plotly": ("https://cdn.jsdelivr.net/npm/plotly.js-dist-min@4.1.2/plotly.min.js",),
    "altair": (
        "https://cdn.jsdelivr.net/npm/vega@6.4.0/build/vega.min.js",
        "https://cdn.jsdelivr.net/npm/vega-lite@6.4.3/build/vega-lite.min.js",
        "https://cdn.jsdelivr.net/npm/vega-embed@7.3.0/build/vega-embed.min.js",
    ),
    "bokeh": tuple(
        f"https://cdn.jsdelivr.net/npm/@bokeh/bokehjs@3.10.0/build/js/{name}.min.js"
        for name in ("bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables")
    ),
}
"""Where each library is, in the versions that the widget ships."""
_DRAW: Final = {
    "plotly": (
        "Plotly.newPlot(place, {data: plot.data, layout: {autosize: true, ...plot.layout}, frames: plot.frames,"
        " config: {responsive: true, displaylogo: false}});"
    ),
    "altair": "vegaEmbed(place, plot, {actions: false});",
    "bokeh": "plot.doc.version = Bokeh.version; Bokeh.embed.embed_item(plot, place);",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>html, body, #plot {{ height: 100%; margin: 0; background: #fff; }}</style>
{scripts}</head>
<body><div id="plot"></div>
<script type="application/json" id="data">{plot}</script>
<script>
const place = document.getElementById("plot");
const plot = JSON.parse(document.getElementById("data").textContent);
{draw}
</script></body></html>
"""
Script = Callable[[str], "bytes | None"]
"""A library's name to its script, None where it is not at hand."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A file; `ending` is that of its name, with its dot."""

    data: bytes
    mime: str
    ending: str


async def draw(kind: str, plot: str, limit: int, script: Script = lambda name: None) -> Drawn:
    """The plot as Gradio sends it (`kind` "plotly", "altair" or "bokeh", `plot` JSON) as a file of `limit` bytes.

    `MediaError` with a sentence for what is no plot, or fits in no way.
    """
    if kind not in LIBRARIES or len(plot) > MOST_CHARACTERS:
        raise MediaError(words("plot_unreadable" if kind not in LIBRARIES else "plot_too_large"))
    try:
        spec = json.loads(plot)
    except (ValueError, RecursionError) as error:
        raise MediaError(words("plot_unreadable")) from error
    if not isinstance(spec, dict):
        raise MediaError(words("plot_unreadable"))
    picture = await _picture(spec) if kind == "altair" else None
    if picture is not None and len(picture) <= limit:
        return Drawn(picture, "image/png", ".png")
    page = await asyncio.to_thread(_page, kind, plot, limit, script)
    if len(page) > limit:
        raise MediaError(words("plot_too_large"))
    return Drawn(page, "text/html", ".html")


_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def _picture(spec: dict[str, Any]) -> bytes | None:
    """A PNG of Vega or Vega-Lite; None where there is no library, too little time, or something to be fetched."""
    if _fetches(spec) or _is_huge(spec) or not sys.executable:
        return None
    plain = {key: value for key, value in spec.items() if key != "usermeta"}
    gate = _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    try:
        async with asyncio.timeout(SECONDS), gate:
            return await _drawn(json.dumps(plain).encode())
    except (TimeoutError, OSError) as error:
        log.warning("plot not drawn", error=type(error).__name__)
        return None


async def _drawn(spec: bytes) -> bytes | None:
    """What the worker draws: hostile charts hang and crash the library, and with it whatever it runs in."""
    pipe, silence = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", "trunkline.plot_worker")
    worker = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=silence)
    try:
        drawn, _ = await worker.communicate(spec)
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if worker.returncode:
        log.info("plot not drawn", status=worker.returncode)
    return drawn if worker.returncode == 0 and drawn else None


def _fetches(spec: Any) -> bool:
    """Something in it has an address: the library would read any file of ours, or ask any host near us."""
    if isinstance(spec, dict):
        url = spec.get("url")
        if url is not None and not (isinstance(url, str) and url.startswith("data:")):
            return True
        return any(_fetches(value) for value in spec.values())
    return isinstance(spec, list) and any(_fetches(value) for value in spec)


def _is_huge(spec: Mapping[str, Any]) -> bool:
    sizes = (spec.get(name) for name in ("width", "height"))
    return any(isinstance(size, int | float) and size > MOST_UNITS for size in sizes)


def _page(kind: str, plot: str, limit: int, script: Script) -> bytes:
    """The page with the library in it, or with its address where that is not at hand or too large."""
    # Nothing of the plot may end the element that it stands in.
    data = plot.replace("<", "\\u003c")
    library = script(kind)
    if library is not None:
        code = library.decode("utf-8", "replace").replace("</script", "<\\/script").replace("<!--", "<\\!--")
        whole = _PAGE.format(title=kind, scripts=f"<script>{code}</script>\n", plot=data, draw=_DRAW[kind])
        if len(encoded := whole.encode()) <= limit:
            return encoded
    linked = "".join(f'<script src="{address}"></script>\n' for address in LIBRARIES[kind])
    return _PAGE.format(title=kind, scripts=linked, plot=data, draw=_DRAW[kind]).encode()
