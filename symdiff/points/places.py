"""Where to look at formulas: points with short coordinates, in an order that is always the same.

First come points a person would try (2, 1/2, -1, 3, then 0, one symbol at a time), then those near the numbers that the
formulas hold, then seeded ones of several sizes. Symbols in exponents get integers where bases are negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count, pairwise
from random import Random

from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import free_symbols

Point = dict[Sym, Exact]

MOST_HINTS = 24  # values taken from the numbers of the formulas
SHORT = 40  # bits of a number worth a look at
SEED = 20_261


def fractions(text: str) -> tuple[Exact, ...]:
    """The numbers in a line such as `2 1/2 -1`."""
    return tuple([normalised(Fraction(word)) for word in text.split()])


POSITIVE = fractions("2 3 1/2 5 3/2 7 2/3 5/2 1/3 4 4/3 11 5/4 7/3 6 3/4")
UNIT = fractions("1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 5/6 1/7 3/7 1/8 3/8 5/8")
LARGE = fractions("10 13 12 17 14 19 11 23 15 29 16 31 18 37 20 41")
MIXED = fractions("-1 2 -3 3/2 -1/2 3 -2 1/2 -5 5/2 -1/3 7 -3/2 4 -7 5")
NEGATIVE = fractions("-2 -3 -1/2 -5 -3/2 -7 -2/3 -5/2 -1/3 -4 -4/3 -11")
ODD = fractions("3 -1 5 1 -3 7")
EVEN = fractions("2 -2 4 6 -4 8")
HALVES = fractions("1/2 2 3/2 4")  # of even numbers: (x^2)^(1/2)


def places(symbols: Sequence[Sym], nodes: Iterable[Expr]) -> Iterator[Point]:
    """Points for these symbols, each once and without end; for none, the one there is. `nodes` are the formulas'.

    >>> from symdiff import parse
    >>> from symdiff.core.fold import postorder
    >>> xs = places([Sym("x")], postorder(parse("log(x - 30)")))
    >>> [str(next(xs)[Sym("x")]) for _ in range(11)]
    ['2', '1/2', '-1', '10', '-2', '3', '1', '0', '30', '31', '29']
    """
    if not symbols:
        yield {}
        return
    nodes = list(nodes)
    powers = exponents(nodes)
    seen: set[tuple[Exact, ...]] = set()
    for values in coordinates(len(symbols), [x in powers for x in symbols], nodes):
        if values not in seen:
            seen.add(values)
            yield dict(zip(symbols, values, strict=True))


def coordinates(n: int, powers: Sequence[bool], nodes: Sequence[Expr]) -> Iterator[tuple[Exact, ...]]:
    """The coordinates of the points, which may repeat; `powers` marks the symbols in exponents."""
    integers = [rotated(ODD, i) for i in range(n)], [rotated(EVEN, i) for i in range(n)]
    positive = [rotated(POSITIVE, i) for i in range(n)]
    yield tuple(positive)
    yield tuple([rotated(UNIT, i) for i in range(n)])
    for signs, parity in ((MIXED, 0), (LARGE, 1), (NEGATIVE, 1)):
        yield tuple([integers[parity][i] if powers[i] else rotated(signs, i) for i in range(n)])
    yield tuple([rotated(HALVES if powers[i] else NEGATIVE, i) for i in range(n)])
    yield tuple([rotated(POSITIVE, i + 1) for i in range(n)])
    yield from [(1,) * n, (0,) * n]
    yield from one_at_a_time(positive, [0, 1, -1])
    yield from one_at_a_time([integers[0][i] if powers[i] else positive[i] for i in range(n)], [-2])
    near = hints(nodes)
    for value in near:
        yield from one_at_a_time(positive, [value]) if n <= 2 else [(value,) * n]
    yield from drawn(n, powers, near)


def rotated(values: Sequence[Exact], i: int) -> Exact:
    return values[i % len(values)]


def one_at_a_time(base: Sequence[Exact], values: Iterable[Exact]) -> Iterator[tuple[Exact, ...]]:
    """The base with one coordinate replaced: by the first value in every place, by the next ..."""
    for value in values:
        for i in range(len(base)):
            yield (*base[:i], value, *base[i + 1 :])


def drawn(n: int, powers: Sequence[bool], near: Sequence[Exact]) -> Iterator[tuple[Exact, ...]]:
    """Seeded points without end: all coordinates of one size, or each of another."""
    random = Random(SEED)
    pools = [POSITIVE, UNIT, MIXED, LARGE, NEGATIVE, *([near] if near else [])]
    for turn in count():
        pool = pools[turn // 2 % len(pools)]
        chosen = [pool if turn % 2 else random.choice(pools) for _ in range(n)]
        whole = [powers[i] and random.random() < 0.5 for i in range(n)]
        spread = Fraction(random.randrange(1, 12 + turn), random.randrange(1, 6 + turn // 8)) if turn > 12 else 1
        yield tuple([
            random.choice(ODD + EVEN) if whole[i] else normalised(random.choice(chosen[i]) * spread)
            for i in range(n)
        ])  # fmt: skip


def exponents(nodes: Iterable[Expr]) -> frozenset[Sym]:
    """The symbols that stand in an exponent."""
    powers = [node.args[1] for node in nodes if isinstance(node, App) and node.op is ops.pow]
    return frozenset(free_symbols(*powers))


def hints(nodes: Iterable[Expr]) -> list[Exact]:
    """The numbers in the formulas, their neighbours, opposites and midpoints: where a condition may change its mind."""
    found = [node.value for node in nodes if isinstance(node, Num) and is_short(node.value)]
    numbers: list[Exact] = list(dict.fromkeys(found))
    near: list[Exact] = [m for n in numbers if n * n > 1 for m in (n, n + 1, n - 1, -n, -n - 1)]
    near += [normalised((low + high) / 2) for low, high in pairwise(sorted([Fraction(n) for n in numbers]))]
    near += [normalised(Fraction(1) / n) for n in numbers if n]
    return list(dict.fromkeys(near))[:MOST_HINTS]


def is_short(q: Exact) -> bool:
    return q.numerator.bit_length() + q.denominator.bit_length() <= SHORT
