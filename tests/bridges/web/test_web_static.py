"""The built widget as it is served: found by name alone, cached as its name allows."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from fakes.web_server import Served, serving
from trunkline_bridges.web import static


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "package" / "static"
    (folder / "fonts").mkdir(parents=True)
    (folder / "widget.js").write_text("widget();" * 200)
    (folder / "frame.html").write_text("<p>")
    (folder / "open_frame.html").write_text("<p>")
    (folder / "plot.html").write_text("<p>")
    (folder / "plotly-a1B2c3D0.js.gz").write_bytes(gzip.compress(b"plot();" * 200))
    (folder / "my-settings.js").write_text("1")
    (folder / "chat-BFohJw_-.js").write_text("chat();" * 200)
    (folder / "fonts" / "a.woff2").write_bytes(b"font")
    monkeypatch.setattr(static, "_package", lambda: folder.parent)
    return folder


@pytest.fixture
async def web(built: Path, tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served


async def got(web: Served, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.get(f"{web.base}/{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


async def test_the_script_is_asked_for_again_and_not_sent_again(web: Served) -> None:
    status, data, told = await got(web, "widget.js", **{"Accept-Encoding": "identity"})
    assert (status, data) == (200, b"widget();" * 200)
    assert told["Cache-Control"] == "public, no-cache"
    assert told["Access-Control-Allow-Origin"] == "*"
    assert told["Content-Type"].startswith("text/javascript")

    status, data, _ = await got(web, "widget.js", **{"If-None-Match": told["ETag"]})
    assert (status, data) == (304, b"")


async def test_what_it_loads_is_kept_for_ever(web: Served) -> None:
    _, data, told = await got(web, "static/chat-BFohJw_-.js", **{"Accept-Encoding": "gzip"})

    assert gzip.decompress(data) == b"chat();" * 200
    assert "immutable" in told["Cache-Control"]
    assert (await got(web, "static/fonts/a.woff2"))[1] == b"font"
    assert "immutable" not in (await got(web, "static/my-settings.js"))[2]["Cache-Control"]


async def test_what_lies_zipped_is_found_under_its_own_name(web: Served) -> None:
    _, data, told = await got(web, "static/plotly-a1B2c3D0.js", **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(data) == b"plot();" * 200
    assert (told["Content-Encoding"], told["Content-Type"]) == ("gzip", "text/javascript")
    assert "immutable" in told["Cache-Control"]

    _, data, told = await got(web, "static/plotly-a1B2c3D0.js", **{"Accept-Encoding": "identity"})
    assert data == b"plot();" * 200
    assert "Content-Encoding" not in told
    assert (await got(web, "static/plotly-a1B2c3D0.js.gz"))[0] == 404


@pytest.mark.parametrize("frame", ["frame.html", "open_frame.html", "plot.html"])
async def test_a_frame_for_what_apps_write_is_nobodys_origin(web: Served, frame: str) -> None:
    policy = (await got(web, f"static/{frame}"))[2]["Content-Security-Policy"].split("; ")

    assert policy[0] == "sandbox allow-scripts"
    assert ("default-src 'none'" in policy) == (frame != "open_frame.html")


async def test_plots_load_nothing_but_their_libraries(web: Served) -> None:
    policy = (await got(web, "static/plot.html"))[2]["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval';" in policy
    assert not [part for part in ("connect-src", "http", "frame-src", "*") if part in policy]


@pytest.mark.parametrize(
    "path", ["chat-BFohJw_-.js", "static/absent.js", "static/", "static/fonts", "fonts/a.woff2"]
)
async def test_nothing_else_is_found(web: Served, path: str) -> None:
    assert (await got(web, path))[0] == 404
