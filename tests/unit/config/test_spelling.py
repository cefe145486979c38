"""How messages name an input, by where it was given."""

import pytest

from deployer.config.spelling import Spelling
from deployer.model.errors import UsageError

ACTION, TERMINAL = Spelling(in_action=True), Spelling()
RELEASE = frozenset({"release"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Give its hash to `plan-hash`.", "Give its hash to `--plan-hash`."),
        ("Run it with `release: always`.", "Run it with `--release always`."),
        ("Give `yes: true`.", "Give `--yes`."),
        ("Add `TRIAGE=…` to `keys`.", "Set FLOWSHIP_KEY_TRIAGE."),
        ("Add `A=…`, `B_2=…` to `keys` (the secret behind it).", "Set FLOWSHIP_KEY_A, FLOWSHIP_KEY_B_2."),
        ("Write the key into `keys`.", "Write the key into `FLOWSHIP_KEYS`."),
        ("Leave it out, or use `mode: plan`.", "Leave it out, or use `flowship plan`."),
        ("Add `evals: evals/a.yml` to its entry.", "Add `evals: evals/a.yml` to its entry."),
        ("Take `evals:` out of its entry.", "Take `evals:` out of its entry."),
        ("The manifest's `release: always` is for a push.", "The manifest's `release: always` is for a push."),
        ("`evals` is a symbolic link, which is not followed.", "`evals` is a symbolic link, which is not followed."),
        ("Run `flowship plan`.", "Run `flowship plan`."),
        ("It is not `--only`.", "It is not `--only`."),
        ("`prune` is 'froce'. Did you mean `force`?", "`--prune` is 'froce'. Did you mean `force`?"),
    ],
)
def test_terminal_shows_options_and_action_inputs(text: str, shown: str) -> None:
    assert TERMINAL.text(text) == shown
    assert TERMINAL.text(shown) == shown
    assert ACTION.text(text) == text


@pytest.mark.parametrize("in_action", [False, True])
def test_value_from_a_variable_is_told_as_the_variable(in_action: bool) -> None:
    spell = Spelling(in_action, RELEASE).text
    assert spell("`release` is 'x'; use `release: always`.") == "`FLOWSHIP_RELEASE` is 'x'; use `FLOWSHIP_RELEASE=always`."


def test_error_keeps_its_kind_and_code() -> None:
    error = TERMINAL.error(UsageError("`only` is empty.", fix="Leave `only` out.", code="x"))
    assert (type(error), str(error), error.code) == (UsageError, "`--only` is empty. Leave `--only` out.", "x")


def test_missing_key_goes_where_the_others_came_from() -> None:
    assert Spelling(variables=frozenset({"keys"})).text("Add `A=…` to `keys` (the secret behind it).") == "Add `A=…` to `FLOWSHIP_KEYS`."
