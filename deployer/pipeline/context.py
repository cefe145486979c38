"""The values of a run: settings, folder, clock, console and event. Made once and passed down."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deployer.config.settings import Settings
from deployer.formats.places import Places
from deployer.github.event import GithubEvent
from deployer.http.clock import Clock
from deployer.model.console import Console
from deployer.model.secret import Redactor
from deployer.pipeline import local_git
from deployer.pipeline.local_git import Commit
from deployer.pipeline.services import Services
from deployer.state import run_names
from deployer.state.run_names import RunName


@dataclass(frozen=True)
class RunContext:
    """One run. `root`: the repository's top, which every path of a definition is relative to, those in `settings.selection` too. `commit`: what is
    deployed, with its subject. `places`: None for a run in the repository's top. `ask`: asks a person, who may answer until its second argument
    returns True (then None); None where nobody can answer."""

    settings: Settings
    root: str
    clock: Clock
    console: Console
    event: GithubEvent
    redactor: Redactor
    run: str
    commit: Commit
    services: Services
    places: Places | None = None
    ask: Callable[[str, Callable[[], bool]], str | None] | None = None

    @property
    def folder(self) -> str:
        """The folder that paths of reports and the state are relative to: the input `root`."""
        return self.places.folder if self.places else self.root

    @property
    def guarded(self) -> tuple[str, ...]:
        """The folders where others decide what lies: files are written there without following a symbolic link."""
        return (self.root, self.places.workspace, self.places.folder) if self.places else (self.root,)

    @property
    def run_url(self) -> str:
        return run_url(self.event)

    def is_ancestor(self, older: str, newer: str) -> bool | None:
        """Is `older` an ancestor? By the local git; in the action, whose container has none, by GitHub. None when unknown."""
        known = local_git.is_ancestor(self.root, older, newer)
        if known is None and self.settings.in_action and self.services.github:
            return self.services.github.commits.is_ancestor(older, newer)
        return known


def run_url(event: GithubEvent) -> str:
    """The URL of the run with its job summary; "" outside GitHub."""
    is_known = event.server_url and event.repository and event.run_id
    return f"{event.server_url}/{event.repository}/actions/runs/{event.run_id}/attempts/{event.run_attempt or 1}" if is_known else ""


def commit_of(event: GithubEvent, root: str, message: str, is_on_github: Callable[[str], bool]) -> Commit:
    """The commit that is checked out and its subject; without git's HEAD, what the event says. Empty where neither has one.

    A pull request's own commit stands for the merge that GitHub makes of it to test it, which no branch reaches. What GitHub does not have (another
    repository's commit, or one that was not pushed) cannot be recorded there: then the event's is the nearest.
    """
    local, named = local_git.head(root), (event.merged_sha, event.head_sha, event.sha)
    sha = event.merged_sha or ("" if event.name == "pull_request_target" else event.head_sha) or event.sha
    is_test_merge = local is not None and local.sha == event.sha and event.head_sha != "" and event.ref.startswith("refs/pull/")
    if local and not is_test_merge and (not sha or local.sha in named or is_on_github(local.sha)):
        sha = local.sha
    subject = event.subject if sha in named else ""
    return Commit(sha, message or subject or (local.subject if local and local.sha == sha else ""))


def name_run(environ: Mapping[str, str], settings: Settings) -> str:
    """The name of this process in the state. On GitHub a job is known by its id, its step, and the inputs that say what to do: `GITHUB_JOB` alone
    is the same for all jobs of a matrix. `shard` is not one of them: shards are parts of one thing."""
    if not environ.get("GITHUB_RUN_ID"):
        return f"local-{secrets.token_hex(6)}"
    selection = settings.selection
    inputs = (settings.mode, selection.root, selection.manifest, selection.environment, selection.files, selection.only, settings.deploy.to)
    job = run_names.hash_of_job(environ.get("GITHUB_JOB", ""), environ.get("GITHUB_ACTION", ""), *inputs)
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    return str(RunName(environ["GITHUB_RUN_ID"], int(attempt) if attempt.isascii() and attempt.isdigit() else 1, job, secrets.token_hex(4)))
