"""To SymPy and back: `to_sympy` and `from_sympy`.

What SymPy calls an operation stands in the column `sympy` of the table; here stands what is not a matter of names:
n-ary sums and products, quotients, roots, choices, and the derivatives of abstract functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from symdiff.core import ops
from symdiff.core.declare import abstract
from symdiff.core.exact import BITS, Exact, exact, shortened
from symdiff.core.expr import App, Expr, Num, Op, Sym, lift
from symdiff.core.fold import fold, postorder, subs
from symdiff.core.ops import ONE, TABLE, ZERO, add, div, mul, neg, rational, rational_value, sub, where
from symdiff.errors import ExtraError, LimitError, OperandError
from symdiff.text.parse import Formula, expression

HALF = Fraction(1, 2)
LARGE = 10_000  # for an argument that SymPy would count up to, and for a number of digits

Foreign: TypeAlias = Any  # SymPy comes without types


def to_sympy(e: Formula, assumptions: Mapping[str, bool] | None = None) -> Foreign:
    """The same formula as a SymPy expression, evaluated as far as SymPy evaluates by itself.

    `e` is an expression, a number or text. `assumptions` is what SymPy is told about every symbol and every abstract
    function, {"real": True} unless given. Numbers stay exact. An operation that SymPy does not have is written by its
    definition (`log2(x)` as `log(x)/log(2)`). Raises ParseError on bad text, ExtraError without SymPy, OperandError for
    an operation of your own whose column `sympy` is empty, LimitError where the formula is too deep for SymPy.

    >>> to_sympy("x^2*sin(x) - 1/3")
    x**2*sin(x) - 1/3
    >>> to_sympy("sqrt(x^2)"), to_sympy("sqrt(x^2)", assumptions={"positive": True})
    (Abs(x), x)
    """
    sympy = library()
    assumed = {"real": True} if assumptions is None else dict(assumptions)
    root = by_definition(expression(e))
    order = postorder(root)
    inner = absorbed(order)
    done: dict[Expr, Foreign] = {}
    with depth_that_sympy_allows():
        for node in order:
            match node:
                case App():
                    if node not in inner:
                        done[node] = built(sympy, node.op, [done[part] for part in operands(node, inner)], assumed)
                case Sym():
                    done[node] = sympy.Symbol(node.name, **assumed)
                case _:
                    done[node] = sympy.Rational(node.value.numerator, node.value.denominator)
    return done[root]


def from_sympy(s: Foreign) -> Expr:
    """The SymPy expression `s` as ours, over the reals: equal in value, with quotients and differences written as such.

    Floats are taken by their decimal text; numbers of Python pass too. Raises OperandError for what has no counterpart
    (`I`, `oo`, an integral, a matrix, a Piecewise without a last branch, two symbols of one name), LimitError for a
    float of more than 10,000 digits, ExtraError without SymPy.

    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> from_sympy(sympy.diff(x/sympy.sqrt(1 - x**2)))
    1/sqrt(1 - x^2) + x^2/(1 - x^2)^(3/2)
    """
    sympy = library()
    if isinstance(s, str):
        raise OperandError(f"{shortened(s)} is text, not a SymPy expression", "text is read by parse()")
    if not isinstance(s, sympy.Basic):
        return lift(s)
    done: dict[int, Expr] = {}
    with depth_that_sympy_allows():
        for part, read in Reading(sympy).order(s):
            done[id(part)] = read(part, done)
    return done[id(s)]


def library() -> Foreign:
    """SymPy, imported when the first formula crosses."""
    try:
        import sympy
    except ModuleNotFoundError:
        raise ExtraError("SymPy is not installed", 'pip install "symdiff-engine[sympy]"') from None
    return sympy


@contextmanager
def depth_that_sympy_allows() -> Iterator[None]:
    """SymPy looks at its trees recursively; we do not, but only SymPy can make its expressions."""
    try:
        yield
    except RecursionError:
        hint = "a higher sys.setrecursionlimit() lets SymPy go deeper"
        raise LimitError("the formula is nested too deeply for SymPy", hint) from None


# ---------------------------------------------------------------------------------------------------------- to SymPy


def name_in_sympy(row: Op) -> Any:
    """SymPy's name of the operation, or the definition that stands for it there, or ""."""
    return row.name if row.sympy is None else row.sympy


