"""What each model costs and is worth: a ledger of money that reconciles to the bill."""
