"""JSON that means one thing only, numbers and times that are never guessed (D10, D12, D13)."""

from __future__ import annotations

import json
import math
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cxmetrics.errors import ConfigError, DataError, DriftError, UsageError
from cxmetrics.sources import strict
from cxmetrics.sources.strict import JsonError, instant, member, number, parse

DEEP = 100_000
REFUSED = {
    "NaN": ('{"rows": [{"score": NaN}]}', "$.rows[0].score"),
    "Infinity": ('{"rows": [{"score": Infinity}]}', "$.rows[0].score"),
    "minus Infinity": ("[1, -Infinity]", "$[1]"),
    "1e999": ('{"a": [1, {"b": 1e999}]}', "$.a[1].b"),
    "1e999 alone": ("1e999", "$"),
    "-1E+0999": ("[-1E+0999]", "$[0]"),
    "a float of 400 digits": (f"[{'9' * 400}.5]", "$[0]"),
    "a whole number of 21 digits": (f"[0, {'1' * 21}]", "$[1]"),
    "a whole number of 5000 digits": (f'{{"n": -{"1" * 5000}}}', "$.n"),
    "a key twice": ('{"rows": [{"id": 1, "score": 9, "id": 2}]}', "$.rows[0]"),
    "a key twice, spaced": ('{"id" : 1, "id"\n:2}', "$"),
    "a key twice, once escaped": ('{"id": 1, "\\u0069d": 2}', "$"),
    "a key twice, hidden by a text": ('{"a": "x\\":", "id": 1, "id": 2}', "$"),
    "a key twice, hidden by a backslash": ('{"a\\\\": 1, "id": 1, "id": 2}', "$"),
    "a key twice, hidden by a blank": ('{"k" : 1, "id": 1, "id": 2}', "$"),
    "a lone high surrogate": ('{"a": "\\ud83d"}', "$.a"),
    "a lone high surrogate before text": ('{"a": "\\ud83dx"}', "$.a"),
    "a lone low surrogate": ('["\\uDE00"]', "$[0]"),
    "two surrogates in the wrong order": ('["\\ude00\\ud83d"]', "$[0]"),
    "a lone surrogate after an escaped backslash": ('["\\\\ud83d\\ude00"]', "$[0]"),
    "a lone surrogate as key": ('{"\\ud83d": 1}', "$"),
    "NUL": ('{"a": {"b": "x\\u0000"}}', "$.a.b"),
    "NUL in a key": ('{"x\\u0000": 1}', "$"),
    "nested lists": ("[" * DEEP + "]" * DEEP, "$"),
    "nested objects": ('{"a":' * DEEP + "1" + "}" * DEEP, "$"),
    "nested without end": ("[" * DEEP, "$"),
    "nested 201 deep": ("[" * 201 + "]" * 201, "$"),
    "nested, hidden by texts": ('["]",' * 250 + "1" + "]" * 250, "$"),
    "nested, hidden by later brackets": ("[[],{}," * 250 + "1" + "]" * 250, "$"),
}
BROKEN = {
    "nothing": b"",
    "blanks": b" \n\t",
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without mark": '{"a": 1}'.encode("utf-16-le"),
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\xbd"}',
    "text after the end": b'{"a": 1} x',
    "two values": b'{"a": 1}\n{"a": 2}',
    "a comma at the end": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1 /* x */}',
    "a line break in a text": b'{"a": "x\ny"}',
    "NUL itself": b'{"a": "\x00"}',
    "a number with a zero before": b"[01]",
    "a plus sign": b"[+1]",
    "hexadecimal": b"[0x10]",
    "a point without digits": b"[1.]",
    "an escape that is none": b'["\\x41"]',
    "cut": b'{"rows": [{"id": 1}, {"id',
    "HTML": b"<html><body>busy</body></html>",
}


@pytest.mark.parametrize("case", REFUSED)
def test_d12_what_is_ambiguous_is_refused_and_located(case):
    text, path = REFUSED[case]
    for data in (text, text.encode()):
        with pytest.raises(JsonError) as caught:
            parse(data)
        assert (caught.value.path, caught.value.broken) == (path, False)
        assert isinstance(caught.value, DriftError)


@pytest.mark.parametrize("case", BROKEN)
def test_d12_what_is_no_json_is_refused_with_its_position(case):
    with pytest.raises(JsonError, match="no JSON: ") as caught:
        parse(BROKEN[case])
    assert caught.value.broken
    if len(BROKEN[case].strip()) > 0:
        assert any(word in str(caught.value) for word in ("character", "byte"))


