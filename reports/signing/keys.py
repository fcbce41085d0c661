"""The organisation's seal key: made for development, loaded for use by the signing worker alone.

A development root is not an identity. Its certificate says so in its name, the visible seal says
so, and ``SealKey.development`` lets pages say so.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

ROOT_FILE, KEY_FILE = "root.pem", "seal.p12"
DEVELOPMENT = "development"
BITS = 3072
NOTICE = (
    "Made a DEVELOPMENT root and seal key. Seals made with it show that a file is unchanged, not "
    "who the organisation is. Put the organisation's own certificate in before relying on it."
)
ROOT_DAYS, SEAL_DAYS = 3653, 1096


class KeyFileError(RuntimeError):
    """A key could not be made or loaded; the message says why in plain words."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """``signer`` is a pyHanko signer, so a key on a token fits as well as one from a file."""

    signer: Any
    organisation: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    development: bool


@dataclass(frozen=True, slots=True)
class MadeKeys:
    root: Path
    key: Path
    fingerprint: str
    message: str


def init_keys(
    folder: Path, passphrase: str, organisation: str, now: datetime | None = None
) -> MadeKeys:
    """Make a development root and a seal key below it; refuses to overwrite what is there.

    The root's private key is thrown away: nobody can issue a second seal key from it. Raises
    ``KeyFileError`` when files exist or the passphrase is empty.
    """
    root_path, key_path = folder / ROOT_FILE, folder / KEY_FILE
    if not passphrase:
        raise KeyFileError("The seal key needs a passphrase.")
    if root_path.exists() or key_path.exists():
        raise KeyFileError(f"{folder} holds a seal key already; nothing was changed.")
    moment = (now or datetime.now(UTC)).replace(microsecond=0) - timedelta(minutes=5)
    root_key, seal_key = _private(), _private()
    root = _root(root_key, organisation, moment)
    seal = _seal(seal_key, root, root_key, organisation, moment)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = serialization.BestAvailableEncryption(passphrase.encode())
    archive = pkcs12.serialize_key_and_certificates(b"assay-seal", seal_key, seal, [root], lock)
    _write(key_path, archive, 0o600)
    _write(root_path, root.public_bytes(serialization.Encoding.PEM), 0o644)
    return MadeKeys(root_path, key_path, seal.fingerprint(hashes.SHA256()).hex(), NOTICE)


def load_key(path: Path, passphrase: str) -> SealKey:
    """Load an encrypted PKCS#12 file; raises ``KeyFileError`` with the reason.

    A file that others may read is refused, as a key that others may read proves nothing.
    """
    from pyhanko.sign.signers import SimpleSigner

    try:
        data, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise KeyFileError(f"The seal key {path.name} cannot be read.") from error
    if mode & 0o077:
        raise KeyFileError(f"The seal key {path.name} may be read by others; set its mode to 0600.")
    try:
        signer = SimpleSigner.load_pkcs12_data(data, [], passphrase.encode())
    except ValueError as error:
        raise KeyFileError("The passphrase does not open the seal key.") from error
    return _described(signer)


def load_roots(*paths: Path) -> tuple[bytes, ...]:
    """Return the roots of trust as DER, from PEM or DER files; raises ``KeyFileError``."""
    return tuple(_certificate(path).public_bytes(serialization.Encoding.DER) for path in paths)


def _described(signer: Any) -> SealKey:
    certificate = x509.load_der_x509_certificate(signer.signing_cert.dump())
    names = certificate.subject
    return SealKey(
        signer=signer,
        organisation=_name(names, NameOID.ORGANIZATION_NAME),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        development=DEVELOPMENT in certificate.issuer.rfc4514_string().lower(),
    )


def _name(names: x509.Name, kind: x509.ObjectIdentifier) -> str:
    values = names.get_attributes_for_oid(kind)
    return str(values[0].value) if values else ""


def _certificate(path: Path) -> x509.Certificate:
    try:
        data = path.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path.name} is not a certificate that can be read.") from error


def _private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def _names(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _root(key: rsa.RSAPrivateKey, organisation: str, moment: datetime) -> x509.Certificate:
    name = _names(organisation, f"Assay {DEVELOPMENT} root")
    builder = _builder(name, name, key, moment, ROOT_DAYS)
    usage = _usage(key_cert_sign=True, crl_sign=True)
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _seal(
    key: rsa.RSAPrivateKey,
    root: x509.Certificate,
    root_key: rsa.RSAPrivateKey,
    organisation: str,
    moment: datetime,
) -> x509.Certificate:
    name = _names(organisation, f"Assay {DEVELOPMENT} seal")
    builder = _builder(name, root.subject, key, moment, SEAL_DAYS)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(content_commitment=True), critical=True)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )


def _builder(
    name: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, moment: datetime, days: int
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
