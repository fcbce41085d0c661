"""The validation report's content. Pure: facts in, frozen content out."""

from collections.abc import Iterable

from audits.runs.kinds import Kind as RunKind
from governance.approvals.kinds import CaseState, Choice, StepKind
from governance.approvals.kinds import Kind as ApprovalKind
from governance.approvals.models import Decision
from inventory.catalog.kinds import Kind as CatalogKind
from reports.documents.freezing import wording
from reports.documents.freezing.basics import instant, listed
from reports.documents.freezing.evidence import evidence_sections, index_rows, verdict_rows
from reports.documents.freezing.facts import CaseFacts
from reports.documents.freezing.shaping import measure
from reports.render import content as c
from reports.render import words

TEMPLATE = "validation/1"
_HEADLINE_MEASURES = ("roc_auc", "r2", "rmse", "mae", "accuracy")
_OUTCOMES = {
    CaseState.APPROVED: ("Approved", "good"),
    CaseState.CONDITIONAL: ("Approved with conditions", "conditional"),
    CaseState.REJECTED: ("Rejected", "bad"),
}
_CHOICES = {
    Choice.FAVOUR: ("In favour", "good"),
    Choice.CONDITIONAL: ("In favour, with conditions", "conditional"),
    Choice.AGAINST: ("Against", "bad"),
    Choice.ABSTAIN: ("Abstained", "neutral"),
}


def validation_content(
    facts: CaseFacts, *, report_id: str, organisation: str, verify_url: str
) -> c.ReportContent:
    """Return the report's frozen content; sections without content are absent."""
    version = facts.case.version
    control = c.Control(
        report_id=report_id,
        kind="validation",
        title=f"Validation report: {version.model.name}",
        version=str(version.number),
        template=TEMPLATE,
        as_of=instant(facts.as_of),
        issued=instant(facts.as_of),
        organisation=organisation,
        subtitle=f"{version.model.public_id}, version {version.number}, "
        f"case {facts.case.public_id}",
        ledger_size=facts.position.size,
        ledger_head=facts.position.head,
        ledger_root=facts.position.root,
        verify_url=verify_url,
        requested_by=facts.name(facts.case.opened_by_id),
    )
    return c.ReportContent(control=control, summary=_summary(facts), sections=_sections(facts))


def _summary(facts: CaseFacts) -> c.Summary:
    model, use_case = facts.case.version.model, facts.case.version.model.use_case
    outcome, tone = _OUTCOMES[CaseState(facts.case.state)]
    decided = _last(facts, StepKind.DECISION)
    rulings = [_ruling(facts, d) for d in facts.decisions if d.step.kind == StepKind.OPINION]
    rulings.append(
        c.Ruling(
            title="Decision",
            outcome=outcome,
            tone=tone,
            by=facts.name(decided.person_id) if decided else "",
            role=wording.role(decided.role) if decided else "",
            at=instant(facts.case.decided_at),
            valid_until=facts.case.valid_until.isoformat() if facts.case.valid_until else "",
            reason=decided.reason if decided else "",
        )
    )
    return c.Summary(
        headline=f"{outcome} for: {use_case.decision}",
        claim=_claim(facts),
        rulings=tuple(rulings),
        conditions=_conditions(facts),
        tier=c.Tier(f"Tier {facts.case.tier}", wording.tier_reasons(facts.case.tier_reasons)),
        use=wording.items(model.intended_use),
        not_use=wording.items(model.prohibited_uses),
        verdicts=verdict_rows(facts.checks),
    )


def _claim(facts: CaseFacts) -> c.Claim | None:
    """Return the number the report stands for: the first headline measure with its interval."""
    for check in facts.checks:
        if check.outcome.check not in {"performance.classification", "performance.regression"}:
            continue
        whole = {m.name: m for m in check.outcome.measures if not m.group and m.value is not None}
        for name in _HEADLINE_MEASURES:
            if name in whole:
                current = facts.run.current
                one = measure(whole[name])
                where = f"{current.dataset.name}, version {current.number}"
                return c.Claim(wording.claim(one, where), one, check.evidence)
    return None


def _ruling(facts: CaseFacts, decision: Decision) -> c.Ruling:
    outcome, tone = _CHOICES[Choice(decision.choice)]
    return c.Ruling(
        title=decision.step.get_kind_display(),
        outcome=outcome,
        tone=tone,
        by=facts.name(decision.person_id),
        role=wording.role(decision.role),
        at=instant(decision.decided_at),
        reason=decision.reason,
    )