@pytest.mark.parametrize("case", [*REFUSED, *BROKEN])
def test_d12_the_verdict_is_the_same_on_every_run_and_at_every_depth_of_the_stack(case):
    data = REFUSED[case][0].encode() if case in REFUSED else BROKEN[case]
    told = []

    def deeper(left):
        if left:
            return deeper(left - 1)
        try:
            return parse(data)
        except JsonError as error:
            told.append((str(error), error.path))

    for depth in (0, 0, 50, 300):
        deeper(depth)
    thread = threading.Thread(target=deeper, args=(0,))
    thread.start()
    thread.join()
    assert len(told) == 5
    assert len(set(told)) == 1


def test_d12_nesting_that_is_allowed_is_read_at_every_depth_of_the_stack():
    found = []

    def deeper(left):
        if left:
            deeper(left - 1)
        else:
            found.append(parse("[" * 200 + "]" * 200))

    for depth in (0, 300, sys.getrecursionlimit() - 450):
        deeper(depth)
    assert len(found) == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud83d\\ude00 \\u00e9 \\\\ud83d \\\\u0000"}',
        '{"text": "a \\": b", "note : x": "NaN [[[ 1e999 }"}',
        '{"id": "3e1234e5-0e00-4e99", "n": 12345678901234567890, "x": -1.5e-300, "y": 1e308}',
        '{"key"  :  1, "other"\n\t: {"key" : 2}}',
        '["' + "1" * 50 + '", "' + "[{" * 500 + '"]',
        '["' + "]}" * 500 + '", "\\"[[", []]',
        '{"": 0, " ": 1, "a\\\\": 2, "b\\\\\\"": 3}',
        "[" * 200 + "]" * 200,
        " 1 ",
        '"x"',
        "null",
        "-0",
        "[]",
    ],
)
def test_what_only_looks_odd_is_read_as_json_reads_it(text):
    assert parse(text) == parse(text.encode()) == json.loads(text)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20) + 1, 10**20 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    values,
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\n", "\t:\r\n")]),
    st.sampled_from([None, 2]),
)
def test_valid_json_is_read_as_json_reads_it_however_it_is_written(value, ascii_, marks, indent):
    text = json.dumps(value, ensure_ascii=ascii_, separators=marks, indent=indent)
    assert parse(text.encode()) == json.loads(text)


PIECES = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', '"a" ', "1", "1e400", "NaN", "9" * 22,
          '"\\ud800"', '"\\u0000"', '"\\"a\\":"', '"\\\\"', " ", "\n", "-", "true"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.binary(max_size=30))
@example('{"a":1,"a":1}')
@example('{"a":"\\"a\\":","a":1}')
def test_quick_and_slow_reading_agree_on_everything(data):
    def outcome(read):
        try:
            return repr(read(data))
        except JsonError as error:
            return str(error), error.path

    def slowly(text):
        decoded = text if isinstance(text, str) else text.decode()
        return strict._slowly(decoded)

    try:
        slow = outcome(slowly)
    except UnicodeDecodeError:
        slow = None
    quick = outcome(parse)
    assert quick == slow or (slow is None and "not UTF-8" in quick[0])


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_nothing_but_jsonerror_is_ever_raised(data):
    with suppress(JsonError):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b'["' + b'\\"' * 2**21,
        b"[" * 2**22,
        b"]" * 2**22,
        (b"[" * 150 + b"]" * 150) * 2**14,
        b'["' + b"0e0001" * 2**20,
        b"[" + b"1.1.1-" * 2**20,
        b'["' + b"\\\\u" * 2**20,
        b'["' + b"\\ud83d" * 2**20,
        b" :" * 2**21,
    ],
    ids=range(9),
)
def test_s20_hostile_megabytes_take_no_more_than_linear_time(data):
    with pytest.raises(JsonError):  # a quadratic reading would take days
        parse(data)


def test_a_number_of_errors_names_the_first_in_the_order_of_the_text():
    for _ in range(3):
        with pytest.raises(JsonError) as caught:
            parse('{"b": [1, {"x": NaN}], "a": 1e999, "c": "\\u0000"}')
        assert caught.value.path == "$.b[1].x"


def test_a_key_that_may_be_a_person_is_not_shown():
    with pytest.raises(JsonError) as caught:
        parse('{"people": {"ann@example.test": NaN}}')
    assert caught.value.path == '$.people["…"]'


