"""The builder of LLVM code on vectors of doubles: each method writes one instruction and names its result.

Operands are texts: the name of a value, or a constant. There are three kinds, vectors of doubles, of 64-bit integers
and of truth values (masks). Arithmetic is IEEE's, to the nearest; nothing is fused, reordered or approximated unless
it is written so. What is written twice is computed once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Sequence
from functools import reduce
from math import inf
from typing import Any

MAGIC = 6755399441055744.0  # 1.5 * 2^52: added to a small number, leaves the nearest integer in the lowest bits
LONG = 8  # coefficients: from here on, waiting for Horner's chain costs more than Estrin's extra products
INFINITE, SUBNORMAL, ZERO = 0x204, 0x90, 0x60  # classes of numbers, as LLVM names them
X86_CLASSES = {INFINITE: 0x18, SUBNORMAL: 0x20, ZERO: 0x06}  # and as the instruction of AVX-512 does


class Vectors:
    """The code of one loop body, written instruction after instruction, on vectors of `lanes` doubles.

    >>> b = Vectors(4)
    >>> b.add("%x", b.constant(1.0))
    '%v1'
    >>> b.lines
    ['%v1 = fadd <4 x double> %x, splat (double 0x3FF0000000000000)']
    """

    def __init__(self, lanes: int, features: frozenset[str] = frozenset()) -> None:
        self.lanes, self.features = lanes, features
        self.floats, self.integers, self.masks = (f"<{lanes} x {kind}>" for kind in ("double", "i64", "i1"))
        self.lines: list[str] = []
        self.declarations: dict[str, None] = {}
        self.flagged: str | None = None
        self.doubts: list[tuple[str, Sequence[str]]] = []
        self.written: dict[str, str] = {}  # instruction -> the name of its result
        self.remembered: dict[Hashable, Any] = {}

    def do(self, instruction: str) -> str:
        """The name of what this instruction, free of side effects, computes."""
        name = self.written.get(instruction)
        if name is None:
            name = self.written[instruction] = f"%v{len(self.written) + 1}"
            self.lines.append(f"{name} = {instruction}")
        return name

    def call(self, function: str, kind: str, args: Sequence[str], kinds: Sequence[str]) -> str:
        """What a function of LLVM's gives, of the kind `kind`, for arguments of these kinds."""
        self.declarations[f"declare {kind} @{function}({', '.join(kinds)})"] = None
        return self.do(
            f"call {kind} @{function}({', '.join(f'{k} {arg}' for k, arg in zip(kinds, args, strict=True))})"
        )

    def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for each key: so sin(x) and cos(x) share their reduction."""
        if key not in self.remembered:
            self.remembered[key] = make()
        return self.remembered[key]

    def flag(self, mask: str) -> None:
        """These lanes are wrong, and to be computed again on the careful path."""
        self.flagged = mask if self.flagged is None else self.either(self.flagged, mask)

    def doubt(self, u: str, causes: Sequence[str]) -> None:
        """u is wrong where it is infinite, subnormal or 0, unless one of the causes is infinite or 0.

        That is seldom so: `doubtful` tells quickly whether it may be, and only then is `settle` worth its time.
        """
        self.doubts.append((u, causes))

    def doubtful(self) -> str:
        """A mask: where some doubted value is infinite, subnormal or 0."""
        values = [u for u, _ in self.doubts]
        if not values:
            return self.truth(False)
        if self.is_wide:
            return reduce(self.either, [self.is_class(u, INFINITE | SUBNORMAL | ZERO) for u in values])
        sizes = [self.absolute(u) for u in values]
        least = reduce(lambda found, u: self.minimum(u, found), sizes)  # nan is not forgotten if it comes first,
        most = reduce(lambda found, u: self.maximum(u, found), sizes)  # and else left out
        small = self.compare("ult", least, self.constant(2.0**-1022))
        return self.either(small, self.compare("ueq", most, self.constant(inf)))

    def settle(self) -> None:
        """Flag the doubted lanes that are wrong."""
        for u, causes in self.doubts:
            mask = self.is_class(u, INFINITE | SUBNORMAL | ZERO)
            for cause in causes:
                mask = self.both(mask, self.negate(self.is_class(cause, INFINITE | ZERO)))
            self.flag(mask)
        self.doubts = []

    # -------------------------------------------------------------------------------------------------------- constants

    def constant(self, x: float) -> str:
        """The same double in every lane."""
        return f"splat (double 0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X})"

    def vector(self, values: Sequence[float]) -> str:
        """These doubles, one in each lane."""
        return "<" + ", ".join([f"double {self.constant(x)[14:-1]}" for x in values]) + ">"

    def value_of(self, u: str) -> float | None:
        """The number that an operand is, None if it is no constant."""
        found: float | None = None
        if u.startswith("splat (double 0x"):
            (found,) = struct.unpack(">d", bytes.fromhex(u[16:32]))
        return found

    def integer(self, n: int) -> str:
        """The same integer in every lane."""
        return f"splat (i64 {n})"

    def truth(self, holds: bool) -> str:
        """The same truth value in every lane."""
        return f"splat (i1 {'true' if holds else 'false'})"

    # ------------------------------------------------------------------------------------------------------- arithmetic

    def add(self, u: str, v: str) -> str:
        """u + v."""
        return self.do(f"fadd {self.floats} {u}, {v}")

    def sub(self, u: str, v: str) -> str:
        """u - v."""
        return self.do(f"fsub {self.floats} {u}, {v}")

    def mul(self, u: str, v: str) -> str:
        """u v."""
        return self.do(f"fmul {self.floats} {u}, {v}")

    def div(self, u: str, v: str) -> str:
        """u/v, IEEE's: infinite over 0."""
        return self.do(f"fdiv {self.floats} {u}, {v}")

    def neg(self, u: str) -> str:
        """-u, the other sign of 0 too."""
        return self.do(f"fneg {self.floats} {u}")

    def fma(self, u: str, v: str, w: str) -> str:
        """u v + w, rounded once."""
        return self.function("fma", u, v, w)

    def sqrt(self, u: str) -> str:
        """The square root, IEEE's."""
        return self.function("sqrt", u)

    def absolute(self, u: str) -> str:
        """|u|."""
        return self.function("fabs", u)

    def floor(self, u: str) -> str:
        """The largest integer not above."""
        return self.function("floor", u)

    def ceil(self, u: str) -> str:
        """The smallest integer not below."""
        return self.function("ceil", u)

    def truncate(self, u: str) -> str:
        """The nearest integer towards 0."""
        return self.function("trunc", u)

    def round(self, u: str) -> str:
        """The nearest integer, the even one of two."""
        return self.function("roundeven", u)

    def copysign(self, u: str, v: str) -> str:
        """|u| with the sign of v."""
        return self.function("copysign", u, v)

    def minimum(self, u: str, v: str) -> str:
        """The smaller; v where either is nan, or where they are equal."""
        return self.select(self.compare("olt", u, v), u, v)

    def maximum(self, u: str, v: str) -> str:
        """The larger; v where either is nan, or where they are equal."""
        return self.select(self.compare("ogt", u, v), u, v)

    def function(self, name: str, *args: str) -> str:
        """One of LLVM's functions of doubles."""
        return self.call(f"llvm.{name}.v{self.lanes}f64", self.floats, args, [self.floats] * len(args))

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """c0 + c1 x + c2 x^2 + ..., by Horner's rule; by Estrin's scheme where that is long."""
        return self.horner(x, coefficients) if len(coefficients) < LONG else self.estrin(x, coefficients)

    def horner(self, x: str, coefficients: Sequence[float]) -> str:
        """By Horner's rule, with fused steps: the fewest instructions."""
        *lower, leading = coefficients
        found = self.constant(leading)
        for c in reversed(lower):
            found = self.fma(found, x, self.constant(c))
        return found

    def estrin(self, x: str, coefficients: Sequence[float]) -> str:
        """By Estrin's scheme: neighbours are joined, then pairs of them, and so on."""
        terms, power = [self.constant(c) for c in coefficients], x
        while len(terms) > 1:
            odd = terms[-1:] if len(terms) % 2 else []
            terms = [self.fma(high, power, low) for low, high in zip(terms[::2], terms[1::2], strict=False)] + odd
            power = self.mul(power, power) if len(terms) > 1 else power
        return terms[0]

    # ------------------------------------------------------------------------------------------------------------ masks

    def compare(self, predicate: str, u: str, v: str) -> str:
        """A mask: where u and v compare so; predicates olt, ole, ogt, oge, oeq, one (false of nan), une, uno ..."""
        return self.do(f"fcmp {predicate} {self.floats} {u}, {v}")

    def both(self, p: str, q: str) -> str:
        """Where both masks hold."""
        return self.do(f"and {self.masks} {p}, {q}")

    def either(self, p: str, q: str) -> str:
        """Where at least one mask holds."""
        return self.do(f"or {self.masks} {p}, {q}")

    def is_class(self, u: str, classes: int) -> str:
        """A mask: where u is of one of these classes, INFINITE, SUBNORMAL or ZERO."""
        if self.is_wide and "avx512dq" in self.features:  # one instruction, which LLVM does not find by itself
            name, classes = (
                "llvm.x86.avx512.fpclass.pd.512",
                sum([X86_CLASSES[kind] for kind in X86_CLASSES if kind & classes]),
            )
        else:
            name = f"llvm.is.fpclass.v{self.lanes}f64"
        return self.call(name, self.masks, [u, str(classes)], [self.floats, "i32"])

    def is_nan(self, u: str) -> str:
        """A mask: where u is nan."""
        return self.compare("uno", u, u)

    def negate(self, p: str) -> str:
        """Where the mask does not hold."""
        return self.do(f"xor {self.masks} {p}, {self.truth(True)}")

    def select(self, mask: str, u: str, v: str) -> str:
        """u where the mask holds, v elsewhere."""
        return self.do(f"select {self.masks} {mask}, {self.floats} {u}, {self.floats} {v}")

    def iselect(self, mask: str, i: str, j: str) -> str:
        """The same of integers."""
        return self.do(f"select {self.masks} {mask}, {self.integers} {i}, {self.integers} {j}")

    # --------------------------------------------------------------------------------------------------------- integers

    def bits(self, u: str) -> str:
        """The 64 bits of a double, as an integer."""
        return self.do(f"bitcast {self.floats} {u} to {self.integers}")

    def as_float(self, i: str) -> str:
        """The double of these 64 bits."""
        return self.do(f"bitcast {self.integers} {i} to {self.floats}")

    def iadd(self, i: str, j: str) -> str:
        """i + j, modulo 2^64."""
        return self.do(f"add {self.integers} {i}, {j}")

    def isub(self, i: str, j: str) -> str:
        """i - j, modulo 2^64."""
        return self.do(f"sub {self.integers} {i}, {j}")

    def iand(self, i: str, j: str) -> str:
        """The bits in both."""
        return self.do(f"and {self.integers} {i}, {j}")

    def ior(self, i: str, j: str) -> str:
        """The bits in either."""
        return self.do(f"or {self.integers} {i}, {j}")

    def ixor(self, i: str, j: str) -> str:
        """The bits in one alone."""
        return self.do(f"xor {self.integers} {i}, {j}")

    def shl(self, i: str, n: int) -> str:
        """i shifted up by n bits."""
        return self.do(f"shl {self.integers} {i}, {self.integer(n)}")

    def lshr(self, i: str, n: int) -> str:
        """i shifted down by n bits, zeros coming in."""
        return self.do(f"lshr {self.integers} {i}, {self.integer(n)}")

    def ashr(self, i: str, n: int) -> str:
        """i shifted down by n bits, its sign coming in; slow without AVX-512."""
        return self.do(f"ashr {self.integers} {i}, {self.integer(n)}")

    def icompare(self, predicate: str, i: str, j: str) -> str:
        """A mask: where integers compare so; predicates eq, ne, slt, sle, sgt, sge, ult ..."""
        return self.do(f"icmp {predicate} {self.integers} {i}, {j}")

    def odd(self, i: str) -> str:
        """A mask: where the lowest bit is 1."""
        return self.do(f"trunc {self.integers} {i} to {self.masks}")

    def nearest(self, u: str) -> tuple[str, str]:
        """The integer nearest to u, |u| < 2^51, as a double, and as an integer whose lowest 32 bits are right."""
        shifted = self.add(u, self.constant(MAGIC))
        return self.sub(shifted, self.constant(MAGIC)), self.bits(shifted)

    def as_integer(self, u: str) -> str:
        """The integer that a double is, |u| < 2^51."""
        return self.isub(self.bits(self.add(u, self.constant(MAGIC))), self.bits_of(MAGIC))

    def from_integer(self, i: str) -> str:
        """The double of an integer, |i| < 2^51."""
        return self.sub(self.as_float(self.iadd(i, self.bits_of(MAGIC))), self.constant(MAGIC))

    def bits_of(self, x: float) -> str:
        """The bits of a constant, as an integer."""
        return self.integer(struct.unpack("<q", struct.pack("<d", x))[0])

    def scale(self, u: str, n: str) -> str:
        """u 2^n for an integral double n, |n| < 2200, rounded once; infinite, subnormal or 0 as it may be."""
        if self.is_wide:
            return self.scale_to_floor(u, n)
        half, _ = self.nearest(self.mul(n, self.constant(0.5)))
        return self.mul(self.mul(u, self.power_of_two(half)), self.power_of_two(self.sub(n, half)))

    @property
    def is_wide(self) -> bool:
        """Whether these are vectors of 512 bits on a processor with AVX-512, which has instructions of its own."""
        return self.lanes == 8 and "avx512f" in self.features

    def scale_to_floor(self, u: str, n: str) -> str:
        """u 2^floor(n), rounded once, on wide vectors."""
        kinds = [self.floats, self.floats, self.floats, "i8", "i32"]
        return self.call("llvm.x86.avx512.mask.scalef.pd.512", self.floats, [u, n, u, "-1", "4"], kinds)

    def of_sixteen(self, i: str, values: Sequence[float]) -> str:
        """Number i mod 16 of these, on wide vectors."""
        args, kinds = [self.vector(values[:8]), i, self.vector(values[8:])], [self.floats, self.integers, self.floats]
        return self.call("llvm.x86.avx512.vpermi2var.pd.512", self.floats, args, kinds)

    def power_of_two(self, n: str) -> str:
        """2^n for an integral double n from -1022 to 1023."""
        biased = self.bits(self.add(n, self.constant(MAGIC + 1023)))
        return self.as_float(self.shl(biased, 52))
