"""The page's own certificate, made once, for pages on other hosts."""

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 825
"""As long as browsers take a certificate."""


def own_certificate(folder: Path, host: str, now: datetime | None = None) -> tuple[Path, Path]:
    """Files with certificate and key for a host, made if they are not there or have expired.

    Parameters
    ----------
    folder
        Where they are kept; the key is readable by its owner only.
    host
        Name or address that the page is reached at.
    now
        Present time, aware.
    """
    now = now or datetime.now(UTC)
    certificate, key = folder / f"{_file_name(host)}.crt", folder / f"{_file_name(host)}.key"
    if not (certificate.exists() and key.exists() and _valid(certificate, now)):
        folder.mkdir(parents=True, exist_ok=True)
        _make(certificate, key, host, now)
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """SHA-256 of a certificate, as browsers show it, so that it can be compared on the other host."""
    digest = x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def _file_name(host: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in host)


def _valid(certificate: Path, now: datetime) -> bool:
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc > now


def _make(certificate: Path, key: Path, host: str, now: datetime) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sppb-rig")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    _write_private(
        key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