DEFINITIONS = 8  # lead to each other at most so often: softplus, +, sum; more is a circle


def by_definition(e: Expr) -> Expr:
    """`e` without the operations that SymPy does not name: of arithmetic, sums, products and powers are left."""

    def written(node: App, parts: list[Expr]) -> Expr:
        definition = name_in_sympy(node.op)
        return lift(definition(*parts)) if callable(definition) else App(node.op, tuple(parts))

    for _ in range(DEFINITIONS):
        if (simpler := fold(e, num=lambda n: n, sym=lambda s: s, app=written)) is e:
            return e
        e = simpler
    raise OperandError("the definitions for SymPy lead in a circle", "see the column `sympy` of your operations")


def absorbed(order: Sequence[Expr]) -> set[Expr]:
    """The partial sums (products, maxima ...) that stand in one longer sum only.

    SymPy is given the whole of it at once: one term after the other would be quadratic.
    """
    uses = Counter(part for node in order for part in node.args)
    wholes = [node for node in order if node.__class__ is App and node.op.associative]
    firsts = [(whole.op, whole.args[0]) for whole in wholes]
    return {first for op, first in firsts if first.__class__ is App and first.op is op and uses[first] == 1}


def operands(node: App, inner: set[Expr]) -> list[Expr]:
    """The arguments of the node, with the terms of absorbed partial sums in their places."""
    if not node.op.associative:
        return list(node.args)
    last_first: list[Expr] = []
    whole: Expr = node
    while whole is node or whole in inner:
        last_first.append(whole.args[1])
        whole = whole.args[0]
    return [whole, *reversed(last_first)]


def built(sympy: Foreign, row: Op, parts: list[Foreign], assumed: dict[str, bool]) -> Foreign:
    """SymPy's application of the operation to SymPy's parts."""
    name = name_in_sympy(row)
    parts = [as_truth(sympy, part) if is_asked(row, i) else as_number(sympy, part) for i, part in enumerate(parts)]
    if name == "Function":
        call, *slots = row.call.split("'")
        return differentiated(sympy, sympy.Function(call, **assumed), parts, [int(slot or 1) for slot in slots])
    if name == "Derivative":
        return zeta_differentiated(sympy, *parts)
    if name == "Piecewise":
        return sympy.Piecewise((parts[1], parts[0]), (parts[2], True))
    known = getattr(sympy, name, None) if name else None
    if known is None:
        hint = "tell it by the column `sympy`: operation(..., sympy='its name') or operation(..., sympy=lambda u: ...)"
        raise OperandError(f"SymPy has no counterpart of {row.name}", hint)
    return known if row.arity == 0 else applied(known, row, parts)


def applied(known: Foreign, row: Op, parts: list[Foreign]) -> Foreign:
    """A function of SymPy, applied, and evaluated unless that would take for ever."""
    try:
        return known(*parts, evaluate=False) if is_heavy(row, parts) else known(*parts)
    except (TypeError, ValueError) as refusal:
        raise OperandError(f"SymPy refuses {row.call} of these arguments: {refusal}") from refusal


def is_asked(row: Op, i: int) -> bool:
    """Whether argument i of the row is a condition."""
    return row.form == "logic" or (row is where and i == 0)


def as_truth(sympy: Foreign, part: Foreign) -> Foreign:
    """The part as a condition: a number holds where it is not 0."""
    return sympy.Ne(part, 0) if isinstance(part, sympy.Expr) else part


def as_number(sympy: Foreign, part: Foreign) -> Foreign:
    """The part as a number: a condition is 1 where it holds, else 0."""
    return part if isinstance(part, sympy.Expr) else sympy.Piecewise((1, part), (0, True))


