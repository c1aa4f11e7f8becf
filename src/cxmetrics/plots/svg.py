"""Drawings from templates: SVG that follows a theme, and becomes PNG and PDF without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final, Literal, get_args

from attrs import evolve, field, frozen

from cxmetrics.errors import UsageError, did_you_mean
from cxmetrics.journeys.wording import word
from cxmetrics.metrics.sheet import Sheet
from cxmetrics.plots.extra import extra
from cxmetrics.plots.theme import DARK, FONT, LIGHT, Theme

ThemeName = Literal["light", "dark", "print", "auto"]
FORMATS: Final = ("svg", "png", "pdf")

PRINT: Final = evolve(LIGHT, ink="#000000", muted="#3b424b", negative="#a84300", positive="#005f96")
"""On paper: darker type and lines; what colours say, line styles and shapes say too."""

_THEMES: Final[Mapping[str, Theme]] = {"light": LIGHT, "dark": DARK, "print": PRINT}
_SHRINKS: Final = 0.7
_VARIABLE: Final = re.compile(r'="var\(--cx-([\w-]+)\)"')
_STYLE: Final = re.compile(r"<style>.*?</style>\n?", re.DOTALL)


@frozen(kw_only=True, eq=False)
class Drawing:
    """A finished drawing; notebooks show it.

    Attributes:
        svg: the drawing as text: one element, no script, nothing from elsewhere.
        width: in pixels.
        height: in pixels.
        title: what it shows.
        described: the drawing in sentences, for those who don't see it; `svg` holds it too.
        sheet: the table behind it.
        language: of its words.

    Example:
        >>> from cxmetrics.journeys import JourneyMap, MapTouchpoint
        >>> pays = MapTouchpoint(id="Pays", channel="Web", stage="Buy", emotions=-2)
        >>> drawing = JourneyMap(title="Shop", journey=["Buy"], touchpoints=[pays]).plot()
        >>> drawing.svg[:4], drawing.title
        ('<svg', 'Shop')
    """

    svg: str = field(repr=False)
    width: int
    height: int
    title: str
    described: str = field(repr=False)
    sheet: Sheet = field(repr=False)
    language: str = "en"

    def _repr_svg_(self) -> str:
        return self.svg

    def html(self) -> str:
        """Return the drawing for a page, with the table behind it folded away below.

        It shrinks with the page until its type would be too small, and scrolls then.
        """
        least = round(_SHRINKS * self.width)
        fits = f'<svg style="display:block;width:100%;height:auto;min-width:{least}px" '
        svg = self.svg.replace("<svg ", fits, 1)
        return (
            '<figure style="margin:1em 0"><div style="overflow-x:auto" tabindex="0" role="region" '
            f'aria-label="{escape(self.title)}"><div style="max-width:{self.width}px">{svg}</div>'
            f"</div><details><summary>{word('table', self.language)}</summary>"
            f'<div style="overflow-x:auto">{self.sheet.html()}</div></details></figure>'
        )

    def save(self, path: str | Path, *, scale: float = 2.0) -> Path:
        """Write the drawing to a file, without a browser and without a network.

        Args:
            path: ends in `.svg`, `.png` or `.pdf`. A drawing of the theme `"auto"` is light in PNG
                and PDF, which know no page to follow.
            scale: pixels of a PNG for each unit of the drawing.

        Returns:
            The path.

        Raises:
            UsageError: the ending is another, or the extra `report` is not installed.
        """
        target = Path(path)
        ending = target.suffix.lower().removeprefix(".")
        if ending not in FORMATS:
            raise UsageError(
                f"a drawing can't be saved as {target.name!r}: end it in .{', .'.join(FORMATS)}."
            )
        if ending == "svg":
            target.write_text(self.svg, "utf-8")
            return target
        convert, still = extra("vl_convert"), resolved(self.svg)
        if ending == "png":
            target.write_bytes(convert.svg_to_png(still, scale=scale))
        else:
            target.write_bytes(convert.svg_to_pdf(still))
        return target


def resolved(svg: str, theme: Theme = LIGHT) -> str:
    """Return a drawing with the colours of a theme in place of variables.

    Example:
        >>> resolved('<path fill="var(--cx-ink)"/>')
        '<path fill="#1c2128"/>'
    """
    colours = dict(theme.roles())
    return _STYLE.sub("", _VARIABLE.sub(lambda found: f'="{colours[found[1]]}"', svg), count=1)


def drawn(
    template: str,
    *,
    theme: str,
    language: str,
    width: float,
    height: float,
    title: str,
    described: str,
    sheet: Sheet,
    **parts: Any,
) -> Drawing:
    """Fill a template of this package.

    Args:
        template: its name.
        theme: `"light"`, `"dark"`, `"print"` or `"auto"`.
        language: of the words.
        width: in pixels.
        height: in pixels.
        title: what is shown.
        described: the drawing in sentences.
        sheet: the table behind it.
        parts: what the template names.

    Raises:
        UsageError: there is no such theme, or the extra `report` is not installed.
    """
    if theme not in get_args(ThemeName):
        raise UsageError(
            f"no theme is called {theme!r}: {did_you_mean(theme, get_args(ThemeName))}"
        )
    known = _THEMES.get(theme, LIGHT)
    paint = {role: f"var(--cx-{role})" if theme == "auto" else c for role, c in known.roles()}
    key = sha256(f"{title}{described}{theme}".encode()).hexdigest()[:8]
    text: str = (
        _templates()
        .get_template(template)
        .render(
            **parts,
            paint={**paint, "none": "none"},
            style=_style() if theme == "auto" else "",
            font=FONT,
            key=f"cx-{key}",
            language=language,
            width=round(width),
            height=round(height),
            title=title,
            described=described,
        )
    )
    return Drawing(
        svg=text.strip(),
        width=round(width),
        height=round(height),
        title=title,
        described=described,
        sheet=sheet,
        language=language,
    )


@cache
def _templates() -> Any:
    jinja2 = extra("jinja2")
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("cxmetrics.plots"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["px"] = lambda number: f"{number:.1f}".removesuffix(".0")
    return made


def _style() -> str:
    """Return the variables of the theme `"auto"`.

    As a file of its own the drawing follows what the reader prefers, within a page the colour
    scheme of the page. A page may set the variables itself: `:where` lets any rule of it win.
    """

    def block(theme: Theme) -> str:
        return "".join(f"--cx-{role}:{colour};" for role, colour in theme.roles())

    both = "".join(
        f"--cx-{role}:light-dark({light},{dark});"
        for (role, light), (_, dark) in zip(LIGHT.roles(), DARK.roles(), strict=True)
    )
    inside, alone = ":where(.cx-drawing)", ":where(.cx-drawing:root)"
    return "\n".join(
        (
            f"{inside}{{{block(LIGHT)}}}",
            f"@media (prefers-color-scheme:dark){{{alone}{{{block(DARK)}}}}}",
            f"@supports (color:light-dark(#000,#fff)){{{alone}{{color-scheme:light dark}}",
            f"{inside}{{{both}}}}}",
            f"@media print{{{inside}{{{block(PRINT)}color-scheme:light}}}}",
        )
    )
