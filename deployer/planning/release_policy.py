"""Whether a run makes live what it deploys: by the input `release`, else by the release policy of the manifest's environment. Pure."""

from typing import NamedTuple

from deployer.github import event as events
from deployer.github import patterns
from deployer.github.event import GithubEvent


class ReleaseDecision(NamedTuple):
    """`policy`: the one that counts, `force` included. `why` follows a statement of what goes live. `notice`: that the manifest's policy does not
    apply to this run, and the fix; "" where it does."""

    policy: str
    release: bool
    why: str
    notice: str = ""

    @property
    def force(self) -> bool:
        return self.policy == "force"


def decide_release(given: str, declared: str, environment: str, event: GithubEvent, tags: str) -> ReleaseDecision:
    """`given`: the input, "" without one; it applies everywhere. `declared`: the manifest's policy. Its `always` applies to what was pushed to the
    default branch or as a matching tag, and to a manual run on either. Raises UsageError when `tags` cannot be read."""
    policy = given or declared
    source = f"`release: {policy}` was given" if given else f"`release: {policy}` in the manifest"
    is_release = events.releases(event, tags)  # for every policy: a mistake in `tags` is reported before the day of the release
    if policy == "never":
        return ReleaseDecision(policy, False, source)
    if policy == "on-tag":
        why = f"the tag {event.tag} releases" if is_release else "`release: on-tag`, and this run is not for a release tag"
        return ReleaseDecision(policy, is_release, why)
    if given:
        return ReleaseDecision(policy, True, source)
    origin = f"the tag {event.tag}" if is_release else _trusted_origin(event, tags)
    if origin:
        return ReleaseDecision(policy, True, f"{source}, and this run is for {origin}")
    if event.pull_request:
        branch = event.default_branch or "the default branch"
        why = f"the manifest's `release: always` makes a push to {branch} live, and not a pull request"
        return ReleaseDecision(policy, False, why, f"Nothing goes live in {environment}: {why}.")
    why = f"the manifest's `release: always` does not apply to {_origin(event)}"
    fix = f"Merge into {event.default_branch or 'the default branch'}, or run with `release: always`."
    return ReleaseDecision(policy, False, why, f"Nothing goes live in {environment}: {why}. Fix: {fix}")


def _trusted_origin(event: GithubEvent, tags: str) -> str:
    """The default branch, or for a manual run a matching tag, in words; "" for anything else."""
    if event.name not in ("push", "workflow_dispatch") or event.deleted:
        return ""
    if event.branch and event.branch == event.default_branch:
        return f"the branch {event.branch}"
    is_manual_on_tag = event.name == "workflow_dispatch" and event.tag and patterns.matches(tags, event.tag)
    return f"the tag {event.tag}" if is_manual_on_tag else ""


def _origin(event: GithubEvent) -> str:
    if not event.name:
        return "a run outside of GitHub"
    if event.name in ("push", "workflow_dispatch") and event.branch:
        return f"the branch {event.branch}" if event.default_branch else f"the branch {event.branch}: the default branch is not known"
    return f"the tag {event.tag}" if event.tag else f"the event {event.name}"
