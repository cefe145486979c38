"""Reading what a client sent."""

import json
from typing import Any

from starlette.requests import Request

from deployer.sandbox.replies import RefusedError


async def json_object(request: Request, code: int | str) -> dict[str, Any]:
    """The JSON object in the body. Raises RefusedError with that code."""
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise RefusedError(code, "the body is not JSON") from None
    if not isinstance(value, dict):
        raise RefusedError(code, "the body must be a JSON object")
    return value
