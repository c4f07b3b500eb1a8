"""Data in batches: the same fit as of all rows at once, in passes and in constant memory."""

import numpy as np
import pytest

from symdiff import fit
from symdiff.errors import DataError, FitError
from symdiff.fit.data.batches import opening
from symdiff.fit.leastsquares.robustsums import median_size
from symdiff.fit.problem import Ask, plan_for

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


@pytest.mark.parametrize(
    "options", [{}, {"sigma": "s", "loss_scale": 1.345}, {"bounds": {"b": (0, 1.1)}}, {"loss": "log(1 + r^2)"}]
)
def test_a_robust_loss_has_the_figures_of_all_rows(options):
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 5, 9000)
    y = np.where(np.arange(9000) % 29 == 3, 9.0, 3 * np.exp(-1.2 * x) + 0.5 + rng.normal(0, 0.05, 9000))
    rows = {"x": x, "y": y, "s": 0.05 + 0.01 * x}
    rough = [{name: column[i : i + 2500] for name, column in rows.items()} for i in range(0, 9000, 2500)]
    wanted = {"loss": "huber", "loss_scale": 0.1, **options}
    whole, parts = fit(DECAY, rows, **wanted), fit(DECAY, rough, **wanted)
    assert parts.sample < 9000
    assert parts.values == pytest.approx(whole.values, rel=1e-8)
    assert parts.errors == pytest.approx(whole.errors, rel=1e-6, nan_ok=True)
    assert parts.rss == pytest.approx(whole.rss, rel=1e-9)


def test_the_scale_of_a_robust_loss_follows_the_residuals_of_all_rows():
    rng = np.random.default_rng(6)
    x, noise = rng.uniform(0, 5, 9000), np.repeat([0.01, 0.02, 0.3], 3000)
    rows = {"x": x, "y": 2 * x + 1 + noise * rng.normal(size=9000)}
    whole = fit("line", rows, loss="soft_l1")
    parts = fit(
        "line", [{name: column[i : i + 3000] for name, column in rows.items()} for i in (0, 3000, 6000)], loss="soft_l1"
    )
    assert parts.problem.scale == pytest.approx(whole.problem.scale, rel=2e-3)
    assert parts.values == pytest.approx(whole.values, rel=1e-4)
    assert parts.errors == pytest.approx(whole.errors, rel=1e-3)
    assert f"has the scale {parts.problem.scale:.3g}" in parts.report()


@pytest.mark.parametrize("expected", [1.0, 3e-9, 0.0])
def test_the_median_size_is_found_in_bins_of_any_width(expected):
    plan = plan_for(Ask(("a",), ("y",), x=()), opening([{"y": [1.0]}]))
    rng = np.random.default_rng(7)
    parts = [[rng.normal(size=n)] for n in (10, 900, 91)]
    wanted = np.median(np.abs(np.concatenate([one for (one,) in parts])))
    assert median_size(plan, parts, np.zeros(1), expected) == pytest.approx(wanted, rel=1e-4)
    assert median_size(plan, [[np.array([0.0, 0.0, 3.0])]], np.zeros(1), 1.0) == pytest.approx(1e-3)


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
    monkeypatch.setattr("symdiff.fit.data.streams.LARGE_PARQUET", 10)
    in_passes = fit(DECAY, tmp_path / "data.parquet")
    assert in_passes.values == pytest.approx(at_once.values, rel=1e-8)
    assert "passes" in in_passes.method
    assert "passes" not in at_once.method


def test_files_in_parts_go_by_their_headers(tmp_path, monkeypatch):
    file = tmp_path / "data.csv"
    lines = [f"{x},{y}" for x, y in zip(WHOLE["x"], np.nan_to_num(WHOLE["y"], nan=0.6), strict=True)]
    file.write_text("\n".join(["Run 7", "time [s],signal (mV)", *lines]))
    monkeypatch.setattr("symdiff.fit.data.streams.LARGE_CSV", 10)
    monkeypatch.setattr("symdiff.fit.fitting.gathered", lambda source: None)
    found = fit("a*exp(-b*time) + c", file, y="signal (mV)")
    assert "passes" in found.method
    assert found.values["b"] == pytest.approx(1.2, rel=0.05)
    assert any("'time [s]' is called time" in note for note in found.notes)
    assert any("begins in line 2" in note for note in found.notes)
