"""TLS for 127.0.0.1: the voice server's certificate, and clients that trust it while a test runs."""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import connector
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@functools.cache
def certificate() -> bytes:
    """A key and its self-signed certificate, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voice server of a test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    return written + made.public_bytes(serialization.Encoding.PEM)


def server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "voice.pem")
        path.write_bytes(certificate())
        context.load_cert_chain(path)
    return context


@contextmanager
def trusted() -> Iterator[None]:
    """aiohttp trusts the certificate in this block, as if the machine did.

    discord.py connects to a voice server by TLS only, with the context that aiohttp made when it was imported.
    """
    before = connector._SSL_CONTEXT_VERIFIED
    context = ssl.create_default_context(cadata=certificate().decode())
    context.set_alpn_protocols(["http/1.1"])
    connector._SSL_CONTEXT_VERIFIED = context
    try:
        yield
    finally:
        connector._SSL_CONTEXT_VERIFIED = before
