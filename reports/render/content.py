"""What a report says, frozen: the one value that is hashed, embedded, drawn and signed.

``to_bytes`` gives the canonical JSON that is embedded as ``evidence.json``; its SHA-256 is the
content digest printed on every page. Instants are ISO 8601 strings in UTC
(``2026-11-23T06:15:00Z``), days ``2026-11-23``. Markdown is a small safe subset: paragraphs,
emphasis, lists, ``code``; no HTML, no images, no links. Numbers must be finite.

An empty field or tuple is left out of the paper; a section without content is simply not there.
Every block that shows a number carries the id of the evidence that it rests on.
"""

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from reports.render.figures import Figure, Measure, Table, Threshold, Verdict

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Control:
    """Document control. ``kind`` is e.g. ``validation``, ``cost``; ``template`` ``validation/1``.

    ``verify_url`` is the address that answers "is this still current?"; the QR code appends the
    short code to it. ``ledger_root`` may be empty until the ledger keeps a Merkle tree.
    """

    report_id: str
    kind: str
    title: str
    version: str
    template: str
    as_of: str
    issued: str
    organisation: str
    subtitle: str = ""
    classification: str = ""
    ledger_size: int = 0
    ledger_head: str = ""
    ledger_root: str = ""
    verify_url: str = ""
    supersedes: str = ""
    requested_by: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The one sentence that the report stands for, with the number that carries it."""

    text: str
    measure: Measure | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """An opinion or a decision. ``outcome`` is the word printed large.

    ``tone`` is one of ``good``, ``conditional``, ``bad``, ``neutral``.
    """

    title: str
    outcome: str
    tone: str
    by: str = ""
    role: str = ""
    at: str = ""
    valid_until: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    text: str
    owner: str
    due: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    level: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerdictRow:
    check: str
    title: str
    verdict: Verdict
    summary: str
    evidence: str
    note: str = ""  # e.g. the waiver that lets a case pass without this check


@dataclass(frozen=True, slots=True)
class Summary:
    """The first page. Only what is filled is printed, so other kinds of report fit as well."""

    headline: str = ""
    claim: Claim | None = None
    rulings: tuple[Ruling, ...] = ()
    conditions: tuple[Condition, ...] = ()
    tier: Tier | None = None
    use: tuple[str, ...] = ()
    not_use: tuple[str, ...] = ()
    verdicts: tuple[VerdictRow, ...] = ()
    figures: tuple[Measure, ...] = ()  # key numbers of a cost or portfolio report
    evidence: str = ""  # what ``figures`` rests on


@dataclass(frozen=True, slots=True)
class Text:
    """``quiet`` sets remarks on method small, so that findings stand out."""

    kind: ClassVar[str] = "text"
    markdown: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """``code`` sets digests and identifiers in the fixed-width face."""

    label: str
    value: str
    code: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    kind: ClassVar[str] = "facts"
    items: tuple[Fact, ...]
    title: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """``drawn`` is off where another block prints the same numbers: evidence.json keeps these."""

    kind: ClassVar[str] = "measures"
    title: str
    measures: tuple[Measure, ...]
    evidence: str
    thresholds: tuple[Threshold, ...] = ()
    note: str = ""
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class DataTable:
    """A cell may hold two lines, the second set small. ``drawn`` as for ``MeasureTable``."""

    kind: ClassVar[str] = "table"
    table: Table
    evidence: str = ""
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A chart with its twin as a table; ``twin`` is off where a table near it says the same.

    Charts without a twin that follow each other are set two to a line.
    """

    kind: ClassVar[str] = "figure"
    figure: Figure
    evidence: str
    twin: bool = True


@dataclass(frozen=True, slots=True)
class Verdicts:
    kind: ClassVar[str] = "verdicts"
    rows: tuple[VerdictRow, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Callout:
    """``tone`` is one of ``note``, ``good``, ``conditional``, ``bad``."""

    kind: ClassVar[str] = "callout"
    tone: str
    title: str
    markdown: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    kind: ClassVar[str] = "conditions"
    rows: tuple[Condition, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what, and the ledger entry that proves it (sequence number; 0 when none)."""

    role: str
    name: str
    act: str
    at: str
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Independence:
    kind: ClassVar[str] = "independence"
    conclusion: str
    tone: str
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A signed approval. ``digest`` is over the statement that was shown when signing.

    ``strength`` says how the person proved who they are, e.g. ``password re-entered``.
    """

    kind: ClassVar[str] = "statement"
    role: str
    name: str
    meaning: str
    at: str
    digest: str
    strength: str
    outcome: str = ""
    tone: str = "neutral"
    reason: str = ""
    entry: int = 0


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    evidence: str
    title: str
    check: str
    verdict: Verdict
    digest: str
    run: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceIndex:
    kind: ClassVar[str] = "evidence"
    rows: tuple[EvidenceItem, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Definitions:
    kind: ClassVar[str] = "definitions"
    rows: tuple[Definition, ...]


Block: TypeAlias = (
    Text
    | Facts
    | MeasureTable
    | DataTable
    | FigureBlock
    | Verdicts
    | Callout
    | Conditions
    | Independence
    | Statement
    | EvidenceIndex
    | Definitions
)


@dataclass(frozen=True, slots=True)
class Section:
    """``key`` is a stable identifier (letters, digits, hyphens), unique in the report."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""  # one sentence in plain words under the heading


@dataclass(frozen=True, slots=True)
class ReportContent:
    control: Control
    summary: Summary
    sections: tuple[Section, ...] = field(default=())
