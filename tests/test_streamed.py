"""Data in batches: the same fit as of all rows at once, in passes and in constant memory."""

import numpy as np
import pytest

from symdiff import fit
from symdiff.errors import DataError, FitError

DECAY = "a*exp(-b*x) + c"


def part(seed, n=400):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 5, n)
    y = 3 * np.exp(-1.2 * x) + 0.5 + rng.normal(0, 0.05, n)
    y[::100] = np.nan
    return {"x": x, "y": y, "s": 0.05 + 0.01 * x}


PARTS = [part(i) for i in range(6)]
WHOLE = {name: np.concatenate([one[name] for one in PARTS]) for name in "xys"}


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (DECAY, {}),
        (DECAY, {"start": {"a": 1, "b": 1, "c": 0}}),
        (DECAY, {"sigma": "s"}),
        (DECAY, {"sigma": "s", "absolute_sigma": True}),
        (DECAY, {"bounds": {"b": (0, 1.1)}}),
        (DECAY, {"tied": {"c": "a/6"}}),
        ("line", {}),
        ("a + b*x + c*x^2 + d*x^3", {"y": "log(y + 1)"}),
    ],
)
def test_batches_give_the_fit_of_all_rows(model, options):
    whole, parts = fit(model, WHOLE, **options), fit(model, PARTS, **options)
    assert parts.values == pytest.approx(whole.values, rel=1e-8)
    assert parts.errors == pytest.approx(whole.errors, rel=1e-6, nan_ok=True)
    assert parts.rss == pytest.approx(whole.rss, rel=1e-9)
    assert (len(parts.data), len(parts.data.skipped)) == (len(whole.data), len(whole.data.skipped)) == (2376, 24)
    assert parts.degrees_of_freedom == whole.degrees_of_freedom
    assert parts.r_squared == pytest.approx(whole.r_squared, rel=1e-6)
    assert "sample" in parts.report()


def test_a_robust_loss_goes_in_passes_too():
    rough = [{**one, "y": np.where(np.arange(400) % 29 == 3, 9.0, one["y"])} for one in PARTS]
    found = fit(DECAY, rough, loss="cauchy")
    assert list(found.values.values()) == pytest.approx([3, 1.2, 0.5], rel=0.03)
    assert all(0 < error < 0.05 for error in found.errors.values())


def test_an_iterator_serves_a_linear_model_in_one_pass_and_others_from_memory():
    assert fit("line", iter(PARTS)).values == pytest.approx(fit("line", WHOLE).values, rel=1e-9)
    assert fit(DECAY, iter(PARTS)).values == pytest.approx(fit(DECAY, WHOLE).values, rel=1e-9)


def test_a_function_that_makes_an_iterator_is_a_source():
    assert fit(DECAY, lambda: iter(PARTS)).values == pytest.approx(fit(DECAY, WHOLE).values, rel=1e-8)


def test_what_needs_all_rows_takes_them_from_memory():
    wanted = fit(DECAY, WHOLE, method="bfgs", start={"a": 1, "b": 1})
    assert fit(DECAY, PARTS, method="bfgs", start={"a": 1, "b": 1}).values == pytest.approx(wanted.values, rel=1e-9)


def test_what_needs_more_rows_than_memory_holds_is_refused_with_the_next_step(monkeypatch):
    monkeypatch.setattr("symdiff.fit.fitting.gathered", lambda source: None)
    with pytest.raises(FitError, match="more data than fit in memory"):
        fit(DECAY, PARTS, method="bfgs")
    with pytest.raises(DataError, match="gone through only once"):
        fit(DECAY, iter(PARTS))


def test_a_parquet_file_may_be_fitted_in_passes(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(WHOLE), tmp_path / "data.parquet", row_group_size=500)
    at_once = fit(DECAY, tmp_path / "data.parquet")
    monkeypatch.setattr("symdiff.fit.streams.LARGE_PARQUET", 10)
    in_passes = fit(DECAY, tmp_path / "data.parquet")
    assert in_passes.values == pytest.approx(at_once.values, rel=1e-8)
    assert "passes" in in_passes.method
    assert "passes" not in at_once.method
