"""What a run says of each workflow, held to what the server has."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from deployer.testing.stage import Ran, Stage
from deployer.testing.subject import Held

if TYPE_CHECKING:
    from deployer.testing.scenarios import Scenario, Wanted

LIVE = ("released", "previewed", "rolled_back", "in_sync")
UNTOUCHED = ("held", "held_for_release", "held_edited", "held_rolled_back", "skipped", "superseded", "failed_to_plan", "modified")
TEXTS = {  # of a status, where its own words are not shown
    "imported": "imported as draft", "held_for_release": "held for the next release", "held_edited": "held: edited elsewhere",
    "held_rolled_back": "held: rolled back", "undetermined": "cannot tell", "modified": "edited on the platform", "missing": "gone",
}  # fmt: skip
COLOUR = re.compile(r"\x1b\[\d*m")
NOT_LIVE = ("imported", "failed", "modified", "missing", "never_deployed", "not_previewed")


class Claim(NamedTuple):
    """What is said of one workflow. `texts`: what it is to say there, if anything; `before` and `after`: what the server has of it."""

    status: str
    is_live: bool
    texts: frozenset[str]
    before: list[Held]
    after: list[Held]

    def problem(self) -> str:
        """Why it is not so; "" where it is."""
        live = {text for text, is_live in self.after if is_live}
        newly_live = live - {text for text, is_live in self.before if is_live}
        if (self.is_live or self.status in LIVE) and self.status != "rolled_back (by evals)" and not live & self.texts:
            return "it is not live"
        if self.status in NOT_LIVE and not self.is_live and newly_live & self.texts:
            return "it went live"
        if self.status in ("imported", "unchanged") and not {text for text, _ in self.after} & self.texts:
            return "it is not there"
        if (self.status in UNTOUCHED or self.status.startswith("would_")) and self.before != self.after:
            return "it was changed"
        return "it is still there" if self.status == "deleted" and {text for text, _ in self.after} & self.texts else ""


def false_words(stage: Stage, scenario: "Scenario", ran: Ran, before: list[Held]) -> Iterator[str]:
    """What the run says that is not so."""
    held, wanted = stage.held(), scenario.wanted(stage.platform)
    outcomes = {change["outcome"] for change in ran.changes}
    if ran.report and (ran.code == 4) != ("unknown" in outcomes):
        yield f"exit code {ran.code}, and the outcomes are {sorted(outcomes)}"
    if ran.is_done and ran.report and not scenario.code and not is_there(held, wanted):
        yield f"it says that all is done, and there is {held} instead of {wanted}"
    if re.search(r"[Nn]othing was (?:written|sent)\b", ran.out) and len(ran.changes) == 1 and held != before:
        yield f"it says that nothing was written, and there was {before}, and now is {held}"
    for change in ran.changes:
        claim = _claim(stage, scenario, change, before, held)
        if claim and claim.problem():
            yield f"{change['workflow']} is called {change['status']}, live: {change['live']}, and {claim.problem()}: there is {claim.after}"
    yield from _contradictions(ran)


def _claim(stage: Stage, scenario: "Scenario", change: dict[str, Any], before: list[Held], held: list[Held]) -> Claim | None:
    """None where no workflow of the subject is meant, or one copy of several."""
    number = next((number for number, definition in enumerate(stage.subject.definitions, 1) if stage.name(definition) == change["workflow"]), 0)
    if not number:
        return None
    ours, other_texts = f"-{number}", {*scenario.wanted(stage.platform).live, *scenario.ships}
    is_file = not change["restored"] and not change["preview"] and change["action"] != "delete"
    texts = {stage.texts[number]} if is_file and number in stage.texts else {text for text in other_texts if text.endswith(ours)}
    was, now = ([each for each in every if each.text.endswith(ours)] for every in (before, held))
    status = "rolled_back (by evals)" if change["status"] == "rolled_back" and change["outcome"] == "failed" else change["status"]
    return Claim(status, change["live"], frozenset(texts), was, now)


def _contradictions(ran: Ran) -> Iterator[str]:
    """Where what is printed, in the summary or in the outputs differs from the report."""
    printed = COLOUR.sub("", ran.out)
    results = json.loads(ran.outputs.get("results", "{}"))
    if ran.outputs and ran.outputs["ok"] != str(ran.code == 0).lower():
        yield f"the output `ok` is {ran.outputs['ok']}, and the exit code is {ran.code}"
    for change in ran.changes:
        name, status = change["workflow"], TEXTS.get(change["status"], change["status"].replace("_", " "))
        if change["outcome"] and not re.search(rf"^(?:\S+: )?(?:.*, )?{re.escape(name)}(?:, .*)?: {re.escape(status)}", printed, re.MULTILINE):
            yield f"the report calls {name} {status}, and nothing that is printed does"
        if ran.outputs and {key: results[name][key] for key in ("status", "live")} != {key: change[key] for key in ("status", "live")}:
            yield f"the output `results` has {results[name]}, and the report {change}"
        if ran.outputs and change["outcome"] and status not in ran.summary:
            yield f"the report calls {name} {status}, and the summary does not:\n{ran.summary}"


def is_there(held: list[Held], wanted: "Wanted") -> bool:
    live = sorted(text for text, is_live in held if is_live)
    return live == sorted(wanted.live) and {*wanted.drafts} <= {text for text, is_live in held if not is_live}
