"""What many fits have to do: a plan, a table, which of its rows are in which group; and the fit of one group alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from symdiff.core.expr import Expr
from symdiff.errors import FitError
from symdiff.fit.data.table import Table, Vector
from symdiff.fit.many.grouping import Grouping
from symdiff.fit.many.march import Seen
from symdiff.fit.many.stacked import Whole
from symdiff.fit.problem import Plan, Problem, met
from symdiff.fit.request import Models, paired
from symdiff.fit.result import Fit
from symdiff.text.parse import Formula

NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Asked:
    """The fit of one group, asked for as it was asked for all."""

    model: Models
    y: Any
    x: Any
    options: dict[str, Any]
    sigmas: tuple[Formula, ...]
    spreads: tuple[tuple[str, Formula], ...]

    def __call__(self, rows: Table, start: Mapping[str, float] | None) -> Fit:
        """The fit of the rows of a group."""
        from symdiff.fit.fitting import fit

        _, responses = paired(self.model, self.y)
        options = dict(self.options)
        if self.sigmas:  # an array of errors is a column by now
            by_name = dict(zip(responses, self.sigmas, strict=True))
            options["weights" if options["weights"] is not None else "sigma"] = by_name
        if self.spreads:
            options["sigma_x"] = dict(self.spreads)
        y = self.y if self.y is None or isinstance(self.y, str | Expr) else list(responses)
        return fit(self.model, rows, y, self.x, start, **options)  # type: ignore[arg-type]  # `table` takes a table


@dataclass(eq=False)
class Task:
    """A plan and the rows for it, by group; `starts` has a number for each group, nan where none is given."""

    plan: Plan
    found: Table
    grouping: Grouping
    starts: dict[str, Vector]
    asked: Asked
    steps: int
    seed: int
    seen: Seen | None

    def __len__(self) -> int:
        return len(self.grouping.labels)

    def __getstate__(self) -> dict[str, Any]:
        plan = replace(self.plan, settings={})  # programs are made again
        found = replace(self.found, columns={name: self.found.columns[name] for name in self.plan.read})
        kept = {one.name: getattr(self, one.name) for one in fields(self)}
        problem = Problem(plan, self.problem.data, self.problem.named)
        return kept | {"plan": plan, "found": found, "seen": None, "problem": problem}

    @cached_property
    def problem(self) -> Problem:
        """The plan met with all rows that have a label."""
        problem = met(self.plan, self.found)
        codes = self.codes_of(problem.data.rows)
        if not (codes < 0).any():
            return problem
        data = problem.data.without(codes < 0, f"{' or '.join(self.grouping.by)} is empty")
        return Problem(self.plan, data, {name: column[codes >= 0] for name, column in problem.named.items()})

    @cached_property
    def codes(self) -> Whole:
        """The group of each row of the problem."""
        return self.codes_of(self.problem.data.rows)

    @cached_property
    def sizes(self) -> Whole:
        """How many rows of the problem each group has."""
        return np.bincount(self.codes, minlength=len(self))

    @cached_property
    def unused(self) -> Whole:
        """How many rows of each group cannot be used."""
        return np.bincount(self.codes_of(self.problem.data.skipped.rows) + 1, minlength=len(self) + 1)[1:]

    @cached_property
    def enough(self) -> Any:
        """Which groups have as many residuals as parameters."""
        return self.sizes * len(self.plan.residuals) >= len(self.plan.free)

    @cached_property
    def order(self) -> Whole | None:
        """The rows of the groups that have enough, sorted by group; None where they are so already."""
        rising = bool((self.codes[1:] >= self.codes[:-1]).all())
        if rising and self.enough.all():
            return None
        order = np.arange(len(self.codes)) if rising else np.argsort(self.codes, kind="stable")
        return np.asarray(order[np.repeat(self.enough, self.sizes)])

    def codes_of(self, rows: Any) -> Whole:
        """The groups of rows of the table, given by their numbers; -1 for a row without label."""
        known = self.found.rows
        if isinstance(rows, range) and rows == known:
            return self.grouping.codes
        wanted = np.asarray(rows, np.int64)
        if isinstance(known, range):
            return np.asarray(self.grouping.codes[(wanted - known.start) // known.step])
        numbers = np.asarray(known, np.int64)
        places = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
        return np.where(numbers[places] == wanted, self.grouping.codes[places], NONE)  # a broken line has no label

    @cached_property
    def sorted(self) -> tuple[Whole, Whole]:
        """All rows of the table sorted by group, and where each group begins among them."""
        order = np.argsort(self.grouping.codes, kind="stable")
        return order, np.searchsorted(self.grouping.codes[order], np.arange(len(self) + 1))

    def start_of(self, group: int) -> dict[str, float] | None:
        """What is given as the start of one group."""
        found = {name: float(column[group]) for name, column in self.starts.items() if np.isfinite(column[group])}
        return found or None

    def fit(self, group: int, at: Vector | None = None) -> Fit:
        """The fit of one group from a place, or from what is given, with all its rows, usable or not.

        Raises FitError and DataError where `fit` does.
        """
        order, begins = self.sorted
        rows = part_of(self.found, self.plan.read, order[begins[group] : begins[group + 1]])
        if at is None or not np.isfinite(at).all():
            return self.asked(rows, self.start_of(group))
        return self.asked(rows, dict(zip(self.plan.free, at.tolist(), strict=True)))


def part_of(found: Table, names: Iterable[str], places: Whole) -> Table:
    """Some rows of a table, as a table of some of its columns."""
    columns = {}
    for name in names:
        cells = found.columns[name]
        columns[name] = cells[places] if isinstance(cells, np.ndarray) else [cells[i] for i in places.tolist()]
    known = found.rows
    rows = places * known.step + known.start if isinstance(known, range) else np.asarray(known, np.int64)[places]
    notes, comma = list(found.notes), found.decimal_comma
    return Table(found.source, columns, rows.tolist(), notes=notes, decimal_comma=comma, called=found.called)


def given_starts(start: Mapping[str, Any] | None, grouping: Grouping) -> dict[str, Vector]:
    """The starts given, an array with a number for each group; nan where a mapping of labels leaves one out."""
    found = {}
    for name, value in (start or {}).items():
        try:
            if isinstance(value, Mapping):
                column = np.array([float(value.get(label, np.nan)) for label in grouping.labels])
            else:
                column = np.broadcast_to(np.asarray(value, float), grouping.shape).ravel()
        except (TypeError, ValueError):
            hint = f"give a number, or an array of shape {grouping.shape}, or a dict with a number for each label"
            raise FitError(f"the start of {name} does not fit {len(grouping.labels):,} groups", hint) from None
        if np.isinf(column).any() or (np.isnan(column).any() and not isinstance(value, Mapping)):
            raise FitError(f"the start of {name} is not finite for every group", "give finite numbers")
        found[name] = column
    return found
