"""What a write says is live after a release that failed: only what was read."""

from typing import Any
from unittest.mock import MagicMock

import pytest
from observations import listed, unlisted

from deployer.model import marker
from deployer.model.change import WriteDraft
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.observation import Observed
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Imported
from deployer.platforms.draft_and_publish.write import import_and_release
from deployer.platforms.write_context import WriteProgress

WORKFLOW = Workflow("triage", Source("flows/triage.flow", "gptbots", "workflow", b"A", {"name": "A"}), "TRIAGE")
REFUSED = PlatformError("gptbots", "No.", code="40353")
LOST = OutcomeUnknown("gptbots", "No reply.", code="TIMEOUT", probe_seconds=0, absence_is_proof=False)


def context() -> Any:
    """A context whose looks after a lost reply end at once."""
    fake = MagicMock()
    fake.message, fake.commit = "m", "c1"
    fake.poll_schedule.return_value = ()
    return fake


@pytest.mark.parametrize(
    ("observed", "previous", "error", "expected"),
    [
        (listed(), "1.0.0", REFUSED, "It is the draft; 1.0.0 is still live."),
        (listed(), None, REFUSED, "It is the draft; no version is live."),
        (listed(), "1.0.0", LOST, "Which version is live is unknown."),
        (unlisted("403"), "1.0.0", REFUSED, "Which version is live is unknown."),
        (unlisted("403"), None, REFUSED, "Which version is live is unknown."),
    ],
)
def test_failed_release_claims_only_what_was_read(observed: Observed, previous: str | None, error: PlatformError, expected: str) -> None:
    client = MagicMock()
    client.import_version.return_value = Imported(target_id="bot1", version="1.0.1")
    client.release.side_effect = error
    change = WriteDraft(workflow=WORKFLOW, observed=observed, target="bot1", release=True, previous_version=previous)
    progress = WriteProgress(previous_version=previous)
    with pytest.raises(PlatformError):
        import_and_release(client, change, marker.new(WORKFLOW.fingerprint), context(), progress)
    assert progress.warning == f"Version 1.0.1 was imported. {expected}"
