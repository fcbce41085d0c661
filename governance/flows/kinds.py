"""The vocabulary of flows."""

from governance.ledger.kinds import ADVANCE_FLOWS

ADVANCE = ADVANCE_FLOWS  # task: ()
WATCH_COSTS = "governance.flows.watch_costs"  # task: ()
QUEUE = "default"
BATCH = 100
LEASE_SECONDS = 120
FIRST_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 3600
LONGEST_ERROR = 2000
