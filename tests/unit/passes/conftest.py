"""Puts the builders of this folder within reach: pytest imports by file, not by path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
