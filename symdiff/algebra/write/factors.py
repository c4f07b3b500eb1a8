"""Which factors are better left outside of a sum: what is surely longer multiplied out is not written so at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symdiff.algebra.field.values import Value
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.core.exact import Exact

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

JOINED = 3  # by so much a power gets shorter at most where it meets another: x x^(n - 1) is x^n
OPEN = ("root", "size", "step", "half")  # kinds that stand for others: nothing is said of them


def content_outside(writer: Writer, p: fmpz_mpoly) -> tuple[fmpz_mpoly, dict[int, Exact]]:
    """A polynomial without the generators of all its terms that stay outside, and these with their powers."""
    content = p.term_content()
    if content.is_constant() or len(p) == 1:
        return p, {}
    q = p // content
    found: dict[int, Exact] = {}
    for j, n in enumerate(content.degrees()):
        if n and stays_outside(writer, j, int(n), q):
            found[j] = int(n)
            content = content // writer.field.gens[j] ** int(n)
    return (q * content, found) if found else (p, found)


def stays_outside(writer: Writer, j: int, n: int, p: fmpz_mpoly) -> bool:
    """Whether generator j to the n times the sum p is surely longer when it is multiplied out.

    A term without the generator gets it and an operator, or 1 becomes it; one with it gets an exponent at the most. All
    of that has to be made up for by the one factor and operator that fall away.
    """
    field = writer.field
    kind = field.info[j].kind
    if is_open(writer, j):
        return False
    joining = joining_generators(writer, j)
    cost = writer.make.cost(writer.atom(j)) + (2 if n > 1 else 0)
    joined = max(cost - JOINED, 0.0) if writer.is_symbolic(j) else 0.0
    more = 0.0
    for powers, c in p.terms():
        if powers[j]:
            more += 2 if powers[j] == 1 and kind == "symbol" else 0
        elif any([powers[k] for k in joining]):
            more += joined
        else:
            more += cost + 1 if any(powers) or c not in (1, -1) else cost - 1
    return more > cost + 1.5


def joining_generators(writer: Writer, j: int) -> list[int]:
    """The generators with which the powers of this one may meet in a product."""
    field = writer.field
    kind, key, _ = field.info[j]
    if kind in ("sin", "cos"):
        return [field.found["cos" if kind == "sin" else "sin", key]]
    if kind == "exp" and not writer.is_symbolic(j):
        return [k for k, g in field.info.items() if g.kind == "exp"]
    if kind == "symbol":
        return [k for k, g in field.info.items() if g.kind in ("root", "size") or writer.is_symbolic(k)]
    if writer.is_symbolic(j):
        return [k for k, g in field.info.items() if g.kind in ("root", "size", "symbol", "exp", "power")]
    return []


def is_open(writer: Writer, j: int) -> bool:
    """Whether a generator may meet more than itself and its kin; logarithms of numbers meet numbers."""
    kind, key, _ = writer.field.info[j]
    return kind in OPEN or (kind == "log" and key in writer.field.primes)


def meets(writer: Writer, i: int, p: fmpz_mpoly) -> bool:
    """Whether base i below a bar may meet something in a term of p; a generator that does not stays below the whole."""
    j = writer.field.lone.get(i)
    if j is None or is_open(writer, j):
        return True
    degrees = p.degrees()
    joining = joining_generators(writer, j)
    if writer.is_symbolic(j):  # a symbol alone saves less than one more such power costs
        joining = [k for k in joining if writer.field.info[k].kind != "symbol"]
    return bool(degrees[j] or any([degrees[k] for k in joining]))


def may_cancel(writer: Writer, p: fmpz_mpoly, rest: Value) -> bool:
    """Whether a term of p over the rest may be shorter than as a part of the whole: sums below never cancel."""
    if rest.c.q != 1:
        return True
    lone = writer.field.lone
    return any([n > 0 or n.denominator != 1 or (i in lone and meets(writer, i, p)) for i, n in rest.pw.items()])
