"""Who is looked at for a visit, where more experts could come than anybody reads."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from models.db.engine import Database
from models.db.escalation.reads import NEAREST, EscalationReads
from models.geography import Spot
from tests.databases import database_of_its_own

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
HERE = Spot(lat=52.5, lng=13.4)
FAR = "exp_0_far"
TWINS = """
    with twin as (
        insert into experts (id, name, status, zone, tz, locale, lat, lng, radius_km,
            commission_percent, phone, email, channels, calendar_version)
        select 'exp_1_' || n, 'Jo Doe', 'VERIFIED', 'berlin', 'Europe/Berlin', 'en-GB', %(lat)s,
            %(lng)s, 30, '15', '+491710000000', 'jo@example.org', '["sms"]'::jsonb, 0
        from generate_series(1, %(count)s) as n
        union all
        select %(far)s, 'Jo Doe', 'VERIFIED', 'berlin', 'Europe/Berlin', 'en-GB', %(lat)s + 1,
            %(lng)s, 30, '15', '+491710000000', 'jo@example.org', '["sms"]'::jsonb, 0
        returning id
    ) insert into expert_skills (expert_id, skill, level) select id, 'refrigeration', 3 from twin
"""


@pytest.fixture
def crowded(postgres_url: str) -> Iterator[Database]:
    """More experts live at the customer's door than are looked at, and one lives far away."""
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=1)
        with opened.unit_of_work() as session:
            session.connection().exec_driver_sql(
                TWINS, {"lat": HERE.lat, "lng": HERE.lng, "count": NEAREST, "far": FAR}
            )
        yield opened
        opened.close()


@pytest.mark.parametrize("offered", [frozenset(), frozenset({FAR})])
def test_whoever_had_offered_is_looked_at_however_many_live_nearer(
    crowded: Database, offered: frozenset[str]
) -> None:
    with crowded.reading() as session:
        pool = EscalationReads(session).able(["refrigeration"], "berlin", HERE, NOON, [], offered)
    assert len(pool) == NEAREST
    assert {able.expert.id for able in pool if able.expert.id == FAR} == offered
