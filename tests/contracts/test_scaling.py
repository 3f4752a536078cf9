"""The configuration of the autoscaler that the pages show asks for metrics that there are."""

import re
from typing import Any

import pytest
import yaml

from api.http.gauges import MEANS
from tests.contracts.compose import ROOT

PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
OBJECTS: list[dict[str, Any]] = [one for block in BLOCKS for one in yaml.safe_load_all(block)]
NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def test_workers_relays_and_apis_are_scaled_and_none_is_ever_the_only_one() -> None:
    least = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"].get("minReplicaCount")
        or one["spec"]["minReplicas"]
        for one in OBJECTS
    }
    assert least == {"worker": 2, "relay": 2, "api": 2}


@pytest.mark.parametrize("one", OBJECTS, ids=lambda one: one["metadata"]["name"])
def test_a_scaler_asks_for_what_is_told_and_keeps_its_head_where_nothing_is(
    one: dict[str, Any],
) -> None:
    triggers = one["spec"].get("triggers", [])
    for trigger in triggers:
        asked = trigger["metadata"]
        assert set(NAME.findall(asked["query"])) <= set(MEANS), asked["query"]
        assert float(asked["threshold"]) > 0
        assert asked["ignoreNullValues"] == "false", "no value is no reason to go home"
    assert not triggers or one["spec"]["fallback"]["replicas"] >= one["spec"]["minReplicaCount"]


def test_the_page_names_every_metric_of_what_waits() -> None:
    assert [name for name in MEANS if name not in PAGE] == []
