"""Settings of sources: one class, four ways to give them; strict, and secrets show nowhere."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import os
import pickle
import stat
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import quote

import attrs
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics.errors import ConfigError
from cxmetrics.sources import Page, Source, Stream
from cxmetrics.sources.config import Secret, Url, Zone, configure, option, options_of
from cxmetrics.sources.kinds import MisfitError, kind_of
from cxmetrics.sources.options import spell

CANARY = "CANARY-5d8f/1c+2=="
ENCODED = (CANARY, quote(CANARY, safe=""), base64.b64encode(CANARY.encode()).decode())


@frozen(kw_only=True)
class Config:
    subdomain: str = option(help="What comes before .acme.test.")
    token: Secret = option(secret=True, help="An API token.")
    refresh: Secret | None = option(None, secret=True, help="A refresh token.")
    pages: int = option(5, help="How many pages.")
    rate: float | None = option(None, help="Requests a second.")
    drafts: bool = option(False, help="Whether drafts count.")
    surveys: tuple[str, ...] = option((), help="Ids of surveys.")
    start: date | None = option(None, help="The first day.")
    at: datetime | None = option(None, help="The first moment.")
    lookback: timedelta = option(timedelta(days=14), help="How far back.")
    mapping: Path | None = option(None, help="A file.")
    columns: Mapping[str, str] | None = option(None, help="Columns by field.")
    zone: Zone = option("UTC", help="Where days begin.")
    url: Url = option("https://acme.test", help="The server.")
    kind: Literal["old", "new"] = option("new", help="Which generation.")
    parts: tuple[Literal["a", "b"], ...] = option(("a",), help="Which parts.")

    @pages.validator
    def _few(self, attribute: Any, value: int) -> None:
        if value > 100:
            raise ValueError("pages is 100 at most")


class Acme(Source[Config]):
    name = "acme"
    title = "Acme"
    Config = Config
    streams = (Stream(name="responses"),)

    @property
    def account(self) -> str:
        return self.config.subdomain

    def pages(self, http: Any, stream: Any, since: Any) -> Any:
        yield Page([])


GIVEN = {"subdomain": "eu", "token": CANARY}


def made(environ: Any = None, **given: Any) -> Any:
    return configure(Acme, {**GIVEN, **given}, environ=environ or {})


def refused(environ: Any = None, **given: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        made(environ, **given)
    text = "".join(traceback.format_exception(caught.value))
    for form in ENCODED:
        assert form not in text
    return str(caught.value)


# -- values ----------------------------------------------------------------------------------------

READ = [
    ("pages", "30", 30),
    ("pages", " 7 ", 7),
    ("rate", ".5", 0.5),
    ("drafts", "Yes", True),
    ("drafts", "0", False),
    ("surveys", "SV_1, SV_2", ("SV_1", "SV_2")),
    ("start", "2026-03-01", date(2026, 3, 1)),
    ("at", "2026-03-01T09:00:00Z", datetime(2026, 3, 1, 9, tzinfo=UTC)),
    ("lookback", "1.5", timedelta(hours=36)),
    ("mapping", "map.toml", Path("map.toml")),
    ("columns", "rating=q1, id=ID", {"rating": "q1", "id": "ID"}),
    ("zone", "Europe/Paris", "Europe/Paris"),
    ("url", "https://survey.example.test/limesurvey", "https://survey.example.test/limesurvey"),
    ("kind", "old", "old"),
    ("parts", "b,a", ("b", "a")),
]


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_a_setting_is_read_from_a_text_wherever_it_comes_from(name, text, value):
    variable = f"CXMETRICS_ACME_{name.upper()}"
    for feed in (made(**{name: text}), made({variable: text}), made(**{name: value})):
        assert getattr(feed.source.config, name) == value


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("pages", "9_0", "is a whole number, such as 30, not '9_0'"),
        ("pages", "٣", "is a whole number"),
        ("pages", "1e1", "is a whole number"),
        ("pages", "9" * 30, "is a whole number"),
        ("rate", "nan", "is a number, such as 0.5"),
        ("rate", "9,5", "is a number"),
        ("drafts", "maybe", "is true or false"),
        ("surveys", "a,,b", "is a list of texts, separated by commas"),
        ("start", "01.03.2026", "is a date, such as 2026-03-01"),
        ("start", "2026-02-30", "is a date"),
        ("at", "2026-03-01T09:00:00", "is a time with its offset"),
        ("lookback", "two weeks", "is a number of days, such as 14"),
        ("columns", "rating", "is a list of pairs NAME=VALUE"),
        (
            "columns",
            "a=1,a=2",
            "is a list of pairs NAME=VALUE, separated by commas, each name once",
        ),
        ("zone", "Europe/Pari", "is the name of a time zone, such as Europe/Paris, not"),
        ("zone", "../../etc/passwd", "is the name of a time zone"),
        ("url", "acme.test", "is an address, such as https://"),
        ("url", "ftp://acme.test", "is an address"),
        ("url", "https://acme.test:port", "is an address"),
        ("url", "https://acme.test/?key=1", "is an address"),
        ("kind", "newer", "takes one of: old, new, not 'newer'"),
        ("parts", "a,c", "takes some of: a, b"),
    ],
)
def test_what_is_not_of_its_kind_is_refused_with_option_variable_and_what_is_allowed(
    name, text, allowed
):
    variable = f"CXMETRICS_ACME_{name.upper()}"
    assert f"acme: {name} {allowed}" in refused(**{name: text})
    assert refused({variable: text}).endswith(f"({variable}).")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pages", True),
        ("pages", 5.0),
        ("rate", float("inf")),
        ("drafts", 1),
        ("surveys", ()),
        ("surveys", (1.5,)),
        ("start", datetime(2026, 3, 1, tzinfo=UTC)),
        ("at", datetime(2026, 3, 1)),
        ("subdomain", ""),
        ("subdomain", b"eu"),
        ("columns", {"a": 1}),
        ("lookback", 14),
    ],
)
def test_python_values_are_not_bent(name, value):
    assert f"acme: {name} is " in refused(**{name: value})


def test_whole_numbers_are_taken_as_ids():
    config = made(subdomain=12345, surveys=[1, "2"]).source.config
    assert (config.subdomain, config.surveys) == ("12345", ("1", "2"))


@given(st.integers(-(10**17), 10**17))
def test_spelling_and_reading_a_number_are_one(value):
    assert kind_of(int).take(spell(value)) == value


@given(st.text())
def test_no_text_crashes_a_reader(text):
    for hint in (int, float, bool, date, datetime, timedelta, Path, Url, tuple[str, ...]):
        with contextlib.suppress(MisfitError):
            kind_of(hint).take(text)


def test_given_wins_over_the_environment_and_that_over_the_default():
    environ = {"CXMETRICS_ACME_PAGES": "7"}
    assert made(environ, pages=3).source.config.pages == 3
    assert made(environ).source.config.pages == 7
    assert made(environ, pages=None).source.config.pages == 7
    assert made({"CXMETRICS_ACME_PAGES": ""}).source.config.pages == 5


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        configure(Acme, {"page": 3, "rate": "fast"}, environ={"CXMETRICS_ACME_PAGES": "x"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "acme is not configured:"
    assert [line.split()[1] for line in lines[1:]] == [
        "there",
        "subdomain",
        "token",
        "pages",
        "rate",
    ]
    for part in ("did you mean 'pages'", "say --subdomain", "CXMETRICS_ACME_SUBDOMAIN",
                 "CXMETRICS_ACME_TOKEN_FILE", "CXMETRICS_ACME_TOKEN_COMMAND"):  # fmt: skip
        assert part in str(caught.value)
    assert "--token" not in str(caught.value)


def test_a_validator_of_the_adapter_is_told_as_configuration():
    assert refused(pages=101) == "acme: pages is 100 at most."


# -- secrets ---------------------------------------------------------------------------------------


def test_the_adapter_sees_that_there_is_a_secret_and_the_transport_sees_it():
    feed = made(refresh=Secret("another"))
    assert feed.vault.reveal("token") == CANARY
    assert set(feed.vault) == {"token", "refresh"}
    assert feed.source.config.token
    with pytest.raises(PermissionError):
        feed.source.config.token.reveal()
    assert made().source.config.refresh is None
    assert feed.key == "acme:eu"


def test_nothing_that_shows_a_configuration_shows_a_secret():
    feed = made(refresh=CANARY)
    own = Config(subdomain="eu", token=CANARY)  # made by hand: the value is there, and hidden
    shown = [f"{thing!r} {thing} {thing:}" for thing in (feed, feed.source.config, own, own.token)]
    shown += [repr(attrs.asdict(own)), repr(attrs.astuple(own)), repr(vars(feed.source))]
    shown.append(repr([row.row() for row in options_of(Acme)]))
    shown.append(json.dumps(attrs.asdict(own), default=str))
    for form in ENCODED:
        assert not [text for text in shown if form in text]
    for thing in (feed, own, feed.source.config, own.token):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing)
    assert copy.deepcopy(own).token is own.token
    assert Config(subdomain="eu", token=CANARY) == own


@pytest.mark.parametrize("value", ["", "  ", 5, b"CANARY-5d8f/1c+2==", [CANARY]])
def test_a_secret_that_is_none_is_refused_without_a_word_of_it(value):
    assert refused(token=value) == "acme: token is a text that is not blank."


def lacking(environ: Mapping[str, str]) -> Any:
    """Configure without a token given."""
    return configure(Acme, {"subdomain": "eu"}, environ=environ)


def lacking_refused(environ: Mapping[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        lacking(environ)
    text = "".join(traceback.format_exception(caught.value))
    assert not [form for form in ENCODED if form in text]
    return str(caught.value)


def written(path: Path, mode: int = 0o600, text: str = f"{CANARY}\n") -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_a_secret_comes_from_a_file_of_its_owner_alone(tmp_path):
    path = tmp_path / "token"
    feed = lacking({"CXMETRICS_ACME_TOKEN_FILE": written(path)})
    assert feed.vault.reveal("token") == CANARY


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602, 0o666])
def test_a_file_that_others_may_open_is_refused(tmp_path, mode):
    path = tmp_path / "token"
    message = lacking_refused({"CXMETRICS_ACME_TOKEN_FILE": written(path, mode)})
    assert f"chmod 600 {path}" in message
    assert "CXMETRICS_ACME_TOKEN_FILE" in message
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: str(path), "can't be read: No such file"),
        (lambda path: str(path.parent), "can't be read: Is a directory"),
        (lambda path: written(path, text="\n"), "not blank"),
        (lambda path: written(path, text="x" * 70_000), "larger than 64 KiB"),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path, make, says):
    assert says in lacking_refused({"CXMETRICS_ACME_TOKEN_FILE": make(tmp_path / "token")})


def printing(code: str) -> dict[str, str]:
    return {"CXMETRICS_ACME_TOKEN_COMMAND": f'"{sys.executable}" -c "{code}"'}


def test_a_secret_comes_from_a_program():
    assert lacking(printing(f"print('{CANARY}')")).vault.reveal("token") == CANARY


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        (printing(f"print('{CANARY}'); raise SystemExit(3)"), "the program exited with 3"),
        (printing("print()"), "not blank"),
        (printing("import sys; sys.stdout.buffer.write(bytes([255]))"), "does not print UTF-8"),
        ({"CXMETRICS_ACME_TOKEN_COMMAND": "no-such-program-here"}, "can't be started"),
        ({"CXMETRICS_ACME_TOKEN_COMMAND": "echo 'open"}, "can't be understood"),
    ],
)
def test_a_program_that_gives_no_secret(environ, says):
    message = lacking_refused(environ)
    assert says in message
    assert "CXMETRICS_ACME_TOKEN_COMMAND" in message


def test_a_program_is_run_without_a_shell(tmp_path):
    trap = tmp_path / "trap"
    lacking_refused({"CXMETRICS_ACME_TOKEN_COMMAND": f"no-such-program; touch {trap}"})
    assert not trap.exists()


def test_a_secret_that_is_given_twice_is_refused(tmp_path):
    environ = {
        "CXMETRICS_ACME_TOKEN": CANARY,
        "CXMETRICS_ACME_TOKEN_FILE": written(tmp_path / "t"),
    }
    assert "keep one of CXMETRICS_ACME_TOKEN and CXMETRICS_ACME_TOKEN_FILE" in lacking_refused(
        environ
    )


def test_the_keyring_is_asked_last(monkeypatch):
    asked = []

    def get_password(service: str, user: str) -> str | None:
        asked.append((service, user))
        return CANARY if user == "acme.token" else None

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    assert lacking({}).vault.reveal("token") == CANARY
    assert asked == [("cxmetrics", "acme.token"), ("cxmetrics", "acme.refresh")]
    assert lacking({"CXMETRICS_ACME_TOKEN": "own"}).vault.reveal("token") == "own"

    def locked(service: str, user: str) -> str:
        raise RuntimeError("the keyring is locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    assert "token must be given" in lacking_refused({})


def test_a_secret_that_the_vendor_replaces_goes_back_into_its_file(tmp_path, caplog):
    path = tmp_path / "token"
    feed = lacking({"CXMETRICS_ACME_TOKEN_FILE": written(path)})
    feed.vault.put("token", "the next one")
    feed.vault.put("access_token", "of a session")
    assert path.read_text() == "the next one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["token"]
    assert not caplog.records


def test_a_secret_that_the_vendor_replaces_goes_back_into_the_keyring(monkeypatch, caplog):
    kept = {"acme.token": CANARY}
    keyring = SimpleNamespace(
        get_password=lambda service, user: kept.get(user),
        set_password=lambda service, user, text: kept.__setitem__(user, text),
    )
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    lacking({}).vault.put("token", "the next one")
    assert kept == {"acme.token": "the next one"}
    made(token="by hand").vault.put("token", "a third one")
    lacking({"CXMETRICS_ACME_TOKEN": "of a variable"}).vault.put("token", "a third one")
    assert kept == {"acme.token": "the next one"}
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "acme has replaced token" in caplog.text
    assert "CXMETRICS_ACME_TOKEN_FILE" in caplog.text
    assert "a third one" not in caplog.text


# -- classes ---------------------------------------------------------------------------------------


def declared(**fields: Any) -> type[Source[Any]]:
    config = attrs.make_class("Config", {n: f for n, (_, f) in fields.items()}, kw_only=True)
    config.__annotations__ = {name: hint for name, (hint, _) in fields.items()}
    return type("Odd", (Acme,), {"name": "odd", "Config": config})


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"store": (str, option(help=""))}, "can't be called 'store'"),
        (
            {"key": (Secret, option(secret=True, help="")), "key_file": (str, option(help=""))},
            "can't be called 'key_file'",
        ),
        ({"x": (dict, option(help=""))}, "a setting is a str"),
        ({"x": (int | str, option(help=""))}, "a setting is a str"),
        ({"x": (str, attrs.field())}, "declare x with"),
        ({"x": (str, option(secret=True, help=""))}, "go together"),
        ({"x": (Secret, option(help=""))}, "go together"),
    ],
)
def test_a_class_that_can_not_be_asked_for_is_the_author_s_error(fields, says):
    with pytest.raises(TypeError, match=says):
        options_of(declared(**fields))


def test_the_rows_of_the_documentation_say_everything_once():
    rows = {row["name"]: row for row in (each.row() for each in options_of(Acme))}
    assert list(rows) == [field.name for field in attrs.fields(Config)]
    assert rows["token"] == {
        "name": "token",
        "kind": "secret",
        "required": True,
        "default": "",
        "secret": True,
        "option": "",
        "variable": "CXMETRICS_ACME_TOKEN",
        "help": "An API token.",
    }
    assert rows["lookback"]["default"] == "14"
    assert rows["kind"]["kind"] == "old, new"
    assert rows["lookback"]["option"] == "--lookback"
    json.dumps(list(rows.values()))