def _conditions(facts: CaseFacts) -> tuple[c.Condition, ...]:
    return tuple(
        c.Condition(one.text, facts.name(one.owner_id), one.due_on.isoformat(), one.state)
        for one in facts.conditions
    )


def _sections(facts: CaseFacts) -> tuple[c.Section, ...]:
    return (
        _purpose(facts),
        _subject(facts),
        _independence(facts),
        _scope(facts),
        *evidence_sections(facts.checks),
        *_limitations(facts),
        _approvals(facts),
        c.Section(
            "evidence-index",
            "Evidence index",
            (c.EvidenceIndex(index_rows(facts.checks, facts.run.public_id)),),
            "Every figure and table names the evidence it rests on; here is each with its hash.",
        ),
        c.Section("definitions", "Definitions", (c.Definitions(wording.DEFINITIONS),)),
    )


def _purpose(facts: CaseFacts) -> c.Section:
    model, use_case = facts.case.version.model, facts.case.version.model.use_case
    items = (
        c.Fact("Use case", f"{use_case.public_id} {use_case.name}"),
        c.Fact("Decision served", use_case.decision),
        c.Fact("Persons affected", use_case.affected_persons),
        c.Fact("Autonomy", use_case.get_autonomy_display()),
        c.Fact("Exposure a year", use_case.get_exposure_display()),
        c.Fact("Reach", use_case.get_reach_display()),
        c.Fact("Personal data", "yes" if use_case.personal_data else "no"),
        c.Fact("Jurisdictions", ", ".join(map(str, use_case.jurisdictions))),
        c.Fact("Operating boundaries", model.boundaries),
        c.Fact("What was asked for", facts.case.request),
    )
    blocks: list[c.Block] = [listed(items)]
    for title, text in (
        ("Conditions of use", model.intended_use),
        ("Must not be used for", model.prohibited_uses),
    ):
        if lines := wording.items(text):
            blocks.append(c.Text("\n".join((f"**{title}**", "", *(f"- {one}" for one in lines)))))
    if reasons := wording.tier_table(facts.case.tier, facts.case.tier_reasons):
        blocks.append(c.DataTable(reasons))
    return c.Section("purpose", "Purpose and use", tuple(blocks))


def _subject(facts: CaseFacts) -> c.Section:
    version, run = facts.case.version, facts.run
    model = version.model
    items = (
        c.Fact("Model", f"{model.public_id} {model.name}"),
        c.Fact("Owner", facts.name(model.owner_id)),
        c.Fact("Class", model.get_kind_display()),
        c.Fact("Version", str(version.number), note=version.get_change_type_display()),
        c.Fact("What changed", version.change_note),
        c.Fact("Code", version.code_reference, code=True),
        c.Fact("Version content", version.content_digest(), code=True),
        c.Fact("Artifact", version.artifact.digest, code=True, note=version.artifact.format),
        c.Fact(
            "Environment lock",
            version.environment.lock_digest if version.environment else "",
            code=True,
        ),
    )
    data = [("Reference data", run.reference), ("Current data", run.current)]
    if version.training_data and version.training_data_id not in {run.reference_id, run.current_id}:
        data.insert(0, ("Training data", version.training_data))
    facts_of_data = tuple(
        c.Fact(label, one.digest, code=True, note=f"{one} ({one.rows or 0:,} rows)")
        for label, one in data
    )
    blocks = (listed(items), listed(facts_of_data, "Data, by SHA-256 of their bytes"))
    return c.Section("subject", "Model, version and data", blocks)


