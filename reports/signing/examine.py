"""A PDF's bytes → an ``Examination``: each question asked of it, with the answer in plain words.

Nothing here may raise: a file that breaks a parser is a file that was altered. Nothing is fetched.
"""

import hashlib
import io
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, cast

from governance.kernel.canonical import sha256_hex
from reports.signing.answer import Check, Examination
from reports.signing.seal import FIELD

Roots: TypeAlias = tuple[tuple[bytes, ...], tuple[bytes, ...]]  # of seals, of time stamps

EVIDENCE = "evidence.json"
DIGEST = re.compile(r"Content digest ([0-9a-f]{64})")
CONTAINER = re.compile(rb"<[0-9A-F]+>")  # as our own writer puts it; no other spelling
TITLES = {
    "readable": "The file can be read",
    "one-signature": "It carries exactly one seal",
    "field": "The seal stands in its field",
    "coverage": "The seal covers the whole file",
    "intact": "The sealed bytes are unchanged",
    "unmodified": "Nothing was added after sealing",
    "chain": "The seal is ours",
    "no-changes-allowed": "The seal forbids later changes",
    "signing-time": "Sealed while the key was valid",
    "evidence": "The embedded evidence is the content of this report",
    "file-digest": "The file's SHA-256 is the ledger's",
}
WHYS = {  # name: (when it passes, when it fails)
    "coverage": (
        "From the first byte to the last.",
        "There are bytes in the file that the seal does not cover.",
    ),
    "intact": (
        "The signature's arithmetic holds.",
        "The sealed bytes or the signature over them were changed.",
    ),
    "unmodified": ("No revision follows the seal.", "The file was saved again after sealing."),
    "chain": (
        "The certificate leads to our root and may seal.",
        "The certificate does not lead to our root, or may not be used for sealing.",
    ),
    "no-changes-allowed": (
        "Certified with DocMDP level 1.",
        "The seal does not certify the document against every change.",
    ),
    "signing-time": (
        "Inside the validity of the key.",
        "The stated signing time is missing or outside the validity of the key.",
    ),
}


@dataclass(slots=True)
class _Findings:
    """Gathers answers while the file is read; a question without an answer stays open."""

    sha256: str
    checks: list[Check] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, passed: bool | None, why: str) -> None:  # noqa: FBT001
        self.checks.append(Check(name, TITLES[name], passed, why))

    def judge(self, name: str, passed: bool) -> None:  # noqa: FBT001
        self.add(name, passed, WHYS[name][0 if passed else 1])

    def result(self) -> Examination:
        return Examination(self.sha256, tuple(self.checks), **self.facts)


def examine_pdf(
    data: bytes,
    roots: tuple[bytes, ...],
    *,
    expected_sha256: str = "",
    expected_content: str = "",
    tsa_roots: tuple[bytes, ...] = (),
) -> Examination:
    """Examine a file against our roots (DER) and, when known, the ledger's digests.

    Without ``expected_sha256`` damage inside the signature's own container may go unseen: the
    check is then open (None), not passed. Never raises.
    """
    found = _Findings(hashlib.sha256(data).hexdigest())
    try:
        _read(found, data, (roots, tsa_roots), expected_content)
    except BaseException as error:  # whatever a parser throws, the file is altered
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        _unreadable(found, data)
    _file_digest(found, expected_sha256)
    return found.result()


def _unreadable(found: _Findings, data: bytes) -> None:
    is_pdf = b"%PDF-" in data[:1024] or b"/ByteRange" in data
    found.facts["broken"] = is_pdf
    why = "The file is damaged and cannot be read." if is_pdf else "The file is not a PDF."
    found.add("readable", False, why)


def _file_digest(found: _Findings, expected: str) -> None:
    if not expected:
        found.add("file-digest", None, "No digest from the ledger was at hand to compare with.")
    elif expected == found.sha256:
        found.add("file-digest", True, "Byte for byte the file that was issued.")
    else:
        found.add("file-digest", False, "The SHA-256 is not the one that the ledger holds.")


def _read(found: _Findings, data: bytes, roots: Roots, content: str) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(io.BytesIO(data), strict=True)
    seals = reader.embedded_signatures
    _evidence(found, reader, content)
    found.facts["sealed"] = bool(seals)
    found.add("one-signature", len(seals) == 1, f"{len(seals) or 'No'} signature(s) found.")
    if seals:
        ours = [seal for seal in seals if seal.field_name == FIELD] or seals
        _seal(found, data, ours[0], roots)
    found.checks.insert(
        0, Check("readable", TITLES["readable"], True, "The file's structure is whole.")
    )


