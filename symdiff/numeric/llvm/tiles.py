"""Sums of products of rows of numbers, in LLVM's language: a few rows at a time, so that all sums stay in registers.

A Gram matrix is cut into tiles, as in the kernels of BLAS (Goto and van de Geijn, "Anatomy of high-performance matrix
multiplication", 2008): the products of each of some rows with each of others, or of some rows with themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement, pairwise, product
from math import ceil
from typing import NamedTuple, TypeAlias

from symdiff.numeric.llvm.vectors import Vectors

Term: TypeAlias = tuple[int, ...]  # the rows whose product is summed: one, or two in order


class Tile(NamedTuple):
    """Sums of `products` of rows with `others`, or with one another if there are none; and `sums` of the rows."""

    rows: tuple[int, ...]
    others: tuple[int, ...]
    products: bool
    sums: bool

    def terms(self) -> list[Term]:
        """What is summed, in the order of the results.

        >>> Tile((0, 1), (), True, True).terms()
        [(0, 0), (0, 1), (1, 1), (0,), (1,)]
        """
        pairs = product(self.rows, self.others) if self.others else combinations_with_replacement(self.rows, 2)
        return [*(pairs if self.products else ()), *([(row,) for row in self.rows] if self.sums else ())]

    def kind(self) -> Tile:
        """The tile of the same form that begins with row 0."""
        n = len(self.rows)
        return self._replace(rows=tuple(range(n)), others=tuple(range(n, n + len(self.others))))

    def name(self) -> str:
        """The name of its function."""
        return f"tile_{len(self.rows)}_{len(self.others)}_{int(self.products)}{int(self.sums)}"


def tiles(families: Sequence[tuple[Sequence[int], bool]], alone: Sequence[int], most: int) -> list[Tile]:
    """What gives all products among the rows of each family, their sums if wanted, and those of the rows `alone`.

    >>> [tile.terms() for tile in tiles([([0, 1, 2], False)], [], 2)]
    [[(0, 0)], [(1, 1), (1, 2), (2, 2)], [(0, 1), (0, 2)]]
    """
    found = []
    for rows, sums in families:
        parts = shared_out(sorted(rows), most)
        found += [Tile(part, (), True, sums) for part in parts]
        found += [Tile(part, others, True, False) for part, others in combinations(parts, 2)]
    return found + [Tile(part, (), False, True) for part in shared_out(alone, most)]


def shared_out(rows: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """The rows in as few parts as can be, of at most so many, all about equal."""
    count = ceil(len(rows) / most)
    ends = [len(rows) * i // max(count, 1) for i in range(count + 1)]
    return [tuple(rows[low:high]) for low, high in pairwise(ends)]


def function(kind: Tile, lanes: int, features: frozenset[str]) -> tuple[str, dict[str, None]]:
    """The function of a kind of tile, `(row, ..., count, totals)`, and what it declares.

    To each total, a vector of `lanes` doubles, it adds the sums over `count` numbers, a multiple of `lanes`.
    """
    b = Vectors(lanes, features)
    rows, terms = [*kind.rows, *kind.others], kind.terms()
    sums = [
        b.add(f"%t{i}", f"%x{term[0]}") if len(term) == 1 else b.mul_add(f"%x{term[0]}", f"%x{term[1]}", f"%t{i}")
        for i, term in enumerate(terms)
    ]
    loads = [line for row in rows for line in load(f"%x{row}", f"%row{row}", "%k", b.floats)]
    ends = [line for i, value in enumerate(sums) for line in added(i, value, b.floats)]
    text = TILE.format(
        name=kind.name(),
        rows=", ".join([f"ptr %row{row}" for row in rows]),
        phis="\n  ".join(
            [f"%t{i} = phi {b.floats} [ zeroinitializer, %entry ], [ {v}, %loop ]" for i, v in enumerate(sums)]
        ),
        body="\n  ".join([*loads, *b.lines]),
        ends="\n  ".join(ends),
        lanes=lanes,
    )
    return text, b.declarations


def load(name: str, start: str, i: str, kind: str) -> list[str]:
    """Load a vector: from element i of the doubles at `start`."""
    return [f"{name}.p = getelementptr double, ptr {start}, i64 {i}", f"{name} = load {kind}, ptr {name}.p, align 8"]


def added(i: int, value: str, kind: str) -> list[str]:
    """Add a value to total number i."""
    return [
        f"%a{i}.p = getelementptr {kind}, ptr %totals, i64 {i}",
        f"%a{i} = load {kind}, ptr %a{i}.p, align 8",
        f"%s{i} = fadd {kind} %a{i}, {value}",
        f"store {kind} %s{i}, ptr %a{i}.p, align 8",
    ]


TILE = """define internal void @{name}({rows}, i64 %count, ptr %totals) noinline
{{
entry:
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ %next, %loop ]
  {phis}
  {body}
  %next = add i64 %k, {lanes}
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  {ends}
  ret void
}}
"""
