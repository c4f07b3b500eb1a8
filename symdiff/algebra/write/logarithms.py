"""Ways to write logarithms: joined to one, as inverse hyperbolic functions, to base 2 and 10; sigmoid and softplus.

Every logarithm that a value holds is one of |p|, and p is not 0 where the formula has a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from symdiff.algebra.compose import BITS, Factor, Term
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.values import Key, Value
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Num, Op

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

EXPONENT = 10_000  # of a factor under a joint logarithm
SHORT = 4  # terms of a base whose sums with others are looked at


class Logarithm(NamedTuple):
    """A term c m log|p|: the number, the generators of m with their powers, the base p."""

    c: int
    outer: tuple[tuple[int, int], ...]
    base: int


# ------------------------------------------------------------------------------------------------------------- in sums


def logarithms_joined(writer: Writer, p: fmpz_mpoly) -> Expr | None:
    """c (m log a + n log b) is c log(a^m b^n), a difference of two also 2 c atanh."""
    if "log" not in writer.field.kinds:
        return None
    logs, rest = taken_apart(writer, p)
    ways = []
    if len(logs) > 1 and (e := under_one(writer, logs, rest)) is not None:
        ways.append(e)
    plain = [log for log in logs if not log.outer]
    pairs = [(a, b) for n, a in enumerate(plain) for b in plain[:n]]
    ways += [e for pair in pairs if (e := as_atanh(writer, pair, logs, rest)) is not None]
    return writer.make.best(ways) if ways else None


def taken_apart(writer: Writer, p: fmpz_mpoly) -> tuple[list[Logarithm], list[Term]]:
    """The terms with one logarithm, and the others as they are written."""
    info = writer.field.info
    logs: list[Logarithm] = []
    rest: list[Term] = []
    for powers, c in p.terms():
        held = [(j, int(n)) for j, n in enumerate(powers) if n]
        found = [j for j, _ in held if info[j].kind == "log"]
        if len(found) == 1 and (found[0], 1) in held:
            outer = tuple([(j, n) for j, n in held if j != found[0]])
            logs.append(Logarithm(int(c), outer, info[found[0]].key))
        else:
            rest.append((1, writer.monomial(int(c), powers)))
    return logs, rest


def under_one(writer: Writer, logs: list[Logarithm], rest: list[Term]) -> Expr | None:
    """The terms as a number times one logarithm; a term with m in it is log(p^m)."""
    common = gcd(*[log.c for log in logs])
    if sum([log.c < 0 for log in logs]) * 2 > len(logs) or (logs[0].c < 0 and all([log.c < 0 for log in logs])):
        common = -common
    if max([abs(log.c // common) for log in logs]) > EXPONENT:
        return None
    plain = [(log.base, log.c // common) for log in logs if not log.outer]
    symbolic = [symbolic_power(writer, log, common) for log in logs if log.outer]
    inner = writer.sizes(plain) if plain else ops.ONE
    if symbolic:
        c, factors = writer.make.factors(inner)
        inner = writer.make.product(c, [*factors, *symbolic])
    return writer.make.sum([*rest, (common, App(ops.log, (inner,)))])


def symbolic_power(writer: Writer, log: Logarithm, common: int) -> Factor:
    """|p|^(c m)."""
    exponent = writer.monomial(abs(log.c // common), powers_of(writer, log.outer))
    return App(ops.pow, (writer.size(log.base), exponent)), 1 if log.c // common > 0 else -1


def powers_of(writer: Writer, held: tuple[tuple[int, int], ...]) -> list[int]:
    powers = [0] * writer.field.room
    for j, n in held:
        powers[j] = n
    return powers


def as_atanh(writer: Writer, pair: tuple[Logarithm, Logarithm], logs: list[Logarithm], rest: list[Term]) -> Expr | None:
    """log p - log q = 2 atanh((p - q)/(p + q)), where p q > 0."""
    field, (a, b) = writer.field, pair
    if a.c != -b.c or a.base in field.primes or b.base in field.primes:
        return None
    if a.c < 0:
        a, b = b, a
    sign = known_sign(field, frozenset((a.base, b.base)))
    p, q = field.bases[a.base] * sign, field.bases[b.base]
    if not sign or len(p) > SHORT or len(q) > SHORT or len(p + q) + len(p - q) > len(p) + len(q):
        return None
    u = writer.value(field.div(field.from_polynomial(p - q), field.from_polynomial(p + q)))
    others: list[Term] = [(1, log_term(writer, log)) for log in logs if log not in pair]
    c = 2 * a.c
    if writer.make.begins_with_minus(u):
        u, c = writer.make.negated(u), -c
    return writer.make.sum([*rest, *others, (c, App(ops.atanh, (u,)))])


def known_sign(field: Functions, members: frozenset[int]) -> int:
    """The sign of a product of bases; 0 if it is not known."""
    left, sign = field.signs.known(members - field.positive)
    return 0 if left else sign


def log_term(writer: Writer, log: Logarithm) -> Expr:
    return writer.make.product(
        log.c, [*writer.factors_of(dict(log.outer)), (App(ops.log, (writer.size(log.base),)), 1)]
    )


# --------------------------------------------------------------------------------------------------------------- alone


def logarithm(writer: Writer, i: int) -> Expr:
    """log|p|, or asinh or softplus if it is one."""
    ways: list[Expr] = [App(ops.log, (writer.size(i),))]
    u = argument_of_asinh(writer.field, i)
    if u is not None:
        e = writer.value(u)
        minus = writer.make.begins_with_minus(e)
        whole = App(ops.asinh, (writer.make.negated(e) if minus else e,))
        ways.append(App(ops.neg, (whole,)) if minus else whole)
    if ops.softplus in writer.field.seen and (exponent := one_more(writer.field, i)) is not None:
        ways.append(App(ops.softplus, (writer.angle(exponent),)))
    return writer.make.best(ways)


def argument_of_asinh(field: Functions, i: int) -> Value | None:
    """u, if |p_i| is u + sqrt(u^2 + 1)."""
    p = field.bases[i]
    if len(p) > SHORT or not field.roots:
        return None
    degrees = p.degrees()
    for j, n, _ in field.relations:
        if n == 2 and degrees[j] == 1 and field.info[j].kind == "root":
            other = p.compose(*[-x if k == j else x for k, x in enumerate(field.gens)], ctx=field.ring)
            rooted = p - other
            if (field.reduced(p * other) + 1).is_zero() and len(rooted) == 1 and rooted.total_degree() == 1:
                u = field.from_polynomial((p + other) // 2)
                return u if rooted.leading_coefficient() > 0 else Value(-u.c, u.pw, u.sg)
    return None


def one_more(field: Functions, i: int) -> dict[Key, Fraction] | None:
    """The exponent u, if p is exp(u) + 1."""
    p = field.bases[i]
    if len(p) != 2 or "exp" not in field.kinds:
        return None
    (first, a), (second, b) = p.terms()
    held = [(j, int(n)) for j, n in enumerate(first) if n]
    if a != 1 or b != 1 or any(second) or any([field.info[j].kind != "exp" for j, _ in held]):
        return None
    return {field.info[j].key: Fraction(n) for j, n in held}


# --------------------------------------------------------------------------------------------------------- in products


def sigmoid_forms(writer: Writer, v: Value) -> Iterator[Expr]:
    """exp(u)^a/(exp(u) + 1)^b as powers of sigmoid(u) and sigmoid(-u), in a formula that holds sigmoids."""
    field = writer.field
    if ops.sigmoid not in field.seen:
        return
    factors: list[Factor] = []
    pw, sg = dict(v.pw), v.sg
    for i, n in v.pw.items():
        exponent = one_more(field, i) if n < 0 and n.denominator == 1 else None
        if exponent is None:
            continue
        del pw[i]
        a = shared(field, pw, exponent, -int(n))
        u = writer.angle(exponent)
        factors += [(App(ops.sigmoid, (u,)), a), (App(ops.sigmoid, (writer.make.negated(u),)), -n - a)]
    if factors:
        number, others = writer.make.factors(writer.plain(Value(v.c, pw, sg)))
        yield writer.make.product(number, [*others, *[(e, n) for e, n in factors if n]])


def shared(field: Functions, pw: dict[int, Exact], exponent: dict[Key, Fraction], most: int) -> int:
    """How often exp(u) can be taken out of a product, at most so many times; it is taken out."""
    bases = {field.base_of[field.found["exp", key]]: n for key, n in exponent.items()}
    count = min([most, *[int(Fraction(pw.get(i, 0)) / n) for i, n in bases.items()]])
    if count <= 0:
        return 0
    for i, n in bases.items():
        left = normalised(pw[i] - n * count)
        if left:
            pw[i] = left
        else:
            del pw[i]
    return count


def logs_of_numbers(writer: Writer, c: Exact, factors: list[Factor]) -> tuple[Exact, list[Factor]]:
    """2 log(2) is log(4); in a formula that holds log2 or log10, log(x)/log(2) is log2(x)."""
    for base, op in ((2, ops.log2), (10, ops.log10)):
        if op in writer.field.seen:
            factors = to_base(factors, App(ops.log, (Num(base),)), op)
    times = abs(c.numerator)
    for n, (e, k) in enumerate(factors):
        if times > 1 and k == 1 and e.__class__ is App and e.op is ops.log and e.args[0].__class__ is Num:
            value = e.args[0].value
            if value.denominator == 1 and times * int(value).bit_length() <= BITS:
                joint = App(ops.log, (Num(value**times),))
                way = normalised(Fraction(c) / times), [*factors[:n], (joint, 1), *factors[n + 1 :]]
                return min(((c, factors), way), key=lambda product: writer.make.cost(writer.make.product(*product)))
    return c, factors


def to_base(factors: list[Factor], log: Expr, op: Op) -> list[Factor]:
    """log(x)/log(b) as the logarithm to base b."""
    over = next((e for e, n in factors if n == 1 and e.__class__ is App and e.op is ops.log and e is not log), None)
    if over is None or (log, -1) not in factors:
        return factors
    return [*[(e, n) for e, n in factors if e is not over and e is not log], (App(op, over.args), 1)]
