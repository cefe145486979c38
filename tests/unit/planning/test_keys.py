"""Which key goes with which workflow, and what is refused before anything is sent."""

from typing import Any

import pytest
from fake_targets import HOST, flow, yaml

from deployer.config.reader import read
from deployer.model.errors import UsageError
from deployer.model.secret import Secret
from deployer.model.workflow import Workflow
from deployer.planning import keys

SETTINGS = read({}, {"FLOWSHIP_KEY_TRIAGE": "value-one", "FLOWSHIP_API_KEY": "value-two"})


def revealed(secret: Secret | None) -> str | None:
    return secret.reveal() if secret else None


def test_named_key_is_the_one_of_that_name_and_never_the_api_key() -> None:
    assert revealed(keys.key_of(SETTINGS, "production", flow("triage"))) == "value-one"
    assert keys.key_of(SETTINGS, "production", flow("other")) is None
    assert revealed(keys.key_of(SETTINGS, "production", flow("any")._replace(key=""))) == "value-two"


def test_sandbox_makes_its_own_key_for_each_environment() -> None:
    sandbox = SETTINGS._replace(sandbox=True)
    values = {revealed(keys.key_of(sandbox, environment, flow(name))) for environment in ("staging", "production") for name in ("triage", "faq")}
    assert (len(values), "value-one" in values, None in values) == (4, False, False)


def test_missing_keys_are_all_named_with_the_lines_to_add() -> None:
    keys.require_keys(SETTINGS, "flowship.yml", "production", [flow("triage")])
    with pytest.raises(UsageError) as raised:
        keys.require_keys(SETTINGS, "flowship.yml", "production", [flow("triage"), flow("a"), flow("b", key="TRIAG")])
    known = "No key for a, b in production: flowship.yml names the keys A, TRIAG, which were not given."
    assert raised.value.message == f"{known} A key TRIAGE was given: is its name misspelled?"
    assert raised.value.fix == "Add `A=…`, `TRIAG=…` to `keys` (the secret behind it)."
    assert "value" not in raised.value.message + raised.value.fix


def test_missing_api_key_names_the_file() -> None:
    with pytest.raises(UsageError, match=r"No key for a\.flow"):
        keys.require_keys(read({}, {}), "", "production", [flow("a")._replace(key="")])


ONE, OTHER = Secret("value-one"), Secret("value-other")


@pytest.mark.parametrize(
    ("pairs", "shared"),
    [
        ([("p", flow("a"), ONE), ("p", flow("b"), ONE)], "have one key"),
        ([("p", flow("a"), ONE), ("s", flow("a"), ONE)], "have one key"),
        ([("p", flow("a"), ONE), ("p", flow("b"), OTHER)], ""),
        ([("p", flow("a"), ONE), ("p", flow("a"), ONE)], ""),
        ([("p", flow("a"), None), ("p", flow("b"), None)], ""),
        ([("p", yaml("a"), ONE), ("p", yaml("b"), ONE)], ""),
        ([("p", yaml("a", id_="wf"), ONE), ("p", yaml("b", id_="wf"), OTHER)], r"have one id \(wf\)"),
        ([("p", yaml("a", id_="wf"), ONE), ("p", yaml("b", id_="wg"), ONE)], ""),
    ],
)
def test_pairs_on_one_target_are_refused(pairs: list[tuple[str, Workflow, Secret | None]], shared: str) -> None:
    hosts: Any = {(environment, workflow.name): HOST for environment, workflow, _ in pairs}
    if not shared:
        keys.refuse_shared_targets(hosts, pairs)
        return
    with pytest.raises(UsageError, match=shared) as raised:
        keys.refuse_shared_targets(hosts, pairs)
    assert raised.value.code == "shared-target"


def test_one_id_on_two_hosts_is_two_targets() -> None:
    pairs = [("p", yaml("a", id_="wf"), ONE), ("p", yaml("b", id_="wf"), ONE)]
    keys.refuse_shared_targets({("p", "a"): "https://one", ("p", "b"): "https://two"}, pairs)
    with pytest.raises(UsageError):
        keys.refuse_shared_targets({("p", "a"): "https://one", ("p", "b"): "https://one"}, pairs)


def test_key_of_another_environment_is_no_misspelling() -> None:
    assert keys.similar_key("TRIAGE_STAGING", SETTINGS) == ""
