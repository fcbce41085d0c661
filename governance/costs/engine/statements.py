"""The small datasets of FOCUS 1.4, which say something of periods, invoices and contracts."""

from collections.abc import Mapping, Sequence
from typing import Any

from governance.costs.engine.shaping import Shape, listed, text
from governance.costs.engine.slicing import prepare
from governance.costs.engine.unpacking import Unpacked
from governance.costs.rules import focus
from governance.kernel.money import MINOR_UNITS

_LONGEST = 400
_STATES = ("open", "closed")


def read(connection: Any, unpacked: Unpacked, shape: Shape) -> list[Mapping[str, Any]]:
    """Return what the file states, and leave ``refused`` rows with codes in the database."""
    prepare(connection, unpacked, shape)
    told = {**_common(shape), **_own(shape)}
    fields = ", ".join(f"{sql} AS {name}" for name, sql in told.items())
    codes = ", ".join(f"CASE WHEN {sql} THEN '{code}' END" for code, sql in _faults(shape).items())
    connection.execute(
        f"CREATE TABLE told AS SELECT *, concat_ws(',', {codes}) AS codes FROM "
        f"(SELECT {fields}, file_row_number AS row FROM raw)"
    )
    amount = "amount" if "amount" in told else "CAST(NULL AS DECIMAL(38,18))"
    currency = "currency" if "currency" in told else "''"
    connection.execute(
        f"CREATE TABLE refused AS SELECT row, codes, {amount} AS billed, {currency} AS currency, "
        "start AS period_from FROM told WHERE codes <> ''"
    )
    return _stated(connection, shape.columns.dataset)


def _common(shape: Shape) -> dict[str, str]:
    start, end = focus.STATED_DAYS[shape.columns.dataset]
    return {
        "issuer": f"trim({shape.first_of(focus.ISSUED_BY, text(shape.terms.issuer))})",
        "start": f"CAST(moment(trim({shape.cell(start)})) AS DATE)",
        "end_": f"CAST(moment(trim({shape.cell(end)})) AS DATE)",
    }


def _own(shape: Shape) -> dict[str, str]:
    currency = f"upper(trim({shape.first_of(('BillingCurrency',))}))"
    if shape.columns.dataset == focus.BILLING_PERIOD:
        return {"state": f"lower(trim({shape.first_of(('BillingPeriodStatus',))}))"}
    if shape.columns.dataset == focus.INVOICE_DETAIL:
        return {
            "currency": currency,
            "amount": f"amount({shape.cell('BilledCost')})",
            "invoice": f"trim({shape.first_of(('InvoiceId',))})",
        }
    cost = shape.cell("ContractCommitmentCost")
    return {
        "commitment": f"trim({shape.first_of(('ContractCommitmentId',))})",
        "contract": f"trim({shape.first_of(('ContractId',))})",
        "description": shape.first_of(("ContractCommitmentDescription",)),
        "currency": currency,
        "amount": f"amount({cost})",
        "unread": f"{cost} IS NOT NULL AND amount({cost}) IS NULL",
    }


def _faults(shape: Shape) -> dict[str, str]:
    """What speaks against a row, by code."""
    found = {
        "unreadable-date": "start IS NULL OR end_ IS NULL",
        "bad-period": "end_ <= start",
        "too-long": "length(issuer) > 200",
    }
    money = {"bad-currency": f"currency NOT IN ({listed(sorted(MINOR_UNITS))})"}
    if shape.columns.dataset == focus.BILLING_PERIOD:
        return {**found, "no-issuer": "issuer = ''", "bad-status": _outside("state", _STATES)}
    if shape.columns.dataset == focus.INVOICE_DETAIL:
        return {**found, **money, "no-issuer": "issuer = ''", "unreadable-amount": "amount IS NULL"}
    return {
        **found,
        **money,
        "no-commitment": "commitment = ''",
        "too-long": f"greatest(length(issuer), length(commitment), length(contract)) > {_LONGEST}",
        "unreadable-amount": "unread",
    }


def _outside(column: str, allowed: Sequence[str]) -> str:
    return f"{column} NOT IN ({listed(allowed)})"


def _stated(connection: Any, dataset: str) -> list[Mapping[str, Any]]:
    """Details are summed by invoice; of what is stated twice the last row holds."""
    period = "issuer, start, end_"
    queries = {
        focus.BILLING_PERIOD: f"SELECT {period}, arg_max(state, row) AS state FROM told "
        f"WHERE codes = '' GROUP BY {period} ORDER BY {period}",
        focus.INVOICE_DETAIL: f"SELECT {period}, currency, invoice, sum(amount) AS billed "
        "FROM told WHERE codes = '' GROUP BY ALL ORDER BY ALL",
        focus.CONTRACT_COMMITMENT: f"SELECT {period}, commitment, contract, description, currency, "
        "amount AS cost FROM told WHERE codes = '' "
        "QUALIFY row_number() OVER (PARTITION BY commitment ORDER BY row DESC) = 1 "
        "ORDER BY commitment",
    }
    query = connection.execute(queries[dataset])
    names = [name for name, *_ in query.description]
    return [dict(zip(names, row, strict=True)) for row in query.fetchall()]
