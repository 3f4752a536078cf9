"""How a process runs."""

from typing import Annotated, Literal

from models.settings.section import Section, Variable


class Running(Section):
    """What is said of every process that stays."""

    log_format: Annotated[
        Literal["json", "console"], Variable("LOG_FORMAT", "`json` or `console`")
    ] = "json"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Variable("LOG_LEVEL", "`debug`, `info`, `warning` or `error`"),
    ] = "info"
    failpoints: Annotated[
        str | None, Variable("FAILPOINTS", "socket that fault tests listen at; none in production")
    ] = None


class Sandbox(Section):
    """Temporal's guard around workflows."""

    guarded: Annotated[
        bool,
        Variable("WORKFLOW_SANDBOX", "`true` to run workflows under Temporal's guard, as tests do"),
    ] = False
