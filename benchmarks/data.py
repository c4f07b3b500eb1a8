"""The external data: SYMDIFF_DATA, else ../shared/data. What the columns mean is told in the README beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.fresh import ROOT

Entry: TypeAlias = dict[str, Any]


def folder() -> Path:
    return Path(os.environ.get("SYMDIFF_DATA") or ROOT.parent / "shared" / "data")


def records(name: str) -> list[Entry]:
    with (folder() / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def formulas() -> list[str]:
    """The formulas of the textbook."""
    lines = (folder() / "textbook.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def provable() -> list[Entry]:
    """Of rubi.jsonl, what an engine of elementary functions over the reals can prove."""
    return [entry for entry in records("rubi.jsonl") if is_provable(entry)]


def is_provable(entry: Entry) -> bool:
    """Of rubi.jsonl: verified over the reals, and elementary."""
    return bool(entry["verified_real"] and entry["elementary"])


def is_target(entry: Entry) -> bool:
    """Of simplify.jsonl: an answer smaller than the input, which holds wherever the input has a value."""
    return bool(entry["shrinks"] and entry["domain"] == "real" and entry["total"] and entry["elementary"])
