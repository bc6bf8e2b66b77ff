"""A result that cannot be changed unseen: signed with a key of the study."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from tasks.verify.looking import VerifyResult


def sign(result: VerifyResult, key: bytes) -> dict[str, Any]:
    """Return the result as JSON-ready values with an HMAC-SHA-256 over them.

    Parameters
    ----------
    result
        Outcome of ``verify_all``.
    key
        A secret of the study, from its private folder.
    """
    content: dict[str, Any] = {
        "is_clean": result.is_clean,
        "n_files": result.n_files,
        "n_films": result.n_films,
        "findings": [finding.as_row() for finding in result.findings],
    }
    return content | {"signature": _signature(content, key)}


def is_signed_by(signed: Mapping[str, Any], key: bytes) -> bool:
    """Return whether a signed result is unchanged and was made with the key."""
    content = {name: value for name, value in signed.items() if name != "signature"}
    return hmac.compare_digest(str(signed.get("signature", "")), _signature(content, key))


def _signature(content: Mapping[str, Any], key: bytes) -> str:
    """HMAC over the canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, b"aac verify\n" + text.encode(), hashlib.sha256).hexdigest()
