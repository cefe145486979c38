"""The GitHub event of a run, from its variables and the event file, and the mode that `auto` stands for then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployer.github import patterns

DEPENDABOT = "dependabot[bot]"
PREVIEWED = ("opened", "synchronize", "reopened", "ready_for_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubEvent:
    """`name` "" means: not in GitHub. What is not known is "", 0 or False; strings are as GitHub gave them, not escaped.

    `ref` is full (`refs/tags/v1`); `branch` and `tag` are short, "" when the ref is none. `subject` is one line: the head
    commit's, a release's name, or a pull request's title. `base_sha` is the commit of a pull request's base branch; `before` the branch's
    commit before a push. `fork`: a pull request, or the run before a `workflow_run`, is from another repository, or from an unknown one.
    """

    name: str = ""
    action: str = ""
    ref: str = ""
    sha: str = ""
    branch: str = ""
    tag: str = ""
    default_branch: str = ""
    deleted: bool = False
    subject: str = ""
    pull_request: int = 0
    head_sha: str = ""
    base_sha: str = ""
    before: str = ""
    fork: bool = False
    dependabot: bool = False
    repository: str = ""
    repository_id: str = ""
    run_id: str = ""
    run_attempt: int = 0
    server_url: str = ""


def read(environ: Mapping[str, str]) -> GithubEvent:
    """From GITHUB_* and the file at GITHUB_EVENT_PATH; a missing or broken file leaves the fields it would fill empty."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    if not name:
        return GithubEvent()
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
        subject=_subject(payload),
        pull_request=_number(payload, ref) if name.startswith("pull_request") else 0,
        head_sha=_text(payload, "pull_request", "head", "sha"),
        base_sha=_text(payload, "pull_request", "base", "sha"),
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

    Raises UsageError when `tags` cannot be read.
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
    """Whether this is the push of a tag, or a published release, that matches `tags`: what `release: on-tag` means."""
    pushed = event.name == "push" and event.ref.startswith("refs/tags/")
    published = event.name == "release" and event.action == "published"
    matched = patterns.matches(tags, event.tag)  # also without a tag: a mistake in `tags` is reported before the day of the release
    return (pushed or published) and not event.deleted and bool(event.tag) and matched


def _for_pull_request(event: GithubEvent) -> tuple[str, str]:
    if event.action in PREVIEWED:
        return "preview", f"pull request {event.pull_request} was {event.action}"
    if event.action == "closed":
        return "cleanup", f"pull request {event.pull_request} was closed"
    return "plan", f"nothing is previewed when a pull request is {event.action or 'changed'}"


def _for_push(event: GithubEvent, tags: str) -> tuple[str, str]:
    if releases(event, tags):
        return "deploy", f"the tag {event.tag} releases"
    if event.name == "release" and event.action != "published":
        return "plan", f"the release was {event.action or 'changed'}, not published"
    if event.tag:
        return "plan", f"the tag {event.tag} does not match `tags`"
    if event.branch and event.branch == event.default_branch:
        return "deploy", f"a push to the default branch, {event.branch}"
    return "plan", f"{event.branch or event.ref or 'what was pushed'} is not the default branch"


def _payload(path: str) -> Mapping[str, Any]:
    try:
        with open(path, "rb") as file:
            payload = json.loads(file.read().decode("utf-8", "replace"))
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


def _subject(payload: object) -> str:
    places = (("head_commit", "message"), ("release", "name"), ("release", "tag_name"), ("pull_request", "title"))
    lines = (line.strip() for place in places for line in _text(payload, *place).splitlines())
    return next((line for line in lines if line), "")


def _commit(sha: str) -> str:
    """Zeros stand for none: the branch or tag is new."""
    return sha if sha.strip("0") else ""


def _number(payload: object, ref: str) -> int:
    """The pull request's number, by the payload or the ref (`refs/pull/12/merge`)."""
    number = _value_at(payload, "pull_request", "number")
    return number if isinstance(number, int) else _int(_after("refs/pull/", ref).partition("/")[0])


def _after(prefix: str, text: str) -> str:
    return text.removeprefix(prefix) if text.startswith(prefix) else ""


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
