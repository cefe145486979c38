"""What a run does to a platform, from the first deploy to the clean-up of a preview: each is played alone, and with every mishap."""

import shutil
from collections.abc import Callable
from typing import NamedTuple

from deployer.platforms.platform import Platform
from deployer.testing.stage import Act, Ran, RunOrder, Stage
from deployer.testing.subject import Subject


class Wanted(NamedTuple):
    """What is there in the end: texts that are live, and texts that are drafts or earlier versions and must not be lost."""

    live: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


Fit = Callable[[Subject, Platform], str]


class Scenario(NamedTuple):
    """`act` gives the run after `prepare`, `again` the next one, None for `act` once more. `wanted`: what is there in the end; `ships`: texts that
    may be live on the way, besides. `unfit`: why a platform has no such thing, "" where it has. `code`: how an undisturbed run ends.
    `settles`: how many next runs it takes, and how the last one may end. `repeats`: run again, it writes nothing. `checks`: what else must be so
    after a run that says that all is done."""

    prepare: Callable[[Stage], object]
    act: Act
    wanted: Callable[[Platform], Wanted]
    unfit: Fit = lambda _subject, _platform: ""
    ships: tuple[str, ...] = ()
    again: Act | None = None
    code: int = 0
    settles: tuple[int, tuple[int, ...]] = (1, (0,))
    repeats: bool = True
    checks: Callable[[Stage, Ran], None] = lambda _stage, _ran: None


def nothing(stage: Stage) -> None:
    """A commit, and no deploy."""
    stage.commit("alpha")


def released(*texts: str) -> Callable[[Stage], None]:
    """These were released, one after the other."""

    def prepare(stage: Stage) -> None:
        for text in texts:
            stage.commit(text)
            stage.succeed(stage.deploy())

    return prepare


def drafted(stage: Stage) -> None:
    stage.commit("alpha")
    stage.succeed(stage.deploy("never"))


def then(prepare: Callable[[Stage], None], text: str) -> Callable[[Stage], None]:
    """And a commit that says the text."""

    def prepared(stage: Stage) -> None:
        prepare(stage)
        stage.commit(text)

    return prepared


def edited(stage: Stage) -> None:
    released("alpha")(stage)
    stage.server.edit("alpha-1", "edited-1")


def three(stage: Stage) -> None:
    stage.commit("alpha", count=3)


def foreign_and_ours(stage: Stage) -> None:
    """A workflow of another repository's, two of ours, and a commit without the first of these."""
    other = Stage(stage.subject, stage.server, stage.proxy, stage.hub, stage.root.with_name("other"))
    other.commit("foreign", first=2)
    other.succeed(other.deploy())
    stage.commit("alpha", count=2)
    stage.succeed(stage.deploy())
    stage.commit("alpha", first=1)


def name_is_taken(stage: Stage) -> None:
    """Another repository's workflow has the name of ours."""
    other = Stage(stage.subject, stage.server, stage.proxy, stage.hub, stage.root.with_name("other"))
    other.commit("foreign")
    other.succeed(other.deploy())
    stage.commit("alpha")


def refused(stage: Stage) -> None:
    """What is to be released next is refused."""
    then(released("alpha"), "beta")(stage)
    assert stage.subject.refuse
    stage.subject.refuse(stage.server, "beta-1")


def with_evals(stage: Stage) -> None:
    stage.expected = "alpha"
    released("alpha")(stage)


def proposed(stage: Stage) -> None:
    stage.commit("alpha")
    stage.commit("beta")


def previewed(stage: Stage) -> None:
    proposed(stage)
    stage.succeed(preview("opened", 1)(stage))
    stage.commit("gamma")


def preview(action: str, push: int) -> Act:
    """For the `push`-th commit on top of the first one."""

    def act(stage: Stage) -> RunOrder:
        commits = list(stage.hub.parents)[1:]  # the stand-in begins with one of its own
        return stage.pull_request(action, commits[push], commits[0])

    return act


def deploy(release: str = "always", *more: str) -> Act:
    return lambda stage: stage.deploy(release, *more)


def command(*arguments: str) -> Act:
    return lambda stage: stage.command(*arguments)


def forget_files(stage: Stage) -> None:
    """As one who begins with Flowship, and has workflows already."""
    released("alpha")(stage)
    for path in (*stage.subject.definitions, "flowship.yml"):
        (stage.root / (path if isinstance(path, str) else path.path)).unlink(missing_ok=True)
    shutil.rmtree(stage.root / ".flowship", ignore_errors=True)


def adopted_is_in_sync(stage: Stage, ran: Ran) -> None:
    planned = stage.run(stage.command("plan", "--release", "always"))
    assert [change["action"] for change in planned.changes] == ["unchanged"], f"{ran.out}\n{planned.out}"


