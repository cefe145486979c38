"""GPTBots' own check of a file: it parses and scans it, and writes nothing (docs/contracts/gptbots.md, "Account calls")."""

import json
from typing import TYPE_CHECKING, Any

from deployer.http.classify import Expected
from deployer.http.request import Request, file_part
from deployer.http.server_text import plain
from deployer.model.errors import PlatformError, UsageError
from deployer.model.secret import MIN_CHARS, Redactor, Secret
from deployer.model.workflow import Workflow
from deployer.platforms.gptbots.client import OF_ANY_CALL, data_of, is_success
from deployer.platforms.precheck import PrecheckAccount, Verdict

if TYPE_CHECKING:
    from deployer.http.client import Http

MAX_REASON_CHARS = 500
CHECKED = Expected(lambda body: is_success(body) and isinstance(data_of(body).get("valid"), bool))


class AccountPrecheck:
    """Asked with an account's developer key, which is sent as Basic authentication."""

    sandbox_key = Secret("sandbox-account-flowship:sandbox-developer-secret")

    def require_account_key(self, account: PrecheckAccount) -> None:
        user, colon, password = account.key.reveal().partition(":")
        if not colon:
            message = f"The key {account.key_name} is no GPTBots developer key: it has no colon."
            fix = f"Write it as `{account.key_name}=DevKey:DevSecret`, both from the account's page for developers."
            raise UsageError(message, fix=fix, code="developer-key")
        if min(len(user), len(password)) < MIN_CHARS:
            message = f"A half of the key {account.key_name} has fewer than {MIN_CHARS} characters: so short a text cannot be hidden."
            raise UsageError(message, fix="Copy both the DevKey and the DevSecret whole, with a colon between them.", code="developer-key")

    def ask(self, http: "Http", account: PrecheckAccount, workflow: Workflow) -> Verdict:
        """The file goes out as an import sends it."""
        source = workflow.source
        request = Request(
            "POST", f"/v1/org/{source.kind}/import/precheck", account.key, basic=True, repeatable=True, form={"org_id": account.organisation},
            files={"file": file_part(source.path, source.upload)}, expected=CHECKED, retry_odd=False,
        )  # fmt: skip
        try:
            data = data_of(http.send(request).body)
        except PlatformError as error:
            if error.code in OF_ANY_CALL or (error.status or 0) >= 500:
                raise
            fix = f"Check that the account of {account.key_name} may import into the organisation that `precheck.organisation` names."
            raise PlatformError(error.platform, error.message, code=error.code, fix=fix, status=error.status) from None
        return Verdict(data["valid"], "" if data["valid"] else _reason(data.get("error_message"), Redactor((account.key,))))


def _reason(value: Any, redact: Redactor) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) if value else ""
    return plain(text, redact, MAX_REASON_CHARS) or "it gives no reason"
