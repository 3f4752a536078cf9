"""As whom a token's bearer is known here, whatever its issuer calls them."""

from pathlib import Path
from typing import Any

import pytest

from models.identity import derived_id
from tests.api.http.issuer import Issuer, call, keys_of
from tests.house import House, days

FOREIGN = (
    "auth0|650c1f0e9a2d",
    "ann@example.org",
    "Ann Roe",
    "google-oauth2|1%2",
    "~",
    "c" * 79 + "@",
    "c" * 81,
    "c" * 255,
)
CUSTOMER = "cus_019b8d7d-f1c0-7d86-b70f-79987ec56be3"


async def me(issuer: Issuer, tmp_path: Path, id_claim: str | None = None, **claims: Any) -> Any:
    async with keys_of(issuer, tmp_path / "jwks.json", id_claim=id_claim) as keys:
        return await call(keys, issuer.token(**claims))


@pytest.mark.parametrize("subject", FOREIGN)
@pytest.mark.parametrize(
    ("role", "prefix"),
    [("customer", "cus"), ("expert", "exp"), ("helpdesk", "usr"), ("integration", "int")],
)
async def test_a_subject_of_the_issuers_own_stands_for_the_same_person_at_every_time(
    issuer: Issuer, tmp_path: Path, subject: str, role: str, prefix: str
) -> None:
    answers = [await me(issuer, tmp_path, sub=subject, role=role) for _ in range(2)]
    for answer in answers:
        assert answer.json() == {"role": role, "subject": derived_id(prefix, "sub", subject)}
        assert subject not in answer.text


@pytest.mark.parametrize("subject", [CUSTOMER, "cus_1", "usr_ana", "c" * 80])
async def test_a_plain_subject_is_an_id_of_ours(
    issuer: Issuer, tmp_path: Path, subject: str
) -> None:
    assert (await me(issuer, tmp_path, sub=subject)).json()["subject"] == subject


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"sub": ""}, "sub"),
        ({"sub": "c" * 256}, "sub"),
        ({"sub": "cus_1\nadmin"}, "sub"),
        ({"sub": "Zoë"}, "sub"),
        ({"role": "root"}, "role"),
        ({"role": "system"}, "role"),
        ({"role": ["admin"]}, "role"),
        ({"role": None}, "role"),
    ],
    ids=repr,
)
async def test_the_refusal_of_a_claim_says_which_and_why(
    issuer: Issuer, tmp_path: Path, wrong: dict[str, Any], named: str
) -> None:
    answer = await me(issuer, tmp_path, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.json()["detail"].startswith(f"The token's {named} is n")


async def test_a_customers_id_comes_from_the_claim_that_is_set_for_it(
    issuer: Issuer, tmp_path: Path
) -> None:
    stated = {"sub": "auth0|650c", "https://squad.example/id": CUSTOMER}
    answer = await me(issuer, tmp_path, "https://squad.example/id", **stated)
    assert answer.json()["subject"] == CUSTOMER


@pytest.mark.parametrize("stated", [None, "", "auth0|650c", CUSTOMER.replace("cus", "exp"), 7])
async def test_a_claim_that_holds_no_id_of_a_customer_is_named_in_the_refusal(
    issuer: Issuer, tmp_path: Path, stated: Any
) -> None:
    answer = await me(issuer, tmp_path, "squad_id", sub="auth0|650c", squad_id=stated)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    detail = answer.json()["detail"]
    assert detail == "The token's squad_id is no id of the role customer: cus_ and a UUID."


async def test_the_claim_is_for_customers_and_experts_and_staff_are_known_by_their_subject(
    issuer: Issuer, tmp_path: Path
) -> None:
    answer = await me(issuer, tmp_path, "squad_id", sub="usr_ana", role="helpdesk")
    assert answer.json()["subject"] == "usr_ana"


async def test_a_customer_whom_only_the_issuer_knows_files_a_ticket_that_somebody_looks_at(
    house: House,
) -> None:
    who = "customer:auth0|650c1f0e9a2d"
    filed = await house.file(who, slots=days(30, 1))
    ticket = await house.until(filed, "REVIEW")
    assert ticket["customer_id"] == derived_id("cus", "sub", "auth0|650c1f0e9a2d")
    assert "customer_unknown" in ticket["attention"]
    assert (await house.ticket(filed, who))["id"] == filed
    await house.expect(who, "POST", f"/tickets/{filed}/cancel", {})


async def test_no_address_of_a_colleague_reaches_the_timeline(house: House) -> None:
    filed = await house.file()
    await house.until(filed, "MATCHING")
    await house.expect("helpdesk:ann@example.org", "POST", f"/tickets/{filed}/cancel", {})
    await house.until(filed, "CANCELLED")
    actors = {entry["actor_id"] for entry in await house.timeline(filed)}
    assert derived_id("usr", "sub", "ann@example.org") in actors
    assert not [actor for actor in actors if "@" in actor]