# --- members --------------------------------------------------------------------------------------

BODY = {"result": {"elements": [{"id": 7, "a b": 1.5, "on": True, "no": None}], "n": 3}}


def test_members_by_path_and_kind():
    assert member(BODY, "$.result.elements[0].id", int) == 7
    assert member(BODY, '$.result.elements[0]["a b"]', float) == 1.5
    assert member(BODY, "$.result.n", float) == 3
    assert member(BODY, "$.result.elements[0].no", (str, type(None))) is None
    assert member(BODY, "$", dict) is BODY
    assert member(BODY, "$.result.elements[0].on") is True
    assert member(BODY, "$.result.next", str, default=None) is None
    assert member([1, 2], "$[1]", int) == 2


@pytest.mark.parametrize(
    ("path", "kind", "where", "said"),
    [
        ("$.result.next", str, "$.result.next", "missing, expected a text"),
        ("$.meta.next", str, "$.meta", "missing, expected more below it"),
        ("$.result.elements[1]", dict, "$.result.elements[1]", "missing, expected an object"),
        ("$.result.elements", dict, "$.result.elements", "expected an object, found an array"),
        ("$.result.elements.id", int, "$.result.elements", "expected an object, found an array"),
        ("$.result[0]", int, "$.result", "expected an array, found an object"),
        ("$.result.n", str, "$.result.n", "expected a text, found a whole number"),
        ("$.result.elements[0].on", int, "$.result.elements[0].on", "found true or false"),
        ("$.result.elements[0].on", float, "$.result.elements[0].on", "found true or false"),
        ("$.result.elements[0].no", (str, int), "$.result.elements[0].no", "found null"),
    ],
)
def test_drift_names_the_path_and_no_value(path, kind, where, said):
    with pytest.raises(DriftError) as caught:
        member(BODY, path, kind)
    assert caught.value.path == where
    assert str(caught.value).startswith(f"{where}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_drift_of_a_body_that_is_something_else(body):
    with pytest.raises(DriftError, match=r"^\$: expected an object, found") as caught:
        member(body, "$.result", dict)
    assert caught.value.path == "$"


def test_a_default_stands_for_what_is_absent_and_not_for_drift_above_it():
    assert member({}, "$.a", str, default="x") == "x"
    for body in ({"a": 5}, {"a": {}}):
        with pytest.raises(DriftError):
            member(body, "$.a.b.c" if body["a"] == {} else "$.a.b", str, default="x")


@pytest.mark.parametrize(
    "path", ["result", "", "$result", "$.", "$.a[", "$.a[-1]", "$..a", "$.a b"]
)
def test_a_path_that_is_none_is_a_mistake_of_the_author(path):
    with pytest.raises(UsageError, match="no JSON path"):
        member(BODY, path)


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [("9", 9), ("0", 0), ("-1", -1), ("9.5", 9.5), ("9.0", 9.0), ("10", 10), (9, 9), (9.5, 9.5),
     ("-0", 0), (-0.0, 0.0), ("-0.0", 0.0), ("0.001", 0.001)],
)  # fmt: skip
def test_d10_numbers_as_they_stand(given_, wanted):
    found = number(given_)
    assert (found, type(found)) == (wanted, type(wanted))
    assert math.copysign(1, found) == math.copysign(1, wanted)


@pytest.mark.parametrize(
    "given_",
    ["9_0", " 9 ", "9 ", "1e1", "٩", "９", "", " ", "+9", "09", "9.", ".5", "9,5", "0x9", "NaN",
     "inf", "Infinity", "9\n", "½", "²", "9/10", "--9", "-", "1" * 16, None, True, False, [], {},
     [9], float("nan"), float("inf"), b"9"],
)  # fmt: skip
def test_d10_what_is_no_plain_number_is_refused_without_its_value(given_):
    with pytest.raises(DataError) as caught:
        number(given_)
    assert str(given_) not in str(caught.value) or len(str(given_)) < 2


def test_d10_the_decimal_mark_is_declared():
    assert number("9,5", decimal=",") == 9.5
    for text in ("9.5", "1.000,5", "1,000"):
        if text == "1,000":
            assert number(text, decimal=",") == 1.0
            continue
        with pytest.raises(DataError):
            number(text, decimal=",")


@given(st.integers(-(10**14), 10**14) | st.floats(-1e6, 1e6).map(lambda x: round(x, 6)))
def test_d10_what_python_writes_plainly_is_read_back(value):
    text = format(value, "f") if isinstance(value, float) else str(value)
    assert number(text) == float(text)


