"""What a run says about live and draft, held to what the sandbox holds.

Every sentence with a word such as "live", "draft" or "nothing" must be of a kind that is listed here: a claim, with what makes it true, or one
that claims nothing. A new kind is a failure too: `CLAIMS` then lacks a line.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_PROGRESS = re.compile(r"^\[\d+/\d+\] .*$", re.MULTILINE)  # what was so when it was printed
_SPEAKS_OF_STATE = re.compile(
    r"\b(live|drafts?|nothing|no version|(?:take|took) effect|not there|still there|is there|gone|not sent|published|unpublished|holds)\b",
    re.IGNORECASE,
)


class Held(NamedTuple):
    """What the platforms held `before` the run and `after` it (`/_sandbox/state`), whether what this run ships is live after it, whether what is
    to be live in the end is, and the requests that reached the platforms meanwhile: `PUT /v1/workflows/wf_1`."""

    before: dict[str, Any]
    after: dict[str, Any]
    content_is_live: bool
    wanted_is_live: bool
    requests: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()  # targets that its sentences are not about: where something is tried out before a release

    def with_version(self, version: str, *, live: bool, before: bool = False) -> bool:
        """Whether a target has that version, live or not. (Slots count their own versions.)"""
        state = self.before if before else self.after
        return any(row["version"] == version and (row["status"] == "PUBLISHED") == live for target in state["gptbots"] for row in target["versions"])

    def is_live(self, version: str) -> bool:
        return self.with_version(version, live=True)

    def is_not_live(self, version: str) -> bool:
        return self.with_version(version, live=False) or not self.with_version(version, live=True)

    def was_live(self, version: str) -> bool:
        return self.with_version(version, live=True, before=True)

    def has(self, version: str) -> bool:
        return self.with_version(version, live=True) or self.with_version(version, live=False)

    def put_back(self) -> bool:
        """Whether a slot's draft was put back."""
        return any(version["version_desc"].startswith("Put back") for target in self.after["gptbots"] for version in target["versions"])

    def none_live(self) -> bool:
        """Whether some target has versions, and none of them live."""
        held = [[row["status"] for row in target["versions"]] for target in self.after["gptbots"]]
        return any("PUBLISHED" not in statuses for statuses in held) or not held

    def newest_is_draft(self) -> bool:
        return any(target["versions"] and target["versions"][0]["status"] != "PUBLISHED" for target in self.after["gptbots"])

    def workflows(self, *, before: bool = False) -> list[str]:
        state = self.before if before else self.after
        return [workflow["id"] for place in state["meingpt"] for workflow in place["workflows"]]

    def is_deleted(self) -> bool:
        """Whether something is gone, or is not there any more that this run made."""
        gone = set(self.workflows(before=True)) - set(self.workflows())
        return bool(gone) or (self.workflows() == self.workflows(before=True) and "POST /v1/workflows" in self.requests)

    def unchanged(self, *, live: bool = False) -> bool:
        """Whether everything is as before; `live`: what is live."""
        return self._contents(self.before, live=live) == self._contents(self.after, live=live)

    def _contents(self, state: dict[str, Any], *, live: bool) -> list[Any]:
        versions = [
            (target["id"], version["version"], version["status"])
            for target in state["gptbots"]
            for version in target["versions"]
            if target["name"] not in self.aside and (version["status"] == "PUBLISHED" or not live)
        ]
        workflows = [
            (workflow["id"], workflow["fingerprint"], workflow["status"])
            for place in state["meingpt"]
            for workflow in place["workflows"]
            if place["organisation"] not in self.aside
        ]
        return sorted(versions) + sorted(workflows)


Test = Callable[[re.Match[str], Held], bool]
_NUMBER = r"(?P<version>\d+(?:\.\d+)+)"

