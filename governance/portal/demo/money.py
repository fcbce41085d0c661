"""Three months of money, from the bill to a signed cost report, through the doors of clients.

The bill and the counts of use are made by a seeded generator, as they would come from a cloud and a
gateway; the trial behind the claimed benefit is computed on real flights. What the product makes of
them is its own.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from governance.portal.demo.bill import BillPlan, months_of, write_bill
from governance.portal.demo.bill_resources import Workload
from governance.portal.demo.client import Api, DemoFailed
from governance.portal.demo.story import Result, Say, Subject, fetched_report

_READ_SECONDS, _SHARE_SECONDS, _FORECAST_SECONDS = 300, 300, 180
_ROWS, _CURRENCY = 90_000, "USD"
_PLATFORM, _SHOP = "000111222555", "000987654321"
_MINUTE_OF_A_GATE = 14  # dollars: the rate that flight operations charges itself
_FLIGHTS_A_MONTH = 9_000
_WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class Purse:
    """``manager`` and ``finance`` are signed in; each approves what the other wrote."""

    developer: Api
    manager: Api
    finance: Api
    finance_password: str


@dataclass(frozen=True, slots=True)
class MoneyResult:
    """``spent``: effective dollars in ``month``, as exact text."""

    spent: str
    month: dt.date
    pdf: Path


def tell_money(
    purse: Purse, told: Sequence[Result], work: Path, folder: Path, say: Say
) -> MoneyResult:
    """Import, share out, plan, value and report three months. Raises ``DemoFailed``."""
    subjects = [one.subject for one in told]
    plan = _plan(subjects)
    months = months_of(plan)[:-1]
    _import(purse, plan, work, say)
    _name_targets(purse.manager, told)
    _count_use(purse.developer, told, months)
    _agree_on_rules(purse, months[0], say)
    for month in months:
        _share_out(purse.manager, month, say)
    _budget(purse, months, say)
    _value(purse, told, months, say)
    _wait_for_watch(purse.manager, say)
    asked = {"month": f"{months[-1]:%Y-%m}", "currency": _CURRENCY}
    report = purse.manager.post("reports/costs/", asked)
    pdf = fetched_report(purse.manager, report["id"], folder, say)
    return MoneyResult(_spent(purse.manager, months[-1], months[-1]), months[-1], pdf)


def _plan(subjects: Sequence[Subject]) -> BillPlan:
    """The bill of the last three months; one workload in it is no registered model."""
    today = dt.datetime.now(dt.UTC).date()
    month = today.year * 12 + today.month - 4
    loads = tuple(Workload(one.model["name"], gpu=n == 0) for n, one in enumerate(subjects))
    return BillPlan(
        rows=_ROWS,
        start=dt.date(month // 12, month % 12 + 1, 1),
        months=3,
        workloads=(*loads, Workload("churn-pilot", share=0.2)),
        broken=3,
        scale=0.04,
    )


def _import(purse: Purse, plan: BillPlan, work: Path, say: Say) -> None:
    bill = write_bill(plan, work / "cloud-bill.csv.gz")
    source = purse.manager.post("costs/sources/", {"name": "Cloud", "settlement_days": 3})
    sent = purse.manager.upload("costs/batches/", bill.path, source=source["id"])
    over = {"accepted", "held", "refused"}
    place = f"costs/batches/{sent['id']}/"
    batch = purse.manager.wait(place, lambda b: b["state"] in over, _READ_SECONDS)
    if batch["state"] == "held":
        say(f"{batch['public_id']} is held: {batch['reason']}")
        reason = "The broken rows are known to the provider and carry no money that can be read."
        signed = {"reason": reason, "password": purse.finance_password}
        batch = purse.finance.post(f"{place}accept/", signed)
        batch = purse.manager.wait(place, lambda b: b["state"] in over - {"held"}, _READ_SECONDS)
    if batch["state"] != "accepted":
        raise DemoFailed(f"The bill was not accepted: {batch['reason']}")
    say(
        f"{batch['public_id']} {batch['file_name']}: {batch['rows_accepted']:,} rows taken, "
        f"{batch['rows_rejected']} refused, {len(batch['findings'])} kinds of finding"
    )


def _name_targets(api: Api, told: Sequence[Result]) -> None:
    """Tell what tags call each model, and make a pool for the platform that both share."""
    for one in told:
        key = f"{one.public_id}/v1/serve"
        api.wait(f"costs/targets/?q={key}", lambda body: bool(body["items"]), _SHARE_SECONDS)
        target = api.read(f"costs/targets/?q={key}")["items"][0]
        api.patch(f"costs/targets/{target['id']}/", {"aliases": [one.model]})
    api.post("costs/targets/", {"slug": "ml-platform", "name": "ML platform"})


def _count_use(api: Api, told: Sequence[Result], months: Sequence[dt.date]) -> None:
    """Predictions of each day as a gateway would count them: growing, fewer on weekends."""
    dice = np.random.default_rng(11)
    end = (months[-1] + dt.timedelta(days=32)).replace(day=1)
    days = [months[0] + dt.timedelta(days=n) for n in range((end - months[0]).days)]
    rows = []
    for place, one in enumerate(told):
        for number, day in enumerate(days):
            quiet = 0.4 if day.weekday() in _WEEKEND else 1.0
            usual = (900, 14_000)[place % 2] * (1 + number / 200) * quiet
            rows.append(
                {
                    "version": f"{one.public_id}/v1",
                    "day": day.isoformat(),
                    "unit": "predictions",
                    "quantity": str(int(dice.normal(usual, usual / 12))),
                    "origin": "gateway",
                }
            )
    api.post("costs/usage/", {"rows": rows})


def _agree_on_rules(purse: Purse, first: dt.date, say: Say) -> None:
    drafted = purse.manager.post(
        "costs/rulesets/",
        {
            "effective_from": first.isoformat(),
            "note": "Tags first; the platform by predictions; unused commitment to nobody's model.",
            "rules": _rules(),
        },
    )
    place = f"costs/rulesets/{drafted['id']}/"
    submitted = purse.manager.post(f"{place}submit/")
    approved = purse.finance.post(
        f"{place}approve/", {"digest": submitted["digest"], "password": purse.finance_password}
    )
    say(f"{approved['public_id']}: {len(_rules())} rules, approved by a second person")


def _rules() -> list[dict[str, Any]]:
    everything: dict[str, Any] = {"all": []}
    unused = {"field": "commitment_status", "is": "Unused"}
    platform = {"field": "sub_account", "is": _PLATFORM}
    shared = {"pool": "pool/ml-platform", "driver": "predictions", "phase": "serve"}
    tag = {"tag": "model", "trim": True, "fold": True, "phase_tag": "phase"}
    return [
        _rule(10, "direct", "What a tag names", "by_tag", everything, options=tag),
        _rule(
            20,
            "direct",
            "Platform into its pool",
            "direct",
            {"all": [platform, {"not": unused}]},
            "pool/ml-platform",
        ),
        _rule(
            30,
            "shared",
            "Platform by predictions",
            "usage",
            everything,
            options={**shared, "fallbacks": ["cost", "even"]},
        ),
        _rule(40, "idle", "Unused commitment", "direct", unused, "organisation"),
        _rule(
            50,
            "overhead",
            "The web shop",
            "direct",
            {"field": "sub_account", "is": _SHOP},
            "organisation",
        ),
    ]


def _rule(
    priority: int,
    phase: str,
    name: str,
    method: str,
    matcher: dict[str, Any],
    target: str = "",
    options: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "priority": priority,
        "phase": phase,
        "name": name,
        "method": method,
        "matcher": matcher,
        "targets": [{"target": target}] if target else [],
        "options": options or {},
        "valid_from": None,
        "valid_to": None,
    }


def _share_out(api: Api, month: dt.date, say: Say) -> None:
    run = api.post("costs/runs/", {"month": month.isoformat()})
    over = {"computed", "published", "failed"}
    place = f"costs/runs/{run['id']}/"
    run = api.wait(place, lambda body: body["state"] in over, _SHARE_SECONDS)
    if run["state"] == "failed":
        raise DemoFailed(f"{run['public_id']} failed: {run['failure']}")
    checks = api.read(f"{place}invariants/")
    if run["state"] == "computed":
        api.post(f"{place}publish/", {"result_digest": run["result_digest"]})
    conservation = checks["items"][0]
    say(f"{run['public_id']} {month:%B %Y}: {conservation['statement']}")


def _budget(purse: Purse, months: Sequence[dt.date], say: Say) -> None:
    """A budget for the first team to the end of this month, nearly spent as things stand."""
    target = purse.manager.read("costs/targets/?q=team/lending")["items"][0]
    teams = purse.manager.read("teams/")["items"]
    team = next(one["id"] for one in teams if one["slug"] == target["team"])
    spent = _spent(purse.manager, months[0], months[-1], f"&unit={team}")
    end = (months[-1] + dt.timedelta(days=63)).replace(day=1)
    body = {
        "target": target["id"],
        "start": months[0].isoformat(),
        "end": end.isoformat(),
        "currency": _CURRENCY,
        "basis": "effective",
        "amount": f"{float(spent) * 1.06:.0f}",
        "note": "Lending's share of the cloud, for four months.",
    }
    made = purse.manager.post("costs/budgets/", body)
    answer = {"answer": "As planned.", "password": purse.finance_password}
    purse.finance.post(f"costs/budgets/{made['id']}/approve/", answer)
    say(f"budget of Retail lending: {body['amount']} USD, {float(spent):.2f} of it spent already")


def _value(purse: Purse, told: Sequence[Result], months: Sequence[dt.date], say: Say) -> None:
    """A trial on real flights, concluded, and the benefit claimed on it and attested."""
    result = next(one for one in told if one.subject.files.trial)
    arms = result.subject.files.trial
    today = dt.datetime.now(dt.UTC).date().isoformat()
    names = list(arms)
    trial = purse.developer.post(
        "costs/experiments/",
        {
            "model": result.model_id,
            "name": "Gate minutes planned wrong",
            "hypothesis": "Planning by the model misses the arrival by fewer minutes than planning "
            "by the delay on departure alone.",
            "started_on": today,
            "design": {
                "measure": "Minutes between planned and actual arrival",
                "kind": "means",
                "unit": "flights",
                "planned_n": sum(arm["n"] for arm in arms.values()),
                "baseline": "16",
                "control": names[0],
                "treatment": names[1],
            },
        },
    )
    place = f"costs/experiments/{trial['id']}/"
    purse.developer.post(f"{place}observe/", {"arms": arms})
    found = purse.developer.post(f"{place}conclude/", {"ended_on": today})["result"]
    say(
        f"trial: {-found['effect']:.2f} minutes saved a flight "
        f"({-found['high']:.2f} to {-found['low']:.2f}), n = {sum(a['n'] for a in arms.values()):,}"
    )
    _claim(purse, result, trial, found, months, say)


def _claim(
    purse: Purse,
    result: Result,
    trial: dict[str, Any],
    found: dict[str, Any],
    months: Sequence[dt.date],
    say: Say,
) -> None:
    worth = _FLIGHTS_A_MONTH * len(months) * _MINUTE_OF_A_GATE
    end = (months[-1] + dt.timedelta(days=32)).replace(day=1)
    amounts = {
        name: f"{-found[field] * worth:.2f}"
        for name, field in (("low", "high"), ("point", "effect"), ("high", "low"))
    }
    claim = purse.developer.post(
        "costs/claims/",
        {
            "model": result.model_id,
            "benefit": "Gate minutes not held in vain",
            "start": months[0].isoformat(),
            "end": end.isoformat(),
            "method": f"Minutes saved a flight in the trial, times {_FLIGHTS_A_MONTH:,} flights a "
            f"month, at {_MINUTE_OF_A_GATE} USD for a minute at the gate.",
            "currency": _CURRENCY,
            **amounts,
            "grade": "a",
            "experiment": trial["id"],
        },
    )
    answer = {"answer": "Trial, volumes and rate checked.", "password": purse.finance_password}
    done = purse.finance.post(f"costs/claims/{claim['id']}/attest/", answer)
    say(
        f"{done['number']}: {amounts['point']} USD ({amounts['low']} to {amounts['high']}), "
        f"grade A, attested by a second person"
    )


def _wait_for_watch(api: Api, say: Say) -> None:
    """Forecasts, days that stand out and exceptions follow a published month by themselves."""
    api.wait("costs/forecasts/?limit=1", lambda body: bool(body["items"]), _FORECAST_SECONDS)
    found = api.read("costs/exceptions/?limit=100")["items"]
    kinds = sorted({one["kind"].replace("_", " ") for one in found})
    say(f"{len(found)} exceptions and savings found: {', '.join(kinds) or 'none'}")


def _spent(api: Api, first: dt.date, last: dt.date, more: str = "") -> str:
    """Return the effective cost of the months ``first`` to ``last``, as exact text."""
    months = f"period={first:%Y-%m}&until={last:%Y-%m}"
    found = api.read(f"costs/summary/?{months}&currency={_CURRENCY}{more}")
    return str(found["total"])
