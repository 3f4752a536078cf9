"""How much waits in the database, and since when."""

from datetime import datetime, timedelta

from sqlalchemy import text

from models.base import Value
from models.db.engine import Session

LATE = timedelta(minutes=10)
"""After so long what was accepted has to be found whole."""

_DEPTHS = text("""select
    (select count(*) from deliveries where state = 'QUEUED' and due_at <= now())
    + (select count(*) from notifications n where state = 'QUEUED'
        and not exists (select from deliveries d where d.notification_id = n.id)) as untold,
    (select least(
        (select min(due_at) from deliveries where state = 'QUEUED' and due_at <= now()),
        (select min(created_at) from notifications n where state = 'QUEUED' and not exists (
            select from deliveries d where d.notification_id = n.id)))) as untold_since,
    (select count(*) from intake where quarantined is null) as kept,
    (select min(logged_at) from intake where quarantined is null) as kept_since,
    (select count(*) from intake where quarantined is not null) as quarantined,
    (select count(*) from (
        select ticket_id from losses where over_at is null
        union select ticket_id from accepted
        where agreed_at is null and accepted_at < now() - cast(:late as interval)) as wrong
    ) as unreconciled,
    (select least(
        (select min(found_at) from losses where over_at is null),
        (select min(accepted_at) from accepted
            where agreed_at is null and accepted_at < now() - cast(:late as interval))))
        as unreconciled_since,
    (select done_at from chores where name = 'loss.done') as compared_at,
    now() as at""")


class Depths(Value):
    """Notifications that could be told already, second copies of what is not carried out yet,
    what is `quarantined` because it never can be, and tickets that were accepted and are not known
    to be whole: how many, and since when; when the last look for those began that came to its end.
    By the database's clock, `at`."""

    untold: int
    untold_since: datetime | None
    kept: int
    kept_since: datetime | None
    quarantined: int
    unreconciled: int
    unreconciled_since: datetime | None
    compared_at: datetime | None
    at: datetime


def depths(session: Session) -> Depths:
    """What waits now."""
    row = session.connection().execute(_DEPTHS, {"late": LATE}).mappings().one()
    return Depths.model_validate(dict(row))
