"""What an answer means: good, again, renew the credentials, or no."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from cxmetrics.errors import (
    AuthError,
    DriftError,
    RefusedError,
    RetryError,
    SourceError,
    TransportError,
)
from cxmetrics.sources.clock import Clock
from cxmetrics.sources.message import Answer
from cxmetrics.sources.policy import Policy, Verdict
from cxmetrics.sources.strict import JsonError
from cxmetrics.sources.transport.exchange import Call, Reply
from cxmetrics.sources.transport.failure import Failure, excerpt, phrase, request_id
from cxmetrics.sources.transport.rate import Budget
from cxmetrics.sources.transport.retry import told_wait
from cxmetrics.sources.transport.vault import Vault


@frozen
class Bench:
    """Judges answers: the vendor's own judge first, then the rules."""

    policy: Policy
    vault: Vault
    clock: Clock
    budget: Budget

    def judge(self, call: Call, reply: Reply, told: Callable[[], str]) -> Answer | Failure:
        """Return the answer if it is good, else what to do about it.

        Args:
            call: the request.
            reply: what came.
            told: says method and path, for texts.

        Raises:
            SourceError: the vendor's own judge refuses.
        """
        request, status, headers = call.request, reply.status, reply.headers
        answer = Answer(status, headers, reply.body, request)
        fine = 200 <= status < 300
        if fine and request.as_json and call.sink is None:
            try:
                answer.json()
            except JsonError as error:
                page = excerpt(reply.body, self.vault) if reply.body.lstrip()[:1] == b"<" else ""
                path = self.vault.scrub(error.path)  # a key may be a secret
                said = str(error).replace(error.path, path).rstrip(".")
                what = f"{told()}: {phrase(status)}, but {said}"
                return Failure(
                    what=f"{what}{page and ': '}{page}",
                    kind=DriftError,
                    again=error.broken,
                    path=path,
                )
        verdict = self._verdict(call, answer, fine)
        if verdict == "ok" or (verdict is None and fine):
            for reset in self.policy.resets:
                if reset.early and (wait := reset.wait(headers, self.clock.now())):
                    self.budget.hold(wait)
            return answer
        said = "" if call.signed is not None else excerpt(answer.body, self.vault)
        what = f"{told()}: {phrase(status)}{said and ': '}{said}{request_id(headers, self.vault)}"
        if call.signed is not None and status in (400, 401, 403):
            return Failure(what=what, kind=AuthError)
        if verdict == "renew" or (verdict is None and status == 401):
            return Failure(what=what, kind=AuthError, renew=True)
        if verdict == "again" or (verdict is None and status in self.policy.retry_on):
            wait = told_wait(headers, self.policy.resets, self.clock.now())
            later = status == 429 or (verdict == "again" and status < 500)
            if wait is not None and later:
                self.budget.hold(min(wait, self.policy.most_wait.total_seconds()))
            return Failure(
                what=what,
                # A vendor that says "too many" is well: come back later.
                kind=RetryError if later else TransportError,
                again=True,
                sure=status == 429 or verdict == "again",
                told=wait,
            )
        return Failure(what=what, kind=RefusedError, status=status)

    def _verdict(self, call: Call, answer: Answer, fine: bool) -> Verdict | None:  # noqa: FBT001
        judge = self.policy.judge
        if judge is None or call.signed is not None or (fine and call.sink is not None):
            return None
        try:
            return judge(answer)
        except JsonError:
            return None  # an error page: the rules apply
        except SourceError as error:
            if isinstance(error, DriftError) and not fine:
                return None
            error.args = tuple(
                self.vault.scrub(arg) if isinstance(arg, str) else arg for arg in error.args
            )
            raise