# A pattern, and what makes it true. The first one that matches a place of the text counts.
CLAIMS: tuple[tuple[str, Test], ...] = (
    (rf"{_NUMBER} is live again", lambda match, held: held.is_live(match["version"])),
    (rf"{_NUMBER} is still live", lambda match, held: held.is_live(match["version"])),
    (rf"Version {_NUMBER} is not live", lambda match, held: held.is_not_live(match["version"])),
    (r"no version is live", lambda _, held: held.none_live()),
    (r"It is the draft;", lambda _, held: held.newest_is_draft()),
    (rf"Version {_NUMBER} was imported", lambda match, held: held.has(match["version"])),
    (r"Nothing was made live|released nothing there|changed nothing that is live", lambda _, held: held.unchanged(live=True)),
    (r"This run wrote nothing to it", lambda _, held: held.unchanged()),
    (r"by the list no version is", lambda _, held: held.none_live()),
    (rf"by the list version {_NUMBER} is", lambda match, held: held.is_live(match["version"])),
    (r"(?P<id>wf\S+) is still there", lambda match, held: match["id"].replace("\\", "") in held.workflows()),
    (r"was read, and is not what was sent", lambda _, held: not (held.content_is_live and held.wanted_is_live)),
    (r"the definition before is live again", lambda _, held: not held.content_is_live),
    (rf"The draft behind \S+ could not be put back to version {_NUMBER}", lambda _, held: not held.put_back()),
    (r"[Nn]othing was (?:written|sent)", lambda _, held: held.unchanged()),
    (r"(?P<request>(?:POST|PUT|DELETE) \S+) was not sent", lambda match, held: match["request"].replace("\\", "") not in held.requests),
    (r"The update did not take effect", lambda _, held: held.unchanged()),
    (r"It is still there", lambda _, held: held.workflows() == held.workflows(before=True)),
    (r"deleted, N s(?!: it is gone already)", lambda _, held: held.is_deleted()),
    (r"To make 1 drafts? live", lambda _, held: held.newest_is_draft()),
    (r"To make 1 held workflow live", lambda _, held: held.unchanged()),
    (rf"compared with version {_NUMBER}, which is live", lambda match, held: held.is_live(match["version"])),
    (rf"compared with version {_NUMBER}, which was live before", lambda match, held: held.was_live(match["version"])),
    (rf"unchanged, {_NUMBER}(?: \(was [\d.]+\))?, draft", lambda match, held: held.with_version(match["version"], live=False)),
    (rf"imported as draft, {_NUMBER}", lambda match, held: held.with_version(match["version"], live=False)),
    (rf"unchanged, {_NUMBER}, draft", lambda match, held: held.with_version(match["version"], live=False)),
    (rf"(?:released|rolled back|unchanged|failed), {_NUMBER}(?: \(was [\d.]+\))?, live", lambda match, held: held.is_live(match["version"])),
    (r"(?:released|rolled back|unchanged|failed), live|It is still live", lambda _, held: held.content_is_live),
    # The column "Live" of the job summary
    (r"\| (?:live|in preview) \|", lambda _, held: held.content_is_live),
    (r"1 imported as draft", lambda _, held: held.newest_is_draft()),
    (rf"`?{_NUMBER}`? \| draft \|", lambda match, held: held.with_version(match["version"], live=False)),
    (r"\| (?:not yet|no longer) \|", lambda _, held: not held.content_is_live),
)
NO_CLAIMS = (
    r"may still be live: The run ended before this workflow's turn: nothing was sent",
    r"took the deletion of \S+, and whether it is gone could not be read",
    r"what is there could not be read",
    r"Which version is live could not be read",
    r"was created, and whether it is live is unknown",
    r"Whether the draft was put back to version [\d.]+ is unknown",
    r"deleted, N s: it is gone already",  # that it is, the next runs show
    r"It may still take effect",
    r"The draft behind \S+: ~",
    r"nothing got worse than what was live",
    r"compared with \S+, which was live before",
    r"Whether (?:version [\d.]+ is live|the (?:import|update) took effect|[^:.]* was deleted|the workflow was created) is unknown",
    r"Which version is live is unknown",
    r"may still be live",
    r"Look in the console which version is (?:published|live)",
    r"looks first, and (?:imports|creates) only if that (?:version|name) is not there",
    r"what the platform did take is recognised and not sent twice",
    r"this version was imported earlier",
    r"(?:updating|creating) it would (?:make it|change what is) live",
    r"compared with what is there now",
    r"Cannot tell what is there for",
    r"GET \S+ was not sent",
    r"no key was given",
    r"\| Live \|",
    r"\| imported as draft ",
    r"\| unchanged \| [^|]* \| live \|",
)


def false_claims(texts: str, held: Held) -> list[str]:
    """The claims in that text which are not so, and sentences about live and draft of no listed kind. `texts`: log, summary and comments."""
    text = re.sub(r"\d+\.\d\d s", "N s", unquote(_PROGRESS.sub("", _ANSI.sub("", texts))))
    rest, found = text, []
    for pattern in NO_CLAIMS:
        rest = re.sub(pattern, "~", rest)
    for pattern, test in CLAIMS:
        found += [f"not so: {match[0]}" for match in re.finditer(pattern, rest) if not test(match, held)]
        rest = re.sub(pattern, "~", rest)
    return sorted({*found, *_of_no_kind(rest)})


def _of_no_kind(rest: str) -> Iterator[str]:
    for line in rest.splitlines():
        if _SPEAKS_OF_STATE.search(line):
            yield f"of no kind that `live_claims` knows: {line}"


def false_fields(report: dict[str, Any], held: Held) -> list[str]:
    """The same of the JSON report: what it has as live is live, and what was released is."""
    return [
        f"{change['workflow']}: {change['status']}, live {change['live']}"
        for change in report.get("changes", ())
        if (change["live"] or change["status"] in ("released", "previewed")) and change["action"] != "unchanged" and not held.content_is_live
    ]
