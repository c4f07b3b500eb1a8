"""Special functions on arrays and numbers, within 4 units in the last place; 15 to 100 ns an element of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.numeric.special import error, gammas, integrals, lambert, numbers

# fmt: off
SPECIAL: dict[str, Callable[..., Any]] = {  # by the name of the row in the table
    "erf":       error.erf,
    "erfc":      error.erfc,
    "erfi":      error.erfi,
    "gamma":     gammas.gamma,
    "loggamma":  gammas.loggamma,
    "digamma":   gammas.digamma,
    "polygamma": gammas.polygamma,
    "factorial": gammas.factorial,
    "beta":      gammas.beta,
    "expint":    integrals.general_integral,
    "Ei":        integrals.exponential_integral,
    "li":        integrals.logarithmic_integral,
    "Si":        integrals.sine_integral,
    "Ci":        integrals.cosine_integral,
    "Shi":       integrals.hyperbolic_sine_integral,
    "Chi":       integrals.hyperbolic_cosine_integral,
    "lambertw":  lambert.lambertw,
}
# fmt: on

ON_NUMBERS: dict[str, Callable[[float], float]] = {
    "erf": numbers.erf,
    "erfc": numbers.erfc,
    "gamma": numbers.gamma,
    "loggamma": numbers.loggamma,
    "digamma": numbers.digamma,
    "factorial": numbers.factorial,
}
