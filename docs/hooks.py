"""Let the executed blocks of the pages import `catalogue`, which lies beside this file."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
