"""What may be said of an anomaly, and by which words. Pure."""

import re
from datetime import datetime

from governance.costs.kinds import AnomalyState
from governance.kernel.errors import Conflict, RuleBroken

ANSWERS = (AnomalyState.ACKNOWLEDGED, AnomalyState.EXPLAINED, AnomalyState.FALSE_ALARM)
LONGEST_LINK = 500
_LINK = re.compile(r"(https?://|/(?!/))[^\s<>\"']+", re.ASCII)


def check_answer(state: str, explanation: str, link: str) -> None:
    """Raise ``RuleBroken`` unless the answer says enough.

    "Explained" needs a link to the change, the run or the case that explains it: an address of
    this site (``/runs/…``) or of another system (``https://…``).
    """
    errors: dict[str, list[str]] = {}
    if state not in ANSWERS:
        errors["state"] = ["Acknowledge it, explain it, or call it a false alarm."]
    if state != AnomalyState.ACKNOWLEDGED and not explanation:
        errors["explanation"] = ["Say in a sentence what happened."]
    if state == AnomalyState.EXPLAINED and not link:
        errors["link"] = ["Explained means linked: to the change, the run or the case."]
    if link and (len(link) > LONGEST_LINK or not _LINK.fullmatch(link)):
        errors["link"] = ["An address that begins with https:// or, on this site, with /."]
    if errors:
        raise RuleBroken("answer-incomplete", "This answer does not stand yet.", errors=errors)


def check_open(state: str, answered_at: datetime | None, restated_at: datetime | None) -> None:
    """Raise ``Conflict`` for one that is answered for good and has not been restated since."""
    final = state in {AnomalyState.EXPLAINED, AnomalyState.FALSE_ALARM}
    restated = restated_at is not None and answered_at is not None and restated_at > answered_at
    if final and not restated:
        raise Conflict("answered-already", "This anomaly has been answered.")
