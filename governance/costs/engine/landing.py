"""The landing: a delivered file read once, typed, and kept as Parquet for every later question.

One row for each accepted row of the file, in any order; the importer writes it, allocation reads
it. ``slice_digest`` is that of the line's ``CostSlice``; what describes the line stands beside it
so that nothing else is needed to match rules. ``row`` is the line's place (from 0) in the raw
landing: all rows of the file as they were delivered, its own columns, all text.
"""

# Name and DuckDB type. Amounts are exact decimals; text is never NULL, absent is ''.
DESCRIBING: dict[str, str] = dict.fromkeys(
    (
        "currency",
        "issuer",
        "provider",
        "sub_account",
        "sub_account_name",
        "service",
        "service_category",
        "sku",
        "resource",
        "resource_name",
        "resource_type",
        "region",
        "category",
        "charge_class",
        "description",
        "pricing_unit",
        "commitment",
        "commitment_status",
        "invoice",
        "tags",  # canonical JSON text of an object
        "target_key",
    ),
    "VARCHAR",
)
COLUMNS: dict[str, str] = {
    "line_no": "BIGINT",  # place in the file, its header being line 1
    "row": "BIGINT",
    "slice_digest": "VARCHAR",
    "period_start": "DATE",  # with issuer the key of its BillingPeriod
    "period_end": "DATE",
    "charge_start": "TIMESTAMPTZ",
    "charge_end": "TIMESTAMPTZ",
    "billed": "DECIMAL(38,18)",
    "effective": "DECIMAL(38,18)",
    "listed": "DECIMAL(38,18)",  # NULL where not delivered, as contracted and quantity
    "contracted": "DECIMAL(38,18)",
    "quantity": "DECIMAL(38,18)",
    **DESCRIBING,
}
