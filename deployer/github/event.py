"""The GitHub event of a run, from its variables and the event file, and the mode that `auto` stands for then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.formats import file_reader
from deployer.formats.guarded_paths import RefusedPathError
from deployer.github import patterns
from deployer.model.errors import UsageError

MAX_BYTES = 64 * 1024 * 1024  # GitHub sends at most 25 MB
DEPENDABOT = "dependabot[bot]"
PREVIEWED = ("opened", "synchronize", "reopened", "ready_for_review", "labeled")
FOLLOWING = ("unlabeled", "edited")  # a preview that exists is brought up to date, and none is made
PUBLISHED = ("published", "released")  # `released` alone when a pre-release becomes a release


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubEvent:
    """`name` "" means: not in GitHub. What is not known is "", 0 or False; strings are as GitHub gave them, not escaped.

    `ref` is full (`refs/tags/v1`); `branch` and `tag` are short, "" when the ref is none. `subject` is one line: the head
    commit's, a release's name, or a pull request's title. `base_sha` is the commit of a pull request's base branch, `merged_sha` the one
    that it was merged as; `before` the branch's commit before a push, `followed_sha` that of the pull request's run before a `workflow_run`.
    `labels`: those of a pull request, see `label_names`. `fork`: a pull request, or the run before a `workflow_run`, is from another
    repository, or from an unknown one.
    """

    name: str = ""
    action: str = ""
    ref: str = ""
    sha: str = ""
    branch: str = ""
    tag: str = ""
    default_branch: str = ""
    deleted: bool = False
    prerelease: bool = False
    subject: str = ""
    pull_request: int = 0
    labels: frozenset[str] = frozenset()
    head_sha: str = ""
    followed_sha: str = ""
    base_sha: str = ""
    merged_sha: str = ""
    before: str = ""
    fork: bool = False
    dependabot: bool = False
    repository: str = ""
    repository_id: str = ""
    run_id: str = ""
    run_attempt: int = 0
    server_url: str = ""


def read(environ: Mapping[str, str]) -> GithubEvent:
    """From GITHUB_* and the file at GITHUB_EVENT_PATH; a missing or broken file leaves the fields it would fill empty.

    Raises UsageError for what is no regular file, or larger than any event.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name:  # a run elsewhere, which may still be told whose pull requests it is about
        return GithubEvent(repository=environ.get("GITHUB_REPOSITORY", ""), repository_id=environ.get("GITHUB_REPOSITORY_ID", ""))
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    ref = environ.get("GITHUB_REF", "")
    repository = environ.get("GITHUB_REPOSITORY", "")
    return GithubEvent(
        name=name,
        action=_text(payload, "action"),
        ref=ref,
        sha=environ.get("GITHUB_SHA", ""),
        branch=_after("refs/heads/", ref),
        tag=_after("refs/tags/", ref) or (_text(payload, "release", "tag_name") if name == "release" else ""),
        default_branch=_text(payload, "repository", "default_branch"),
        deleted=name == "delete" or _value_at(payload, "deleted") is True,
        prerelease=_value_at(payload, "release", "prerelease") is True,
        subject=_subject(payload),
        pull_request=_number(name, payload, ref),
        labels=label_names(_value_at(payload, "pull_request", "labels")),
        head_sha=_text(payload, "pull_request", "head", "sha"),
        followed_sha=_followed_commit(payload) if name == "workflow_run" else "",
        base_sha=_text(payload, "pull_request", "base", "sha"),
        merged_sha=_text(payload, "pull_request", "merge_commit_sha") if _value_at(payload, "pull_request", "merged") is True else "",
        before=_commit(_text(payload, "before")) if name == "push" else "",
        fork=_is_from_fork(name, payload, repository),
        dependabot=DEPENDABOT in (environ.get("GITHUB_ACTOR"), _text(payload, "pull_request", "user", "login")),
        repository=repository,
        repository_id=environ.get("GITHUB_REPOSITORY_ID", ""),
        run_id=environ.get("GITHUB_RUN_ID", ""),
        run_attempt=_int(environ.get("GITHUB_RUN_ATTEMPT", "")),
        server_url=environ.get("GITHUB_SERVER_URL", ""),
    )


def mode_for(event: GithubEvent, tags: str) -> tuple[str, str]:
    """The mode that `auto` stands for, and the reason in one line. "nothing" for a deleted ref; `drift` on a schedule is followed by `cleanup`.

    Raises UsageError when `tags` cannot be read, and for a push to a branch while the default branch is not known.
    """
    if not event.name:
        return "plan", "not run by GitHub, so no event asks for a deploy"
    if event.deleted:
        return "nothing", "a branch or tag was deleted"
    match event.name:
        case "pull_request":
            return _for_pull_request(event)
        case "push" | "release":
            return _for_push(event, tags)
        case "schedule":
            return "drift", "a schedule compares the platforms with what was deployed, then cleans up"
    return "plan", f"the event {event.name} deploys nothing by itself"


