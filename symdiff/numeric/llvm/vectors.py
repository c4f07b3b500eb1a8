"""Arithmetic of doubles, as LLVM code on vectors: what functions are made of.

It is IEEE's, to the nearest; nothing is fused, reordered or approximated unless it is written so.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.numeric.llvm.instructions import Instructions

MAGIC = 6755399441055744.0  # 1.5 * 2^52: added to a small number, leaves the nearest integer in the lowest bits
BIASED_TWICE = MAGIC + 2 * 1023  # the same, with what the exponents of two doubles are biased by
SPLITTER = 2.0**27 + 1
LONG = 8  # coefficients: from here on, waiting for Horner's chain costs more than extra products
INFINITE, SUBNORMAL, ZERO = 0x18, 0x20, 0x06  # classes of numbers, as AVX-512 names them


class Vectors(Instructions):
    """The code of one loop body, written instruction after instruction, on vectors of `lanes` doubles.

    >>> b = Vectors(4)
    >>> b.add("%x", b.constant(1.0))
    '%v1'
    >>> b.lines
    ['%v1 = fadd <4 x double> %x, splat (double 0x3FF0000000000000)']
    """

    @property
    def fuses(self) -> bool:
        """Whether the processor has fused instructions; all but some of Intel's and AMD's have."""
        return not self.features.isdisjoint({"fma", "avx512f"}) or "sse2" not in self.features

    @property
    def is_wide(self) -> bool:
        """Whether these are vectors of 512 bits on a processor with AVX-512, which has instructions of its own."""
        return self.lanes == 8 and "avx512f" in self.features

    @property
    def classifies(self) -> bool:
        """Whether one instruction tells the class of each number."""
        return self.is_wide and "avx512dq" in self.features

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
        """u v + w, rounded once; slow unless the processor `fuses`."""
        return self.function("fma", u, v, w)

    def mul_add(self, u: str, v: str, w: str) -> str:
        """u v + w, rounded once where that is quicker, else twice."""
        return self.fma(u, v, w) if self.fuses else self.add(self.mul(u, v), w)

    def moderate_fma(self, u: str, v: str, w: str) -> str:
        """u v + w for |u|, |v| < 2^500, rounded once, or nearly so: in sums of two doubles where nothing is fused.

        Dekker, "A floating-point technique for extending the available precision" (1971); Knuth.
        """
        if self.fuses:
            return self.fma(u, v, w)
        (u_high, u_low), (v_high, v_low) = self.halved(u), self.halved(v)
        high = self.mul(u, v)
        rest = self.sub(self.mul(u_high, v_high), high)
        rest = self.add(self.add(rest, self.mul(u_high, v_low)), self.mul(u_low, v_high))
        rest = self.add(rest, self.mul(u_low, v_low))
        total = self.add(high, w)
        back = self.sub(total, high)
        lost = self.add(self.sub(high, self.sub(total, back)), self.sub(w, back))
        return self.add(total, self.add(lost, rest))

    def halved(self, u: str) -> tuple[str, str]:
        """u as a sum of two numbers of 26 bits (Veltkamp)."""
        known = self.value_of(u)
        if known is not None:
            high = known * SPLITTER - (known * SPLITTER - known)
            return self.constant(high), self.constant(known - high)
        scaled = self.mul(u, self.constant(SPLITTER))
        upper = self.sub(scaled, self.sub(scaled, u))
        return upper, self.sub(u, upper)

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

    # ------------------------------------------------------------------------------------------------------ polynomials

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """c0 + c1 x + c2 x^2 + ..., by Horner's rule; where that is long, by what fits the number of registers."""
        if len(coefficients) < LONG:
            return self.horner(x, coefficients)
        return self.estrin(x, coefficients) if self.is_wide else self.by_parity(x, coefficients)

    def horner(self, x: str, coefficients: Sequence[float]) -> str:
        """By Horner's rule, with fused steps: the fewest instructions."""
        *lower, leading = coefficients
        found = self.constant(leading)
        for c in reversed(lower):
            found = self.mul_add(found, x, self.constant(c))
        return found

    def by_parity(self, x: str, coefficients: Sequence[float]) -> str:
        """Even and odd powers by Horner's rule in x^2: two chains, and but one product more."""
        square = self.mul(x, x)
        even, odd = (self.horner(square, coefficients[start::2]) for start in (0, 1))
        return self.mul_add(odd, x, even)

    def estrin(self, x: str, coefficients: Sequence[float]) -> str:
        """By Estrin's scheme: neighbours are joined, then pairs of them, and so on."""
        terms, power = [self.constant(c) for c in coefficients], x
        while len(terms) > 1:
            odd = terms[-1:] if len(terms) % 2 else []
            terms = [self.mul_add(high, power, low) for low, high in zip(terms[::2], terms[1::2], strict=False)] + odd
            power = self.mul(power, power) if len(terms) > 1 else power
        return terms[0]

    # ------------------------------------------------------------------------------------------------------ comparisons

    def compare(self, predicate: str, u: str, v: str) -> str:
        """A mask: where u and v compare so; predicates olt, ole, ogt, oge, oeq, one (false of nan), une, uno ..."""
        return self.do(f"fcmp {predicate} {self.floats} {u}, {v}")

    def is_class(self, u: str, classes: int) -> str:
        """A mask: where u is of one of these classes, INFINITE, SUBNORMAL or ZERO; if the processor `classifies`."""
        name, kinds = "llvm.x86.avx512.fpclass.pd.512", [self.floats, "i32"]
        return self.call(name, self.masks, [u, str(classes)], kinds)

    def is_nan(self, u: str) -> str:
        """A mask: where u is nan."""
        return self.compare("uno", u, u)

    def select(self, mask: str, u: str, v: str) -> str:
        """u where the mask holds, v elsewhere."""
        return self.do(f"select {self.masks} {mask}, {self.floats} {u}, {self.floats} {v}")

    # -------------------------------------------------------------------------------------------------- numbers as bits

    def bits(self, u: str) -> str:
        """The 64 bits of a double, as an integer."""
        return self.do(f"bitcast {self.floats} {u} to {self.integers}")

    def as_float(self, i: str) -> str:
        """The double of these 64 bits."""
        return self.do(f"bitcast {self.integers} {i} to {self.floats}")

    def nearest(self, u: str) -> tuple[str, str]:
        """The integer nearest to u, |u| < 2^51, as a double, and as an integer whose lowest 32 bits are right."""
        shifted = self.add(u, self.constant(MAGIC))
        return self.sub(shifted, self.constant(MAGIC)), self.bits(shifted)

    def power_of_two(self, n: str) -> str:
        """2^n for an integral double n from -1022 to 1023."""
        biased = self.bits(self.add(n, self.constant(MAGIC + 1023)))
        return self.as_float(self.shl(biased, 52))

    def scale(self, u: str, n: str) -> str:
        """u 2^n for an integral double n, |n| < 2044, rounded once; infinite, subnormal or 0 as it may be."""
        if self.is_wide:
            return self.scale_to_floor(u, n)
        return self.scale_by_bits(u, self.bits(self.add(n, self.constant(BIASED_TWICE))))

    def scale_by_bits(self, u: str, i: str) -> str:
        """The same, given the bits of n + BIASED_TWICE: by the powers of 2 of the two halves of n."""
        half = self.lshr(i, 1)
        first, second = (self.as_float(self.shl(part, 52)) for part in (half, self.isub(i, half)))
        return self.mul(self.mul(u, first), second)

    def scale_to_floor(self, u: str, n: str) -> str:
        """u 2^floor(n), rounded once, on wide vectors."""
        kinds = [self.floats, self.floats, self.floats, "i8", "i32"]
        return self.call("llvm.x86.avx512.mask.scalef.pd.512", self.floats, [u, n, u, "-1", "4"], kinds)

    def of_sixteen(self, i: str, values: Sequence[float]) -> str:
        """Number i mod 16 of these, on wide vectors."""
        args, kinds = [self.vector(values[:8]), i, self.vector(values[8:])], [self.floats, self.integers, self.floats]
        return self.call("llvm.x86.avx512.vpermi2var.pd.512", self.floats, args, kinds)
