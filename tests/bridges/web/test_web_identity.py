"""Visitors' tokens and references to uploads: minted and signed by the server, worth nothing to anybody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.web_server import SECRET, Served
from trunkline.errors import Denied
from trunkline_bridges.web.identity import Upload, Uploads, Visitors

VISITORS = Visitors(SECRET, days=10)
UPLOADS = Uploads(SECRET, days=1)
FILE = Upload("ab" * 32, 5, "a, b.txt", "text/plain", "file")


def test_a_token_is_known_again_until_it_expires() -> None:
    visitor = VISITORS.mint()
    token = VISITORS.token(visitor, 1_000.0)

    assert VISITORS.visitor(token, 1_000.0 + 9 * 86_400) == visitor
    with pytest.raises(Denied, match="expired"):
        VISITORS.visitor(token, 1_000.0 + 11 * 86_400)


def test_visitors_are_minted_apart() -> None:
    assert len({VISITORS.mint() for _ in range(100)}) == 100


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token = VISITORS.token(VISITORS.mint(), 1_000.0)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters().filter(lambda sign: sign != token[place]))
    with pytest.raises(Denied):
        VISITORS.visitor(token[:place] + sign + token[place + 1 :], 1_000.0)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Denied):
        VISITORS.visitor(text, 1_000.0)
    with pytest.raises(Denied):
        UPLOADS.upload("somebody", text, 1_000.0)


HALF_A_PAIR = "\ud800"


def test_half_a_surrogate_pair_is_refused_like_any_other_text() -> None:
    token = VISITORS.token(VISITORS.mint(), 1_000.0)
    for forged in (HALF_A_PAIR, token + HALF_A_PAIR):
        with pytest.raises(Denied):
            VISITORS.visitor(forged, 1_000.0)
    for forged in (f"u1.{HALF_A_PAIR}.a", f"u1.a.{HALF_A_PAIR}"):
        with pytest.raises(Denied):
            UPLOADS.upload("somebody", forged, 1_000.0)


def test_another_secret_or_purpose_is_refused() -> None:
    visitor = VISITORS.mint()
    with pytest.raises(Denied):
        Visitors(b"another", 10).visitor(VISITORS.token(visitor, 1_000.0), 1_000.0)


def test_a_reference_to_an_upload_is_its_visitors_alone() -> None:
    reference = UPLOADS.reference("me", FILE, 1_000.0)

    assert UPLOADS.upload("me", reference, 1_000.0) == FILE
    with pytest.raises(Denied, match="not uploaded by you"):
        UPLOADS.upload("you", reference, 1_000.0)
    with pytest.raises(Denied, match="expired"):
        UPLOADS.upload("me", reference, 1_000.0 + 2 * 86_400)


async def test_a_returning_visitor_is_the_same_and_gets_a_fresh_token(web: Served) -> None:
    tab = await web.visit()
    web.clock.skip(86_400)
    token = tab.token
    again = await web.visit(token=token)
    assert again.token != token
    await tab.say("hi")
    await again.until(lambda: bool(again.conversations))


@pytest.mark.parametrize("signature", ["AAAAAAAAAAAAAAAAAAAAAA", HALF_A_PAIR])
async def test_a_forged_token_is_refused_with_its_close_code(web: Served, signature: str) -> None:
    tab = web.client(token=f"v1.AAAAAAAAAAAAAAAAAAAAAA.1.{signature}")
    await tab.connect(wait=False)

    assert await tab.closed() == 4401
    assert tab.errors[0]["code"] == "token"
    assert not tab.welcome


async def test_an_expired_token_is_refused(web: Served) -> None:
    tab = await web.visit()
    web.clock.skip(500 * 86_400)
    late = web.client(token=tab.token)
    await late.connect(wait=False)

    assert await late.closed() == 4401


async def test_signing_in_is_declined_in_words(web: Served) -> None:
    tab = web.client()
    await tab.connect(identity_token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln")
    await tab.until(lambda: bool(tab.errors))
    ack = await tab.ask("identify", token="eyJhbGciOiJIUzI1NiJ9.e30.c2ln")

    assert tab.errors[0]["code"] == "identity"
    assert ack["outcome"] == "denied"


async def test_signing_out_keeps_an_anonymous_visitor(web: Served) -> None:
    tab = await web.visit()
    await tab.say("hi")
    await (await web.core.begun()).finish("hello")
    await tab.until(lambda: tab.state() == "delivered")
    ack = await tab.ask("identify", token=None)
    await tab.until(lambda: [frame["type"] for frame in tab.frames].count("welcome") == 2)

    assert ack["outcome"] == "done"
    assert tab.replied() == "hello"
