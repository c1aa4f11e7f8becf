"""Tests of what must stay where it is: credentials, and personal data."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
import pytest
from attrs import evolve

from cxmetrics.datasets.loopback import Asked, Reply
from cxmetrics.sources._base import StreamName
from cxmetrics.store import open_store
from cxmetrics.testing import faults
from cxmetrics.testing.disclosure import personal, shows
from cxmetrics.testing.edits import texts
from cxmetrics.testing.stand import ELSEWHERE, Plain, Shelf, Stand
from cxmetrics.testing.suites.base import SuiteBase, fail

_LURES: Final = (
    ELSEWHERE,
    "https://{host}.elsewhere.example",
    "https://{host}@elsewhere.example",
    "http://{host}",
)
"""Where an address of the vendor is turned to; `{host}` is the vendor's own."""


class GuardingTests(SuiteBase):
    """Tests of credentials and personal data."""

    def test_only_the_declared_host_is_contacted(self, stand: Stand, stream: StreamName) -> None:
        """Links and redirects of the vendor to other hosts are refused, nothing else is asked."""
        feed = stand.feed()
        went = stand.walk(stream)
        _nobody_else(stand, went.refused_hosts, "an undisturbed walk")
        if not feed.source.base():
            return
        own = urlsplit(feed.source.base())
        origin = f"{own.scheme}://{own.netloc}"
        for lure in _LURES:
            other = lure.format(host=own.netloc)
            stand.vendor.behave()
            stand.vendor.misbehave(_turned(origin, other))
            went = stand.walk(stream)
            _nobody_else(stand, went.refused_hosts, f"links to {other}")
        for code in (302, 307):
            stand.vendor.behave()
            stand.vendor.misbehave(faults.redirect(f"{ELSEWHERE}/login", code=code))
            went = stand.walk(stream)
            _nobody_else(stand, went.refused_hosts, f"redirects ({code})")

    def test_secrets_show_nowhere(
        self, stand: Stand, stream: StreamName, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No secret is in an object, an error, a log, a receipt, a state, or a byte of a store."""
        feed = stand.feed()
        secrets = [stand.settings[each] for each in feed.vault if each in stand.settings]
        caplog.set_level(logging.DEBUG)
        seen: dict[str, Any] = {
            "the configuration": (feed.source.config, attrs.asdict(feed.source.config)),
            "the feed": (feed, feed.source, feed.vault, feed.key),
            "the filters": feed.source.filters(stream),
        }
        for name, text in seen.items():
            _keeps(secrets, f"{text} {text!r}", name)
        path = tmp_path / "store" / "cx.db"
        with open_store(path, now=stand.clock.now) as store:
            for fault in (*_errors(), None):
                stand.vendor.behave()
                if fault:
                    stand.vendor.misbehave(fault)
                went = stand.walk(stream, shelf=Shelf(store, feed.key), feed=feed)
                secrets = [*secrets, *_granted(feed)]
                told = json.dumps(went.receipt.to_dict())
                _keeps(secrets, f"{told} {went.receipt}", "a receipt")
                for portion in went.portions:
                    _keeps(secrets, json.dumps(portion.state.to_dict()), "a cursor or state")
                if went.error is not None:
                    lines = traceback.format_exception(went.error)
                    _keeps(secrets, "".join(lines) + repr(went.error), "an error")
        _keeps(secrets, caplog.text, "the log")
        for file in path.parent.iterdir():
            _keeps(secrets, file.read_bytes(), "the bytes of the store")

    def test_recordings_hold_no_secret(self, stand: Stand, plain: Plain) -> None:
        """What the vendor was recorded to answer holds no credential of the settings."""
        feed = stand.feed()
        secrets = [stand.settings[each] for each in feed.vault if each in stand.settings]
        for _, reply in plain.told:
            _keeps(secrets, reply.body, "a recorded answer")

    def test_recordings_hold_no_personal_data(self, plain: Plain) -> None:
        """Recorded pages hold invented people: example.org, 01 99 00 12 34; and no credential."""
        whole = [list(texts(_json(reply))) for _, reply in plain.told]
        whole += [list(texts(raw)) for raw, _ in plain.raws]
        for found in personal(text for each in whole for text in each):
            fail(
                f"a recorded page of {plain.stream.name} holds {found} that may be real. Put an "
                "invented one in its place: an address of example.org, a number such as "
                "01 99 00 12 34 (France) or 555-0123 (North America)."
            )


def _nobody_else(stand: Stand, refused: tuple[str, ...], when: str) -> None:
    __tracebackhide__ = True
    if stand.elsewhere.log:
        asked = stand.elsewhere.log[0]
        host = asked.headers.get("host", "?")
        fail(f"{when}: {host} is contacted ({asked.method} {asked.path}).")
    if refused:
        fail(
            f"{when}: {refused[0]} is contacted past the transport. A source asks by the `http` it "
            "is handed, and nobody but the host it declares."
        )


def _turned(origin: str, other: str) -> faults.Fault:
    """Turn every address of the vendor in an answer to another host."""

    def fault(_: Asked, reply: Reply) -> Reply:
        body = reply.body.replace(origin.encode(), other.encode())
        headers = {name: value.replace(origin, other) for name, value in reply.headers.items()}
        return evolve(reply, body=body, headers=headers)

    return fault


def _errors() -> Iterator[faults.Fault]:
    yield faults.status(401)
    yield _echo(400)
    yield _echo(500)
    yield _echo(200)


def _echo(status: int) -> faults.Fault:
    """Answer with all that was asked, credentials included, as careless servers do."""

    def fault(asked: Asked, _: Reply) -> Reply:
        told = f"{asked.method} {asked.target} {dict(asked.headers)} ".encode() + asked.body
        return Reply(b"<html>Bad request: " + told, status, {"Content-Type": "text/html"})

    return fault


def _granted(feed: Any) -> Iterator[str]:
    """Yield what a login gave: it is as secret as the password."""
    for name in feed.vault:
        value = feed.vault.reveal(name)
        if isinstance(value, str):
            yield value


def _keeps(secrets: list[Any], text: str | bytes, where: str) -> None:
    __tracebackhide__ = True
    if shows([str(each) for each in secrets], text):
        fail(
            f"a secret shows in {where}. A source names the field of a secret in `auth`, or puts a "
            "`Slot` where it belongs; only the transport ever holds the value."
        )


def _json(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except ValueError:
        return reply.body.decode(errors="replace")
