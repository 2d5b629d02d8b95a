"""`trunkline check` for the web bridge: can the public address be reached, and is it this server's?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from trunkline.bridge import Finding
from trunkline.errors import SettingsError

from .signing_in import SigningIn

if TYPE_CHECKING:
    from .options import WebOptions

_SECONDS: Final = 10.0


async def check(options: WebOptions) -> Sequence[Finding]:
    """The public address and the keys of sign-ins."""
    return (*await _address(options), *_sign_ins(options))


def _sign_ins(options: WebOptions) -> Sequence[Finding]:
    try:
        algorithms = SigningIn(options).algorithms
    except SettingsError as error:
        return (Finding(False, error.user_message),)
    if not algorithms:
        named = options.identity_audience or options.identity_issuer
        text = "web.identity_secret and web.identity_public_key are not set: websites cannot sign visitors in."
        return (Finding(False, text),) if named else ()
    text = f"web: websites may sign visitors in by tokens with {' or '.join(algorithms)}"
    if not options.identity_audience:
        text += "; set web.identity_audience, so that tokens made for other services are not taken"
    return (Finding(True, f"{text}."),)


async def _address(options: WebOptions) -> Sequence[Finding]:
    """Fetch `public_url`'s health. Without one, that files of other platforms cannot be linked is said."""
    if not options.public_url:
        text = "web.public_url is not set: files too large for a platform are explained instead of linked."
        return (Finding(True, text),)
    address = f"{options.public_url}/healthz"
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_SECONDS)) as client,
            client.get(address, allow_redirects=False) as answer,
        ):
            ours = answer.status == 200 and answer.content_type == "application/json"
    except (ClientError, TimeoutError, ValueError) as error:
        why = str(error) or type(error).__name__
        return (Finding(False, f"{address} cannot be reached ({why}): is the server running, the proxy set up?"),)
    if not ours:
        text = f"{address} answers {answer.status}, not as this server does: check web.public_url and the proxy."
        return (Finding(False, text),)
    return (Finding(True, f"{options.public_url} answers."),)
