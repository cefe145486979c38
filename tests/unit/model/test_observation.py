"""Draft, live version and marked version in a list of versions."""

from deployer.model import marker
from deployer.model.observation import MISSING, Observed, Version

FINGERPRINT = "ab" * 32


def marked(version: str, *, published: bool = False) -> Version:
    return Version(version, marker.describe("m", "", marker.new(FINGERPRINT)), published)


def test_draft_is_the_newest_and_live_the_published_version() -> None:
    newest, published, oldest = Version("3"), Version("2", published=True), Version("1")
    history = Observed(versions=(newest, published, oldest))
    assert (history.draft, history.live) == (newest, published)
    assert (MISSING.draft, MISSING.live, Observed(versions=(newest,)).live) == (None, None, None)


def test_newest_version_with_a_fingerprint_is_found_by_its_marker() -> None:
    history = Observed(versions=(Version("4", "by hand"), marked("3"), marked("2", published=True)))
    assert history.holding(FINGERPRINT) == history.versions[1]
    assert history.holding("0" * 64) is None
