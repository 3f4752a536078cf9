"""How much one caller may ask, and who says who calls."""

from typing import Annotated

from pydantic import Field

from models.settings.section import Section, Variable


class CallerLimits(Section):
    """How much one caller may ask a minute. Twice as much at once; 0 is no limit."""

    filings: Annotated[
        int, Field(ge=0), Variable("FILING_RATE", "tickets that a customer files; 0 is no limit")
    ] = 10
    changes: Annotated[
        int,
        Field(ge=0),
        Variable(
            "COMMAND_RATE",
            "other changes of one caller, and tickets that staff files; 0 is no limit",
        ),
    ] = 120
    unactionable: Annotated[
        int,
        Field(ge=0),
        Variable(
            "UNACTIONABLE_RATE",
            "tickets of a customer that nobody can act upon, and how many may be open; 0 is no "
            "limit",
        ),
    ] = 10
    readings: Annotated[
        int,
        Field(ge=0),
        Variable("READ_RATE", "readings of one caller; each process counts its own; 0 is no limit"),
    ] = 600
    proxies: Annotated[
        str | None,
        Variable(
            "TRUSTED_PROXIES", "addresses whose `X-Forwarded-For` says who calls, with commas"
        ),
    ] = None
