"""PDF and seal over an audit's outcomes, as the product's worker makes them.

The evidence sections are shaped, drawn in a child process and sealed by the code that makes real
reports; what a case adds (decisions, conditions, statements) is text and left out.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DAY = "2026-11-23T06:00:00Z"
NAME = "Benchmark"


@dataclass(frozen=True)
class Paper:
    """Checks in the shape that reports take them, and the key; ready before the clock runs."""

    checks: tuple[Any, ...]
    key: Any

    def made(self) -> bytes:
        from reports.documents.freezing.evidence import (
            evidence_sections,
            index_rows,
            verdict_rows,
        )
        from reports.render import content as c
        from reports.render.isolated import render_pdf_isolated
        from reports.signing.seal import seal_pdf

        control = c.Control(
            NAME, "validation", NAME, "1", "validation/1", DAY, DAY, organisation=NAME
        )
        summary = c.Summary(headline=NAME, verdicts=verdict_rows(self.checks))
        index = c.Section("evidence", "Evidence", (c.EvidenceIndex(index_rows(self.checks, NAME)),))
        sections = (*evidence_sections(self.checks), index)
        return seal_pdf(
            render_pdf_isolated(c.ReportContent(control, summary, sections)),
            self.key,
            reason=NAME,
            location=NAME,
            report_id=NAME,
            signed_at=datetime.now(UTC),
        )


@contextmanager
def paper_of(outcomes) -> Iterator[Paper]:
    """Give what is needed to print ``outcomes``: the product's settings in a throw-away folder."""
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(ASSAY_VAR_DIR=name, DJANGO_SETTINGS_MODULE="governance.settings")
        import django

        django.setup()
        from reports.documents.freezing.facts import CheckFacts
        from reports.signing.keys import init_keys, load_key

        checks = tuple(
            CheckFacts(f"EV-{place:05}", one.check, one, one.digest(), datetime.now(UTC))
            for place, one in enumerate(outcomes, 1)
        )
        made = init_keys(Path(name) / "keys", NAME, NAME)
        yield Paper(checks, load_key(made.key, NAME))
