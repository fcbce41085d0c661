"""When A was recorded, do B: reactions that read the ledger with a cursor each."""
