"""The settings of a run: every input, parsed, in groups of frozen values."""

from collections.abc import Mapping
from typing import NamedTuple

from deployer.model.secret import Secret


class Selection(NamedTuple):
    """Which workflows the run is about. `shard` is (number, of); `values` fill `${NAME}`. `root`: the folder that paths are relative to."""

    manifest: str
    files: tuple[str, ...]
    environment: str
    only: tuple[str, ...]
    shard: tuple[int, int]
    values: Mapping[str, str]
    root: str = "."


class Credentials(NamedTuple):
    """Platform keys: all by name, or the one of a run without a manifest."""

    keys: Mapping[str, Secret]
    api_key: Secret | None


class Addresses(NamedTuple):
    """Where the platforms are. `base_urls`: by name, of platforms that packages add."""

    endpoint: str
    gptbots_base_url: str
    meingpt_base_url: str
    base_urls: Mapping[str, str] = {}


class DeployOptions(NamedTuple):
    """How a deploy and a rollback write. `to` is where a rollback goes, "" for the release before the last. `yes`: do not ask before writing."""

    release: str
    tags: str
    message: str
    on_drift: str
    plan_hash: str
    dry_run: bool
    prune: str
    to: str
    yes: bool = False


class AdoptOptions(NamedTuple):
    """Which key to adopt with ("" for all that are given), and its platform or "auto"."""

    key_name: str
    platform: str


class EvalOptions(NamedTuple):
    """What failing evals do. Of the command line alone: `record` is what to write a suite from ("answers", "logs" or ""), `tags` the cases to run."""

    policy: str
    record: str = ""
    tags: tuple[str, ...] = ()


class ShowOptions(NamedTuple):
    """Of `flowship show` alone. `against`: a commit, branch or tag, `live`, or "" to compare with nothing."""

    against: str = ""


class Limits(NamedTuple):
    """`timeout` in seconds; `shards` is how many a matrix may hold, 0 for the default."""

    concurrency: int
    timeout: float
    fail_fast: bool
    shards: int


class GithubAccess(NamedTuple):
    """The repository on GitHub, as far as the environment names it. `pull_request`: the number of one that was given, else 0."""

    token: Secret | None
    api_url: str
    repository: str
    pull_request: int = 0


class Outputs(NamedTuple):
    """Where the report goes: `report` (JSON), `sarif`, `junit` and `html` are paths. `notes`: list findings of severity info.
    `exit_code`: a plan with something to do has an exit code of its own.
    """

    annotations: bool
    summary: bool
    comment: bool
    deployments: str
    report: str
    sarif: str
    junit: str
    notes: bool = False
    exit_code: bool = False
    html: str = ""


class Settings(NamedTuple):
    """All inputs of a run, parsed, in groups. `given` are the names of the inputs that differ from their defaults. `variables`: the names of
    those whose values came from FLOWSHIP_ variables. `notices`: what was changed in reading them, for people."""

    mode: str
    state: str
    sandbox: bool
    precheck: bool
    in_action: bool
    given: frozenset[str]
    selection: Selection
    credentials: Credentials
    addresses: Addresses
    deploy: DeployOptions
    adopt: AdoptOptions
    evals: EvalOptions
    limits: Limits
    github: GithubAccess
    outputs: Outputs
    notices: tuple[str, ...] = ()
    variables: frozenset[str] = frozenset()
    show: ShowOptions = ShowOptions()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every key and token: none of them may be shown."""
        candidates = (*self.credentials.keys.values(), self.credentials.api_key, self.github.token)
        return tuple(secret for secret in candidates if secret)

    def with_sandbox(self, url: str) -> "Settings":
        """The same with both platforms at `url`, and no state."""
        return self._replace(addresses=self.addresses._replace(gptbots_base_url=url, meingpt_base_url=url), state="none")
