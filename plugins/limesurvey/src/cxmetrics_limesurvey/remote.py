"""RemoteControl 2: calls, and what its answers mean.

Success and failure both come with HTTP 200: a failure, an empty list and the end of a list are an
object with the single key `status`. The texts are English and differ between versions.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from cxmetrics.errors import AuthError, ConfigError, DriftError, RefusedError
from cxmetrics.sources.http import Answer, Http, Request, Verdict
from cxmetrics.sources.slot import Slot
from cxmetrics.sources.strict import JsonError, member, parse

_EMPTY: Final = re.compile(
    r"no (surveys|survey participants|questions|groups|data|available data)\b.*found"
    r"|could not get max id|no survey participants table|no available data",
    re.IGNORECASE,
)
_INACTIVE: Final = "survey table does not exist"
_SPENT: Final = "invalid session key"
_TAGS: Final = re.compile(r"<[^<>]{0,500}>")


def asked(path: str, query: Mapping[str, str], method: str, *params: Any) -> Request:
    """Return the request of a call; the session key goes where the first parameter stands."""
    return Request(
        path,
        method="POST",
        params=query,
        json={"jsonrpc": "2.0", "method": method, "params": [*params], "id": 1},
        as_json=False,  # `judge` knows what an empty answer means
        repeatable=True,  # everything that is called here only reads
    )


def call(http: Http, path: str, query: Mapping[str, str], method: str, *params: Any) -> Any:
    """Call a method of an open session and return its result, None for an empty list."""
    answer = http.send(asked(path, query, method, Slot("session"), *params))
    body = answer.json()
    result = member(body, "$.result", (dict, list, str, int, bool, type(None)))
    return None if status_of(body) else result


def status_of(body: Any) -> str:
    """Return the status text of an answer that is nothing else, "" for any other.

    Example:
        >>> status_of({"result": {"status": "No surveys found"}}), status_of({"result": []})
        ('No surveys found', '')
    """
    result = body.get("result") if isinstance(body, Mapping) else None
    if isinstance(result, Mapping) and set(result) == {"status"}:
        return str(result["status"])
    return ""


def judge(answer: Answer) -> Verdict | None:
    """Say what an answer means: see the module.

    Raises:
        ConfigError: the interface is switched off, or the survey is not active.
        RefusedError: the server refuses the call.
    """
    if answer.status != 200:
        return None
    status = _status(answer)
    if status is None:
        return "again"
    lowered = status.lower()
    if not status or _EMPTY.search(status):
        return "ok"
    if _SPENT in lowered:
        return "renew"
    if _INACTIVE in lowered:
        raise ConfigError("the survey is not active: it has no table of responses.")
    if "invalid survey" in lowered:
        raise ConfigError("there is no survey of that number (survey).")
    raise RefusedError(f"limesurvey refuses: {_plain(status)}.", answer.status)


def session(answer: Answer) -> str:
    """Return the key that a login gives.

    Raises:
        AuthError: user or password are wrong.
        ConfigError: the interface is switched off.
    """
    status = _status(answer)
    if status:
        raise AuthError(f"limesurvey refuses user or password: {_plain(status)}.")
    return member(answer.json(), "$.result", str)


def _status(answer: Answer) -> str | None:
    """Return the status text of an answer, "" for a result, None for what is no JSON."""
    if not answer.body.strip():
        raise ConfigError(
            "limesurvey answers with nothing: RemoteControl is switched off (Configuration, Global "
            "settings, Interfaces: JSON-RPC), or its address is another one (url, route)."
        )
    try:
        body = answer.json()
    except JsonError:
        return None
    error = body.get("error") if isinstance(body, Mapping) else None
    if error:
        raise RefusedError(f"limesurvey refuses: {_plain(error)}.", answer.status)
    return status_of(body)


def exported(result: Any) -> list[dict[str, Any]]:
    """Return the rows of an export: base64 of a JSON object, in LimeSurvey 3 one object a row.

    Raises:
        DriftError: it has another shape.
    """
    if not isinstance(result, str):
        raise DriftError("the export is no text.", "$.result")
    try:
        data = base64.b64decode(result, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DriftError("the export is no base64.", "$.result") from error
    rows = member(parse(data), "$.responses", list)
    return [_row(row, at) for at, row in enumerate(rows)]


def _row(row: Any, at: int) -> dict[str, Any]:
    if isinstance(row, dict) and len(row) == 1:  # LimeSurvey 3: {"17": {…}}
        (inner,) = row.values()
        row = inner if isinstance(inner, dict) else row
    if not isinstance(row, dict):
        raise DriftError("a response is no object.", f"$.responses[{at}]")
    return row


def _plain(text: Any) -> str:
    return _TAGS.sub(" ", str(text))[:200].strip()
