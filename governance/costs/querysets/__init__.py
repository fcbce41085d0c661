"""Reading costs: every list goes through ``visible_to``."""
