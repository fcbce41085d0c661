"""Labour and licences that people entered by hand, told apart from what bills say."""

from django.db.models import Case, CharField, Value, When

from governance.costs.rules.entries import CATEGORY, ENTRY_KINDS

LABOUR, LICENCES = "labour", "licences"
_SERVICES = {LABOUR: ENTRY_KINDS["labour"], LICENCES: ENTRY_KINDS["licence"]}
LINES = ("", *_SERVICES)  # "" is everything that comes from bills

# The line that a row of charges belongs to.
LINE = Case(
    *(
        When(service_category=CATEGORY, service=service, then=Value(line))
        for line, service in _SERVICES.items()
    ),
    default=Value(""),
    output_field=CharField(),
)
