"""Where the tests find data that are not part of the repository."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def external() -> Path:
    """The folder of external data: SYMDIFF_DATA, else shared/data beside the repository."""
    folder = Path(os.environ.get("SYMDIFF_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        # A skipped test looks like a passed one in a log nobody reads, so CI must have the data.
        if os.environ.get("CI") == "true":
            pytest.fail(f"no external data in {folder}")
        pytest.skip("skipped: no external data")
    return folder


@pytest.fixture(scope="session")
def entries(external: Path) -> Callable[[str], list[dict[str, Any]]]:
    """The records of one file of external data: entries("derivatives.jsonl")."""

    def read(name: str) -> list[dict[str, Any]]:
        with (external / name).open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    return read
