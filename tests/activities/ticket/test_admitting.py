"""What a flag decides about a ticket, it decides when the ticket is admitted."""

from models.catalogue.catalogue import FIRST_CUSTOMER_ID
from models.flag import ACT_AS_POLICIES, Rollout
from tests.post_office import PostOffice


def test_a_policy_is_on_if_its_flag_is_for_the_customer(
    office: PostOffice,
) -> None:
    first = office.matching()
    on = [name for name in ACT_AS_POLICIES if getattr(first.policies, name)]
    assert on == [], "nobody switched it"
    zone = first.filing.zone
    assert zone is not None
    for rollout, offers in (
        (Rollout(on=True), True),
        (Rollout(on=False, zones=(zone,)), False),
        (Rollout(on=True, percent=0), False),
        (Rollout(on=True, percent=0, customers=(FIRST_CUSTOMER_ID,)), True),
        (Rollout(on=True, percent=0, customers=("cus_somebody",)), False),
        (Rollout(on=True, percent=0, zones=(zone,)), True),
        (Rollout(on=True, percent=0, zones=("nowhere",)), False),
    ):
        for flag in ACT_AS_POLICIES:
            office.flags.take({flag: rollout})
            policies = office.matching().policies
            assert [name for name in ACT_AS_POLICIES if getattr(policies, name)] == [
                flag
            ] * offers, rollout
