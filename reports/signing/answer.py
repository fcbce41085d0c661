"""What a verifier says: the bytes examined, the ledger's word on them, one answer of seven.

``conclude`` is pure. The seal says that nothing changed since sealing, the ledger says that we
issued exactly these bytes and what has become of them since; only both together are authentic.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CURRENT = "authentic-current"
    SUPERSEDED = "superseded"
    RECALLED = "recalled"
    ALTERED = "altered"
    NOT_OURS = "not-ours"
    KEY_REVOKED = "key-revoked"
    CANNOT = "cannot-verify"


HEADLINES = {
    Kind.CURRENT: "Authentic and current",
    Kind.SUPERSEDED: "Authentic, but superseded",
    Kind.RECALLED: "Authentic, but recalled",
    Kind.ALTERED: "Altered",
    Kind.NOT_OURS: "Not ours",
    Kind.KEY_REVOKED: "The key was revoked",
    Kind.CANNOT: "Cannot be verified",
}


@dataclass(frozen=True, slots=True)
class Check:
    """``passed`` is None where nothing was there to compare with; that never counts as a pass."""

    name: str
    title: str
    passed: bool | None
    why: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What the bytes alone tell, and how they compare with what the caller expects.

    ``ours`` says that the seal's certificate chains to our root. ``broken`` says that a parser gave
    up. Instants are ISO 8601 in UTC; unknown texts are empty.
    """

    sha256: str
    checks: tuple[Check, ...]
    ours: bool = False
    broken: bool = False
    sealed: bool = False
    report_id: str = ""
    content_digest: str = ""
    signed_at: str = ""
    signer: str = ""
    fingerprint: str = ""
    development: bool = False
    timestamped: bool = False

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.passed is False)


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger's word. ``issued``: an issue event carries exactly this SHA-256.

    ``known`` says that the report's id was issued, with whatever digest. ``state`` is ``current``,
    ``superseded`` or ``recalled``. ``proof`` is the inclusion proof's result, None if not checked.
    """

    issued: bool
    known: bool = False
    state: str = "current"
    successor: str = ""
    reason: str = ""
    since: str = ""
    key_revoked_at: str = ""
    proof: bool | None = None
    proof_why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    kind: Kind
    headline: str
    detail: str
    where: tuple[str, ...] = ()
    development: bool = False

    @property
    def accepted(self) -> bool:
        """True only for authentic and current: the one answer with exit status 0."""
        return self.kind is Kind.CURRENT


def conclude(examination: Examination, standing: Standing | None) -> Answer:
    """Compose the answer; ``standing`` is None when no ledger could be asked."""
    kind, detail = _decide(examination, standing)
    where = tuple(f"{check.title}: {check.why}" for check in examination.failures)
    return Answer(kind, HEADLINES[kind], detail, where, examination.development)


def _decide(examination: Examination, standing: Standing | None) -> tuple[Kind, str]:
    if standing is None:
        return _without_ledger(examination)
    if not standing.issued:
        return _not_issued(examination, standing)
    if examination.failures:
        return Kind.CANNOT, (
            "The ledger holds exactly this file, but its seal does not check out here; the roots "
            "of trust on this machine may be incomplete."
        )
    if standing.key_revoked_at and examination.signed_at >= standing.key_revoked_at:
        return Kind.KEY_REVOKED, f"The seal key was revoked on {standing.key_revoked_at}."
    if standing.proof is False:
        return Kind.CANNOT, standing.proof_why or "The ledger's inclusion proof does not hold."
    return _by_state(standing)


def _without_ledger(examination: Examination) -> tuple[Kind, str]:
    if not examination.failures:
        return Kind.CANNOT, (
            "The seal is ours and whole, but no ledger was asked, so it is not known whether the "
            "report was issued or is still current."
        )
    if examination.ours or examination.broken:
        return Kind.ALTERED, _changed(examination)
    return Kind.NOT_OURS, _stranger(examination)


def _not_issued(examination: Examination, standing: Standing) -> tuple[Kind, str]:
    if examination.ours or examination.broken or standing.known:
        return Kind.ALTERED, _changed(examination)
    return Kind.NOT_OURS, _stranger(examination)


def _changed(examination: Examination) -> str:
    if examination.broken:
        return "The file is damaged: it can no longer be read as it was issued."
    if examination.failures:
        return "The file is not what was issued: " + examination.failures[0].why
    return "The seal is whole, but the ledger never issued a file with this SHA-256."


def _stranger(examination: Examination) -> str:
    if not examination.sealed:
        return "The file carries no seal of this organisation, and the ledger does not know it."
    return f"The file was sealed by {examination.signer or 'somebody else'}, not by our key."


def _by_state(standing: Standing) -> tuple[Kind, str]:
    since = f" on {standing.since}" if standing.since else ""
    if standing.state == "recalled":
        return Kind.RECALLED, f"Recalled{since}: {standing.reason or 'no reason was recorded'}."
    if standing.state == "superseded":
        return Kind.SUPERSEDED, f"Superseded{since} by {standing.successor or 'a newer report'}."
    if standing.state != "current":
        return Kind.CANNOT, f"The ledger gives an unknown state: {standing.state}."
    return Kind.CURRENT, "Sealed by us, unchanged since, and still the report in force."