def _seal(found: _Findings, data: bytes, seal: Any, roots: Roots) -> None:
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    found.add("field", seal.field_name == FIELD, f"The field is named {seal.field_name}.")
    moment = _who(found, seal)
    status = _validated(found, seal, roots, moment)
    entire = bool(status) and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    whole = entire and _container_is_tight(data, seal)
    found.judge("coverage", whole)
    found.judge("intact", bool(status and status.intact and status.valid))
    found.judge("unmodified", whole)
    found.judge("no-changes-allowed", seal.docmdp_level is MDPPerm.NO_CHANGES)


def _container_is_tight(data: bytes, seal: Any) -> bool:
    """Tell whether the gap in the byte range holds the signature's hexadecimal digits alone."""
    start, length, end, rest = (int(part) for part in seal.byte_range)
    gap = data[start + length : end]
    return start == 0 and end + rest == len(data) and bool(CONTAINER.fullmatch(gap))


def _validated(found: _Findings, seal: Any, roots: Roots, moment: datetime | None) -> Any:
    """Validate the signature and its chain at the signing time; None when that is impossible.

    Changes after sealing are not analysed: a seal that covers the whole file leaves room for none,
    and the analysis of a hostile file may take minutes.
    """
    status = _status(seal, *(_context(anchors, moment) for anchors in roots))
    trusted = bool(status and status.trusted)
    found.facts["ours"] = trusted
    found.judge("chain", trusted)
    stamp = status.timestamp_validity if status else None
    found.facts["timestamped"] = bool(stamp and stamp.intact and stamp.valid and stamp.trusted)
    return status


def _context(anchors: tuple[bytes, ...], moment: datetime | None) -> Any:
    from asn1crypto import x509
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in anchors],
        allow_fetching=False,
        moment=moment or datetime.now(UTC),
        time_tolerance=timedelta(seconds=1),
        revocation_mode="soft-fail",
    )


def _status(seal: Any, seals: Any, stamps: Any) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    usage = KeyUsageConstraints(key_usage={"non_repudiation"})
    try:
        return validate_pdf_signature(seal, seals, stamps, key_usage_settings=usage, skip_diff=True)
    except (SignatureValidationError, ValueError):
        return None


def _who(found: _Findings, seal: Any) -> datetime | None:
    """Note who sealed; returns the stated signing time, held against the key's validity."""
    certificate, moment = seal.signer_cert, seal.self_reported_timestamp
    subject, validity = certificate.subject.native, certificate["tbs_certificate"]["validity"]
    found.facts["signer"] = str(
        subject.get("organization_name") or certificate.subject.human_friendly
    )
    found.facts["fingerprint"] = certificate.sha256.hex()
    found.facts["development"] = "development" in certificate.issuer.human_friendly.lower()
    first, last = validity["not_before"].native, validity["not_after"].native
    found.judge("signing-time", moment is not None and first <= moment <= last)
    if moment is None:
        return None
    found.facts["signed_at"] = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return cast("datetime", moment)


def _evidence(found: _Findings, reader: Any, expected: str) -> None:
    """Hold the embedded evidence against the digest that the document names, and the ledger's."""
    files = _embedded(reader)
    data = files.get(EVIDENCE)
    if data is None:
        found.add("evidence", False, "The file holds no evidence.json.")
        return
    digest = sha256_hex(data)
    found.facts["content_digest"] = digest
    found.facts["report_id"] = _report_id(data)
    named = _named(reader)
    if named != digest or (expected and expected != digest):
        found.add("evidence", False, "evidence.json is not the content that this report names.")
    else:
        found.add("evidence", True, "Its SHA-256 is the content digest.")


def _embedded(reader: Any) -> dict[str, bytes]:
    try:
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
    except KeyError:
        return {}
    files = {}
    for at in range(0, len(names), 2):
        spec = names[at + 1]
        name = str(spec.get("/UF") or spec["/F"])
        if name in files:
            raise ValueError("two embedded files bear one name")
        files[name] = spec["/EF"]["/F"].data
    return files


def _named(reader: Any) -> str:
    info = reader.trailer["/Info"]
    match = DIGEST.search(str(info.get("/Subject", "")))
    return match[1] if match else ""


def _report_id(data: bytes) -> str:
    body = json.loads(data)
    return str(body["control"]["report_id"])
