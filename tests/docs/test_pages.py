"""What the pages promise is so: keys, cautions, the plugin, the built site."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics.errors import CAUTION_CODES
from cxmetrics.plugins import registry

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def keys(value: Any, path: str = "") -> set[str]:
    """Return the dotted names of the keys of a JSON object; open ones are not entered."""
    if isinstance(value, list):
        return set().union(*(keys(entry, f"{path}[]") for entry in value))
    if not isinstance(value, dict) or path in {"group", "parts"}:
        return {path}
    inner = set().union(*(keys(v, f"{path}.{k}" if path else k) for k, v in value.items()))
    return inner | ({path} if path and not path.endswith("[]") else set())


def test_json_page_names_every_key() -> None:
    text = page("policies/json.md").split("## For readers")[1].split("## The evidence")[0]
    documented = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    found = keys(cx.nps([10, 9, 3], by=["a", "a", "a"])["a"].summary())
    assert documented == found | {"cautions"}


def test_json_page_names_the_evidence() -> None:
    text = page("policies/json.md").split("## The evidence")[1]
    evidence = cx.nps([10, 3]).to_dict()["evidence"]
    for key in evidence:
        assert f"evidence.{key}" in text
    for key in evidence["tally"]:
        assert f"`evidence.tally.{key}`" in text


def test_null_is_where_the_json_page_says() -> None:
    text = page("policies/json.md").split("## For readers")[1].split("## The evidence")[0]
    nullable = set(re.findall(r"^\| `(\w+)` \| [^|]*\bnull\b[^|]*\|", text, re.MULTILINE))
    hidden = cx.enps([9, 3, 3] + [8] * 9, by=["a"] * 3 + ["b"] * 9)["a"].summary()
    for summary in (cx.nps([]).summary(), cx.nps([10]).summary(), hidden):
        assert {key for key, value in summary.items() if value is None} <= nullable
    assert {key for key, value in hidden.items() if value is None} == nullable


def test_cautions_page_names_every_code() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", page("concepts/cautions.md"), re.MULTILINE)
    assert sorted(documented) == sorted(CAUTION_CODES)


def test_trademark_page_writes_every_notice() -> None:
    block = re.search(
        r'^```python exec="true"\n(.*?)^```',
        page("policies/trademarks.md"),
        re.MULTILINE | re.DOTALL,
    )
    assert block
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(block[1], {})
    assert cx.nps.notice
    for kind in ("metric", "concept"):
        for thing in registry.every(kind):
            assert thing.notice in printed.getvalue()


def test_the_plugin_of_the_guide_installs(tmp_path: Path) -> None:
    """Lay the module and its entry point where an installer would; ask in a fresh process."""
    text = page("guides/plugins.md")
    block = r'^```{} [^\n]*title="(\w+)\.{}"\n(.*?)^```'
    module = re.search(block.format("python", "py"), text, re.MULTILINE | re.DOTALL)
    project = re.search(block.format("toml", "toml"), text, re.MULTILINE | re.DOTALL)
    assert module
    assert project
    declared = tomllib.loads(project[2])["project"]
    (tmp_path / f"{module[1]}.py").write_text(module[2], "utf-8")
    info = tmp_path / f"{declared['name'].replace('-', '_')}-{declared['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {declared['version']}\n"
    )
    points = declared["entry-points"]["cxmetrics"].items()
    (info / "entry_points.txt").write_text(
        "\n".join(["[cxmetrics]", *(f"{name} = {target}" for name, target in points)])
    )
    asked = (
        "import cxmetrics as cx, sys\n"
        "assert 'cxmetrics_acme' not in sys.modules\n"
        "score = cx.measure([10, 9, 10, 10], ['delight'])['delight']\n"
        "low, high = (lambda i: (i.low, i.high))(\n"
        "    cx.csat(cx.Tally.of(cx.one_to_five, {5: 81, 1: 182})).interval(method='wilson_cc'))\n"
        "chart = cx.nps([10, 3]).plot('dots')\n"
        "print(score.value, round(low, 2), round(high, 2), chart.to_dict()['mark']['type'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT / 'src'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["75.0", "25.35", "36.82", "point"]  # Newcombe 1998, 81 of 263


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the group docs is not installed")
    site = tmp_path / "site"
    ran = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "WARNING" not in ran.stderr
    loaded = re.compile(
        r'<(?:script|img|iframe|source)\b[^>]*\bsrc="((?:https?:)?//[^"]*)"'
        r'|<link\b(?=[^>]*\brel="(?:stylesheet|preconnect|icon|preload)")[^>]*\bhref="((?:https?:)?//[^"]*)"'
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for html in pages:
        text = html.read_text("utf-8")
        assert not loaded.search(text), html
        assert "Traceback" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.S), html
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", sheet.read_text("utf-8")), sheet
