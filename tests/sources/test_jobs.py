"""Export jobs that end in every way a job can end, and archives that are traps."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any

import pytest
from attrs import evolve

from cxmetrics.errors import (
    DriftError,
    LimitError,
    OriginError,
    PagingError,
    SourceError,
    TransportError,
)
from cxmetrics.sources._base import Page, Since, Source
from cxmetrics.sources.http import Http, connect
from cxmetrics.sources.jobs import Job, export, unzip
from cxmetrics.sources.message import Request
from cxmetrics.sources.transport.vault import Vault
from cxmetrics.testing import faults
from cxmetrics.testing.clock import FakeClock
from cxmetrics.testing.vendor import Asked, Reply, Vendor

JOB = Job(
    start=Request("surveys/SV_1/export-responses", method="POST", json={"format": "ndjson"}),
    job="$.result.progressId",
    poll="surveys/SV_1/export-responses/{job}",
    state="$.result.status",
    file="$.result.fileId",
    download="surveys/SV_1/export-responses/{file}/file",
    why=("$.result.errorCode", "$.result.errorMessage"),
)
START = "/surveys/SV_1/export-responses"


class Probe(Source[str]):
    """A source that is nothing but an address."""

    name, title, streams = "probe", "A probe", ()

    def base(self) -> str:
        return f"{self.config}/"

    def pages(self, http: Http, stream: Any, since: Since) -> Iterator[Page]:
        raise NotImplementedError


class Exporter(Vendor):
    """A vendor with one survey: each start gives a new job, `tell` says how it stands."""

    def __init__(self, *states: Any, records: int = 5) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.started = 0
        self.states = list(states) or [complete()]
        self.file = zipped({"export.ndjson": lines(records)})
        self.on("POST", START, self._start)
        self.on("GET", f"{START}/F/file", lambda _: Reply(self.file))

    def _start(self, _: Asked) -> Any:
        self.started += 1
        job = f"ES_{self.started}"
        states = iter(self.states)
        last = self.states[-1]
        self.on("GET", f"{START}/{job}", lambda _: next(states, last))
        return {"result": {"progressId": job, "percentComplete": 0, "status": "inProgress"}}

    def exported(self, job: Job = JOB, **details: Any) -> Iterator[Page]:
        origins = details.pop("origins", ())
        with connect(Probe(self.url), Vault(), clock=self.clock, export_origins=origins) as http:
            yield from export(http, job, read=read, **details)

    def polls(self, job: str = "ES_1") -> int:
        return sum(asked.path == f"{START}/{job}" for asked in self.log)


def running(percent: float = 10) -> Any:
    return {"result": {"status": "inProgress", "percentComplete": percent, "fileId": None}}


def complete(file: str | None = "F", **more: Any) -> Any:
    return {"result": {"status": "complete", "percentComplete": 100, "fileId": file, **more}}


def failed(state: str = "failed") -> Any:
    told = {"errorCode": "ESF_7", "errorMessage": "Survey\x1b[31m too large"}
    return {"result": {"status": state, "percentComplete": 63, "fileId": None, **told}}


def lines(count: int) -> bytes:
    return b"".join(b'{"id": "R_%d"}\n' % i for i in range(1, count + 1))


def zipped(members: dict[str, bytes], **details: Any) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, **details) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def read(file: IO[bytes]) -> Iterator[Any]:
    with unzip(file, member="*.ndjson") as member:
        yield from map(json.loads, member)


def ids(pages: Any) -> list[str]:
    return [record["id"] for page in pages for record in page.records]


ALL = [f"R_{i}" for i in range(1, 6)]


def error_of(pages: Iterator[Page]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(pages)
    return caught.value


# ---------------------------------------------------------------- a job that ends well


def test_an_export_is_started_waited_for_and_read() -> None:
    with Exporter(running(), running(80), complete()) as vendor:
        assert ids(vendor.exported()) == ALL
        assert vendor.log[0].json() == {"format": "ndjson"}


def test_waits_grow_up_to_a_limit() -> None:
    with Exporter(*[running()] * 12, complete()) as vendor:
        job = evolve(JOB, first_wait=timedelta(seconds=2), most_wait=timedelta(seconds=10))
        list(vendor.exported(job))
        assert vendor.clock.slept == [2, 3, 4.5, 6.75, 10, 10, 10, 10, 10, 10, 10, 10]


def test_records_come_in_pages_of_a_size() -> None:
    with Exporter() as vendor:
        assert [len(page.records) for page in vendor.exported(size=2)] == [0, 2, 2, 1]


def test_the_percentage_never_ends_the_wait() -> None:
    """Qualtrics says 100 percent while the file is not there."""
    with Exporter(running(100), running(100), complete()) as vendor:
        assert ids(vendor.exported()) == ALL
        assert vendor.polls() == 3


def test_complete_without_a_file_is_not_complete_yet() -> None:
    with Exporter(complete(None), complete(None), complete()) as vendor:
        assert ids(vendor.exported()) == ALL


def test_states_are_told_in_any_case() -> None:
    with Exporter(
        {"result": {"status": "InProgress"}},
        {"result": complete()["result"] | {"status": "COMPLETE"}},
    ) as vendor:
        assert ids(vendor.exported()) == ALL


def test_the_vendor_may_give_an_address_of_its_own_or_a_named_host() -> None:
    with Exporter() as vendor, Vendor(token=None) as cdn:
        cdn.on("GET", "/export", Reply(vendor.file))
        vendor.states = [complete(f"{cdn.url}/export?signature=abc")]
        job = evolve(JOB, download="{file}")
        assert isinstance(error_of(vendor.exported(job)), OriginError)
        assert cdn.log == []
        assert ids(vendor.exported(job, origins=(cdn.url,))) == ALL


# ---------------------------------------------------------------- a job that ends otherwise


@pytest.mark.parametrize("state", ["failed", "Failed", "cancelled"])
def test_a_failed_job_stops_and_says_why(state: str) -> None:
    """qualtRics polls while the percentage is below 100: a failed job loops for ever."""
    with Exporter(running(50), failed(state)) as vendor:
        error = error_of(vendor.exported())
        assert isinstance(error, TransportError)
        assert "ESF_7" in str(error)
        assert "too large" in str(error)
        assert "\x1b" not in str(error)
        assert (vendor.polls(), vendor.started) == (2, 1)


@pytest.mark.parametrize("job", [None, "", "..", {"id": 1}])
def test_a_job_without_an_id_is_drift(job: Any) -> None:
    with Exporter() as vendor:
        vendor.on("POST", START, {"result": {"progressId": job}})
        error = error_of(vendor.exported())
        assert isinstance(error, DriftError)
        assert error.path == "$.result.progressId"
        assert len(vendor.log) == 1


def test_an_id_can_not_lead_elsewhere() -> None:
    with Exporter() as vendor:
        vendor.on("POST", START, {"result": {"progressId": "../../users?x=1"}})
        error_of(vendor.exported())
        assert vendor.log[1].target == f"{START}/..%2F..%2Fusers%3Fx%3D1"


def test_an_unknown_state_is_drift_not_waiting() -> None:
    with Exporter({"result": {"status": "archived"}}) as vendor:
        error = error_of(vendor.exported())
        assert isinstance(error, DriftError)
        assert "archived" in str(error)


@pytest.mark.parametrize("way", ["state", 404, 410])
def test_an_expired_job_is_started_anew(way: Any) -> None:
    with Exporter(running(), complete()) as vendor:
        if way == "state":
            vendor.misbehave(
                faults.body(json.dumps(failed("expired")).encode()), path=f"{START}/ES_1", at=2
            )
        else:
            vendor.misbehave(faults.status(way), path=f"{START}/ES_1", at=2)
        assert ids(vendor.exported()) == ALL
        assert vendor.started == 2


def test_a_file_that_is_gone_is_exported_anew() -> None:
    with Exporter() as vendor:
        vendor.misbehave(faults.status(404), path=f"{START}/F/file", at=1)
        assert ids(vendor.exported()) == ALL
        assert vendor.started == 2


def test_jobs_that_always_disappear_are_not_started_for_ever() -> None:
    with Exporter() as vendor:
        vendor.misbehave(faults.status(404), path=f"{START}/ES_")
        error = error_of(vendor.exported())
        assert "the export disappeared" in str(error)
        assert vendor.started == 3


def test_a_job_that_never_ends_stops_at_the_deadline_and_is_kept() -> None:
    with Exporter(running()) as vendor:
        job = evolve(JOB, deadline=timedelta(minutes=10))
        pages = vendor.exported(job)
        cursor = next(pages).cursor
        error = error_of(pages)
        assert isinstance(error, LimitError)
        assert "0:10:00" in str(error)
        assert sum(vendor.clock.slept) <= 600
        vendor.on("GET", f"{START}/ES_1", complete())
        assert ids(vendor.exported(job, since=Since(resume=cursor))) == ALL
        assert vendor.started == 1


def test_less_than_announced_is_an_error_and_no_place_to_go_on_from() -> None:
    with Exporter(complete(rows=9)) as vendor:
        pages = vendor.exported(evolve(JOB, total="$.result.rows"))
        _, found, last = next(pages), next(pages), next(pages)
        assert ids([found]) == ALL
        assert last.cursor is None
        with pytest.raises(PagingError, match="9 records announced, 5 in the export"):
            next(pages)


# ---------------------------------------------------------------- going on


@pytest.mark.parametrize("after", range(4))
def test_an_interrupted_export_goes_on_with_the_same_job(after: int) -> None:
    with Exporter() as vendor:
        first = []
        for page in vendor.exported(size=2):
            first.append(page)
            if len(first) > after:
                break
        cursor = json.loads(json.dumps(first[-1].cursor))
        assert ids(first) + ids(vendor.exported(size=2, since=Since(resume=cursor))) == ALL
        assert vendor.started == 1


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_a_job_that_failed_meanwhile_is_started_anew(state: str) -> None:
    """Else every later pull would find the same failed job."""
    with Exporter() as vendor:
        cursor = next(vendor.exported()).cursor
        vendor.on("GET", f"{START}/ES_1", failed(state))
        assert ids(vendor.exported(since=Since(resume=cursor))) == ALL
        assert vendor.started == 2


def test_a_job_too_old_is_not_asked_for() -> None:
    with Exporter() as vendor:
        cursor = next(vendor.exported()).cursor
        vendor.clock.advance(25 * 3600)
        assert ids(vendor.exported(since=Since(resume=cursor))) == ALL
        assert vendor.polls("ES_1") == 0


# ---------------------------------------------------------------- archives


def opened(data: bytes, member: str = "*.ndjson", **details: Any) -> bytes:
    with unzip(io.BytesIO(data), member=member, **details) as file:
        return file.read()


@pytest.mark.parametrize("member", ["*.ndjson", "export.ndjson", "export.*"])
def test_the_expected_file_is_read_wherever_it_is(member: str) -> None:
    members = {"a/b/export.ndjson": b"yes", "readme.txt": b"no", "a/b/": b""}
    assert opened(zipped(members), member) == b"yes"


def test_a_name_that_climbs_is_read_and_written_nowhere(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert opened(zipped({"../../evil.ndjson": b"yes", "/abs.txt": b"no"})) == b"yes"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "members", [{}, {"a.txt": b""}, {"a.ndjson": b"1", "b.ndjson": b"2"}], ids=["0", "none", "2"]
)
def test_exactly_one_file_is_expected(members: dict[str, bytes]) -> None:
    with pytest.raises(DriftError, match="exactly one is expected"):
        opened(zipped(members))


def test_megabytes_of_zeros_are_a_bomb() -> None:
    data = zipped({"a.ndjson": bytes(50 * 2**20)})
    assert len(data) < 60_000
    with pytest.raises(LimitError, match="larger than"):
        opened(data)


def test_a_bomb_that_lies_about_its_size_is_cut_or_refused() -> None:
    data = bytearray(zipped({"a.ndjson": bytes(8 * 2**20)}))
    for place in (data.rindex(b"PK\x01\x02") + 24, 22):  # what the directory and the file say
        data[place : place + 4] = struct.pack("<I", 100)
    with pytest.raises(TransportError):
        opened(bytes(data))


def test_a_size_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(LimitError, match="larger than 1,000 bytes"):
        opened(zipped({"a.ndjson": b"x" * 1_001}), most=1_000)


def test_what_is_packed_better_than_survey_data_is_refused_while_it_is_read() -> None:
    data = bytearray(zipped({"a.ndjson": bytes(4 * 2**20)}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 2**20)
    with pytest.raises(SourceError):
        opened(bytes(data))


def test_dense_data_are_read_as_long_as_they_are_small() -> None:
    assert len(opened(zipped({"a.ndjson": bytes(2**20)}))) == 2**20


def test_more_than_a_thousand_files_are_refused() -> None:
    with pytest.raises(LimitError, match="1,001 files"):
        opened(zipped({"a.ndjson": b""} | {f"{i}.txt": b"" for i in range(1_000)}))


def test_a_directory_of_millions_is_refused_before_it_is_read() -> None:
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 50 * 2**20, 0, 0)
    with pytest.raises(LimitError, match="list of files"):
        opened(bytes(50 * 2**20) + end)


@pytest.mark.parametrize("inner", [zipped({"b.ndjson": b"x"}), b"\x1f\x8b\x08"])
def test_archives_in_archives_are_refused(inner: bytes) -> None:
    with pytest.raises(DriftError, match="an archive itself"):
        opened(zipped({"a.ndjson": inner}))


def test_encrypted_files_are_refused() -> None:
    data = bytearray(zipped({"a.ndjson": b"secret"}))
    for place in (data.rindex(b"PK\x01\x02") + 8, 6):
        data[place] |= 1
    with pytest.raises(DriftError, match="encrypted"):
        opened(bytes(data))


def test_files_packed_in_an_unusual_way_are_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.ndjson", b"x")
    with pytest.raises(DriftError, match="unusual"):
        opened(packed.getvalue())


@pytest.mark.parametrize("keep", [0, 1, 30, 60, -30, -1])
def test_a_cut_archive_is_a_failure_not_an_empty_export(keep: int) -> None:
    with pytest.raises(TransportError, match="cut or damaged"):
        opened(zipped({"a.ndjson": lines(100)})[:keep])


def test_every_changed_byte_of_the_data_is_noticed() -> None:
    data = zipped({"a.ndjson": lines(20)})
    start = data.index(b"a.ndjson") + 8
    for place in range(start, data.index(b"PK\x01\x02"), 7):
        broken = bytearray(data)
        broken[place] ^= 0x41
        with pytest.raises(TransportError):
            opened(bytes(broken))


def test_a_damaged_export_fails_and_the_next_pull_reads_it_again() -> None:
    with Exporter(records=3_000) as vendor:
        whole, vendor.file = vendor.file, vendor.file[: len(vendor.file) // 2]
        pages = vendor.exported()
        cursor = next(pages).cursor
        assert isinstance(error_of(pages), TransportError)
        vendor.file = whole
        assert len(ids(vendor.exported(since=Since(resume=cursor)))) == 3_000
