"""The service itself: settings, the ledger, access, policies, approvals, pages."""
