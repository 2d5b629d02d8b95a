"""Who a website says its visitor is: JSON Web Tokens (RFC 7519) that it signed.

What a token may be signed with is the settings' to say and never the token's: each algorithm has a key of its own,
and one without a key is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from trunkline.errors import Denied, SettingsError
from trunkline.words import words

from .identity import visitor_of

if TYPE_CHECKING:
    from jwt.types import Options

    from .options import WebOptions

RSA_BITS: Final = 2048
_LONGEST_TOKEN: Final = 8_192
_LONGEST_NAME: Final = 255
_LATEST: Final = 1e12
"""Seconds since the epoch: milliseconds, a mistake that lets a token hold for ever, lie beyond it."""
_OPTIONS: Final[Options] = {
    "require": ["exp", "sub"],
    # The clock is ours.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a website has signed in, until `expires` (seconds since the epoch)."""

    subject: str
    name: str
    expires: float

    @property
    def visitor(self) -> str:
        return visitor_of(self.subject)


class SigningIn:
    """Verifies tokens as the settings want them. `SettingsError` for a key that is none."""

    def __init__(self, options: WebOptions) -> None:
        self._keys: dict[str, str | RSAPublicKey] = {}
        secret = options.identity_secret.get_secret_value()
        if secret:
            self._keys["HS256"] = secret
        if options.identity_public_key:
            self._keys["RS256"] = _public_key(options.identity_public_key)
        self._audience = options.identity_audience or None
        self._issuer = options.identity_issuer or None
        self._leeway = options.identity_leeway

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The signatures that are taken; none: nobody can sign in."""
        return tuple(self._keys)

    def person(self, token: str, now: float) -> Person:
        """Whom the token names. `Denied` with the sentence for the visitor when it is not to be believed."""
        if not self._keys:
            raise Denied(words("no_sign_in"))
        claims = self._claims(token)
        expires = _time(claims, "exp") + self._leeway
        if now >= expires:
            raise Denied(words("sign_in_expired"))
        if "nbf" in claims and now < _time(claims, "nbf") - self._leeway:
            raise Denied(words("sign_in_early"))
        subject, name = claims["sub"], claims.get("name")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_NAME or not subject.isprintable():
            raise Denied(words("sign_in_incomplete", claim="sub"))
        return Person(subject, name[:_LONGEST_NAME] if isinstance(name, str) else "", expires)

    def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            algorithm = str(jwt.get_unverified_header(token[: _LONGEST_TOKEN + 1]).get("alg"))
            if len(token) > _LONGEST_TOKEN or algorithm not in self._keys:
                raise Denied(words("sign_in_invalid"))
            return cast(
                "Mapping[str, Any]",
                jwt.decode(
                    token,
                    self._keys[algorithm],
                    algorithms=[algorithm],
                    audience=self._audience,
                    issuer=self._issuer,
                    options=_OPTIONS,
                ),
            )
        except jwt.MissingRequiredClaimError as error:
            raise Denied(words("sign_in_incomplete", claim=error.claim)) from error
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
            raise Denied(words("sign_in_elsewhere")) from error
        except (jwt.PyJWTError, ValueError) as error:
            raise Denied(words("sign_in_invalid")) from error


def _time(claims: Mapping[str, Any], claim: str) -> float:
    value = claims[claim]
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LATEST < value < _LATEST:
        raise Denied(words("sign_in_incomplete", claim=claim))
    return float(value)


def _public_key(given: str) -> RSAPublicKey:
    """The key that the settings name: PEM text, or the path of a file that holds it."""
    text = given
    if "-----BEGIN" not in given:
        try:
            text = Path(given).expanduser().read_text("ascii")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise SettingsError(f"web.identity_public_key: {given} cannot be read: {why}.") from error
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            "web.identity_public_key is no public key: give the text that begins with -----BEGIN PUBLIC KEY-----, "
            "or the path of its file."
        ) from error
    if not isinstance(key, RSAPublicKey):
        raise SettingsError("web.identity_public_key is no RSA key: tokens are signed with RS256.")
    if key.key_size < RSA_BITS:
        raise SettingsError(
            f"web.identity_public_key has {key.key_size} bits and must have {RSA_BITS} at least: make a new one."
        )
    return key
