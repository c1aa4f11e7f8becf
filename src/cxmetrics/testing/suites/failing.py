"""Tests of what goes wrong on the way: each is outlived, or said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from cxmetrics.errors import AuthError
from cxmetrics.testing import faults
from cxmetrics.testing.faults import Fault
from cxmetrics.testing.stand import Notes, Plain, Stand, Went
from cxmetrics.testing.suites.base import SuiteBase, differences, fail, no_crash

PASSING: Final[dict[str, Callable[[], Fault]]] = {
    "429": lambda: faults.status(429, retry_after="7"),
    "500": lambda: faults.status(500),
    "503": lambda: faults.status(503),
    "closed": faults.closed,
    "truncated": lambda: faults.cut(keep=0.5),
    "truncated_json": lambda: faults.cut_unannounced(keep=0.6),
    "not_json": lambda: faults.body(b"upstream request timeout"),
    "html": faults.html,
    "empty": lambda: faults.body(b""),
    "401": lambda: faults.status(401),
}
"""What may go wrong once."""

LASTING: Final[dict[str, Callable[[], Fault]]] = {
    "401": lambda: faults.status(401),
    "403": lambda: faults.status(403),
    "404": lambda: faults.status(404),
    "429": lambda: faults.status(429, retry_after="86400"),
    "500": lambda: faults.status(500),
    "html": faults.html,
    "empty": lambda: faults.body(b""),
    "empty_object": lambda: faults.body(b"{}"),
    "empty_list": lambda: faults.body(b"[]"),
    "null": lambda: faults.body(b"null"),
    "an_error_with_200": lambda: faults.body(b'{"error": "quota exceeded"}'),
}
"""What may go wrong for good."""


class FailingTests(SuiteBase):
    """Tests of what goes wrong on the way."""

    @pytest.mark.parametrize("fault", PASSING)
    def test_a_passing_fault_loses_nothing(
        self, stand: Stand, http_plain: Plain, fault: str
    ) -> None:
        """What goes wrong once, at any request, is asked again, or told and made good next time."""
        plain = http_plain
        for number in _places(len(plain.told)):
            stand.vendor.behave()
            stand.vendor.misbehave(PASSING[fault](), at=number)
            asked = plain.told[number - 1][0]
            when = f"request {number} ({asked.method} {asked.path}) gets {fault!r} once"
            own = Notes()
            first = stand.walk(plain.stream.name, shelf=own)
            outlived(first, own.records(plain.stream), plain, when)
            if fault == "429" and first.error is not None:
                fail(f"{when}, and the walk is given up: {first.said}")
            if not first.complete:
                stand.vendor.behave()
                second = stand.walk(plain.stream.name, shelf=own)
                made_good(second, own.records(plain.stream), plain, f"{when}; pulled again")

    @pytest.mark.parametrize("fault", LASTING)
    def test_a_lasting_fault_is_told(self, stand: Stand, http_plain: Plain, fault: str) -> None:
        """What goes wrong for good is an error of a kind that says what to do, never no answers."""
        plain = http_plain
        own = Notes()
        stand.vendor.misbehave(LASTING[fault]())
        went = stand.walk(plain.stream.name, shelf=own)
        when = f"every answer is {fault!r}"
        no_crash(went, when)
        if went.error is None:
            fail(
                f"{when}, and the walk ends as {went.receipt.status} with {went.receipt.objects} "
                "objects: tell it with an error, do not go on."
            )
        if fault == "401" and not isinstance(went.error, AuthError):
            fail(f"{when}, which is an AuthError, not {went.said}")
        stand.vendor.behave()
        later = stand.walk(plain.stream.name, shelf=own)
        made_good(later, own.records(plain.stream), plain, f"{when} for a while; pulled again")


def outlived(went: Went, held: dict[str, Any], plain: Plain, when: str) -> None:
    """Fail where a walk crashes, or ends as if nothing were missing and something is."""
    __tracebackhide__ = True
    no_crash(went, when)
    lines = differences(plain.went.records, held)
    if went.complete and lines:
        fail(f"{when}, and the walk ends as complete with {len(held)} records:", *lines)


def made_good(went: Went, held: dict[str, Any], plain: Plain, when: str) -> None:
    """Fail where a walk after the fault does not bring everything."""
    __tracebackhide__ = True
    no_crash(went, when)
    lines = differences(plain.went.records, held)
    if lines or went.error is not None:
        fail(f"{when}, not everything is there. {went.said}", *lines)


def _places(requests: int) -> list[int]:
    """Return at which requests to go wrong: the first two, one in the middle, the last."""
    return sorted({1, min(2, requests), (requests + 1) // 2, requests})
