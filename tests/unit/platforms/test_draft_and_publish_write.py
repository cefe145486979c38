"""What a write says is live after a release that failed: only what was read."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from deployer.model import marker
from deployer.model.change import Publish, WriteDraft
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.observation import Observed, Version
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Imported, NotReadable
from deployer.platforms.draft_and_publish.write import import_and_release, import_once, release
from deployer.platforms.write_context import WriteProgress

WORKFLOW = Workflow("triage", Source("flows/triage.flow", "gptbots", "workflow", b"A", {"name": "A"}), "TRIAGE")
PUBLISH = Publish(workflow=WORKFLOW, observed=Observed(), release=True, version="1.0.1")
REFUSED = PlatformError("gptbots", "No.", code="40353")
NO_LIST = NotReadable("gptbots", "No list.", code="HTTP 404")
NEW, OLD = Version("1.0.1"), Version("1.0.0", published=True)
LOST = OutcomeUnknown("gptbots", "No reply.", code="TIMEOUT", probe_seconds=0, absence_is_proof=False)


def context() -> Any:
    """A context whose looks after a lost reply end at once."""
    fake = MagicMock()
    fake.message, fake.commit = "m", "c1"
    fake.poll_schedule.return_value = ()
    return fake


@pytest.mark.parametrize(
    ("versions", "error", "expected"),
    [
        ((NEW, OLD), REFUSED, " By the list it is the draft, and version 1.0.0 is live."),
        ((NEW,), REFUSED, " By the list it is the draft, and no version is live."),
        ((Version("1.0.2"), NEW, OLD), REFUSED, " By the list version 1.0.0 is live."),
        ((Version("1.0.1", published=True),), REFUSED, " By the list it is live."),
        (NO_LIST, REFUSED, " Which version is live could not be read."),
        (NO_LIST, LOST, ""),  # the error says what is unknown
    ],
)
def test_failed_release_claims_only_what_was_read(versions: Any, error: PlatformError, expected: str) -> None:
    client = MagicMock()
    client.versions.side_effect = versions if isinstance(versions, Exception) else lambda: versions
    client.import_version.return_value = Imported(target_id="bot1", version="1.0.1")
    client.release.side_effect = error
    change = WriteDraft(workflow=WORKFLOW, observed=Observed(), target="bot1", release=True, previous_version="1.0.0")
    progress = WriteProgress(previous_version="1.0.0")
    with pytest.raises(PlatformError):
        import_and_release(client, change, marker.new(WORKFLOW.fingerprint), context(), progress)
    assert progress.warning == f"Version 1.0.1 was imported.{expected}"


def test_release_whose_replies_were_lost_names_what_the_list_shows_live() -> None:
    fake, client = context(), MagicMock()
    fake.poll_schedule.return_value = (None,)
    client.versions.return_value = (NEW, OLD)
    client.release.side_effect = LOST
    with pytest.raises(PlatformError, match=r"Version 1.0.1 is not live: by the list version 1.0.0 is\. It may still take effect\.") as caught:
        release(client, PUBLISH, "1.0.1", fake, WriteProgress())
    assert not isinstance(caught.value, OutcomeUnknown)
    assert isinstance(caught.value.__cause__, OutcomeUnknown)


def test_second_import_that_is_lost_is_found_by_the_marker_of_either() -> None:
    """The first one had no effect when it was looked for, and shows after all."""
    fake, client = context(), MagicMock()
    sent: list[Version] = []
    fake.poll_schedule.return_value = (None,)

    def lose(_name: str, _content: bytes, description: str) -> Imported:
        sent.append(Version(f"1.0.{len(sent)}", description, target_id="bot1"))
        raise OutcomeUnknown("gptbots", "500", code="50000", probe_seconds=30, absence_is_proof=True)

    client.import_version.side_effect = lose
    client.versions.side_effect = lambda: tuple(sent[:1]) if len(sent) > 1 else ()
    change = WriteDraft(workflow=WORKFLOW, observed=Observed(), target="bot1")
    assert import_once(client, change, marker.new(WORKFLOW.fingerprint), fake) == Imported("bot1", "1.0.0")
    assert len({version.marker for version in sent}) == 2
