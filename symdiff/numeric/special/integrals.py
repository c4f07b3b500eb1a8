"""Exponential, logarithmic, sine and cosine integrals on arrays (DLMF chapter 6).

Near 0 a logarithm plus a power series, then polynomials, far out what dominates times a factor that varies slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial, inf, nan, pi
from typing import Any

import numpy as np

from symdiff.numeric.special.cases import by_cases, nearest, on_doubles
from symdiff.numeric.special.pieces import Doubles, Pieces


def without_logarithm(sign: int, step: int) -> Callable[[Any], Any]:
    """gamma + the sum of sign^(k/step) u^k/(k k!), k = step, 2 step, ...: Ei, Ci and Chi near 0 without log(u)."""

    def series(u: Any) -> Any:
        total, term = u.const_euler(), u**0
        for k in range(1, 41):
            term = term * u / k
            if k % step == 0:
                total += term * sign ** (k // step) / k
        return total

    return series


EI_REST = Pieces(without_logarithm(1, 1), 2**-4, 2**-3)
EI = Pieces(lambda u: u.ei(), 2**-4, 1.0, split=5, zeros=[0.37250741078136663], origin=False)
SCALED_EI = Pieces(lambda u: u * (-u).exp() * u.ei(), 1.0, 128.0, origin=False)
SCALED_E1 = Pieces(lambda u: -u * u.exp() * (-u).ei(), 2**-4, 128.0, origin=False)
LI = Pieces(lambda u: u.li(), 1.25, 4.0, split=6, zeros=[1.4513692348833811], origin=False)


@on_doubles
def exponential_integral(u: Doubles) -> Doubles:
    """The exponential integral; no value at 0.

    >>> exponential_integral(np.array([-1.0, 0.0, 1.0])).round(12).tolist()
    [-0.219383934396, nan, 1.895117816356]
    """
    size = np.absolute(u)
    return by_cases(
        u,
        ((size < 2**-4) & (size > 0), lambda u: np.log(np.absolute(u)) + EI_REST(u)),
        ((u >= 2**-4) & (u < 1), EI),
        (u >= 1, lambda u: growing(u, scaled_ei(u))),
        (u <= -(2**-4), lambda u: np.exp(u) * scaled_e1(-u)),
    )


def growing(u: Doubles, factor: Doubles) -> Doubles:
    """exp(u)/u times a factor, for u >= 1; exp(u) alone leaves the floats a little earlier."""
    if np.maximum.reduce(u) < 700:
        return np.exp(u) * (factor / u)
    near = np.minimum(u, 720.0)
    return np.exp(np.minimum(near, 700.0)) * (factor / near) * np.exp(np.maximum(near - 700.0, 0.0))


def scaled_ei(u: Doubles) -> Doubles:
    """u exp(-u) Ei(u) for u >= 1."""
    return by_cases(u, (u < 128, SCALED_EI), (u >= 128, lambda u: asymptotic(1 / u)))


def scaled_e1(u: Doubles) -> Doubles:
    """-exp(u) E_1(u) for u >= 1/16."""
    return by_cases(u, (u < 128, SCALED_E1), (u >= 128, lambda u: asymptotic(-1 / u))) / -u


def asymptotic(v: Doubles) -> Doubles:
    """The sum of k! v^k for |v| <= 1/128."""
    total = np.zeros_like(v)
    for k in reversed(range(12)):
        total = total * v + factorial(k)
    return total


@on_doubles
def general_integral(n: Doubles, u: Doubles) -> Doubles:
    """The generalised exponential integral E_n(u); by balls unless n is 0 or 1.

    >>> general_integral(1.0, np.array([0.0, 1.0])).round(12).tolist()
    [nan, 0.219383934396]
    """
    found = np.full_like(u, nan)
    zero, one, other = (n == 0) & (u != 0), (n == 1) & (u > 0), (n != 0) & (n != 1)
    found[zero] = np.exp(-u[zero]) / u[zero]
    found[one] = -exponential_integral(-u[one])
    found[other] = nearest("expint")(n[other], u[other])
    return found


@on_doubles
def logarithmic_integral(u: Doubles) -> Doubles:
    """The logarithmic integral, Ei(log(u)), for u >= 0; no value at 1.

    >>> logarithmic_integral(np.array([0.0, 1.0, 2.0, 10.0])).round(12).tolist()
    [0.0, nan, 1.045163780117, 6.165599504787]
    """
    middle = (u > 0.9) & (u < 1.25) & (u != 1)
    return by_cases(
        u,
        (u == 0, np.zeros_like),
        ((u > 0) & (u <= 0.9), lambda u: u * scaled_e1(-np.log(u))),
        (middle, lambda u: np.log(np.absolute(np.log(u))) + EI_REST(np.log(u))),
        ((u >= 1.25) & (u < 4), LI),
        (u >= 4, far_li),
    )


def far_li(u: Doubles) -> Doubles:
    """li(u) for u >= 4."""
    log = np.log(u)
    return u * (scaled_ei(log) / np.minimum(log, 1000.0))


# ---------------------------------------------------------------------------------------------------- hyperbolic pair

SHI = Pieces(lambda u: u.shi(), 2**-3, 1.0)
SCALED_SHI = Pieces(lambda u: u * (-u).exp() * u.shi(), 1.0, 32.0, origin=False)
CHI_REST = Pieces(without_logarithm(1, 2), 2**-3, 2**-2)
CHI = Pieces(lambda u: u.chi(), 2**-3, 1.0, split=5, zeros=[0.52382257138986441], origin=False)
SCALED_CHI = Pieces(lambda u: u * (-u).exp() * u.chi(), 1.0, 32.0, origin=False)


@on_doubles
def hyperbolic_sine_integral(u: Doubles) -> Doubles:
    """The hyperbolic sine integral, odd.

    >>> hyperbolic_sine_integral(np.array([0.0, 1.0])).round(12).tolist()
    [0.0, 1.057250875376]
    """
    size = np.absolute(u)
    found = by_cases(
        size, (size < 1, SHI), ((size >= 1) & (size < 32), lambda u: growing(u, SCALED_SHI(u))), (size >= 32, half_ei)
    )
    return np.copysign(found, u)


@on_doubles
def hyperbolic_cosine_integral(u: Doubles) -> Doubles:
    """The hyperbolic cosine integral, for u > 0.

    >>> hyperbolic_cosine_integral(np.array([0.0, 1.0])).round(12).tolist()
    [nan, 0.83786694098]
    """
    return by_cases(
        u,
        ((u > 0) & (u < 2**-3), lambda u: np.log(u) + CHI_REST(u)),
        ((u >= 2**-3) & (u < 1), CHI),
        ((u >= 1) & (u < 32), lambda u: growing(u, SCALED_CHI(u))),
        (u >= 32, half_ei),
    )


def half_ei(u: Doubles) -> Doubles:
    """Shi(u) and Chi(u) for u >= 32, where exp(-u) no longer counts."""
    return growing(u, scaled_ei(u) / 2)


# -------------------------------------------------------------------------------------------------- trigonometric pair

CI_ZEROS = [0.61650548562071625, 3.3841804225511864, 6.4270477440503679, 9.5293344053619634, 12.656, 15.789]
SI = Pieces(lambda u: u.si(), 2**-3, 16.0)
CI_REST = Pieces(without_logarithm(-1, 2), 2**-3, 2**-2)
CI = Pieces(lambda u: u.ci(), 2**-3, 16.0, split=5, zeros=CI_ZEROS, origin=False)


def cosine_factor(v: Any) -> Any:
    """u f(u) at u = 1/v, where Si(u) = pi/2 - f(u) cos(u) - g(u) sin(u) and Ci(u) = f(u) sin(u) - g(u) cos(u)."""
    u = 1 / v
    return u * (u.ci() * u.sin() + (u.pi() / 2 - u.si()) * u.cos())


def sine_factor(v: Any) -> Any:
    """u^2 g(u) at u = 1/v."""
    u = 1 / v
    return u * u * ((u.pi() / 2 - u.si()) * u.sin() - u.ci() * u.cos())


F = Pieces(cosine_factor, 2**-9, 2**-4, origin=False)
G = Pieces(sine_factor, 2**-9, 2**-4, origin=False)


def auxiliary(u: Doubles) -> tuple[Doubles, Doubles]:
    """f and g (DLMF 6.2.17 and 6.2.18) for u >= 16."""
    v = 1 / u
    w = v * v
    far = v < 2**-9
    f = np.where(far, 1 - w * (2 - w * (24 - w * 720)), F(v))
    g = np.where(far, 1 - w * (6 - w * (120 - w * 5040)), G(v))
    return f * v, g * w


@on_doubles
def sine_integral(u: Doubles) -> Doubles:
    """The sine integral, odd; pi/2 far out.

    >>> sine_integral(np.array([0.0, 1.0, np.inf])).round(12).tolist()
    [0.0, 0.946083070367, 1.570796326795]
    """
    size = np.absolute(u)
    found = by_cases(
        size, (size < 16, SI), ((size >= 16) & (size < inf), far_si), (size == inf, lambda u: np.full_like(u, pi / 2))
    )
    return np.copysign(found, u)


def far_si(u: Doubles) -> Doubles:
    """Si(u) for u >= 16."""
    f, g = auxiliary(u)
    return pi / 2 - (f * np.cos(u) + g * np.sin(u))


@on_doubles
def cosine_integral(u: Doubles) -> Doubles:
    """The cosine integral, for u > 0; 0 far out.

    >>> cosine_integral(np.array([0.0, 1.0, np.inf])).round(12).tolist()
    [nan, 0.337403922901, 0.0]
    """
    return by_cases(
        u,
        ((u > 0) & (u < 2**-3), lambda u: np.log(u) + CI_REST(u)),
        ((u >= 2**-3) & (u < 16), CI),
        ((u >= 16) & (u < inf), far_ci),
        (u == inf, np.zeros_like),
    )


def far_ci(u: Doubles) -> Doubles:
    """Ci(u) for u >= 16; by balls where the two terms nearly cancel."""
    f, g = auxiliary(u)
    right = g * np.cos(u)
    found = f * np.sin(u) - right
    doubtful = np.absolute(right) > 0.4 * np.absolute(found)
    found[doubtful] = nearest("Ci")(u[doubtful])
    return found
