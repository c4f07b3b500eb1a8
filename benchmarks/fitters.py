"""The programs that fit, each as a good user would call it, and the data they get."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

Fitted: TypeAlias = list[float]

# ------------------------------------------------------------------------------------------------------- 8 parameters

MODEL = "A*exp(-k*x) + B*exp(-(x - mu)^2/(2*s^2)) + c0 + c1*x + c2*x^2"
TRUE = {"A": 3.0, "k": 0.7, "B": 2.0, "mu": 5.0, "s": 0.8, "c0": 1.0, "c1": -0.2, "c2": 0.03}
OFF = (0.25, -0.25, -0.25, 0.2, 0.25, 0.3, -0.25, 0.25)
START = {name: value * (1 + off) for (name, value), off in zip(TRUE.items(), OFF, strict=True)}
NOISE = 0.05
PIECE = 1 << 16  # rows made at a time, so that making them leaves no mark on the memory


def points(n: int, f: Callable[..., Any], parameters: list[float], noise: float = NOISE) -> tuple[Any, Any]:
    """x from 0 to 10, and y with seeded noise."""
    import numpy as np

    random, x, y = np.random.default_rng(1), np.empty(n), np.empty(n)
    for i in range(0, n, PIECE):
        part = slice(i, min(i + PIECE, n))
        x[part] = np.arange(part.start, part.stop) * (10 / (n - 1))
        y[part] = f(x[part], *parameters) + random.normal(0, noise, part.stop - part.start)
    return x, y


def by_hand(x: Any, A: float, k: float, B: float, mu: float, s: float, c0: float, c1: float, c2: float) -> Any:
    """The model in NumPy."""
    import numpy as np

    return A * np.exp(-k * x) + B * np.exp(-((x - mu) ** 2) / (2 * s * s)) + (c0 + x * (c1 + c2 * x))


def slopes_by_hand(x: Any, A: float, k: float, B: float, mu: float, s: float, *_: float) -> Any:
    """Its 8 partial derivatives, each computed once and in its place."""
    import numpy as np

    J = np.empty((8, len(x)))
    np.exp(-k * x, out=J[0])
    np.multiply(J[0], x, out=J[1])
    J[1] *= -A
    u = (x - mu) / s
    np.exp(-0.5 * u * u, out=J[2])
    np.multiply(J[2], u, out=J[3])
    J[3] *= B / s
    np.multiply(J[3], u, out=J[4])
    J[5] = 1.0
    J[6] = x
    np.multiply(x, x, out=J[7])
    return J


# The libraries of each are imported, and what is called is made, before the clock starts.


def symdiff(x: Any, y: Any) -> Callable[[], Fitted]:
    """After a small fit of another model, which imports what `import symdiff` leaves for later."""
    from symdiff import fit

    fit("p*exp(q*t)", {"t": [0.0, 1.0, 2.0, 3.0], "y": [1.0, 2.1, 3.9, 8.1]}, start={"p": 1.0, "q": 1.0})
    return symdiff_cold(x, y)


def symdiff_cold(x: Any, y: Any) -> Callable[[], Fitted]:
    from symdiff import fit

    return lambda: list(fit(MODEL, {"x": x, "y": y}, start=START).values.values())


def symdiff_numpy(x: Any, y: Any) -> Callable[[], Fitted]:
    """Where llvmlite is not installed."""
    sys.modules["llvmlite"] = None  # type: ignore[assignment]  # as the manual of `import` says
    return symdiff(x, y)


def curve_fit(x: Any, y: Any) -> Callable[[], Fitted]:
    """The partial derivatives as rows, which spares MINPACK a transposed copy: a quarter faster than as columns."""
    from scipy.optimize import curve_fit as fitted

    def call() -> Fitted:
        values, _ = fitted(by_hand, x, y, list(START.values()), jac=slopes_by_hand, col_deriv=1)
        return values.tolist()

    return call


def curve_fit_numeric(x: Any, y: Any) -> Callable[[], Fitted]:
    from scipy.optimize import curve_fit as fitted

    def call() -> Fitted:
        values, _ = fitted(by_hand, x, y, list(START.values()))
        return values.tolist()

    return call


def lmfit(x: Any, y: Any) -> Callable[[], Fitted]:
    from lmfit import Parameters, minimize

    parameters = Parameters()
    for name, value in START.items():
        parameters.add(name, value)

    def residuals(p: Any) -> Any:
        return by_hand(x, *p.valuesdict().values()) - y

    def slopes(p: Any) -> Any:
        return slopes_by_hand(x, *p.valuesdict().values())

    return lambda: list(minimize(residuals, parameters, Dfun=slopes, col_deriv=1).params.valuesdict().values())


def iminuit(x: Any, y: Any) -> Callable[[], Fitted]:
    from iminuit import Minuit
    from iminuit.cost import LeastSquares

    def call() -> Fitted:
        search = Minuit(LeastSquares(x, y, NOISE, by_hand, grad=slopes_by_hand), *START.values())
        return list(search.migrad().values)

    return call


EIGHT: dict[str, Callable[[Any, Any], Callable[[], Fitted]]] = {
    "symdiff, jit": symdiff,
    "symdiff": symdiff_numpy,
    "symdiff, jit, cold": symdiff_cold,
    "curve_fit, exact": curve_fit,
    "curve_fit, numeric": curve_fit_numeric,
    "lmfit, exact": lmfit,
    "iminuit, exact": iminuit,
}

# -------------------------------------------------------------------------------------------------- lines and parabolas


class Polynomial(NamedTuple):
    """A polynomial as symdiff reads it, its degree and its coefficients, the highest power first."""

    model: str
    degree: int
    true: list[float]

    def __call__(self, x: Any, *coefficients: float) -> Any:
        import numpy as np

        return np.polyval(coefficients, x)


POLYNOMIALS = {
    "line": Polynomial("m*x + b", 1, [2.0, -1.0]),
    "parabola": Polynomial("a*x^2 + b*x + c", 2, [0.5, -2.0, 1.0]),
}


def straight(of: Polynomial, x: Any, y: Any) -> Callable[[], Fitted]:
    from symdiff import fit

    return lambda: list(fit(of.model, {"x": x, "y": y}).values.values())


def straight_numpy(of: Polynomial, x: Any, y: Any) -> Callable[[], Fitted]:
    sys.modules["llvmlite"] = None  # type: ignore[assignment]
    return straight(of, x, y)


def polyfit(of: Polynomial, x: Any, y: Any) -> Callable[[], Fitted]:
    import numpy as np

    return lambda: np.polyfit(x, y, of.degree).tolist()


LINEAR: dict[str, Callable[[Polynomial, Any, Any], Callable[[], Fitted]]] = {
    "symdiff, jit": straight,
    "symdiff": straight_numpy,
    "np.polyfit": polyfit,
}
