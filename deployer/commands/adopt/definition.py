"""Names and records for what is adopted. Pure."""

import re
import unicodedata

from deployer.model.observation import Observed
from deployer.model.workflow import Workflow
from deployer.platforms.registry import target_of
from deployer.state.base import ADOPTED, DeployRecord

MAX_CHARS = 60


def stem(name: str, id_: str) -> str:
    """A name for the manifest and the file: small letters and digits of any script, joined by `-`; the id where none are left."""
    for text in (name, id_, "workflow"):
        plain = unicodedata.normalize("NFKC", text).casefold()
        made = re.sub(r"[\W_]+", "-", plain)[:MAX_CHARS].strip("-")
        if made:
            return made
    raise AssertionError("`workflow` is made of letters")


def record(workflow: Workflow, observed: Observed, host: str) -> DeployRecord:
    """The record of what was there, so that later edits are noticed. It is no release of ours, and not ours to delete."""
    readback = target_of(workflow).readback_fingerprint(observed)
    return DeployRecord(
        fingerprint=workflow.fingerprint, target=observed.id, host=host, run=ADOPTED, readback_fingerprint=readback, updated_at=observed.revision
    )
