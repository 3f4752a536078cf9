"""Nobody reaches a route that did not say who may."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.http.auth import KeySet
from api.http.policy import Policy, policies
from api.http.services import Services
from models.actor import Role

PUBLIC = {
    "GET /v1/skills",
    "GET /v1/categories",
    "GET /v1/plans",
    "GET /v1/zones",
    "GET /v1/models",
    "GET /v1/status",
}
"""What everybody may read; surveys and offers are opened by the signature in their link."""


@pytest.fixture
def declared(tmp_path: Path) -> dict[str, Policy | None]:
    """The policies of the whole API, which nobody serves."""
    nobody: dict[str, Any] = {field.name: field.name for field in fields(Services)}
    keys = KeySet((tmp_path / "jwks.json").as_uri(), None, issuer="nobody", audience="nobody")
    return policies(create_app(Services(**nobody), keys))


def test_every_route_declares_who_may_call_it(declared: dict[str, Policy | None]) -> None:
    assert [route for route, policy in declared.items() if policy is None] == []


def test_only_reference_data_and_signed_links_are_for_everybody(
    declared: dict[str, Policy | None],
) -> None:
    shown = {route for route, policy in declared.items() if policy and policy.public}
    inside = {route for route in shown if " /v1/" in route}
    assert {route for route in inside if not route.endswith("{token}")} == PUBLIC


def test_no_role_is_let_in_nowhere(declared: dict[str, Policy | None]) -> None:
    let_in = {role for policy in declared.values() if policy for role in policy.roles}
    assert let_in == set(Role) - {Role.SYSTEM}


def test_only_an_admin_changes_a_policy(declared: dict[str, Policy | None]) -> None:
    policy = declared["PUT /v1/policies/{urgency}/{name}"]
    assert policy is not None
    assert policy.roles == {Role.ADMIN}
