"""Export jobs: start one, wait for it, read its file; interrupted, go on with the same job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import quote

from attrs import evolve, frozen

from cxmetrics.errors import (
    DriftError,
    LimitError,
    PagingError,
    RefusedError,
    TransportError,
)
from cxmetrics.sources._base import Page, Since
from cxmetrics.sources.message import Answer, Request
from cxmetrics.sources.strict import member
from cxmetrics.sources.zipped import unzip

if TYPE_CHECKING:
    from cxmetrics.sources.http import Http

__all__ = ["Job", "export", "unzip"]

_STARTS: Final = 3
_GROWTH: Final = 1.5
_GONE: Final = frozenset({404, 410})
_UNPRINTED: Final = re.compile(r"[^\x20-\x7e\xa0-\uffff]+")


@frozen(kw_only=True)
class Job:
    """How a vendor exports.

    Attributes:
        start: the request that starts a job. Say `repeatable=True` where a second job does no harm.
        job: the JSON path of the job's id in the answer.
        poll: the path that tells how it stands, `{job}` standing for the id.
        state: the JSON path of its state. How many percent are done is not asked: it reaches 100
            before the file is there, and stays below where the job failed.
        file: the JSON path of what the file is called; it may be null until it is there.
        download: the path of the file, `{job}` and `{file}` standing for what the vendor calls
            them; "{file}" alone where the vendor gives an address (the policy names its host).
        running: the states of a job that is not ready; upper and lower case are one.
        complete: the states of one that is ready.
        failed: the states of one that never will be, cancelled ones too.
        expired: the states of one whose file is gone; 404 and 410 mean that as well.
        why: the JSON paths of the code and the message that say why it failed.
        total: the JSON path of the number of records in the answer that says "complete"; "" where
            the vendor does not tell.
        first_wait: before the first question; half as long again after each.
        most_wait: between two questions.
        deadline: for one pull; the next one goes on waiting for the same job.
        lifetime: how long after its start a job is still asked for.

    Example:
        >>> qualtrics = Job(
        ...     start=Request("surveys/SV_1/export-responses", method="POST", json={}),
        ...     job="$.result.progressId",
        ...     poll="surveys/SV_1/export-responses/{job}",
        ...     state="$.result.status",
        ...     file="$.result.fileId",
        ...     download="surveys/SV_1/export-responses/{file}/file",
        ...     why=("$.result.errorCode", "$.result.errorMessage"),
        ... )
    """

    start: Request
    job: str
    poll: str
    state: str
    file: str
    download: str
    running: tuple[str, ...] = ("inProgress", "queued", "pending")
    complete: tuple[str, ...] = ("complete",)
    failed: tuple[str, ...] = ("failed", "cancelled", "canceled")
    expired: tuple[str, ...] = ("expired",)
    why: tuple[str, ...] = ()
    total: str = ""
    first_wait: timedelta = timedelta(seconds=1)
    most_wait: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(hours=1)
    lifetime: timedelta = timedelta(hours=24)


def export(
    http: Http,
    job: Job,
    *,
    read: Callable[[IO[bytes]], Iterable[Any]],
    since: Since | None = None,
    context: Mapping[str, Any] | None = None,
    size: int = 1_000,
) -> Iterator[Page]:
    """Export, and hand over the records of the file in pages.

    The first page is empty and carries the id of the job, so that a pull that is interrupted from
    then on goes on with the same job and the record it had reached. A job that expired, or had
    failed before the pull was resumed, is started anew.

    Args:
        http: what asks the vendor.
        job: how the vendor exports.
        read: yields the records of the downloaded file, such as the lines in `unzip(file)`; the
            same file always in the same order.
        since: the cursor to go on from. The filter by time belongs into `job.start`.
        context: what `Source.read` needs beside a record.
        size: how many records a page has.

    Raises:
        TransportError: the job failed, or disappeared again and again; the file is damaged.
        DriftError: an answer does not have the documented shape, such as a state of no known name.
        LimitError: it was not ready before the deadline, or the file is too large.
        PagingError: the file holds less than the vendor announced.
    """
    course = _Course(http, job, read, context, size)
    resume = since.resume if since else None
    under_way = None if resume is None else _UnderWay.from_dict(resume)
    if under_way and http.clock.now() - under_way.since > job.lifetime:
        under_way = None
    for start in range(_STARTS):
        resumed = under_way is not None
        if under_way is None:
            under_way = course.begun()
            yield Page((), under_way.told(), context=context)
        try:
            yield from course.pages(under_way)
        except _GoneError as gone:
            if start == _STARTS - 1 or (gone.final and not resumed):
                raise TransportError(f"{job.start.path}: the export {gone}.") from None
            under_way = None
        else:
            return


class _GoneError(Exception):
    """A job will not deliver; where that is final, another one would not either."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


