"""`cxmetrics plugins`, `sources`, `limits` and `new`: what is there, and what can be made."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import cxmetrics
from cxmetrics.plugins import HOOK_API, registry
from cxmetrics.sources.config import options_of, source_class
from cxmetrics.testing.vendor import Vendor

GOOD = """
import click, cxmetrics as cx
from cxmetrics.sources import Page, Source, Stream
from cxmetrics.sources.config import Secret, option
from attrs import frozen

@frozen(kw_only=True)
class Config:
    shop: str = option(help="Which shop.")
    token: Secret = option(secret=True, help="An API token.")
    drafts: bool = option(False, help="Whether drafts count.")
    parts: tuple[str, ...] = option(("a", "b"), help="Which parts.")

class Small(Source[Config]):
    name = "small"
    title = "A small\\x1b[31m vendor"
    Config = Config
    streams = (Stream(name="responses", deletes=True), Stream(name="customers", follows="nothing"))
    origin = "https://small.test"
    reference = "https://docs.small.test"
    skips = {"test_resume": "the vendor has no\\x1b[1m cursors"}
    def pages(self, http, stream, since):
        yield Page([])

@cx.hookimpl
def cxmetrics_sources():
    return [Small]

@cx.hookimpl
def cxmetrics_commands():
    @click.command(short_help="Greet.")
    def hello():
        click.echo("hello")
    return [hello]
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a plugin that works and one that does not."""
    home = tmp_path / "plugins"
    home.mkdir(mode=0o700)
    (home / "small.py").write_text(GOOD)
    (home / "broken.py").write_text("raise SystemError('half\\x1b[2J a plugin')\n")
    return home


@pytest.fixture
def ask(run, folder, monkeypatch):
    """Run the program with the folder's plugins and no others."""
    names = {info.name for info in registry.installed() if info.origin == "installed"}
    monkeypatch.setenv("CXMETRICS_BLOCK_PLUGINS", ",".join(sorted(names)))

    def asked(*arguments, **environment):
        return run("--plugins-dir", str(folder), *arguments, **environment)

    yield asked
    registry.use(cxmetrics.plugins.Settings.of({}))


def test_plugins_lists_what_is_there_what_it_offers_and_what_failed(ask, folder):
    told = {each["name"]: each for each in json.loads(ask("plugins", "--format", "json").stdout)}
    assert list(told["cxmetrics"]) == [
        *("name", "version", "distribution", "origin", "hook_api", "offers", "skips", "failure"),
        "blocked",
    ]
    assert told["cxmetrics"]["version"] == cxmetrics.__version__
    assert {"demo", "files"} <= set(told["cxmetrics"]["offers"]["source"])
    assert "pull" in told["cxmetrics"]["offers"]["command"]
    assert told["small"]["offers"] == {"source": ["small"], "command": ["hello"]}
    assert told["small"]["origin"] == str(folder / "small.py")
    assert told["small"]["hook_api"] == HOOK_API
    assert told["broken"]["failure"].startswith("SystemError: half")
    shown = ask("plugins")
    assert shown.exit_code == 0
    assert "source small; command hello" in shown.stdout
    assert "! broken: SystemError: half\\x1b[2J a plugin." in shown.stdout
    assert "small: test_resume: the vendor has no\\x1b[1m cursors" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_a_failing_plugin_breaks_no_other_verb(ask):
    assert ask("metrics").exit_code == 0
    assert "small" in ask("sources").stdout
    refused = ask("pull", "broken")
    assert refused.exit_code == 2
    assert "broken.py) failed to load: SystemError" in refused.stderr
    assert "\x1b" not in refused.stderr


