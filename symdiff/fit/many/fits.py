"""What many fits of one model give back: arrays with a number for each group, those that failed with the reason."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from symdiff.errors import DataError, nearest
from symdiff.fit.data.table import Skips, Vector
from symdiff.fit.many.task import Task
from symdiff.fit.result import Fit
from symdiff.fit.words import counted, listed, num
from symdiff.numeric.compile import compile
from symdiff.text.show import show

SHOWN: Final = 8  # failures listed in a report
LISTED: Final = 1000  # groups that failed, as data

# fmt: off
WHY: Final = {
    "converged":    "",
    "no rows":      "no row of it can be used",
    "too few rows": "it has fewer rows than parameters",
    "undefined":    "the model has no finite value and slopes at any start tried",
    "undetermined": "its rows do not determine every parameter: other values fit as well",
    "steps":        "the steps were used up, and the loss still fell",
    "stalled":      "no step led lower, and the slopes are not 0",
    "interrupted":  "it was interrupted; this is the best place so far",
    "refused":      "",
}
# fmt: on


class Failure(NamedTuple):
    """A group without a result to rely on: its label, the reason in a word, and in a sentence."""

    label: Any
    reason: str
    why: str

    def __str__(self) -> str:
        return f"{self.label}: {self.reason}" + (f" ({self.why})" if self.why else "")


@dataclass(eq=False)
class Fits:
    """The fits of all groups: `fits[label]` is one of them, made when it is asked for; else arrays over all groups.

    The arrays have the shape (g,) of the groups in the order of `labels`, or the shape (...) of the axes before the
    last where series of an array were fitted. `at` are the parameters searched, of shape (g, k). `rows` and `skipped`
    count the rows of each group that were used, and that were not; `left_out` lists the latter.
    """

    task: Task = field(repr=False)
    at: Vector
    deviations: Vector = field(repr=False)
    loss: Vector = field(repr=False)
    ends: list[str] = field(repr=False)
    said: dict[int, str] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"<Fits: {self.converged.sum():,} of {counted(len(self), 'group')} converged>"

    # ------------------------------------------------------------------------------------------------- group by group

    @property
    def labels(self) -> list[Any]:
        """The labels of the groups, in the order in which they come first in the data."""
        return self.task.grouping.labels

    def __len__(self) -> int:
        return len(self.task.grouping.labels)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.task.grouping.labels)

    def __contains__(self, label: object) -> bool:
        return label in self.places or str(label) in self.places

    def __getitem__(self, label: Hashable) -> Fit:
        place = self.place(label)
        return self.task.fit(place, self.at[place])

    @cached_property
    def places(self) -> dict[Any, int]:
        """Where in the arrays a label stands."""
        return {label: i for i, label in enumerate(self.task.grouping.labels)}

    def place(self, label: Hashable) -> int:
        """Where in the arrays a label stands; text of a file may be asked for as a number. Raises DataError."""
        found = self.places.get(label, self.places.get(str(label)))
        if found is None:
            close = nearest(str(label), [str(known) for known in self.task.grouping.labels[:10_000]])
            raise DataError(f"there is no group {label!r}", f"did you mean {close!r}?" if close else None)
        return found

    # ------------------------------------------------------------------------------------------------------ arrays

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the model, tied and fixed ones included, and those that came with ties."""
        plan = self.task.plan
        return (*plan.parameters, *[name for name in plan.free if name not in plan.parameters])

    @cached_property
    def values(self) -> dict[str, Vector]:
        """The values of each parameter; nan where a group has none."""
        free = dict(zip(self.task.plan.free, self.at.T, strict=True))
        tied = {name: compile(e, self.task.plan.free)(*self.at.T) for name, e in self.task.plan.tied.items()}
        count = len(self)
        return {name: self.shaped(np.broadcast_to({**free, **tied}[name], (count,))) for name in self.parameters}

    @cached_property
    def errors(self) -> dict[str, Vector]:
        """Their standard errors: nan without more rows than parameters and at a bound, infinite where undetermined."""
        return {name: self.shaped(column) for name, column in zip(self.parameters, self.deviations.T, strict=True)}

    @property
    def rss(self) -> Any:
        """The sum of the squared residuals of each group, divided by their sigmas; nan where there is no fit."""
        return self.shaped(self.loss)

    @property
    def reasons(self) -> Any:
        """Why each group ended, in a word (the keys of WHY)."""
        return self.shaped(np.array(self.ends))

    @property
    def converged(self) -> Any:
        """Which groups ended at a minimum that their rows determine."""
        return np.asarray(self.reasons == "converged")

    @property
    def rows(self) -> Any:
        """How many rows of each group were used."""
        return self.shaped(self.task.sizes)

    @property
    def skipped(self) -> Any:
        """How many rows of each group were not used."""
        return self.shaped(self.task.unused)

    @property
    def left_out(self) -> Skips:
        """The rows that were not used, with numbers and reasons; in arrays they are counted through all series."""
        return self.task.problem.data.skipped

    @property
    def failed(self) -> list[Failure]:
        """The groups that did not converge."""
        return [
            Failure(label, reason, self.said.get(i, WHY[reason]))
            for i, (label, reason) in enumerate(zip(self.task.grouping.labels, self.ends, strict=True))
            if reason != "converged"
        ]

    def shaped(self, column: Any) -> Any:
        """A column with a number for each group in the shape of the groups."""
        return np.asarray(column).reshape(self.task.grouping.shape)

    def predict(self, at: ArrayLike | Mapping[str, ArrayLike]) -> Vector:
        """The first model at some places, for each group: the shape of the groups before that of `at`.

        `at`: numbers for the one column the model reads, or a mapping of names to arrays that fit together. nan where
        the model has no value. Raises DataError if a column is missing.
        """
        given = at if isinstance(at, Mapping) else dict.fromkeys(self.task.plan.inputs, at)
        if missing := [name for name in self.task.plan.inputs if name not in given]:
            raise DataError(f"to predict, the model needs {listed(missing)}", f"as in predict({{{missing[0]!r}: 1.5}})")
        if len(self.task.plan.inputs) > 1 and not isinstance(at, Mapping):
            raise DataError(f"the model reads {listed(self.task.plan.inputs)}", "give a dict with an array for each")
        columns = np.broadcast_arrays(*[np.asarray(given[name], float) for name in self.task.plan.inputs], np.zeros(()))
        shape = columns[0].shape
        rows = [np.tile(column.ravel(), len(self)) for column in columns[:-1]]
        size = math.prod(shape)
        numbers = [np.repeat(np.ravel(value), size) for value in self.values.values()]
        found = compile(self.task.plan.models[0], (*self.parameters, *self.task.plan.inputs))(*numbers, *rows)
        whole = np.broadcast_to(found, (len(self) * size,)).reshape(*self.task.grouping.shape, *shape)
        return np.where(np.isfinite(whole), whole, np.nan)

    # ------------------------------------------------------------------------------------------------------ in words

    def table(self) -> dict[str, Any]:
        """One row for each group, as columns: labels, values, errors, rss, rows, reason. Takes it to pandas or Polars.

        Columns of the labels have the names they were grouped by; an error has the name of its parameter and "_error".
        """
        by, labels = self.task.grouping.by, self.task.grouping.labels
        if len(by) == 1:
            found: dict[str, Any] = {by[0]: labels}
        else:
            found = {name: [label[i] for label in labels] for i, name in enumerate(by)}
        for name, deviations in zip(self.parameters, self.deviations.T, strict=True):
            found[name], found[f"{name}_error"] = self.values[name].ravel(), deviations
        return {
            **found,
            "rss": self.loss,
            "rows": self.task.sizes,
            "skipped": self.task.unused,
            "reason": list(self.ends),
        }

    def summary(self) -> dict[str, Any]:
        """How it went, as plain data safe for JSON: of the groups that failed the first thousand."""
        failed = self.failed
        return {
            "model": [show(model) for model in self.task.plan.models],
            "groups": len(self),
            "converged": int(self.converged.sum()),
            "failed": [{"label": str(one.label), "reason": one.reason, "why": one.why} for one in failed[:LISTED]],
            "failed_groups": len(failed),
            "rows": int(self.task.sizes.sum()),
            "skipped": len(self.left_out),
            "values": {name: spread(column) for name, column in self.values.items()},
            "notes": list(self.task.problem.data.notes),
        }

    def report(self) -> str:
        """How it went, as a card to read: how many converged, which did not, how the values spread."""
        failed = self.failed
        lines = [
            f"{'model':<10}{listed([show(model) for model in self.task.plan.models])}",
            f"{'groups':<10}{len(self):,} by {listed(self.task.grouping.by)}: {len(self) - len(failed):,} converged,"
            f" {len(failed) or 'none'} failed",
            f"{'data':<10}{int(self.task.sizes.sum()):,} rows used, {len(self.left_out) or 'none'} skipped",
        ]
        lines += [f"{'':<10}{one}" for one in self.left_out[:SHOWN]]
        if len(self.left_out) > SHOWN:
            lines.append(f"{'':<10}and {len(self.left_out) - SHOWN:,} more")
        lines += ["", "Values over the groups that converged:", *self.spreads()]
        if failed:
            lines += ["", "Failed:", *[f"  {one}" for one in failed[:SHOWN]]]
        if len(failed) > SHOWN:
            lines.append(f"  and {len(failed) - SHOWN:,} more, each with its reason in the table of all groups")
        lines += [f"Note: {note}." for note in self.task.problem.data.notes]
        return "\n".join(lines)

    def spreads(self) -> Iterator[str]:
        """A line for each parameter: its quartiles over the groups that converged, and the usual error."""
        good = self.converged
        if not good.any():
            yield "  none"
            return
        yield f"  {'':<10}{'least':>12}{'quarter':>12}{'median':>12}{'quarter':>12}{'largest':>12}{'error':>12}"
        for name, column in self.values.items():
            cells = [*np.quantile(column[good], [0, 0.25, 0.5, 0.75, 1]), middle(self.errors[name][good])]
            yield f"  {name:<10}" + "".join([f"{num(cell, 5):>12}" for cell in cells])


def spread(column: Vector) -> dict[str, float] | None:
    """Least, median and largest number of a column, of those that are finite."""
    good = column[np.isfinite(column)]
    if not good.size:
        return None
    return {"least": float(good.min()), "median": middle(column), "largest": float(good.max())}


def middle(column: Vector) -> float:
    """The median of the numbers in a column that are finite; nan if there are none."""
    good = column[np.isfinite(column)]
    return float(np.median(good)) if good.size else math.nan