@frozen
class _UnderWay:
    """A job that was started: the cursor."""

    id: str
    since: datetime
    done: int = 0

    def told(self) -> dict[str, Any]:
        return {"job": self.id, "since": self.since.isoformat(), "done": self.done}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> _UnderWay:
        return cls(told["job"], datetime.fromisoformat(told["since"]), told["done"])


@frozen
class _Course:
    """One call of `export`."""

    http: Http
    job: Job
    read: Callable[[IO[bytes]], Iterable[Any]]
    context: Mapping[str, Any] | None
    size: int

    def begun(self) -> _UnderWay:
        answer = self.http.send(self.job.start)
        return _UnderWay(_name(answer, self.job.job), self.http.clock.now())

    def pages(self, under_way: _UnderWay) -> Iterator[Page]:
        where, total = self._ready(under_way)
        try:
            with self.http.download(where) as file:
                yield from self._read(file, under_way, total)
        except RefusedError as error:
            if error.status in _GONE:
                raise _GoneError("lost its file") from None
            raise

    def _ready(self, under_way: _UnderWay) -> tuple[str, int | None]:
        """Wait; return where the file is, and how many records it is to have."""
        clock, job = self.http.clock, self.job
        end = clock.monotonic() + job.deadline.total_seconds()
        wait = job.first_wait.total_seconds()
        while True:
            answer = self._asked(under_way)
            state = member(answer.json(), job.state, str).casefold()
            if state in _folded(job.complete) and (file := _name(answer, job.file, lenient=True)):
                total = member(answer.json(), job.total, int) if job.total else None
                return _filled(job.download, job=under_way.id, file=file), total
            if state in _folded(job.failed):
                raise _GoneError(f"is {state}{self._why(answer)}", final=True)
            if state in _folded(job.expired):
                raise _GoneError("expired")
            if state not in _folded(job.running + job.complete):
                raise DriftError(f"{job.state}: the state {_shown(state)!r} is unknown.", job.state)
            if clock.monotonic() + wait > end:
                raise LimitError(
                    f"{job.start.path}: the export is {state} after {job.deadline}. The next pull "
                    "goes on waiting for it."
                )
            clock.sleep(wait)
            wait = min(wait * _GROWTH, job.most_wait.total_seconds())

    def _asked(self, under_way: _UnderWay) -> Answer:
        try:
            return self.http.send(Request(_filled(self.job.poll, job=under_way.id)))
        except RefusedError as error:
            if error.status in _GONE:
                raise _GoneError("disappeared") from None
            raise

    def _why(self, answer: Answer) -> str:
        told = [member(answer.json(), path, default=None) for path in self.job.why]
        return "".join(f": {_shown(str(text))}" for text in told if text)

    def _read(self, file: IO[bytes], under_way: _UnderWay, total: int | None) -> Iterator[Page]:
        records = iter(self.read(file))
        done = sum(1 for _ in islice(records, under_way.done))
        while chunk := list(islice(records, self.size)):
            done += len(chunk)
            yield Page(chunk, evolve(under_way, done=done).told(), context=self.context)
        if total is not None and done < total:
            yield Page(())  # what is kept is no place to go on from
            raise PagingError(
                f"{self.job.start.path}: {total:,} records announced, {done:,} in the export."
            )


def _name(answer: Answer, path: str, *, lenient: bool = False) -> str:
    """Return what the vendor calls a job or a file; "" where it is null and may be."""
    kinds = (str, int, type(None)) if lenient else (str, int)
    value = member(answer.json(), path, kinds, **({"default": None} if lenient else {}))
    if value in {None, ""} and lenient:
        return ""
    if not str(value).strip("."):  # "..": a step up in a path
        raise DriftError(f"{path}: expected an id, found none.", path)
    return str(value)


def _filled(template: str, **names: str) -> str:
    if template == "{file}":
        return names["file"]  # an address: the transport looks where it leads
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _folded(states: tuple[str, ...]) -> frozenset[str]:
    return frozenset(state.casefold() for state in states)


def _shown(text: str) -> str:
    return _UNPRINTED.sub(" ", text)[:200]
