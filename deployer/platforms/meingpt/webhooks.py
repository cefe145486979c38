"""Signing and verifying webhook bodies as meinGPT does: hex HMAC-SHA256 of the body in `X-Webhook-Signature`.

Source: docs/contracts/meingpt.md, "Webhooks". For handlers:

    if not verify(request.body, request.headers.get("X-Webhook-Signature", ""), secret):
        return 401
"""

import hashlib
import hmac

HEADER = "X-Webhook-Signature"


def sign(body: bytes | str, secret: str) -> str:
    """64 hex digits. A text is signed as UTF-8: sign the very bytes that are sent."""
    return hmac.new(secret.encode(), _bytes(body), hashlib.sha256).hexdigest()


def verify(body: bytes | str, signature: str | None, secret: str) -> bool:
    """Is this the body's signature? In constant time. An empty secret verifies nothing: it is a setting that was forgotten."""
    if not secret or not signature:
        return False
    return hmac.compare_digest(sign(body, secret).encode(), signature.strip().lower().encode("utf-8", "replace"))


def _bytes(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body
