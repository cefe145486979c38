"""Everything that a platform of another package is written with (docs/platforms.md): no other module of Flowship need be imported for it.

What is in `__all__` stays for as long as `PLATFORM_API` does.
"""

from deployer.config.settings import Settings
from deployer.http.classify import Expected, Reply
from deployer.http.request import LARGE_REPLY_BYTES, Request, file_part
from deployer.http.service import Service
from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.model.choices import Kind
from deployer.model.difference import Difference, DrawnEdge, PartDifference
from deployer.model.errors import FlowshipError, OutcomeUnknown, PlatformError, UsageError
from deployer.model.failure import Failure
from deployer.model.lease import LeaseHolder
from deployer.model.observation import Observed, Version
from deployer.model.policy import Policy
from deployer.model.secret import Secret
from deployer.model.source_format import SourceFormat
from deployer.model.workflow import Source, Workflow
from deployer.platforms.base import Caller, Capabilities, Identity, Imported, KeyCheck, NotReadable, Run, Summary, Target, reported_number
from deployer.platforms.definition_diff.matching import MatchedRows, mapping, pairs, rows
from deployer.platforms.definition_diff.parts import Parts, called, changed, only, without
from deployer.platforms.draft_and_publish.client import VersionClient
from deployer.platforms.draft_and_publish.slots import SlotPool
from deployer.platforms.draft_and_publish.target import DraftAndPublish
from deployer.platforms.error_codes import ErrorInfo, look_up
from deployer.platforms.in_place.copies import CopyPerPullRequest
from deployer.platforms.in_place.target import DefinitionClient, InPlace
from deployer.platforms.platform import PLATFORM_API, AddedPlatform, Platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.http.client import Http as Http  # noqa: PLC0414 - for annotations: importing it takes long

__all__ = [
    "LARGE_REPLY_BYTES", "PLATFORM_API", "AddedPlatform", "Caller", "Capabilities", "CopyPerPullRequest", "DefinitionClient", "Diagnostic",
    "Difference", "Document", "DraftAndPublish", "DrawnEdge", "ErrorInfo", "Expected", "Failure", "FlowshipError", "Identity", "Imported",
    "InPlace", "KeyCheck", "Kind", "LeaseHolder", "MatchedRows", "NotReadable", "Observed", "OutcomeUnknown", "PartDifference", "Parts",
    "Platform", "PlatformError", "Policy", "Reply", "Request", "Rule", "Run", "Secret", "Service", "Settings", "SlotPool", "Source",
    "SourceFormat", "Summary", "Target", "UsageError", "Version", "VersionClient", "Workflow", "called", "changed", "file_part", "look_up",
    "mapping", "only", "pairs", "reported_number", "rows", "without",
]  # fmt: skip