def is_heavy(row: Op, parts: list[Foreign]) -> bool:
    """Whether SymPy would compute for ever or fill the memory: 9^9^9, factorial(10^8). Such are left as written."""
    if row is ops.pow:
        u, n = parts
        return bool(u.is_Rational and n.is_Rational and abs(n) * max(u.p.bit_length(), u.q.bit_length()) > BITS)
    return row.form == "call" and any(part.is_Rational and abs(part) > LARGE for part in parts)


def differentiated(sympy: Foreign, function: Foreign, parts: list[Foreign], slots: list[int]) -> Foreign:
    """The derivative of an abstract function, in the numbered arguments, at the parts."""
    if not slots:
        return function(*parts)
    are_variables = all(part.is_Symbol for part in parts) and len(set(parts)) == len(parts)
    variables = parts if are_variables else [sympy.Dummy(f"xi_{i}", real=True) for i in range(1, len(parts) + 1)]
    slope = sympy.Derivative(function(*variables), *[variables[slot - 1] for slot in slots])
    return slope if are_variables else sympy.Subs(slope, variables, parts)


def zeta_differentiated(sympy: Foreign, order: Foreign, part: Foreign) -> Foreign:
    """The derivative of zeta, which SymPy does not evaluate."""
    if not (order.is_Integer and 0 <= order <= LARGE):
        raise OperandError(f"SymPy has no derivative of zeta of order {order}", "the order must be a whole number")
    return differentiated(sympy, sympy.zeta, [part], [1] * int(order))


# -------------------------------------------------------------------------------------------------------- from SymPy


# fmt: off
# What SymPy has and the table has not, or has under a nicer name.
WRITTEN: dict[str, Callable[..., Expr]] = {
    "polygamma":    lambda n, u: ops.digamma(u) if n is ZERO else ops.polygamma(n, u),
    "lowergamma":   lambda a, u: ops.gamma(a) - ops.uppergamma(a, u),
    "erf2":         lambda u, v: ops.erf(v) - ops.erf(u),
    "sinc":         lambda u: where(ops.ne(u, ZERO), ops.sin(u)/u, ONE),
    "Mod":          lambda u, v: u - v*ops.floor(u/v),
    "frac":         lambda u: u - ops.floor(u),
    "Heaviside":    lambda u, at_0: where(u > 0, ONE, where(u < 0, ZERO, at_0)),
    "re":           lambda u: u,  # SymPy asks so of what it cannot prove to be real; here everything is
    "im":           lambda u: ZERO,
    "conjugate":    lambda u: u,
    "ITE":          lambda c, u, v: ops.either(ops.both(c, u), ops.both(ops.no(c), v)),
    "EulerGamma":   lambda: -ops.digamma(ONE),
    "GoldenRatio":  lambda: (1 + ops.sqrt(5))/2,
    "BooleanTrue":  lambda: ops.eq(ZERO, ZERO),
    "BooleanFalse": lambda: ops.ne(ZERO, ZERO),
}

ADVICE = {
    "ImaginaryUnit":    "symdiff works over the reals",
    "Infinity":         "infinity is not a number",
    "NegativeInfinity": "infinity is not a number",
    "ComplexInfinity":  "SymPy writes so what is divided by 0",
    "NaN":              "SymPy writes so what has no value",
    "Piecewise":        "give it a last branch that always holds: (value, True)",
    "Derivative":       "call .doit() on it first; only abstract functions keep their derivatives unevaluated",
    "Integral":         "call .doit() on it first, if SymPy finds the integral",
    "Sum":              "call .doit() on it first, if SymPy finds the sum",
}
# fmt: on


Done: TypeAlias = Mapping[int, Expr]  # by identity: to SymPy 1 and True are equal, and comparing deep trees recurses
Reader: TypeAlias = Callable[[Foreign, Done], Expr]


