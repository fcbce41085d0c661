"""The plain-text guide that travels inside the PDF, for someone who has nothing but the file."""

from reports.render.content import ReportContent
from reports.render.contentjson import content_digest
from reports.render.words import short_code

TEXT = """HOW TO VERIFY THIS REPORT

Report          {report_id}, version {version}
Organisation    {organisation}
Issued          {issued}
Content digest  {digest}
Short code      {code}

1. Is it genuine and still current?
   {ask}
   The answer names one of: authentic and current, authentic but superseded, authentic but
   recalled, altered, not ours, key revoked, cannot be verified.

2. Was the file changed after sealing?
   Open it in a PDF reader that shows signatures, or run:   pdfsig report.pdf
   Expect exactly one signature, field "AssaySeal", covering the whole document. A reader alone is
   a second opinion: it does not see every change inside the signature's own container. Therefore
   compare the SHA-256 of the file (sha256sum report.pdf) with the one that the ledger holds.

3. Do the pages and the data belong together?
   Take evidence.json out of this PDF:   pdfdetach -saveall report.pdf
   sha256sum evidence.json   must print the content digest above, which stands on every page.

4. Does the ledger hold it?
   ledger-proof.json, when present, is the inclusion proof by RFC 6962 against the ledger's root.

The development seal key, where one was used, says so inside the seal. Such a report proves that
the file is unchanged, not who the organisation is.
"""


def instructions(content: ReportContent) -> str:
    """Return the guide for this report."""
    control, digest = content.control, content_digest(content)
    address = control.verify_url.rstrip("/")
    ask = (
        f"Open {address} and drop the file there, or type the short code."
        if address
        else f"Ask {control.organisation} for the short code, or use its verification page."
    )
    return TEXT.format(
        report_id=control.report_id,
        version=control.version,
        organisation=control.organisation,
        issued=control.issued,
        digest=digest,
        code=short_code(digest),
        ask=ask,
    )
