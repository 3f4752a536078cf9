"""Who may call a route."""

from api.http.auth import KeySet, Principal
from api.http.policy import policies
from models.actor import Role
from tests.api.http.issuer import Issuer, application, call


async def test_another_role_is_told_which_roles_may(issuer: Issuer, keys: KeySet) -> None:
    answer = await call(keys, issuer.token(role="customer"), "/v1/experts")
    assert answer.status_code == 403
    assert answer.json()["code"] == "role-not-allowed"
    assert answer.json()["evidence"] == {"allowed": ["expert"]}
    assert (await call(keys, issuer.token(role="expert"), "/v1/experts")).status_code == 200


async def test_a_principal_acts_under_their_role_and_subject() -> None:
    actor = Principal(role=Role.EXPERT, subject="exp_1").actor
    assert (actor.role, actor.id) == (Role.EXPERT, "exp_1")


async def test_a_route_that_nobody_declared_a_policy_for_is_found(keys: KeySet) -> None:
    declared = policies(application(keys))
    assert declared.pop("GET /v1/forgotten") is None
    assert {route: policy and sorted(policy.roles) for route, policy in declared.items()} == {
        "GET /v1/me": sorted(set(Role) - {Role.SYSTEM}),
        "GET /v1/experts": [Role.EXPERT],
        "GET /v1/status": sorted(set(Role) - {Role.SYSTEM}),
    }
    assert [route for route, policy in declared.items() if policy and policy.public] == [
        "GET /v1/status"
    ]
