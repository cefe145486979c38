"""GPTBots' check of a file before an import, as docs/contracts/gptbots.md, "Account calls", describes it: by an account's key, writing nothing."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request

from deployer.sandbox.import_validator import validate_import
from deployer.sandbox.json_bodies import RefusedError
from deployer.sandbox.multipart import FormPart
from deployer.sandbox.runtime import SandboxRuntime
from deployer.sandbox.targets_file import DeclaredTarget

WRONG_TYPE = {"workflow": "the file is not for a Workflow", "agent": "the file is not for an Agent"}


def precheck(kind: str, read_form: Callable[[Request], Awaitable[dict[str, FormPart]]]) -> Callable[..., Awaitable[Any]]:
    """The call for files of that kind."""

    async def call(_runtime: SandboxRuntime, _account: DeclaredTarget, request: Request) -> Any:
        form = await read_form(request)
        file, organisation = form.get("file"), form.get("org_id")
        if file is None or file.filename is None:
            raise RefusedError(40000, "the form has no file")
        if organisation is None or not organisation.content.strip():
            raise RefusedError(40000, "the form has no org_id")
        return {"code": 0, "msg": "OK", "data": _verdict(file.content, file.filename, kind)}

    return call


def _verdict(content: bytes, filename: str, kind: str) -> dict[str, Any]:
    verdict = validate_import(content, filename, kind)
    reason = WRONG_TYPE[kind] if verdict.wrong_type else verdict.refusal
    document = _object_in(content)
    names = {"export_type": "exportType", "bot_type": "botType", "name": "name", "format_version": "formatVersion"}
    return {"valid": not reason, "error_message": reason or None, **{field: document.get(name) for field, name in names.items()}}


def _object_in(content: bytes) -> dict[str, Any]:
    """The JSON object in a file; empty for one that holds none."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
