"""Certificates, good and bad, made for a drill."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    name: str, by: Signed | None, *hosts: str, days: tuple[int, int] = (-1, 30), authority: bool = False
) -> Signed:
    """A certificate for addresses and names, signed by another one's key or its own, valid between two days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if hosts:
        numbers = [x509.IPAddress(ipaddress.ip_address(each)) for each in hosts if each[0].isdigit()]
        names = [x509.DNSName(each) for each in hosts if not each[0].isdigit()]
        made = made.add_extension(x509.SubjectAlternativeName([*numbers, *names]), critical=False)
    return Signed(made.sign(by.key if by else key, hashes.SHA256()), key)


def server(folder: Path, leaf: Signed, *chain: Signed) -> ssl.SSLContext:
    """What a server shows: its certificate and those above it."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{leaf.certificate.serial_number}.pem"
    key = leaf.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(key + b"".join(each.pem() for each in (leaf, *chain)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
