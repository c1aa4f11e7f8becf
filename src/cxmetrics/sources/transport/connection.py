"""A connection to a vendor: paths in, answers out."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any, Final, Self

from attrs import evolve
from tenacity import RetryCallState, Retrying

from cxmetrics.errors import CxError, DriftError, OriginError
from cxmetrics.sources import slot
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.message import Answer, Params, Request, http_date
from cxmetrics.sources.policy import Policy
from cxmetrics.sources.transport.exchange import Call, Exchange, Wire
from cxmetrics.sources.transport.failure import Failure
from cxmetrics.sources.transport.keyring import Keyring, Signed
from cxmetrics.sources.transport.origin import Origins, without
from cxmetrics.sources.transport.retry import backoff
from cxmetrics.sources.transport.vault import Vault
from cxmetrics.sources.transport.verdict import Bench

logger = logging.getLogger("cxmetrics.http")

_IN_MEMORY: Final = 8 * 2**20


class Http:
    """Asks a vendor: paths in, answers out. Made by `connect`; safe for several threads.

    Attributes:
        clock: tells the time, and waits.
        policy: what holds for the vendor.
    """

    def __init__(
        self,
        *,
        origins: Origins,
        policy: Policy,
        keyring: Keyring,
        vault: Vault,
        clock: Clock,
        wire: Wire,
        uniform: Callable[[float, float], float],
    ) -> None:
        self.clock = clock
        self.policy = policy
        self._origins = origins
        self._keyring = keyring
        self._vault = vault
        self._wire = wire
        self._uniform = uniform
        self._exchange = Exchange(
            origins=origins, policy=policy, keyring=keyring, vault=vault, clock=clock, wire=wire
        )
        self._bench = Bench(policy, vault, clock, self._exchange.budget)
        self._retrying = Retrying(
            sleep=clock.sleep,
            wait=self._pause,
            stop=self._enough,
            retry=self._repeats,
            before_sleep=self._log_wait,
            retry_error_callback=_outcome,
        )

    # --- for adapters -----------------------------------------------------------------------------

    def get(
        self,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str | slot.Slot] | None = None,
    ) -> Answer:
        """Ask for a path; the answer must be JSON.

        Args:
            path: below the base address ("surveys"), or from the root of the host ("/v3/surveys").
            params: of the query; a query in the path stays.
            headers: beside those of the transport.

        Raises:
            SourceError: as `send`.
        """
        return self.send(Request(path, params=params or {}, headers=headers or {}))

    def post(
        self,
        path: str,
        *,
        json: Any = None,
        form: Params | None = None,
        params: Params | None = None,
        headers: Mapping[str, str | slot.Slot] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Send a body to a path; the answer must be JSON.

        Args:
            path: as in `get`.
            json: the body as JSON values, or
            form: the body as form fields.
            params: of the query.
            headers: beside those of the transport.
            repeatable: whether sending it twice does no harm, as where it only reads. Otherwise it
                is repeated only where the vendor surely did not act.

        Raises:
            SourceError: as `send`.
        """
        return self.send(
            Request(
                path,
                method="POST",
                json=json,
                form=form,
                params=params or {},
                headers=headers or {},
                repeatable=repeatable,
            )
        )

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer of a vendor that agrees.

        Raises:
            AuthError: the credentials are refused, also after renewing them.
            RefusedError: the vendor refuses the request; `.status` says how.
            RetryError: it asks to wait longer than allowed; `.resume_at` says until when.
            TransportError: it failed, again and again.
            DriftError: the answer is no strict JSON.
            LimitError: it is too large or too slow.
            OriginError: the address leads elsewhere; nothing was sent.
        """
        return self._ask(
            Call(
                request,
                self._origins.locate(request.path),
                self.policy.most_bytes,
                self.policy.deadline.total_seconds(),
            )
        )

    @contextmanager
    def download(
        self, path: str, *, params: Params | None = None, most: int | None = None
    ) -> Iterator[IO[bytes]]:
        """Give a file of the vendor as a temporary file, open for reading from its start.

        Args:
            path: as in `get`, or an address that the vendor gave.
            params: of the query.
            most: bytes it may have; the policy's limit otherwise.

        Raises:
            SourceError: as `send`.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            self._ask(
                Call(
                    Request(path, params=params or {}, as_json=False),
                    self._origins.locate(path),
                    self.policy.most_download if most is None else most,
                    self.policy.download_deadline.total_seconds(),
                    sink=file,
                )
            )
            file.seek(0)
            yield file

    def resolve(self, url: str) -> str:
        """Return an address that the vendor gave as a path, for `get` and for cursors.

        Credentials in its query are taken out: they are added again when it is asked for.

        Raises:
            OriginError: it leads to another host.
            DriftError: it carries a secret elsewhere, and must not be kept.
        """
        target = self._origins.locate(url)
        if target.trust == "export":
            raise OriginError(f"{target.origin} serves exports only: ask it by `download`.")
        target = evolve(target, query=without(target.query, self._keyring.names))
        path = self._origins.relative(target) if target.trust == "own" else target.url()
        if self.scrub(path) != path:
            raise DriftError(
                "a link of the vendor carries a secret outside the parameters of the scheme: sign "
                "with `QueryToken`, which takes it out.",
                "$",
            )
        return path

    def now(self) -> datetime:
        """Return the earlier of our time and the vendor's, by the last `Date` it sent.

        A watermark that stays below it is not in the vendor's future, whoever's clock is wrong.
        """
        own = self.clock.now()
        if self._exchange.date is None:
            return own
        text, at = self._exchange.date
        date = http_date(text)
        passed = timedelta(seconds=self.clock.monotonic() - at)
        return own if date is None else min(own, date + passed)

    def scrub(self, text: str) -> str:
        """Return a text in which every secret of this connection is masked."""
        return self._vault.scrub(text)

    def close(self) -> None:
        """End the session, if there is one, and close the connections."""
        with suppress(CxError):
            self._keyring.close(partial(self._sign_in, once=True))
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Http({self._origins.base!r})"

    # --- tries ------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> Answer:
        outcome = self._retrying(self._attempt, call)
        if isinstance(outcome, Failure):
            raise outcome.error(call.tries, self.policy.most_wait, self.clock)
        return outcome

    def _sign_in(self, request: Request, signed: Signed, *, once: bool = False) -> Answer:
        """Send a request of the scheme itself."""
        target = self._origins.locate(request.path)
        if target.trust == "export":
            raise OriginError(f"{target.origin} gets no credentials: name it in `trusted_origins`.")
        deadline = self.policy.deadline.total_seconds()
        most = self.policy.most_bytes
        return self._ask(Call(request, target, most, deadline, signed=signed, once=once))

    def _attempt(self, call: Call) -> Answer | Failure:
        call.tries += 1
        while True:
            signed = call.signed or self._keyring.signed(self._sign_in)
            reply = self._exchange.reply(call, signed)
            if isinstance(reply, Failure):
                return reply
            told = partial(self._exchange.told, call, reply.target)
            outcome = self._bench.judge(call, reply, told)
            if not (isinstance(outcome, Failure) and outcome.renew):
                return outcome
            if call.renewed or call.signed is not None or not self._keyring.renews:
                return outcome
            call.renewed = True
            self._keyring.renew(signed.version, self._sign_in)

    def _repeats(self, state: RetryCallState) -> bool:
        outcome, call = _outcome(state), state.args[0]
        return (
            isinstance(outcome, Failure)
            and outcome.again
            and not call.once
            and (outcome.sure or call.request.repeats)
        )

    def _pause(self, state: RetryCallState) -> float:
        outcome = _outcome(state)
        told = outcome.told if isinstance(outcome, Failure) else None
        return backoff(state.attempt_number, self._uniform) if told is None else told

    def _enough(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self.policy.tries
            or state.idle_for + state.upcoming_sleep > self.policy.most_wait.total_seconds()
        )

    def _log_wait(self, state: RetryCallState) -> None:
        outcome = _outcome(state)
        if isinstance(outcome, Failure):
            tries = f"{state.attempt_number} of {self.policy.tries}"
            logger.info("%s; again in %.1f s (%s)", outcome.what, state.upcoming_sleep, tries)


def _outcome(state: RetryCallState) -> Answer | Failure | None:
    outcome = state.outcome
    return None if outcome is None or outcome.failed else outcome.result()