class Reading:
    """One reading of a SymPy expression: what reads what, and the symbols met, as no two may share a name."""

    def __init__(self, sympy: Foreign) -> None:
        self.sympy = sympy
        self.symbols: dict[str, Foreign] = {}
        self.rows = rows_by_class(sympy)

    def order(self, root: Foreign) -> list[tuple[Foreign, Reader]]:
        """Every object below `root` with its reader, parts before wholes. Tuples are read by what holds them."""
        seen: set[int] = set()
        order: list[tuple[Foreign, Reader]] = []
        stack: list[tuple[Foreign, Reader | None]] = [(root, None)]
        while stack:
            s, read = stack.pop()
            if read is not None:
                order.append((s, read))
            elif id(s) not in seen:
                seen.add(id(s))
                if s is root or not isinstance(s, self.sympy.Tuple):
                    stack.append((s, self.reader(s)))
                stack.extend([(part, None) for part in s.args])
        return order

    def reader(self, s: Foreign) -> Reader:
        """What reads `s` once its parts are read. Raises OperandError if nothing does."""
        sympy = self.sympy
        match s:
            case sympy.Rational():
                return lambda s, done: rational(Fraction(s.p, s.q))
            case sympy.Float():
                return lambda s, done: Num(self.decimal(s))
            case sympy.Symbol():
                return self.symbol
            case sympy.Add():
                return a_sum
            case sympy.Mul():
                return a_product
            case sympy.Pow():
                return a_power
            case sympy.Piecewise() if s.args[-1].cond is sympy.true:
                return a_choice
            case sympy.Derivative() if slots := slots_of(sympy, s):
                if isinstance(s.expr, sympy.zeta):
                    return lambda s, done: ops.zetaderivative(len(slots), *parts_of(s.expr, done))
                row = abstract(s.expr.name, tuple(slots), len(s.expr.args))
                return lambda s, done: App(row, parts_of(s.expr, done))
            case sympy.Subs():
                return at_a_point
            case sympy.core.function.AppliedUndef():
                return lambda s, done: App(abstract(s.name, (), len(s.args)), parts_of(s, done))
        make = WRITTEN.get(type(s).__name__) or self.rows.get(type(s))
        if make is None:
            hint = ADVICE.get(type(s).__name__, "SymPy's .rewrite() may express it by functions that are known here")
            raise OperandError(f"{type(s).__name__} has no counterpart: {shortened(s)}", hint)
        return lambda s, done: lift(make(*parts_of(s, done)))

    def symbol(self, s: Foreign, _: Done) -> Sym:
        """The symbol of the same name; a Dummy gets one of its own."""
        name = f"_{s.name}_{abs(s.dummy_index)}" if isinstance(s, self.sympy.Dummy) else s.name
        if self.symbols.setdefault(name, s) != s:
            raise OperandError(f"two symbols are called {name!r}", "SymPy tells them apart by their assumptions")
        if s.is_extended_real is False or not s.is_commutative:
            raise OperandError(f"the symbol {name!r} is declared to be no real number", "symdiff works over the reals")
        return Sym(name)

    def decimal(self, s: Foreign) -> Exact:
        """The number that a SymPy float means: the shortest text of a double, else all the digits that it shows."""
        double = float(s)
        if self.sympy.Float(double) == s:
            return exact(double)
        digits = Decimal(str(s))
        if abs(digits.adjusted()) > LARGE:
            raise LimitError(f"{s} has more than {LARGE} digits")
        return exact(digits)


def rows_by_class(sympy: Foreign) -> dict[type, Op]:
    """The rows by the class of the SymPy objects that they read; a constant of SymPy has a class of its own."""
    rows: dict[type, Op] = {}
    for row in TABLE.values():
        name = name_in_sympy(row)
        if isinstance(name, str) and name not in ("", "Piecewise", "Derivative"):
            known = getattr(sympy, name, None)
            rows.setdefault(known if isinstance(known, type) else type(known), row)
    return rows


def parts_of(s: Foreign, done: Done) -> tuple[Expr, ...]:
    """The arguments of `s`, read."""
    return tuple([done[id(part)] for part in s.args])