def releases(event: GithubEvent, tags: str) -> bool:
    """Whether this is the push of a tag, or a published release that is no pre-release, that matches `tags`: what `release: on-tag` means."""
    pushed = event.name == "push" and event.ref.startswith("refs/tags/")
    published = event.name == "release" and event.action in PUBLISHED and not event.prerelease
    matched = patterns.matches(tags, event.tag)  # also without a tag: a mistake in `tags` is reported before the day of the release
    return (pushed or published) and not event.deleted and bool(event.tag) and matched


def _for_pull_request(event: GithubEvent) -> tuple[str, str]:
    if event.action in PREVIEWED + FOLLOWING:
        return "preview", f"pull request {event.pull_request} was {event.action}"
    if event.action == "closed":
        return "cleanup", f"pull request {event.pull_request} was closed"
    return "plan", f"nothing is previewed when a pull request is {event.action or 'changed'}"


def _for_push(event: GithubEvent, tags: str) -> tuple[str, str]:
    if releases(event, tags):
        return "deploy", f"the tag {event.tag} releases"
    if event.name == "release" and event.action not in PUBLISHED:
        return "plan", f"the release was {event.action or 'changed'}, not published"
    if event.prerelease:
        return "plan", f"{event.tag or 'what was published'} is a pre-release, and those release nothing"
    if event.tag:
        return "plan", f"the tag {event.tag} does not match `tags`"
    if event.branch and not event.default_branch:
        raise UsageError(
            f"{event.branch} was pushed, and whether it is the default branch is not known: the event does not name that, and GitHub did not either.",
            fix="Run it again. If it stays so, give the step a `github-token` that may read this repository, or set `mode` to deploy or plan.",
            code="default-branch-unknown",
        )
    if event.branch and event.branch == event.default_branch:
        return "deploy", f"a push to the default branch, {event.branch}"
    return "plan", f"{event.branch or event.ref or 'what was pushed'} is not the default branch"


def _payload(path: str) -> Mapping[str, Any]:
    try:
        payload = json.loads(file_reader.read(path, MAX_BYTES).decode("utf-8", "replace")) if path else {}
    except RefusedPathError as error:
        fix = "Let GITHUB_EVENT_PATH name the event file that the runner wrote."
        raise UsageError(f"The event cannot be read: {error.strerror}.", fix=fix, code="bad-event") from error
    except (OSError, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _value_at(payload: object, *keys: str) -> object:
    for key in keys:
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def _text(payload: object, *keys: str) -> str:
    value = _value_at(payload, *keys)
    return value if isinstance(value, str) else ""


def _is_from_fork(name: str, payload: object, repository: str) -> bool:
    """`workflow_run` has the secrets, also where the run before it was about a fork's commits."""
    sources = {"pull_request": ("pull_request", "head", "repo"), "workflow_run": ("workflow_run", "head_repository")}
    source = next((keys for event, keys in sources.items() if name.startswith(event)), None)
    return source is not None and _text(payload, *source, "full_name") != (repository or "?")


def _followed_commit(payload: object) -> str:
    """The pull request's commit that the run before was about; "" where that run was about none."""
    return _text(payload, "workflow_run", "head_sha") if _text(payload, "workflow_run", "event").startswith("pull_request") else ""


def _subject(payload: object) -> str:
    places = (("head_commit", "message"), ("release", "name"), ("release", "tag_name"), ("pull_request", "title"))
    lines = (line.strip() for place in places for line in _text(payload, *place).splitlines())
    return next((line for line in lines if line), "")


def _commit(sha: str) -> str:
    """Zeros stand for none: the branch or tag is new."""
    return sha if sha.strip("0") else ""


def label_names(labels: object) -> frozenset[str]:
    """The names in a pull request's `labels` as GitHub's API shows them, lower case: GitHub has no two that differ in case alone."""
    names = (_text(label, "name") for label in (labels if isinstance(labels, list) else ()))
    return frozenset(name.lower() for name in names if name)


def _number(name: str, payload: object, ref: str) -> int:
    """The pull request that the event is about, 0 for none: by the payload, or the ref (`refs/pull/12/merge`)."""
    if name.startswith("pull_request"):
        number = _value_at(payload, "pull_request", "number")
        return number if isinstance(number, int) else _int(_after("refs/pull/", ref).partition("/")[0])
    if name == "issue_comment" and _value_at(payload, "issue", "pull_request"):
        number = _value_at(payload, "issue", "number")
        return number if isinstance(number, int) else 0
    return _only_listed(payload, name)


def _only_listed(payload: object, name: str) -> int:
    """The one pull request in `pull_requests` (of a `workflow_run`, `check_run` or `check_suite`); 0 for none, and for more than one.

    Commits are shared with forks: a pull request that goes into another repository is listed too.
    """
    rows, home = _value_at(payload, name, "pull_requests"), _value_at(payload, "repository", "id")
    ours = [row for row in (rows if isinstance(rows, list) else ()) if _value_at(row, "base", "repo", "id") in (None, home)]
    numbers = {number for row in ours if isinstance(number := _value_at(row, "number"), int)}
    return numbers.pop() if len(numbers) == 1 else 0


def _after(prefix: str, text: str) -> str:
    return text.removeprefix(prefix) if text.startswith(prefix) else ""


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