def _independence(facts: CaseFacts) -> c.Section:
    version = facts.case.version
    acts = (
        (CatalogKind.VERSION_CREATED, version.pk, "built", "Created the version"),
        (CatalogKind.ARTIFACT_RECEIVED, version.artifact_id, "built", "Delivered the artifact"),
        (RunKind.RUN_REQUESTED, facts.run.pk, "asked for checks", "Asked for the checks"),
        (ApprovalKind.CASE_SUBMITTED, facts.case.pk, "asked for approval", "Submitted the case"),
    )
    deeds = []
    for kind, subject, role, act in acts:
        if entry := facts.entry_of(kind, subject):
            deeds.append(
                c.Deed(role, facts.name(entry.actor_id), act, instant(entry.ts), entry.seq)
            )
    for decision in facts.decisions:
        act = f"{decision.step.get_kind_display()}: {_CHOICES[Choice(decision.choice)][0].lower()}"
        role, at = wording.role(decision.role), instant(decision.decided_at)
        deeds.append(c.Deed(role, facts.name(decision.person_id), act, at, decision.ledger_seq))
    conclusion, tone = _independent(facts)
    return c.Section(
        "independence",
        "Independence",
        (c.Independence(conclusion, tone, tuple(deeds)),),
        "Who built, validated and decided, with the ledger entry that proves it.",
    )


def _independent(facts: CaseFacts) -> tuple[str, str]:
    """Return what the ledger itself shows about who did what, and its tone."""
    version = facts.case.version
    built = {
        entry.actor_id
        for entry in facts.entries
        if (entry.kind, entry.subject_id)
        in {
            (CatalogKind.VERSION_CREATED.value, version.pk),
            (CatalogKind.ARTIFACT_RECEIVED.value, version.artifact_id),
        }
    }
    opined = {d.person_id for d in facts.decisions if d.step.kind == StepKind.OPINION}
    decided = {d.person_id for d in facts.decisions if d.step.kind == StepKind.DECISION}
    if built & opined or built & decided or opined & decided:
        return "The same person acted in more than one capacity.", "bad"
    apart = (
        "Those who built the version, gave the opinion and took the decision are different people."
    )
    return apart, "good"


def _scope(facts: CaseFacts) -> c.Section:
    run = facts.run
    plan = run.plan
    items = (
        c.Fact("Run", run.public_id, note=f"finished {words.instant(instant(run.finished_at))}"),
        c.Fact("Policy", f"{run.policy.title}, version {run.policy.number}"),
        c.Fact("Policy text", run.policy.digest, code=True),
        c.Fact("Plan", run.plan_digest, code=True),
        c.Fact("Results", run.results_digest, code=True),
        c.Fact("Seed", str(plan.get("seed", ""))),
        c.Fact("Isolation of the checks", run.isolation),
        c.Fact(
            "Libraries",
            ", ".join(f"{name} {number}" for name, number in plan.get("libraries", {}).items()),
        ),
    )
    return c.Section(
        "scope",
        "Scope of the examination",
        (listed(items), *_gaps(facts)),
        "What was examined, under which policy, with which tools.",
    )


def _gaps(facts: CaseFacts) -> Iterable[c.Block]:
    missing = [
        check
        for check in facts.checks
        if check.outcome.verdict.value in {"insufficient evidence", "error"}
    ]
    if missing:
        lines = [
            f"- {check.title} ({check.evidence}): {check.outcome.summary}" for check in missing
        ]
        yield c.Callout(
            "conditional",
            "What this examination could not show",
            "\n".join(lines),
        )


def _limitations(facts: CaseFacts) -> tuple[c.Section, ...]:
    text = facts.case.version.model.limitations
    if not text:
        return ()
    return (c.Section("limitations", "Known limitations", (c.Text(text),)),)


def _approvals(facts: CaseFacts) -> c.Section:
    blocks: list[c.Block] = [_statement(facts, decision) for decision in facts.decisions]
    if facts.conditions:
        blocks.append(c.Conditions(_conditions(facts), "Conditions"))
    return c.Section(
        "approvals",
        "Opinion, decision and dissent",
        tuple(blocks),
        "Each was given on a statement whose digest is kept; nothing could change in between.",
    )


def _statement(facts: CaseFacts, decision: Decision) -> c.Statement:
    outcome, tone = _CHOICES[Choice(decision.choice)]
    return c.Statement(
        role=wording.role(decision.role),
        name=facts.name(decision.person_id),
        meaning=decision.meaning,
        at=instant(decision.decided_at),
        digest=decision.statement_digest,
        strength=decision.strength,
        outcome=outcome,
        tone=tone,
        reason=decision.reason,
        entry=decision.ledger_seq,
    )


def _last(facts: CaseFacts, kind: StepKind) -> Decision | None:
    found = [decision for decision in facts.decisions if decision.step.kind == kind]
    return found[-1] if found else None
