"""Signing in: whose tokens are believed, and whose chats are shown afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from fakes.core import text_reply
from fakes.tokens import SITE_SECRET, token
from fakes.web_client import WebClient
from fakes.web_server import Served, serving
from trunkline.backend import Accepts
from trunkline.errors import Denied, SettingsError
from trunkline_bridges.web.check import check
from trunkline_bridges.web.options import WebOptions
from trunkline_bridges.web.signing_in import SigningIn

NOW = 1_000_000.0
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> str:
    public: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def signing_in(**options: Any) -> SigningIn:
    return SigningIn(WebOptions(identity_leeway=0, **options))


BY_SECRET = signing_in(identity_secret=SITE_SECRET)
BY_KEY = signing_in(identity_public_key=pem(KEY))


def made(subject: Any = "alice", *, key: Any = SITE_SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    everything = {"sub": subject, "exp": NOW + 60, **claims}
    return jwt.encode({k: v for k, v in everything.items() if v is not None}, key, algorithm=algorithm)


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_token_of_the_website_names_a_person() -> None:
    person = BY_SECRET.person(made(name="Alice", nbf=NOW - 5, iat=NOW - 5), NOW)
    assert (person.subject, person.name, person.expires) == ("alice", "Alice", NOW + 60)
    assert BY_KEY.person(made(key=KEY, algorithm="RS256"), NOW).visitor == person.visitor == "@alice"


def test_each_algorithm_has_its_own_key() -> None:
    server = signing_in(identity_secret=SITE_SECRET, identity_public_key=pem(KEY))
    assert server.algorithms == ("HS256", "RS256")
    for good in (made(), made(key=KEY, algorithm="RS256")):
        assert server.person(good, NOW).subject == "alice"


FORGED = {
    "another secret": made(key="b" * 32),
    "another RSA key": made(key=OTHER_KEY, algorithm="RS256"),
    "none": unsigned({"alg": "none", "typ": "JWT"}, {"sub": "alice", "exp": NOW + 60}),
    "a longer hash": made(key=SITE_SECRET * 2, algorithm="HS512"),
    "nothing at all": "",
    "no token": "hello",
    "half a pair": "\ud800.a.b",
    "a changed claim": ".".join([made().split(".")[0], made("mallory").split(".")[1], made().split(".")[2]]),
    "too long": made(padding="x" * 9_000),
    "a list": unsigned({"alg": "HS256"}, []),  # type: ignore[arg-type]
    "an algorithm that is no text": unsigned({"alg": ["HS256"]}, {"sub": "alice", "exp": NOW + 60}),
}


@pytest.mark.parametrize("how", FORGED)
@pytest.mark.parametrize("server", [BY_SECRET, BY_KEY])
def test_a_forged_token_is_refused_in_one_sentence(server: SigningIn, how: str) -> None:
    with pytest.raises(Denied, match=r"^Your sign-in could not be verified: [^.]*\.$"):
        server.person(FORGED[how], NOW)


def test_the_public_key_is_no_secret_to_sign_with() -> None:
    """The classic confusion: a token by HMAC whose key is the text of the public key."""
    import hashlib
    import hmac

    body = unsigned({"alg": "HS256"}, {"sub": "alice", "exp": NOW + 60}).removesuffix(".")
    signature = hmac.digest(pem(KEY).encode(), body.encode(), hashlib.sha256)
    forged = f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    for server in (BY_KEY, signing_in(identity_public_key=pem(KEY), identity_secret=SITE_SECRET)):
        with pytest.raises(Denied):
            server.person(forged, NOW)


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"exp": NOW}, "expired"),
        ({"exp": NOW - 1}, "expired"),
        ({"exp": None}, r"lacks what it must hold \(exp\)"),
        ({"exp": True}, r"\(exp\)"),
        ({"exp": "soon"}, r"\(exp\)|could not be verified"),
        ({"exp": float("inf")}, r"\(exp\)"),
        ({"exp": 10**400}, r"\(exp\)"),
        ({"exp": 1_800_000_000_000}, r"\(exp\)"),
        ({"nbf": -(10**400)}, r"\(nbf\)"),
        ({"nbf": NOW + 5}, "not valid yet"),
        ({"subject": None}, r"\(sub\)"),
        ({"subject": ""}, r"\(sub\)"),
        ({"subject": 7}, r"\(sub\)|could not be verified"),
        ({"subject": "a\0b"}, r"\(sub\)"),
        ({"subject": "x" * 256}, r"\(sub\)"),
        ({"aud": "elsewhere"}, "another service"),
    ],
)
def test_what_a_token_must_say(claims: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Denied, match=sentence):
        BY_SECRET.person(made(**claims), NOW)


def test_audience_and_issuer_must_be_ours_where_the_settings_name_them() -> None:
    server = signing_in(identity_secret=SITE_SECRET, identity_audience="chat", identity_issuer="shop")
    assert server.person(made(aud=["chat", "mail"], iss="shop"), NOW).subject == "alice"
    for claims in ({"aud": "mail", "iss": "shop"}, {"aud": "chat", "iss": "bank"}):
        with pytest.raises(Denied, match="another service"):
            server.person(made(**claims), NOW)
    for missing in ({"iss": "shop"}, {"aud": "chat"}):
        with pytest.raises(Denied, match="lacks what it must hold"):
            server.person(made(**missing), NOW)


def test_clocks_may_differ_by_the_leeway() -> None:
    server = SigningIn(WebOptions(identity_secret=SITE_SECRET, identity_leeway=30))
    assert server.person(made(exp=NOW - 29), NOW).expires == NOW + 1
    with pytest.raises(Denied):
        server.person(made(exp=NOW - 30), NOW)


def test_without_keys_nobody_signs_in() -> None:
    with pytest.raises(Denied, match="not set up"):
        signing_in().person(made(), NOW)


def test_keys_are_checked_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="it has 5 bytes and must have 32 at least"):
        WebOptions(identity_secret="short")
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    for given, sentence in {
        pem(small): "1024 bits",
        pem(curve): "no RSA key",
        "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----": "no public key",
        str(tmp_path / "missing.pem"): "cannot be read",
    }.items():
        with pytest.raises(SettingsError, match=sentence):
            signing_in(identity_public_key=given)
    file = tmp_path / "key.pem"
    file.write_text(pem(KEY))
    assert signing_in(identity_public_key=str(file)).algorithms == ("RS256",)


# Over the wire


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, identity_secret=SITE_SECRET, identity_leeway=0) as served:
        served.core.answers = lambda said: iter([text_reply(f"heard {said}")])
        yield served


async def talked(tab: WebClient, text: str) -> None:
    ack = await tab.say(text)
    await tab.until(lambda: tab.state(ack["turn"]) == "delivered")


def said(tab: WebClient) -> list[str]:
    return [text for _, role, text in tab.seen() if role == "user"]


async def test_two_devices_of_a_person_see_the_same_chats(shop: Served) -> None:
    phone = shop.client()
    await phone.connect(identity_token=token("alice", name="Alice"))
    await talked(phone, "from the phone")
    desk = shop.client()
    await desk.connect(identity_token=token("alice"))

    assert phone.welcome["identity"]["name"] == "Alice"
    assert desk.welcome["identity"]["person"] == phone.welcome["identity"]["person"]
    assert desk.view() == phone.view()
    await talked(desk, "from the desk")
    await phone.until(lambda: phone.view() == desk.view())
    assert shop.core.events[-1].speaker.team == "signed-in"
    assert shop.core.events[-1].speaker.user_id == "alice"


async def test_what_was_said_before_signing_in_becomes_the_persons(shop: Served) -> None:
    tab = await shop.visit()
    await talked(tab, "before")
    conversation, anonymous = tab.conversation, tab.token
    ack = await tab.ask("identify", token=token("alice"))
    await tab.until(lambda: "identity" in tab.welcome and tab.conversation == conversation)
    await talked(tab, "after")

    assert ack["outcome"] == "done"
    desk = shop.client()
    await desk.connect(identity_token=token("alice"))
    assert desk.view() == tab.view()
    back = await shop.visit(token=anonymous)
    assert back.conversations == []


async def test_what_was_said_on_an_earlier_visit_comes_along_with_hello(shop: Served) -> None:
    tab = await shop.visit()
    await talked(tab, "before")
    await tab.drop()
    back = shop.client(token=tab.token)
    await back.connect(identity_token=token("alice"))
    assert said(back) == ["before"]


async def test_a_reply_goes_on_while_its_visitor_signs_in(shop: Served) -> None:
    shop.core.answers = None
    tab = await shop.visit()
    await tab.say("before")
    turn = await shop.core.begun()
    turn.show("half")
    await tab.until(lambda: tab.replied() == "half")
    await tab.ask("identify", token=token("alice"))
    await turn.finish("half and whole")
    await tab.until(lambda: tab.state() == "delivered")

    assert tab.replied() == "half and whole"
    assert "identity" in tab.welcome


async def test_a_device_that_is_shared_gives_nobody_the_chats_of_another(shop: Served) -> None:
    tab = await shop.visit()
    await talked(tab, "alice was here")
    anonymous = tab.token
    await tab.ask("identify", token=token("alice"))
    await tab.until(lambda: "identity" in tab.welcome)
    hers = tab.conversation

    bob = shop.client(token=anonymous)
    await bob.connect(identity_token=token("bob"))
    assert bob.conversations == []
    frame = bob.command("conversation.switch", conversation=hers)
    await bob.give(frame)
    assert (await bob.answer(frame["id"]))["outcome"] == "denied"
    # Signing in over a connection that is hers brings none of hers either.
    await tab.ask("identify", token=token("bob"))
    await tab.until(lambda: tab.welcome["identity"]["person"] == bob.welcome["identity"]["person"])
    await tab.until(lambda: tab.conversation == 0)
    assert tab.turns == {}


async def test_signing_out_begins_anew(shop: Served) -> None:
    tab = shop.client()
    await tab.connect(identity_token=token("alice"))
    await talked(tab, "secret")
    await tab.ask("identify", token=None)
    await tab.until(lambda: "identity" not in tab.welcome and tab.conversation == 0)

    assert tab.conversations == []
    assert tab.turns == {}
    stranger = await shop.visit(token=tab.token)
    assert stranger.conversations == []


async def test_other_windows_of_a_visitor_who_signs_in_begin_anew(shop: Served) -> None:
    tab = await shop.visit()
    await talked(tab, "hi")
    other = await shop.visit(token=tab.token)
    await tab.ask("identify", token=token("alice"))

    assert await other.closed() == 4401


async def test_an_expired_sign_in_shows_nothing_more_until_it_is_renewed(shop: Served) -> None:
    tab = shop.client()
    await tab.connect(identity_token=token("alice", lasts=100))
    await talked(tab, "mine")
    hers = tab.conversation
    shop.clock.skip(200)
    frame = tab.command("send", parts=[{"type": "text", "text": "too late"}])
    await tab.give(frame)
    answer = await tab.answer(frame["id"])

    assert [error["code"] for error in tab.errors] == ["identity"]
    assert tab.errors[0]["message"] == "Your sign-in has expired: sign in again to see your chats."
    assert answer["outcome"] == "denied"
    assert tab.turns == {}
    await tab.ask("identify", token=token("alice", lasts=10_000))
    await tab.until(lambda: tab.conversation == hers)
    await talked(tab, "again")


async def test_a_renewed_sign_in_changes_nothing_that_is_shown(shop: Served) -> None:
    tab = shop.client()
    await tab.connect(identity_token=token("alice", lasts=100))
    await talked(tab, "mine")
    snapshots = tab.snapshots
    await tab.ask("identify", token=token("alice", lasts=10_000))
    shop.clock.skip(200)
    await talked(tab, "still me")

    assert tab.snapshots == snapshots
    assert tab.errors == []


async def test_a_bad_sign_in_leaves_an_anonymous_visitor_who_can_talk(shop: Served) -> None:
    tab = shop.client()
    await tab.connect(identity_token=token("alice", secret="x" * 32))
    await tab.until(lambda: bool(tab.errors))
    assert tab.errors[0]["code"] == "identity"
    assert "identity" not in tab.welcome
    await talked(tab, "hello")

    ack = await tab.ask("identify", token=token("alice", lasts=-5))
    assert ack["outcome"] == "denied"
    assert ack["text"] == "Your sign-in has expired: sign in again to see your chats."
    assert said(tab) == ["hello"]


async def test_a_command_sent_again_after_signing_in_is_done_once(shop: Served) -> None:
    """Its acknowledgement was lost, and the visitor has signed in meanwhile."""
    tab = await shop.visit()
    frame = tab.command("send", parts=[{"type": "text", "text": "once"}])
    await tab.give(frame)
    await tab.answer(frame["id"])
    anonymous = tab.token
    await tab.drop()
    back = shop.client(token=anonymous)
    await back.connect(identity_token=token("alice"))
    await back.give(frame)
    await back.answer(frame["id"])
    event = shop.core.events[-1]
    assert event.former_key == shop.core.events[1].event_key


async def test_what_was_uploaded_before_signing_in_can_be_sent(shop: Served) -> None:
    demo = shop.core.profiles["demo"]
    shop.core.profiles["demo"] = replace(demo, accepts=Accepts(files=True))
    tab = await shop.visit()
    _, answer = await tab.upload("a.txt", b"hello", "text/plain")
    reference = answer["files"][0]["upload"]
    await tab.ask("identify", token=token("alice"))
    ack = await tab.say("with a file", {"type": "media", "kind": "file", "source": {"upload": reference}})
    assert ack["outcome"] == "started"
    await tab.until(lambda: "identity" in tab.welcome)
    status, _ = await tab.upload("b.txt", b"hello", "text/plain")
    assert status == 200


async def test_who_may_not_talk_may_not_upload_either(tmp_path: Path) -> None:
    async with serving(tmp_path, identity_secret=SITE_SECRET, allow_teams=("signed-in",)) as shop:
        demo = shop.core.profiles["demo"]
        shop.core.profiles["demo"] = replace(demo, accepts=Accepts(files=True))
        tab = await shop.visit()
        status, answer = await tab.upload("a.txt", b"hello", "text/plain")
        assert (status, answer["error"]["message"]) == (403, "You are not allowed to use this bot here.")
        assert shop.core.media.puts == 0
        await tab.ask("identify", token=token("alice"))
        await tab.until(lambda: "identity" in tab.welcome)
        status, _ = await tab.upload("a.txt", b"hello", "text/plain")
        assert status == 200


async def test_forgetting_a_person_closes_their_other_devices(shop: Served) -> None:
    phone, desk = shop.client(), shop.client()
    await phone.connect(identity_token=token("alice"))
    await talked(phone, "mine")
    await desk.connect(identity_token=token("alice"))
    await phone.ask("forget_me")

    assert await desk.closed() == 4401
    await phone.until(lambda: phone.conversation == 0)
    desk_again = shop.client()
    await desk_again.connect(identity_token=token("alice"))
    assert desk_again.conversations == []


async def test_check_tells_what_is_wrong_with_the_keys() -> None:
    async def findings(**options: Any) -> list[tuple[bool, str]]:
        return [(finding.ok, finding.text) for finding in (await check(WebOptions(**options)))[1:]]

    assert await findings() == []
    assert await findings(identity_secret=SITE_SECRET, identity_audience="chat") == [
        (True, "web: websites may sign visitors in by tokens with HS256.")
    ]
    ((ok, text),) = await findings(identity_public_key=pem(KEY))
    assert ok
    assert "set web.identity_audience" in text
    for wrong in ({"identity_public_key": "/missing.pem"}, {"identity_audience": "chat"}):
        ((ok, _),) = await findings(**wrong)
        assert not ok


async def test_nobody_takes_a_running_conversation_by_asking_for_it(shop: Served) -> None:
    shop.core.answers = None
    hers = shop.client()
    await hers.connect(identity_token=token("alice"))
    await hers.say("mine")
    turn = await shop.core.begun()
    turn.show("half")
    await hers.until(lambda: hers.replied() == "half")

    thief = shop.client()
    await thief.connect(identity_token=token("bob"), conversation=hers.conversation)
    await thief.give({"type": "resume", "conversation": hers.conversation, "stream": hers.stream, "after": 1})
    await thief.until(lambda: len(thief.errors) == 2)
    await turn.finish("half and whole")
    await hers.until(lambda: hers.state() == "delivered")

    assert hers.replied() == "half and whole"
    assert hers.snapshots == 2  # the new chat, and the conversation that its first message made
    assert {error["code"] for error in thief.errors} == {"not_found"}
    assert thief.turns == {}
    assert all(frame.get("conversation", 0) == 0 for frame in thief.frames)


async def test_windows_of_a_person_are_counted_on_all_devices(tmp_path: Path) -> None:
    async with serving(tmp_path, identity_secret=SITE_SECRET, connections_per_visitor=1) as shop:
        first, second = shop.client(), await shop.visit()
        await first.connect(identity_token=token("alice"))
        await second.give(second.command("identify", token=token("alice")))
        assert await second.closed() == 4429
        third = shop.client()
        await third.connect(wait=False, identity_token=token("alice"))
        assert await third.closed() == 4429
        await first.drop()
        await shop.left(0)
        await third.connect(identity_token=token("alice"))
