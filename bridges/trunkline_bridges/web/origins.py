"""Where a request comes from: its address, its origin, and the origin it was sent to. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def is_host(text: str) -> bool:
    """Whether a `Host` names one, with or without a port, and holds nothing else."""
    return _HOST.fullmatch(text) is not None


class Proxies:
    """The proxies in front of the server: only what they say of a request is believed."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def address(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client's address: the last in `X-Forwarded-For` that is no proxy of ours."""
        if not self.trusts(peer):
            return peer
        hops = [hop.strip() for hop in headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        return next((hop for hop in reversed(hops) if not self.trusts(hop)), hops[0] if hops else peer)

    def own_origin(self, peer: str, scheme: str, host: str, headers: Mapping[str, str]) -> str:
        """The origin that the browser sent the request to."""
        if self.trusts(peer):
            scheme = headers.get("X-Forwarded-Proto", scheme).split(",")[0].strip()
            host = headers.get("X-Forwarded-Host", host).split(",")[0].strip()
        return f"{scheme}://{host}".lower()


class Origins:
    """The websites that may talk to the server: its own, and those allowed."""

    def __init__(self, allowed: Sequence[str], public_url: str) -> None:
        public = urlsplit(public_url)
        own = [f"{public.scheme}://{public.netloc}".lower()] if public_url else []
        self._allowed = frozenset((*allowed, *own))

    def allow(self, origin: str | None, own: str) -> bool:
        """Whether a request of this `Origin` is taken; one without is no browser's on another website."""
        return origin is None or origin.lower() == own or not self._allowed.isdisjoint({"*", origin.lower()})
