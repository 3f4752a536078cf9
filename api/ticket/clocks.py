"""The service level of a ticket, on the wire."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from models.promise.sla import ClockName, ClockState


class SlaClockView(BaseModel):
    """A clock: `schedule` until everything is settled, `onsite` until the first expert is there,
    `resolve` until the work is done. Its `target` counts what is not waiting for the customer, in
    the zone's business hours or, if not `business_hours`, day and night. `due_at` is null while a
    pause has no known end; so is `risk_at`, when three quarters of the target are over, and
    `at_risk` says that this has come. BREACHED is `provisional` until `final_at`: who reports late
    may still have been in time. `restated`: it was BREACHED, and late evidence mended it."""

    name: ClockName
    round: int
    state: ClockState
    target: timedelta
    business_hours: bool
    due_at: datetime | None
    judged_at: datetime | None
    risk_at: datetime | None
    at_risk: bool
    provisional: bool
    final_at: datetime | None
    restated: bool


class SlaView(BaseModel):
    """What was promised: by when, as things stand, and whether it is kept. Every round has clocks
    of its own; the verdicts of earlier ones stay. `provisional`: late evidence could still mend
    every BREACHED of the last round."""

    schedule_by: datetime | None
    onsite_by: datetime | None
    resolve_by: datetime | None
    state: ClockState
    provisional: bool
    clocks: list[SlaClockView]
