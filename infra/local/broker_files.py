"""The certificate of the local MQTT broker, which vouches for itself."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.local.paths import write_private

_VALID_DAYS = 3650


def certificate(state: Path) -> Path:
    """Where the certificate of a stack's broker is; clients take it as their authority."""
    return state / "broker" / "certificate.pem"


def key(state: Path) -> Path:
    """Where its private key is."""
    return state / "broker" / "key.pem"


def ensure_certificate(state: Path) -> None:
    """Make certificate and key for this machine, once: clients that know the certificate go on."""
    if certificate(state).exists():
        return
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(key(state), plain.decode())
    write_private(certificate(state), made.public_bytes(pem).decode())
