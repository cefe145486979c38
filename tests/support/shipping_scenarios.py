"""Everything that writes to one workflow on one platform, from the first release to the clean-up of a preview: scenarios for tests that disturb
them at every request."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pull_requests import BASE
from shipping import Environment, Picture, Stage, manifest

TRIAGE = "  triage: {source: flows/a.flow, key: TRIAGE, preview: {keys: [POOL_1, POOL_2]}}\n"
ONBOARDING = "  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, preview: {key: COPIES}}\n"
GATED_TRIAGE = "  triage: {source: flows/a.flow, key: TRIAGE, evals: evals/suite.yml}\n"
GATED_ONBOARDING = "  onboarding: {source: workflows/onboarding.yaml, key: MEINGPT, evals: evals/suite.yml}\n"
TRIED_TRIAGE = TRIAGE.replace("key: TRIAGE,", "key: TRIAGE, evals: evals/suite.yml,")
TRIED_ONBOARDING = ONBOARDING.replace("key: MEINGPT,", "key: MEINGPT, evals: evals/suite.yml,")
OTHERS = "".join(f"  other{number}: {{source: workflows/other{number}.yaml, key: MEINGPT}}\n" for number in range(3))
BADLY = {"when": [{"definition": "*worse*", "answers": [{"output": "badly"}], "then": "repeat"}], "answers": [{"output": "well"}], "then": "repeat"}
TARGETS = {"gptbots": {"defaults": {"runs": BADLY}}, "meingpt": {"defaults": {"runs": {"*": BADLY}}}}


def deployed(picture: Picture) -> Picture:
    """What is live where deploys go. What was tried out before a release, and not deleted, the next release or a clean-up deletes."""
    shown = {name: [entry for entry in entries if ":" in entry or entry.endswith(" live")] for name, entries in picture.items()}
    return {name: entries for name, entries in shown.items() if not name.startswith(("pool-", "copies"))}


def live_or_twice(picture: Picture) -> Picture:
    """What is live, and what is there more than once."""
    return {name: [entry for entry in entries if entry.endswith(" live") or entries.count(entry) > 1] for name, entries in picture.items()}


class Scenario(NamedTuple):
    """`act` returns the environment of the run that is disturbed, after `prepare`; `again` that of the next one. `requests`: what an undisturbed
    run asks of the platform, in order; `code`: how it ends. `wanted`: what is there in the end, as `view` shows it. `repeats`: run again, it does
    nothing; a rollback goes back one more. `settles`: how many next runs it takes, and how the last one ends. `rules`: faults that belong to it.
    `content`: how it looks where what this run ships is live, if that is not what is wanted in the end.
    `aside`: targets where something is tried out before a release."""

    entries: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage], Environment]
    requests: tuple[str, ...]
    wanted: Picture
    again: Callable[[Stage], Environment]
    repeats: bool = True
    code: int = 0
    settles: tuple[int, tuple[int, ...]] = (1, (0,))
    view: Callable[[Picture], Picture] = dict
    rules: tuple[dict[str, Any], ...] = ()
    content: Picture | None = None
    aside: frozenset[str] = frozenset()

    @property
    def live_content(self) -> Picture:
        return self.wanted if self.content is None else self.content


def released(*texts: str, release: str = "always") -> Callable[[Stage], None]:
    """These were deployed, one after the other."""

    def prepare(stage: Stage) -> None:
        for text in texts:
            stage.succeed(stage.deploy(text, release=release))

    return prepare


def previewed(stage: Stage) -> None:
    stage.events.hub.files[BASE] = stage.files("A")
    stage.succeed(stage.pull_request("opened"))


def base(stage: Stage) -> None:
    stage.events.hub.files[BASE] = stage.files("A")


def tried(*texts: str) -> Callable[[Stage], None]:
    """The same, with settings for previews on the base branch."""

    def prepare(stage: Stage) -> None:
        base(stage)
        released(*texts)(stage)

    return prepare


def slot_taken(stage: Stage) -> None:
    """Pull request 13 has the first slot."""
    base(stage)
    stage.succeed(stage.pull_request("opened", 1, 13))


def others_too(stage: Stage) -> None:
    stage.events.manifest = manifest(ONBOARDING, OTHERS)
    stage.succeed(stage.deploy("A"))
    stage.events.manifest = manifest(OTHERS)


def pruned(stage: Stage) -> Environment:
    return stage.deploy("A", prune="true")


def deploy(text: str, release: str = "always") -> Callable[[Stage], Environment]:
    return lambda stage: stage.deploy(text, release=release)


def rollback(stage: Stage) -> Environment:
    return stage.by_hand(mode="rollback")


def pull_request(action: str, push: int = 1) -> Callable[[Stage], Environment]:
    return lambda stage: stage.pull_request(action, push)


def again(stage: Stage) -> Environment:
    return stage.deploy()


def draft_again(stage: Stage) -> Environment:
    return stage.deploy(release="never")


LIST, VERIFY = "GET /v1/workflow/version/list", "GET /v1/api-key/verify"
IMPORT, PUBLISH = "POST /v1/workflow/version/import", "POST /v1/workflow/version/release"
PUT_BACK = "POST /v1/workflow/version/rollback"
INVOKE = "POST /v1/workflow/invoke"
LISTED, SHOWN = "GET /v1/workflows", "GET /v1/workflows/*"
CREATE, UPDATE, DELETE = "POST /v1/workflows", "PUT /v1/workflows/*", "DELETE /v1/workflows/*"
EXECUTE, EXECUTION = "POST /v1/workflows/*/execute", "GET /v1/workflows/*/executions/*"

FREE_SLOTS = (LIST, VERIFY, LIST, VERIFY)
SCENARIOS: dict[str, Scenario] = {
    "draft": Scenario(TRIAGE, released(), deploy("A", "never"), (LIST, VERIFY, IMPORT), {"triage": ["A"]}, draft_again),
    "first release": Scenario(TRIAGE, released(), deploy("A"), (LIST, VERIFY, IMPORT, PUBLISH), {"triage": ["A live"]}, again),
    "next release": Scenario(TRIAGE, released("A"), deploy("B"), (LIST, IMPORT, PUBLISH), {"triage": ["B live", "A"]}, again),
    "release of a draft": Scenario(TRIAGE, released("A", release="never"), again, (LIST, PUBLISH), {"triage": ["A live"]}, again),
    "rollback": Scenario(TRIAGE, released("A", "B", "C"), rollback, (LIST, PUBLISH), {"triage": ["C", "B live", "A"]}, rollback, repeats=False),
    "preview in a slot": Scenario(
        TRIAGE, base, pull_request("opened"), (*FREE_SLOTS, IMPORT, LIST, PUBLISH), {"pool-1": ["B pr:12 live"]}, pull_request("synchronize")
    ),
    "push to a slot": Scenario(
        TRIAGE,
        previewed,
        pull_request("synchronize", 2),
        (LIST, LIST, VERIFY, IMPORT, LIST, PUBLISH),
        {"pool-1": ["C pr:12 live", "B pr:12"]},
        pull_request("synchronize", 2),
    ),
    "cleanup of a slot": Scenario(
        TRIAGE,
        previewed,
        pull_request("closed"),
        (LIST, LIST, VERIFY, LIST, IMPORT, LIST, PUBLISH, LIST),
        {"pool-1": ["A pr:free live", "B pr:12"]},
        pull_request("closed"),
    ),
    "lost slot": Scenario(
        TRIAGE,
        slot_taken,
        pull_request("opened", 2),
        (*FREE_SLOTS, IMPORT, LIST, PUT_BACK, LIST, IMPORT, LIST, PUBLISH),
        {"pool-1": ["B pr:13 live"], "pool-2": ["C pr:12 live"]},
        pull_request("synchronize", 2),
        view=live_or_twice,
        rules=({"match": {"path": "*/version/list", "nth": 1}, "do": {"body": {"code": 0, "data": []}}},),
    ),
    "gated": Scenario(
        GATED_TRIAGE,
        released("good"),
        deploy("worse"),
        (LIST, IMPORT, PUBLISH, INVOKE, LIST, PUBLISH),
        {"triage": ["worse", "good live"]},
        again,
        content={"triage": ["worse live"]},
        code=1,
        settles=(2, (0,)),
    ),
    "tried in a slot": Scenario(
        TRIED_TRIAGE,
        tried("good"),
        deploy("worse"),
        (LIST, LIST, LIST, VERIFY, IMPORT, LIST, PUBLISH, INVOKE, LIST, IMPORT, LIST, PUBLISH, LIST),
        {"triage": ["good live"]},
        again,
        content={"triage": ["worse live"]},
        code=1,
        settles=(2, (0, 1)),
        view=deployed,
        aside=frozenset({"pool-1", "pool-2"}),
    ),
    "held": Scenario(ONBOARDING, released(), deploy("A", "never"), (LISTED,), {}, draft_again),
    "create": Scenario(ONBOARDING, released(), deploy("A"), (LISTED, CREATE, SHOWN), {"acme": ["Onboarding: A"]}, again),
    "update": Scenario(ONBOARDING, released("A"), deploy("B"), (SHOWN, UPDATE, SHOWN), {"acme": ["Onboarding: B"]}, again),
    "prune": Scenario(ONBOARDING, others_too, pruned, (SHOWN, LISTED, DELETE, SHOWN), {"acme": ["Other0: A", "Other1: A", "Other2: A"]}, pruned),
    "rollback in place": Scenario(
        ONBOARDING, released("A", "B", "C"), rollback, (SHOWN, UPDATE, SHOWN), {"acme": ["Onboarding: B"]}, rollback, repeats=False
    ),
    "preview as a copy": Scenario(
        ONBOARDING,
        base,
        pull_request("opened"),
        (LISTED, CREATE, SHOWN, LISTED),
        {"copies": ["Onboarding (preview #12): B"]},
        pull_request("synchronize"),
    ),
    "push to a copy": Scenario(
        ONBOARDING,
        previewed,
        pull_request("synchronize", 2),
        (LISTED, SHOWN, UPDATE, SHOWN),
        {"copies": ["Onboarding (preview #12): C"]},
        pull_request("synchronize", 2),
    ),
    "gated in place": Scenario(
        GATED_ONBOARDING,
        released("good"),
        deploy("worse"),
        (SHOWN, UPDATE, SHOWN, SHOWN, EXECUTE, EXECUTION, SHOWN, SHOWN, UPDATE, SHOWN),
        {"acme": ["Onboarding: good"]},
        again,
        content={"acme": ["Onboarding: worse"]},
        code=1,
        settles=(2, (0,)),
    ),
    "tried as a copy": Scenario(
        TRIED_ONBOARDING,
        tried("good"),
        deploy("worse"),
        (SHOWN, LISTED, CREATE, SHOWN, LISTED, SHOWN, EXECUTE, EXECUTION, SHOWN, LISTED, DELETE, SHOWN),
        {"acme": ["Onboarding: good"]},
        again,
        content={"acme": ["Onboarding: worse"]},
        code=1,
        settles=(2, (0, 1)),
        view=deployed,
        aside=frozenset({"copies"}),
    ),
    "cleanup of a copy": Scenario(ONBOARDING, previewed, pull_request("closed"), (LISTED, DELETE, SHOWN), {}, pull_request("closed")),
}