def is_drift(stage: Stage, _ran: Ran) -> None:
    drifted = stage.run(stage.command("drift", "--on-drift", "fail"))
    assert drifted.code == 1, f"the edit was not noticed:\n{drifted.out}"


# Why a platform has no such thing


def without_drafts(_subject: Subject, platform: Platform) -> str:
    return "" if platform.capabilities.drafts else "it keeps no drafts"


def without_previews(subject: Subject, _platform: Platform) -> str:
    return ("previews" in subject.unfit and subject.unfit["previews"]) or ""


def without_delete(_subject: Subject, platform: Platform) -> str:
    return "" if platform.capabilities.delete else "it has no call that deletes"


def without_export(_subject: Subject, platform: Platform) -> str:
    if not platform.capabilities.export:
        return "it has no call that exports a definition"
    return "" if platform.capabilities.list else "it has no call that lists"


def without_evals(subject: Subject, _platform: Platform) -> str:
    return "" if subject.evals else "the subject has no `evals`: nothing can be run"


def without_refusals(subject: Subject, _platform: Platform) -> str:
    return "" if subject.refuse else "the subject has no `refuse`: its server refuses nothing"


def without_names(_subject: Subject, platform: Platform) -> str:
    return "a key leads to one workflow, whatever its name" if platform.capabilities.key_is_target else ""


def live(*texts: str, drafts: tuple[str, ...] = (), versions: tuple[str, ...] = ()) -> Callable[[Platform], Wanted]:
    """`drafts` where the platform keeps them, `versions` where it keeps earlier ones."""
    return lambda platform: Wanted(texts, (*(drafts if platform.capabilities.drafts else ()), *(versions if platform.capabilities.versions else ())))


def freed(platform: Platform) -> Wanted:
    """A copy is deleted; a slot has the file of the base branch again."""
    return Wanted(("alpha-1",) if platform.capabilities.key_is_target else ())


SCENARIOS: dict[str, Scenario] = {
    "plan": Scenario(nothing, command("plan", "--release", "always"), live()),
    "deploy without a release": Scenario(nothing, deploy("never"), live(drafts=("alpha-1",))),
    "later deploy without a release": Scenario(then(released("alpha"), "beta"), deploy("never"), live("alpha-1", drafts=("beta-1",))),
    "first release": Scenario(nothing, deploy(), live("alpha-1")),
    "next release": Scenario(then(released("alpha"), "beta"), deploy(), live("beta-1", versions=("alpha-1",))),
    "release of a draft": Scenario(drafted, deploy(), live("alpha-1"), without_drafts),
    "release of three workflows": Scenario(three, deploy(), live("alpha-1", "alpha-2", "alpha-3")),
    "refused release": Scenario(
        refused, deploy(), live("alpha-1", drafts=("beta-1",)), without_refusals, code=1, settles=(1, (1,)), repeats=False
    ),
    "name that is taken": Scenario(name_is_taken, deploy(), live("foreign-1"), without_names, code=1, settles=(1, (1,))),
    "rollback": Scenario(
        released("alpha", "beta", "gamma"), command("rollback"), live("beta-1", versions=("alpha-1", "gamma-1")), repeats=False
    ),
    "drift": Scenario(
        edited, command("drift", "--on-drift", "fail"), live("edited-1", versions=("alpha-1",)), code=1, settles=(1, (1,)), checks=is_drift
    ),
    "edit overwritten": Scenario(then(edited, "beta"), deploy("always", "--on-drift", "overwrite"), live("beta-1", versions=("alpha-1",))),
    "preview": Scenario(proposed, preview("opened", 1), live("beta-1"), without_previews),
    "preview of the next push": Scenario(previewed, preview("synchronize", 2), live("gamma-1"), without_previews, ships=("beta-1",)),
    "cleanup": Scenario(previewed, preview("closed", 1), freed, without_previews, ships=("beta-1",)),
    "evals": Scenario(with_evals, command("eval"), live("alpha-1"), without_evals),
    "evals that fail": Scenario(
        then(with_evals, "beta"), deploy(), live("alpha-1"), without_evals, ships=("beta-1",), code=1, settles=(2, (0,)), repeats=False
    ),
    "prune": Scenario(foreign_and_ours, deploy("always", "--prune"), live("alpha-2", "foreign-3"), without_delete, ships=("alpha-1",)),
    "adopt": Scenario(
        forget_files, lambda stage: stage.command("adopt", "--key-name", stage.key_name), live("alpha-1"), without_export, checks=adopted_is_in_sync,
        repeats=False,
    ),
}  # fmt: skip