# --- times ----------------------------------------------------------------------------------------

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T09:30:00Z", "2026-03-02T09:30:00.000Z", "2026-03-02T09:30:00+00:00",
     "2026-03-02 09:30:00 UTC", "2026-03-02T10:30:00+01:00", "2026-03-02T10:30:00+0100",
     "2026-03-02T10:30+01", "2026-03-02T04:30:00-05:00", "20260302T093000Z",
     "2026-03-02T09:30:00.000000999Z", "2026-03-02T09:30:00,0Z", "2026-03-02T15:00:00+05:30"],
)  # fmt: skip
def test_d13_one_instant_however_it_is_written(text):
    found = instant(text)
    assert found == MOMENT
    assert found.tzinfo is UTC


def test_d13_epochs_by_their_declared_unit():
    seconds = int(MOMENT.timestamp())
    for value in (seconds, float(seconds), str(seconds)):
        assert instant(value, unit="s") == MOMENT
    assert instant(seconds * 1000, unit="ms") == MOMENT
    assert instant(seconds * 10**6 + 1, unit="us") == MOMENT + timedelta(microseconds=1)
    assert instant(1767225600.123456, unit="s").microsecond == 123456
    assert instant(-1, unit="s") == datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)
    for value in (seconds, str(seconds), True):
        with pytest.raises(DataError):
            instant(value)
    for unit in ("s", "ms", "us"):
        with pytest.raises(DataError):
            instant(True, unit=unit)


def test_d13_naive_times_need_a_declared_zone():
    with pytest.raises(DataError, match="declare the zone"):
        instant("2026-03-02 09:30:00")
    with pytest.raises(DataError, match="declare the zone"):
        instant(datetime(2026, 3, 2))
    with pytest.raises(DataError, match="declare the zone"):
        instant("2026-03-02")
    assert instant("2026-03-02 10:30:00", zone="Europe/Paris") == MOMENT
    assert instant("2026-03-02 10:30", zone=timezone(timedelta(hours=1))) == MOMENT
    assert instant("2026-03-02", zone="Europe/Paris") == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert instant("2026-03-02T09:30:00Z", zone="Europe/Paris") == MOMENT


def test_d13_the_hour_that_comes_twice_and_the_one_that_is_skipped():
    twice = instant("2026-10-25T02:30:00", zone="Europe/Paris")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first: summer time
    skipped = instant("2026-03-29T02:30:00", zone="Europe/Paris")
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # by the offset before the change
    both = [instant(f"2026-11-01T01:30:00{offset}") for offset in ("-04:00", "-05:00")]
    assert both[1] - both[0] == timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z",
     "2026-13-01T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z",
     "2026-03-02T25:00:00Z", "2026-03-02T09:30:00+25:00", "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_d13_a_time_that_does_not_exist_is_refused(text):
    with pytest.raises(DataError, match="does not exist"):
        instant(text)


@pytest.mark.parametrize(
    "given_",
    ["", " ", "now", "02/03/2026", "2026-3-2", "2026-W10-1", "2026-061", "26-03-02T09:30:00Z",
     "2026-03-02T09", "٢٠٢٦-03-02", "2026-03-02T09:30:00 EDT", "2026-03-02T09:30:00Zx",
     "Mon, 02 Mar 2026 09:30:00 GMT", "1772443800", None, [], {}, 5, 5.5, "2026-03-02T09:30:00Z\n"],
)  # fmt: skip
def test_d13_what_is_no_time_is_refused_without_its_value(given_):
    with pytest.raises(DataError, match="expected a time"):
        instant(given_, zone="UTC")


def test_d13_numbers_out_of_range_are_refused():
    for value in (10**18, -(10**18), 1e300, float("nan"), float("inf"), 10**400):
        with pytest.raises(DataError):
            instant(value, unit="s")


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd", "\0"])
def test_d13_an_unknown_zone_is_a_matter_of_configuration(zone):
    with pytest.raises(ConfigError, match="time zone"):
        instant("2026-03-02T09:30:00", zone=zone)


@given(st.datetimes(timezones=st.timezones()))
def test_d13_every_aware_time_keeps_its_instant(at):
    try:
        expected = at.astimezone(UTC)
    except OverflowError:
        return
    offset = at.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return  # local mean times before zones: no text of ISO 8601 holds their seconds
    assert instant(at) == instant(at.isoformat()) == expected
