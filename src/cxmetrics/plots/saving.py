"""Charts to files and to SVG text, without a browser and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cxmetrics.errors import UsageError
from cxmetrics.plots.extra import extra
from cxmetrics.plots.svg import Drawing

if TYPE_CHECKING:
    from altair.typing import ChartType

FORMATS: Final = ("png", "svg", "pdf", "html")


def save(chart: ChartType | Drawing, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write a chart to a file.

    Args:
        chart: from `score.plot()`, any altair chart, or a `Drawing` (which is no HTML).
        path: ends in `.png`, `.svg`, `.pdf` or `.html` (one file with everything in it).
        scale: pixels of a PNG for each unit of the chart.

    Returns:
        The path.

    Raises:
        UsageError: the ending is another, or the extra `report` is not installed.
    """
    if isinstance(chart, Drawing):
        return chart.save(path, scale=scale)
    target = Path(path)
    ending = target.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError(
            f"a chart can't be saved as {target.name!r}: end it in .{', .'.join(FORMATS)}."
        )
    convert, version = extra("vl_convert"), _version()
    spec = chart.to_dict()
    if ending == "png":
        target.write_bytes(convert.vegalite_to_png(spec, vl_version=version, scale=scale))
    elif ending == "pdf":
        target.write_bytes(convert.vegalite_to_pdf(spec, vl_version=version))
    elif ending == "svg":
        target.write_text(svg_of(spec), "utf-8")
    else:
        page = convert.vegalite_to_html(spec, vl_version=version, bundle=True)
        target.write_text(page, "utf-8")
    return target


def svg_of(spec: dict[str, Any]) -> str:
    """Return a Vega-Lite specification, drawn, as SVG text."""
    text: str = extra("vl_convert").vegalite_to_svg(spec, vl_version=_version())
    return text


def _version() -> str:
    """Return the Vega-Lite version that altair writes, or the newest that can be drawn."""
    wanted = ".".join(extra("altair").SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    known: list[str] = extra("vl_convert").get_vegalite_versions()
    return wanted if wanted in known else known[-1]
