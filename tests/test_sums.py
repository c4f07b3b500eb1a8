"""Sums over rows: Gram matrices and plain sums, whatever computes them, against all values stored and then summed."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pytest

from symdiff.calculus.diff import gradient
from symdiff.core.expr import Expr
from symdiff.core.fold import free_symbols
from symdiff.errors import MissingError, OperandError
from symdiff.numeric import sums as module
from symdiff.numeric.arrays import has_native
from symdiff.numeric.compile import compile
from symdiff.numeric.sums import Sums
from symdiff.text.parse import expression

NATIVE = pytest.param("llvm", marks=pytest.mark.skipif(not has_native(), reason="the extra `jit` is not installed"))
BACKENDS = pytest.mark.parametrize("backend", ["numpy", NATIVE])

PEAK = "A*exp(-k*x) + B*exp(-(x-mu)^2/(2*s^2)) + c0 + c1*x + c2*x^2"
START = {"A": 2.0, "k": 0.5, "B": 1.5, "mu": 4.0, "s": 0.7, "c0": 0.3, "c1": 0.1, "c2": 0.01}
WAVE = "a*exp(-b*x) + c + d*sin(x)"


def problem(model: str) -> tuple[list[str], list[Expr]]:
    """The parameters of a model of x, and its partials and residual."""
    f = expression(model)
    names = sorted({u.name for u in free_symbols(f)} - {"x"})
    return names, [*gradient(f, names), f - expression("y")]


def stored(args: Sequence[str], blocks: Sequence[Sequence[Any]], plain: Sequence[Any], values: Sequence[Any]) -> Any:
    """The same sums from all values, computed and stored."""
    n = next((len(x) for x in values if np.ndim(x)), 1)
    q = len(blocks[0]) if blocks else 0
    W = [np.broadcast_to(row, (n,)) for row in compile([*chain(*blocks), *plain], args)(*values)]
    G = np.zeros((q, q))
    for first in range(0, q * len(blocks), q):
        G += [[np.sum(u * v) for v in W[first : first + q]] for u in W[first : first + q]]
    return G, np.array([np.sum(row) for row in W[q * len(blocks) :]])


def agree(found: Any, wanted: Any, rows: int = 1) -> None:
    """Both have the same sums, to rounding, and nan in the same places."""
    for u, v in zip(found, wanted, strict=True):
        size = np.nanmax(np.abs(v), initial=1e-300)
        np.testing.assert_allclose(u, v, rtol=1e-12, atol=4e-16 * math.sqrt(rows) * size + 1e-290)
    assert (np.asarray(found[0]) == np.asarray(found[0]).T).all() or np.isnan(found[0]).any()


@BACKENDS
@pytest.mark.parametrize("n", [0, 1, 3, 7, 8, 9, 255, 257, 4097, 65541, 100003])
def test_the_sums_are_those_of_the_stored_values(backend: str, n: int) -> None:
    names, block = problem(PEAK)
    rng = np.random.default_rng(n)
    args, x = ["x", "y", *names], rng.uniform(0, 10, n)
    values = [x, rng.normal(size=n), *[START[name] for name in names]]
    sums = Sums(args, [block], ["y", "x*A", "k"], backend)
    wanted = stored(args, [block], ["y", "x*A", "k"], values)
    agree(sums(values), wanted, n)
    agree(sums(values), wanted, n)  # the same arrays again, which are prepared
    values[2:] = [1.5 * value for value in values[2:]]
    agree(sums(values), stored(args, [block], ["y", "x*A", "k"], values), n)
    assert sums.backend == backend


@BACKENDS
def test_other_arrays_give_other_sums(backend: str) -> None:
    sums = Sums("x a", [["x - a", "1"]], backend=backend)
    first, second = np.arange(100.0), np.arange(100.0) ** 2
    for x in (first, second, first[:50], first):
        agree(sums([x, 2.0]), stored(["x", "a"], [["x - a", "1"]], [], [x, 2.0]))
    first[:] = 7.0
    assert sums([first, 2.0])[0].tolist() == [[2500.0, 500.0], [500.0, 100.0]]


@BACKENDS
def test_several_responses_add_up(backend: str) -> None:
    blocks = [["x", "0", "a*x - y"], ["0", "exp(-x)", "b*exp(-x) - y"], ["x", "exp(-x)", "2"]]
    rng, args = np.random.default_rng(1), ["x", "y", "a", "b"]
    values = [rng.uniform(0, 2, 5000), rng.normal(size=5000), 2.0, 3.0]
    agree(Sums(args, blocks, ["a", "x"], backend)(values), stored(args, blocks, ["a", "x"], values), 5000)


@BACKENDS
def test_what_varies_with_no_array_counts_once_for_each_row(backend: str) -> None:
    sums = Sums("x a", [["a", "a^2"]], ["a", "3", "x"], backend)
    G, plain = sums([np.arange(20.0), 2.0])
    assert G.tolist() == [[80.0, 160.0], [160.0, 320.0]]
    assert plain.tolist() == [40.0, 60.0, 190.0]
    G, plain = sums([5, 2])
    assert G.tolist() == [[4.0, 8.0], [8.0, 16.0]]
    assert plain.tolist() == [2.0, 3.0, 5.0]


@BACKENDS
def test_there_may_be_no_block_or_no_plain_formula(backend: str) -> None:
    x = np.arange(1000.0)
    G, plain = Sums("x", [], ["x", "x^2"], backend)([x])
    assert G.shape == (0, 0)
    assert plain.tolist() == [x.sum(), (x**2).sum()]
    G, plain = Sums("x", [["x"]], (), backend)([x])
    assert (G.tolist(), plain.shape) == ([[(x**2).sum()]], (0,))


@BACKENDS
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 13, 14, 30])
def test_any_number_of_formulas(backend: str, size: int) -> None:
    block = [f"x^{i}" if i % 3 else f"cos({i}*x)" for i in range(size)]
    values = [np.random.default_rng(size).uniform(-1, 1, 3001)]
    agree(Sums("x", [block], backend=backend)(values), stored(["x"], [block], [], values), 3001)


@BACKENDS
@pytest.mark.parametrize("odd", [[5], [0, 7, 8, 299, 999], [0, *range(256, 270), 998, 999], list(range(1000))])
def test_rows_that_need_care_count_like_others(backend: str, odd: list[int]) -> None:
    """The sine far out, and a product that underflows before a large factor, are left to the careful path."""
    x = np.random.default_rng(2).uniform(0, 3, 1000)
    x[odd] = 3e13
    args, block = ["x", "a"], ["sin(x)", "a*sin(x) - cos(x)", "a", "1"]
    for values in ([x, 1e-3], [x[::-1].copy(), 2.0]):
        wanted = stored(args, [block], ["sin(x)", "a*sin(x)"], values)
        agree(Sums(args, [block], ["sin(x)", "a*sin(x)"], backend)(values), wanted, 1000)
    t = np.zeros(1000)
    t[odd] = 2e-162
    G, plain = Sums("t", [["t*1e250*t"]], ["t*1e250*t"], backend)([t])
    value = 2e-162 * 1e250 * 2e-162
    assert G[0, 0] == pytest.approx(len(odd) * value**2, rel=1e-13)
    assert plain[0] == pytest.approx(len(odd) * value, rel=1e-13)


@BACKENDS
def test_a_row_without_a_value_makes_its_sums_nan_and_warns_of_nothing(backend: str) -> None:
    x = np.linspace(-1, 3, 1001)
    G, plain = Sums("x a", [["log(x)", "1"]], ["x*a", "1/(x - 3)", "sqrt(x)"], backend)([x, 1.0])
    assert np.isnan(G).tolist() == [[True, True], [True, False]]
    assert np.isnan(plain).tolist() == [False, True, True]
    x = np.array([*np.linspace(1, 3, 50), math.nan])
    assert np.isnan(Sums("x", [["x", "1"]], backend=backend)([x])[0]).tolist() == [[True, True], [True, False]]
    huge = Sums("x", [["x"]], backend=backend)([np.full(100, 1e200)])[0]
    assert not np.isfinite(huge).any()
    assert np.isnan(Sums("x a", [["x", "log(a)"]], backend=backend)([np.ones(9), -1.0])[0][1]).all()


@BACKENDS
def test_numbers_that_scale_beyond_the_floats_are_handled_with_care(backend: str) -> None:
    args, block = ["x", "a", "b"], ["a*x*b", "x"]
    values = [np.linspace(1, 2, 300), 1e200, 1e-200]
    agree(Sums(args, [block], backend=backend)(values), stored(args, [block], [], values), 300)


@BACKENDS
def test_a_function_without_vector_form_is_summed_too(backend: str) -> None:
    x = np.linspace(0.1, 3, 200)
    agree(Sums("x", [["zeta(x + 1)", "x"]], backend=backend)([x]), stored(["x"], [["zeta(x + 1)", "x"]], [], [x]), 200)


# -------------------------------------------------------------------------------------------------------------- groups


@BACKENDS
@pytest.mark.parametrize(
    "sizes",
    [
        [200] * 40,
        [0, 5, 0, 1, 300, 7, 8, 9, 0],
        list(range(60)),
        [3] * 500,
        [40000, 2, 0, 35000],
        [0, 0],
        [],
        [3],
        [1] * 20,
    ],
    ids=["equal", "some empty", "growing", "tiny", "large", "empty", "none", "one", "single rows"],
)
def test_each_group_has_the_sums_of_its_rows(backend: str, sizes: list[int]) -> None:
    names, block = problem(WAVE)
    rng, n = np.random.default_rng(3), sum(sizes)
    args, own = ["x", "y", *names], [False, False, *[True] * 4]
    values = [rng.uniform(0, 3, n), rng.normal(size=n), *[rng.uniform(0.5, 2, len(sizes)) for _ in names]]
    values[-1] = 0.75  # of all groups
    sums = Sums(args, [block, block[::-1]], ["y", "a", "x"], backend)
    G, plain = sums.groups(values, sizes, own)
    assert G.shape == (len(sizes), 5, 5)
    assert plain.shape == (len(sizes), 3)
    whole, low = Sums(args, [block, block[::-1]], ["y", "a", "x"], "numpy"), 0
    for i in range(min(len(sizes), 70)):
        rows = slice(low, low := low + sizes[i])
        one = [x if np.ndim(x) == 0 else float(x[i]) if of else x[rows] for x, of in zip(values, own, strict=True)]
        agree((G[i], plain[i]), whole(one), sizes[i])


@BACKENDS
def test_rows_that_need_care_count_in_their_groups(backend: str) -> None:
    rng, args, block = np.random.default_rng(4), ["x", "a", "b"], ["sin(x*b)", "a*cos(x)", "a"]
    x = rng.uniform(0, 3, 3000)
    x[[0, 5, 99, 100, 101, 1500, 2999]] = 3e13
    a, b = rng.uniform(1, 2, 30), rng.uniform(1, 2, 30)
    b[7], a[3] = 1e300, 1e-200
    sums = Sums(args, [block], ["a*x"], backend)
    for given in ([x, a, b], [x, a, np.where(b > 2, 1.0, b)]):
        G, plain = sums.groups(given, [100] * 30, [False, True, True])
        for i in range(30):
            values = [x[100 * i : 100 * i + 100], float(given[1][i]), float(given[2][i])]
            agree((G[i], plain[i]), stored(args, [block], ["a*x"], values), 100)
    x[1500] = math.nan
    G, _ = sums.groups([x, a, b], [100] * 30, [False, True, True])
    assert np.isnan(G[15, 0, 0])
    assert not np.isnan(np.delete(G, 15, axis=0)).any()


# -------------------------------------------------------------------------------------------- choice, threads, errors


@pytest.mark.skipif(not has_native(), reason="the extra `jit` is not installed")
def test_machine_code_is_made_once_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0, 1, 1000)
    expected = Sums("x a", [["exp(-a*x)", "x"]])
    patient = Sums("x a", [["exp(-a*x)", "x"]])
    assert patient([x, 1.0])[0].shape == (2, 2)
    assert patient.backend == "numpy"
    expected.expect(1000, 10)
    assert expected.backend == "numpy"
    expected.expect(10**6, 100)
    assert expected.backend == "llvm"
    patient.due = 5 * (1000 + patient.call)
    found = [(patient([x, 1.0])[0].tolist(), patient.backend) for _ in range(6)]
    assert [backend for _, backend in found] == ["numpy"] * 4 + ["llvm"] * 2
    np.testing.assert_allclose(found[0][0], found[-1][0], rtol=1e-13)
    assert expected([x, 1.0])[0].shape == (2, 2)
    without = Sums("x", [["zeta(x)"]])
    without.expect(10**9, 100)
    assert without.backend == "numpy"
    monkeypatch.setattr(module, "has_native", lambda: False)
    alone = Sums("x", [["x"]])
    alone.expect(10**9, 100)
    assert alone.backend == "numpy"


@BACKENDS
def test_threads_share_the_rows(backend: str) -> None:
    names, block = problem(PEAK)
    n = 200_001
    values = [np.linspace(0, 10, n), np.linspace(0, 1, n), *[START[name] for name in names]]
    alone, shared = [Sums(["x", "y", *names], [block], ["y"], backend, threads) for threads in (1, 3)]
    agree(shared(values), alone(values), n)
    rows = [2001] * 90
    own = [False, False, *[True] * 8]
    values = [*(x[: sum(rows)] for x in values[:2]), *values[2:]]
    agree([part.sum(axis=0) for part in shared.groups(values, rows, own)], alone(values), n)


@pytest.mark.skipif(not has_native(), reason="the extra `jit` is not installed")
@pytest.mark.parametrize(("name", "switches"), [("x86-64-v3", "+sse2,+avx2,+fma"), ("x86-64", "+sse2")])
def test_older_processors_get_the_same_sums(name: str, switches: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.numeric.llvm import reduction
    from symdiff.numeric.llvm.engine import Processor, host

    older = Processor(name, switches)
    if not older.features <= host().features:
        pytest.skip("not this processor")
    monkeypatch.setattr(reduction, "host", lambda: older)
    names, block = problem(PEAK)
    args = ["x", "y", *names]
    sums = Sums(args, [block], ["y"], "llvm")
    for n in (3, 4, 9, 1003):
        x = np.linspace(0, 10, n)
        values = [x, np.sin(x), *[START[name] for name in names]]
        agree(sums(values), stored(args, [block], ["y"], values), n)
    x[[0, 257, 1002]] = 3e13
    waves = Sums("x a", [["sin(x)", "cos(a*x)", "a"]], backend="llvm")
    agree(waves([x, 1.5]), stored(["x", "a"], [["sin(x)", "cos(a*x)", "a"]], [], [x, 1.5]), n)


def test_mistakes_are_told() -> None:
    with pytest.raises(MissingError, match="b"):
        Sums("x a", [["a*x + b"]])
    with pytest.raises(OperandError, match="different numbers"):
        Sums("x", [["x"], ["x", "1"]])
    with pytest.raises(OperandError, match="back end"):
        Sums("x", [["x"]], backend="fortran")
    sums = Sums("x a", [["a*x"]])
    for values in ([1.0], [np.ones(3), np.ones(4)], [np.ones((2, 2)), 1.0]):
        with pytest.raises(OperandError):
            sums(values)
    with pytest.raises(OperandError, match="for each group"):
        sums.groups([np.ones(3), np.ones(2)], [3], [False, True])
    with pytest.raises(OperandError, match="for each row"):
        sums.groups([np.ones(3), np.ones(2)], [2, 2], [False, True])
    with pytest.raises(OperandError, match="below 0"):
        sums.groups([np.ones(3), np.ones(2)], [4, -1], [False, True])
