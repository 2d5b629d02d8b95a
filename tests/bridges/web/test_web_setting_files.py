"""Which files a browser may put among the settings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from trunkline.errors import Denied
from trunkline.messages import Json
from trunkline_bridges.web.identity import Upload
from trunkline_bridges.web.setting_files import with_uploads

HELD: Json = {"type": "media", "kind": "file", "name": "a.txt", "source": {"type": "blob", "sha256": "a" * 64}}


def attach(source: Mapping[str, Json]) -> Upload:
    if "url" in source:
        return Upload(str(source["url"]).removeprefix("/media/"), 1, "a.txt", "text/plain", "file")
    if source["upload"] != "mine":
        raise Denied("Not yours.")
    return Upload("b" * 64, 3, "b.png", "image/png", "image")


def test_an_upload_becomes_the_file_and_what_is_held_stays() -> None:
    values = with_uploads(
        {"papers": [HELD, {"upload": "mine"}], "level": 3, "note": None}, {"papers": [HELD]}, attach
    )

    papers = values["papers"]
    assert isinstance(papers, list)
    kept, fresh = papers
    assert kept == HELD
    assert isinstance(fresh, Mapping)
    assert (fresh["name"], fresh["kind"]) == ("b.png", "image")
    assert (values["level"], values["note"]) == (3, None)


def shown(sha256: str) -> Json:
    """A file as a page sees it."""
    return {"type": "media", "kind": "file", "name": "a.txt", "source": {"url": f"/media/{sha256}", "size": 1}}


def test_a_file_is_known_by_the_address_it_was_shown_under() -> None:
    values = with_uploads({"papers": [shown("a" * 64)]}, {"papers": (HELD,)}, attach)
    assert values == {"papers": [HELD]}


@pytest.mark.parametrize(
    "value",
    [shown("c" * 64), {"upload": "another's"}, HELD, [HELD], {"type": "blob", "sha256": "a" * 64, "size": 1}],
)
def test_a_file_of_somebody_else_is_refused(value: Json) -> None:
    with pytest.raises(Denied):
        with_uploads({"papers": value}, {"other": HELD}, attach)