def a_sum(s: Foreign, done: Done) -> Expr:
    """Terms in SymPy's order, but a plain number comes last and something positive first: x^2 - 1, and 1 - x."""
    terms = sorted(s.args, key=lambda term: bool(term.is_Number))
    terms.insert(0, terms.pop(next((i for i, term in enumerate(terms) if not leads_with_minus(term, done)), 0)))
    whole = done[id(terms[0])]
    for term in terms[1:]:
        if leads_with_minus(term, done):
            whole = App(sub, (whole, opposite(term, done)))
        else:
            whole = App(add, (whole, done[id(term)]))
    return whole


def leads_with_minus(term: Foreign, done: Done) -> bool:
    """Whether the term is a negative number or a product that begins with one."""
    value = rational_value(done[id(term.args[0] if term.is_Mul else term)])
    return value is not None and value < 0


def opposite(term: Foreign, done: Done) -> Expr:
    """-term, where the term leads with minus."""
    lead, *factors = term.args if term.is_Mul else (term,)
    written = done[id(lead)]
    value = -exact_value(written)
    return product(Num(value) if written.__class__ is Num else rational(value), factors, done)


def exact_value(written: Expr) -> Exact:
    """The value of what was read from a number."""
    value = rational_value(written)
    assert value is not None, "asked of numbers only"
    return value


def a_product(s: Foreign, done: Done) -> Expr:
    """Factors in SymPy's order."""
    lead, *rest = s.args
    return product(done[id(lead)], rest, done) if lead.is_Number else product(ONE, s.args, done)


def product(lead: Expr, factors: Iterable[Foreign], done: Done) -> Expr:
    """The number `lead` times the factors; negative powers and the number's denominator go below a fraction bar."""
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in factors:
        exponent = rational_value(done[id(factor.exp)]) if factor.is_Pow else None
        if exponent is not None and exponent < 0:
            below.append(positive_power(done[id(factor.base)], -exponent))
        else:
            above.append(done[id(factor)])
    value = exact_value(lead)
    top, bottom = (value, 1) if lead.__class__ is Num else (value.numerator, value.denominator)
    if top == -1 and above:
        above[0] = App(neg, (above[0],))
    elif top != 1 or not above:
        above.insert(0, Num(top))
    if bottom != 1:
        below.insert(0, Num(bottom))
    return App(div, (mul(*above), mul(*below))) if below else mul(*above)


def a_power(s: Foreign, done: Done) -> Expr:
    """A power as it is written: exp, a square root, a quotient where the exponent is negative."""
    base, exponent = parts_of(s, done)
    if base.__class__ is App and base.op is ops.e:
        return ops.exp(exponent)
    value = rational_value(exponent)
    if value is None:
        return App(ops.pow, (base, exponent))
    return positive_power(base, value) if value >= 0 else App(div, (ONE, positive_power(base, -value)))


def positive_power(base: Expr, exponent: Exact) -> Expr:
    """base^exponent for a number that is not negative."""
    if exponent == 1:
        return base
    return ops.sqrt(base) if exponent == HALF else App(ops.pow, (base, rational(exponent)))


def a_choice(s: Foreign, done: Done) -> Expr:
    """Each branch is taken where no earlier one is."""
    *earlier, last = s.args
    chosen = done[id(last.expr)]
    for branch in reversed(earlier):
        chosen = App(where, (done[id(branch.cond)], done[id(branch.expr)], chosen))
    return chosen


def slots_of(sympy: Foreign, s: Foreign) -> list[int]:
    """The arguments in which an abstract function (or zeta) is differentiated; none if it is not so simple: f(x, x)."""
    slots: list[int] = []
    if isinstance(s.expr, sympy.core.function.AppliedUndef | sympy.zeta):
        for x, order in s.variable_count:
            places = [i for i, part in enumerate(s.expr.args, 1) if x in part.free_symbols]
            if len(places) != 1 or s.expr.args[places[0] - 1] != x or not order.is_Integer or order > LARGE:
                return []
            slots += places * int(order)
    return slots


def at_a_point(s: Foreign, done: Done) -> Expr:
    """SymPy's way to write a derivative at something that is no symbol: f'(x^2) is f'(xi) with x^2 for xi."""
    return subs(done[id(s.expr)], {done[id(x)]: done[id(at)] for x, at in zip(s.variables, s.point, strict=True)})
