"""What blocks print: columns keep together and scroll, sentences wrap."""

from __future__ import annotations

import re
from typing import Any, Final

_PRINTED: Final = re.compile(
    r'(<div class="language-text highlight"><pre>(?:<span></span>)?<code>)(.*?)(</code>)', re.DOTALL
)
_GAP: Final = re.compile(r"\S {2,}(?=\S)")


def on_page_content(html: str, **_: Any) -> str:
    """Mark the sentences among the lines that a page shows as printed."""
    return _PRINTED.sub(lambda found: found[1] + _marked(found[2]) + found[3], html)


def _marked(text: str) -> str:
    return "".join(
        line if len(_GAP.findall(line)) > 1 else f'<span class="cx-sentence">{line}</span>'
        for line in text.splitlines(keepends=True)
    )