def test_a_pull_imports_its_source_and_no_other_plugin(ask, folder, tmp_path):
    mark = tmp_path / "imported"
    (folder / "nosy.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    (tmp_path / "a.csv").write_text("number,recommend\n1,9\n")
    mapped = ("--columns", "id=number", "--ratings", "nps=recommend", "--scale", "0:10")
    store = ("--store", str(tmp_path / "cx.db"))
    done = ask("pull", "files", "--path", str(tmp_path / "a.csv"), *mapped, *store)
    assert done.exit_code == 0, done.output
    pull = ("pull", "small", "--shop", "x", *store)
    told = {"CXMETRICS_SMALL_TOKEN": "an-invented-token"}
    own = ask(*pull, **told)
    assert own.exit_code == 0, own.output
    assert "Source small from" in own.stderr
    assert not mark.exists()
    listened = ask(*pull, **told, CXMETRICS_PULL_LISTENERS="nosy")
    assert listened.exit_code == 0
    assert mark.exists()


def test_a_plugin_adds_a_verb(ask):
    assert ask("hello").stdout == "hello\n"
    assert "hello" in ask("--help").stdout


def test_safe_mode_uses_no_plugin(run, folder):
    for arguments, environment in (
        (("--safe", "--plugins-dir", str(folder)), {}),
        ((), {"CXMETRICS_SAFE": "1", "CXMETRICS_PLUGINS_DIR": str(folder)}),
    ):
        told = json.loads(run(*arguments, "plugins", "--format", "json", **environment).stdout)
        assert [each["name"] for each in told] == ["cxmetrics"]
        refused = run(*arguments, "sources", "small", **environment)
        assert refused.exit_code == 2
        assert "safe mode" in refused.stderr
    registry.use(cxmetrics.plugins.Settings.of({}))


def test_a_folder_that_is_not_there_is_wrong_usage(run, tmp_path):
    refused = run("--plugins-dir", str(tmp_path / "nowhere"), "metrics")
    assert refused.exit_code == 2
    assert "does not exist" in refused.stderr


def test_sources_lists_and_explains(ask):
    listed = json.loads(ask("sources", "--format", "json").stdout)
    assert [each["name"] for each in listed] == ["demo", "files", "small"]
    assert list(listed[0]) == ["name", "title", "streams", "origin", "distribution", "version"]
    one = json.loads(ask("sources", "small", "--format", "json").stdout)
    assert [option["name"] for option in one["options"]] == ["shop", "token", "drafts", "parts"]
    assert one["options"][1]["secret"]
    assert one["options"][1]["option"] == ""
    assert one["reference"] == "https://docs.small.test"
    text = ask("sources", "small").stdout
    for part in (
        *("A small\\x1b[31m vendor", "--shop (text): Which shop.", "CXMETRICS_SMALL_SHOP"),
        *("CXMETRICS_SMALL_TOKEN: An API token.", "Default: a,b.", "https://docs.small.test"),
        *("deletions are told", "customers: everything, each time", "https://small.test"),
    ):
        assert part in text
    assert "--token" not in text


def test_sources_says_which_variables_are_set_and_not_to_what(ask, tmp_path):
    text = ask(
        "sources", "small", CXMETRICS_SMALL_TOKEN_FILE="/secret/place", CXMETRICS_SMALL_SHOP="mine"
    ).stdout
    assert "(set: CXMETRICS_SMALL_TOKEN_FILE)" in text
    assert "CXMETRICS_SMALL_SHOP (set: CXMETRICS_SMALL_SHOP)" in text
    assert "/secret/place" not in text
    assert "mine" not in text


@pytest.mark.parametrize("name", ["demo", "files"])
def test_sources_explains_each_built_in(run, name):
    text = " ".join(run("--safe", "sources", name).stdout.split())
    for option in options_of(source_class(name)):
        assert option.variable in text
        assert " ".join(option.help.split()) in text


def test_an_unknown_source_is_met_with_the_close_ones(run):
    for verb in ("sources", "pull"):
        refused = run("--safe", verb, "dmo")
        assert refused.exit_code == 2
        assert "did you mean 'demo'" in refused.stderr
    registry.use(cxmetrics.plugins.Settings.of({}))


def test_limits_are_what_the_library_keeps_to(run):
    from cxmetrics.sources.policy import Policy

    told = json.loads(run("limits", "--format", "json").stdout)
    assert told["answer_bytes"] == Policy().most_bytes == 64 * 2**20
    assert told["answer_seconds"] == 120
    assert told["tries"] == Policy().tries
    text = run("limits").stdout
    assert "64 MiB" in text
    assert "100,000" in text


# -- new -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Acme",), "small letters"),
        (("acme--x",), "small letters"),
        (("../acme",), "small letters"),
        (("demo",), "a source is called 'demo' already"),
        (("acme", "--title", 'say "x"'), "without quotes"),
        (("acme", "--title", "two\nlines"), "one line"),
        (("acme", "--folder", "nowhere"), "does not exist"),
    ],
)
def test_what_can_not_be_made_is_refused(run, tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    refused = run("new", "source", *arguments)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert not list(tmp_path.iterdir())


def test_a_new_key_is_private_and_is_never_replaced(run, tmp_path):
    path = tmp_path / "key"
    made = run("new", "key", str(path))
    assert made.exit_code == 0
    assert made.stdout == f"{path}\n"
    assert "CXMETRICS_PSEUDONYMISE_KEY_FILE" in made.stderr
    assert path.read_text().strip() not in made.output
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    again = run("new", "key", str(path))
    assert again.exit_code == 2
    assert "is there already" in again.stderr


def test_a_new_source_can_be_pulled_at_once(run, tmp_path):
    made = run("new", "source", "acme-voice", "--title", "Acme & Söhne", "--folder", str(tmp_path))
    assert made.exit_code == 0, made.stderr
    home = tmp_path / "cxmetrics-acme-voice"
    assert made.stdout == f"{home}\n"
    assert "pytest" in made.stderr
    assert not [path for path in home.rglob("*") if path.is_file() and "$" in _text(path)]
    again = run("new", "source", "acme-voice", "--folder", str(tmp_path))
    assert again.exit_code == 2
    assert "exists already" in again.stderr

    info = home / "src" / "cxmetrics_acme_voice-0.1.0.dist-info"  # as an installer would lay it
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: cxmetrics-acme-voice\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text("[cxmetrics]\nacme-voice = cxmetrics_acme_voice\n")
    pages = json.loads((home / "tests" / "recorded" / "responses.json").read_text("utf-8"))
    with Vendor(token="an-invented-token") as vendor:
        vendor.pages("/v1/responses", *pages)
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from cxmetrics.cli import main; main()"),
                *("pull", "acme-voice", "--url", vendor.url, "--store", str(tmp_path / "new.db")),
            ],
            env={
                **os.environ,
                "PYTHONPATH": str(home / "src"),
                "CXMETRICS_ACME_VOICE_TOKEN": "an-invented-token",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Source acme-voice from cxmetrics-acme-voice 0.1.0." in done.stderr
    assert "came: 3 objects on 2 pages, the vendor counts 3" in done.stdout
    assert "written: 3 new" in done.stdout


def _text(path):
    """Return the text of a file without the paths of JSON, which have a dollar."""
    return path.read_text("utf-8").replace('"$.', "")
