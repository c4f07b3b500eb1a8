"""One case in a process of its own, so that no cache, no collector state and no crash of one reaches another.

A case is a generator function of `(name, value)` pairs: each is sent as soon as it is known, so what was measured
before a crash is kept.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120  # seconds for one case

Case: TypeAlias = Callable[..., Iterator[tuple[str, Any]]]


def run(case: Case, *args: Any, patience: float = PATIENCE) -> dict[str, Any]:
    """What the case says in a fresh process; under "end" how it ended, if not well or not within `patience` seconds."""
    command = [sys.executable, "-m", "benchmarks.fresh", case.__module__, case.__name__, json.dumps(args)]
    try:
        child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired as late:
        said: Any = late.stdout or b""  # bytes even of a text process
        return told(said.decode()) | {"end": f"> {patience:g} s"}
    return told(child.stdout) | ({"end": reason(child)} if child.returncode else {})


def told(output: str) -> dict[str, Any]:
    return dict([json.loads(line) for line in output.splitlines() if line.startswith("[")])


def reason(child: subprocess.CompletedProcess[str]) -> str:
    if child.returncode < 0:
        return f"crash ({signal.Signals(-child.returncode).name})"
    last = (child.stderr.strip().splitlines() or ["failed"])[-1]
    return last.partition(":")[0] if "Error" in last.partition(":")[0] else last


def together(
    cases: Mapping[str, tuple[Any, ...]], repeats: int, patience: float = PATIENCE
) -> dict[str, dict[str, Any]]:
    """Each case `repeats` times, taking turns; the medians of their numbers under the label of the case.

    A case that did not end well is not tried again.
    """
    seen: dict[str, dict[str, list[Any]]] = {label: defaultdict(list) for label in cases}
    for _ in range(repeats):
        for label, (case, *args) in cases.items():
            if "end" not in seen[label]:
                for name, value in run(case, *args, patience=patience).items():
                    seen[label][name].append(value)
    return {label: {name: middle(values) for name, values in said.items()} for label, said in seen.items()}


def middle(values: list[Any]) -> Any:
    return values[0] if isinstance(values[0], str) else median(values)


if __name__ == "__main__":
    module, name, args = sys.argv[1:]
    for pair in getattr(import_module(module), name)(*json.loads(args)):
        print(json.dumps(pair), flush=True)
