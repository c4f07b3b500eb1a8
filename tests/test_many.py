"""Many fits at once: the digits of single fits, any order and size of groups, failures listed and never fatal."""

import json
import math
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from symdiff.errors import DataError, FitError
from symdiff.fit import fit
from symdiff.fit.data.reading import table
from symdiff.fit.many.fits import WHY, Fits
from symdiff.fit.many.grouping import grouped
from symdiff.fit.many.groups import fit_many
from symdiff.fit.many.march import ENDS, march
from symdiff.fit.many.stacked import Groups, reduced
from symdiff.fit.problem import Ask, met, plan_for

DECAY = "a*exp(-b*x) + c"
START = {"a": 4.0, "b": 0.5, "c": 1.0}


def decays(count: int, rows: int = 40, seed: int = 1, noise: float = 0.05) -> dict[str, NDArray[Any]]:
    rng = np.random.default_rng(seed)
    label, x = np.repeat(np.arange(count), rows), np.tile(np.linspace(0, 8, rows), count)
    a, b, c = np.repeat(np.array([5, 0.6, 1]) * (1 + 0.2 * rng.normal(size=(count, 3))), rows, axis=0).T
    return {"site": label, "x": x, "y": a * np.exp(-b * x) + c + noise * rng.normal(size=len(x))}


def agree(many: Fits, label: Any, one: Any, digits: float = 1e-8) -> None:
    for name in many.parameters:
        i = many.place(label)
        assert math.isclose(many.values[name].ravel()[i], one.values[name], rel_tol=digits), name
        assert math.isclose(many.errors[name].ravel()[i], one.errors[name], rel_tol=1e-6), name


# ---------------------------------------------------------------------------------------------------- the same digits


def test_many_fits_have_the_digits_of_single_ones() -> None:
    data = decays(60)
    many = fit_many(DECAY, data, by="site", start=START)
    assert many.converged.all()
    for label in range(0, 60, 7):
        mine = data["site"] == label
        agree(many, label, fit(DECAY, {"x": data["x"][mine], "y": data["y"][mine]}, start=START))


def test_values_and_errors_are_those_of_scipy() -> None:
    data = decays(5)
    many = fit_many(DECAY, data, by="site", start=START)
    for label in range(5):
        mine = data["site"] == label
        p, covariance = curve_fit(
            lambda x, a, b, c: a * np.exp(-b * x) + c,
            data["x"][mine],
            data["y"][mine],
            [4, 0.5, 1],
            xtol=1e-14,
            ftol=1e-14,
        )
        found = [many.values[name][label] for name in "abc"]
        assert np.allclose(found, p, rtol=1e-6)
        assert np.allclose([many.errors[name][label] for name in "abc"], np.sqrt(np.diagonal(covariance)), rtol=1e-4)


def test_perfect_data_give_the_parameters_back() -> None:
    data = decays(50, noise=0.0)
    many = fit_many(DECAY, data, by="site", start=START)
    assert many.converged.all()
    places = many.predict(np.linspace(0, 8, 40))
    assert np.allclose(places.ravel(), data["y"], rtol=1e-11)


def test_linear_models_need_no_iteration_and_lose_no_digits() -> None:
    rng = np.random.default_rng(3)
    years = np.arange(1990.0, 2020.0)
    y = 3 + 0.2 * (years - 2000) + rng.normal(size=(20, 30))
    many = fit_many("p + q*t + r*t^2 + s*t^3", {"t": years, "y": y})
    assert many.converged.all()
    for i in (0, 13):
        agree(many, i, fit("p + q*t + r*t^2 + s*t^3", {"t": years, "y": y[i]}), 1e-6)


def test_weights_ties_and_fixed_parameters_mean_what_they_mean_in_one_fit() -> None:
    data = decays(12)
    data["s"] = 0.05 * (1 + data["x"] / 8)
    options: dict[str, Any] = {"sigma": "s", "absolute_sigma": True, "fixed": {"c": 1.1}, "tied": {"a": "8*b"}}
    many = fit_many(DECAY, data, by="site", start={"b": 0.5}, **options)
    mine = data["site"] == 4
    one = fit(DECAY, {name: column[mine] for name, column in data.items()}, start={"b": 0.5}, **options)
    agree(many, 4, one)
    assert (many.values["c"] == 1.1).all()
    assert (many.errors["c"] == 0).all()
    assert np.allclose(many.errors["a"], 8 * many.errors["b"])


def test_bounds_hold_in_every_group() -> None:
    data = decays(30)
    many = fit_many(DECAY, data, by="site", start=START, bounds={"c": (1.0, None)})
    assert (many.values["c"] >= 1.0).all()
    assert (many.values["c"] == 1.0).any()
    resting = int(np.flatnonzero(many.values["c"] == 1.0)[0])
    mine = data["site"] == resting
    one = fit(DECAY, {"x": data["x"][mine], "y": data["y"][mine]}, start=START, bounds={"c": (1.0, None)})
    assert math.isclose(many.values["b"][resting], one.values["b"], rel_tol=1e-8)
    assert math.isnan(many.errors["c"][resting])


def test_several_responses_share_their_parameters() -> None:
    rng = np.random.default_rng(4)
    x = np.tile(np.linspace(0, 4, 25), 8)
    k = np.repeat(rng.uniform(0.5, 2, 8), 25)
    data = {"site": np.repeat(np.arange(8), 25), "x": x, "u": np.exp(-k * x), "v": 3 * (1 - np.exp(-k * x))}
    many = fit_many({"u": "exp(-k*x)", "v": "b*(1 - exp(-k*x))"}, data, by="site", start={"k": 1, "b": 1})
    assert np.allclose(many.values["k"], k[::25], rtol=1e-10)
    assert np.allclose(many.values["b"], 3, rtol=1e-10)


# ------------------------------------------------------------------------------------------------------------- starts


def test_no_start_is_needed_although_the_peaks_lie_elsewhere_in_each_group() -> None:
    rng = np.random.default_rng(5)
    x, mu, s = np.linspace(-5, 5, 60), rng.uniform(-3, 3, 80), rng.uniform(0.3, 1.5, 80)
    curves = 4 * np.exp(-((x - mu[:, None]) ** 2) / (2 * s[:, None] ** 2)) + 1
    many = fit_many("h*exp(-(x-mu)^2/(2*s^2)) + c", {"x": x, "y": curves + 0.05 * rng.normal(size=(80, 60))})
    assert many.converged.all()
    assert np.abs(many.values["mu"] - mu).max() < 0.1


def test_starts_may_differ_from_group_to_group() -> None:
    rng = np.random.default_rng(6)
    x, w = np.linspace(0, 10, 80), rng.uniform(1, 6, 40)
    y = np.sin(w[:, None] * x)
    by_array = fit_many("sin(w*x)", (x, y), start={"w": w * 1.02})
    assert np.allclose(by_array.values["w"], w, rtol=1e-10)
    by_label = fit_many("sin(w*x)", (x, y), start={"w": {i: 1.02 * value for i, value in enumerate(w.tolist())}})
    assert by_label.values["w"].tolist() == by_array.values["w"].tolist()


def test_a_start_that_fits_no_shape_is_refused() -> None:
    with pytest.raises(FitError, match="start of b"):
        fit_many(DECAY, decays(4), by="site", start={"b": [1.0, 2.0]})
    with pytest.raises(FitError, match="not finite"):
        fit_many(DECAY, decays(4), by="site", start={"b": math.nan})


def test_steep_exponentials_far_from_zero_are_found_by_projection() -> None:
    rng = np.random.default_rng(7)
    years = np.arange(1990.0, 2020.0)
    rate, size = rng.uniform(0.03, 0.08, (30, 1)), rng.uniform(1, 5, (30, 1))
    y = size * np.exp(rate * (years - 2000)) * (1 + 0.01 * rng.normal(size=(30, 30)))
    many = fit_many("a*exp(b*t)", {"t": years, "y": y})
    assert many.converged.all()
    assert np.abs(many.values["b"] / rate[:, 0] - 1).max() < 0.1


# -------------------------------------------------------------------------------------------------------------- groups


def test_the_order_of_rows_changes_nothing() -> None:
    data = decays(30)
    order = np.random.default_rng(8).permutation(len(data["x"]))
    shuffled = {name: column[order] for name, column in data.items()}
    sorted_fits, mixed = fit_many(DECAY, data, "site", start=START), fit_many(DECAY, shuffled, "site", start=START)
    for label in range(30):
        i, j = sorted_fits.place(label), mixed.place(label)
        assert math.isclose(sorted_fits.values["b"][i], mixed.values["b"][j], rel_tol=1e-10)


def test_groups_of_several_columns_have_tuples_for_labels() -> None:
    data = {
        "site": ["n", "n", "s", "s", "n", "n"],
        "year": [1, 1, 1, 1, 2, 2],
        "x": [0, 1, 0, 1, 0, 1],
        "y": [0, 1, 1, 3, 2, 5],
    }
    many = fit_many("m*x + b", data, by=["site", "year"])
    assert many.labels == [("n", 1), ("s", 1), ("n", 2)]
    assert np.allclose(many.values["m"], [1, 2, 3])
    found = many.table()
    assert found["site"] == ["n", "s", "n"]
    assert found["year"] == [1, 1, 2]


def test_series_keep_the_shape_of_their_array() -> None:
    rng = np.random.default_rng(9)
    x, y = np.linspace(0, 1, 20), rng.normal(size=(3, 4, 20))
    many = fit_many("m*x + b", (x, y))
    assert many.values["m"].shape == many.rss.shape == many.converged.shape == (3, 4)
    assert math.isclose(many.values["m"][2, 1], np.polyfit(x, y[2, 1], 1)[0], rel_tol=1e-10)
    assert many.predict([0.0, 1.0]).shape == (3, 4, 2)
    assert many[2, 1].values["m"] == pytest.approx(many.values["m"][2, 1])


def test_labels_of_a_file_may_be_asked_for_as_numbers(tmp_path: Any) -> None:
    path = tmp_path / "plots.csv"
    path.write_text("plot,x,y\n7,0,1\n7,1,3\n7,2,5\n8,0,0\n8,1,1\n8,2,2\n", encoding="utf-8")
    many = fit_many("m*x + b", path, by="plot")
    assert many.labels == ["7", "8"]
    assert many[8].values["m"] == pytest.approx(1)
    assert 7 in many
    assert 9 not in many
    with pytest.raises(DataError, match="no group 9"):
        many[9]


def test_labels_are_in_the_order_of_their_first_rows() -> None:
    found = table({"g": np.array([5, 3, 5, 9, 3]), "y": np.arange(5.0)})
    groups = grouped(found, "g")
    assert groups.labels == [5, 3, 9]
    assert groups.codes.tolist() == [0, 1, 0, 2, 1]
    words = grouped(table({"g": np.array(["b", "a", "", "b"]), "y": np.arange(4.0)}), "g")
    assert words.labels == ["b", "a"]
    assert words.codes.tolist() == [0, 1, -1, 0]


# ------------------------------------------------------------------------------------------------------------ failures


def ragged() -> dict[str, list[Any]]:
    """Groups that can be fitted, and one of every kind that cannot."""
    rng = np.random.default_rng(10)
    rows: list[tuple[Any, float, float]] = []
    for label in ("good", "fine", "well"):
        rows += [(label, x, 3 * math.exp(-0.7 * x) + 1 + 0.01 * rng.normal()) for x in np.linspace(0, 5, 12).tolist()]
    rows += [("few", 0.0, 1.0), ("few", 1.0, 0.5)]
    rows += [("one", 2.0, 1.0)]
    rows += [("same x", 1.5, 2.0 + 0.1 * i) for i in range(6)]
    rows += [("empty", float(i), math.nan) for i in range(5)]
    rows += [(None, 1.0, 1.0)]
    return {"g": [r[0] for r in rows], "x": [r[1] for r in rows], "y": [r[2] for r in rows]}


def test_groups_that_fail_are_listed_with_their_reasons() -> None:
    many = fit_many(DECAY, ragged(), by="g")
    assert many.labels == ["good", "fine", "well", "few", "one", "same x", "empty"]
    reasons = {one.label: one.reason for one in many.failed}
    assert reasons == {"few": "too few rows", "one": "too few rows", "same x": "undetermined", "empty": "no rows"}
    assert np.isnan(many.values["a"][3:5]).all()
    assert np.allclose(many.values["b"][:3], 0.7, rtol=0.1)
    assert many.rows.tolist() == [12, 12, 12, 2, 1, 6, 0]
    assert many.skipped.tolist() == [0, 0, 0, 0, 0, 0, 5]
    assert {str(row).split(": ")[1] for row in many.left_out} == {"y is nan", "g is empty"}
    assert math.isinf(many.errors["b"][5])


def test_a_report_says_how_many_converged_and_which_did_not() -> None:
    told = fit_many(DECAY, ragged(), by="g").report()
    assert "7 by g: 3 converged, 4 failed" in told
    assert "few: too few rows (it has fewer rows than parameters)" in told
    assert "45 rows used, 6 skipped" in told


def test_a_summary_and_a_table_are_plain_data() -> None:
    many = fit_many(DECAY, ragged(), by="g")
    assert json.loads(json.dumps(many.summary(), allow_nan=False))["converged"] == 3
    columns = many.table()
    assert {len(column) for column in columns.values()} == {7}
    assert list(columns) == ["g", "a", "a_error", "b", "b_error", "c", "c_error", "rss", "rows", "skipped", "reason"]
    assert set(columns["reason"]) <= set(WHY)


def test_a_model_without_value_in_one_group_stops_no_other() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0])
    data = {"g": np.repeat(["p", "n"], 4), "x": np.concatenate([x, -x]), "y": np.concatenate([np.log(x), x])}
    many = fit_many("a*log(x) + b", data, by="g")
    assert many.reasons.tolist() == ["converged", "undefined"]
    assert many.values["a"][0] == pytest.approx(1)
    assert math.isnan(many.values["a"][1])


def test_what_no_float_can_hold_is_said() -> None:
    many = fit_many("a*exp(-b*x)", (np.arange(5.0), 1e200 * np.random.default_rng(13).uniform(1, 2, (2, 5))))
    assert [one.reason for one in many.failed] == ["undefined"] * 2
    assert "its square is beyond floats" in many.failed[0].why


def test_parameters_that_cannot_be_told_apart_have_infinite_errors() -> None:
    rng = np.random.default_rng(12)
    x = np.linspace(0, 1, 9)
    many = fit_many("(a + b)*x + c", (x, 3 * x + 1 + 0.01 * rng.normal(size=(3, 9))))
    assert many.reasons.tolist() == ["undetermined"] * 3
    assert np.allclose(many.values["a"] + many.values["b"], 3, atol=0.1)
    assert np.isinf(many.errors["a"]).all()
    assert (many.errors["c"] < 0.1).all()


def test_a_start_that_leads_nowhere_is_given_up_for_a_search() -> None:
    data = decays(4)
    many = fit_many("a*exp(-b*x)", data, by="site", start={"a": -1e6, "b": -50.0})
    assert many.converged.all()


def test_as_many_rows_as_parameters_have_values_and_no_errors() -> None:
    many = fit_many("m*x + b", {"g": [1, 1], "x": [0, 1], "y": [1, 3]}, by="g")
    assert many.converged.all()
    assert math.isnan(many.errors["m"][0])


def test_an_interrupted_fit_gives_the_best_so_far() -> None:
    def stop(ended: int, groups: int) -> None:
        assert 0 <= ended <= groups == 5
        raise KeyboardInterrupt

    many = fit_many(DECAY, decays(5), by="site", start=START, seen=stop)
    assert many.reasons.tolist() == ["interrupted"] * 5
    assert np.isfinite(many.values["a"]).all()


def test_groups_out_of_steps_say_so() -> None:
    data = decays(5)
    found = table({"x": data["x"], "y": data["y"]})
    problem = met(plan_for(Ask((DECAY,), ("y",)), found), found)
    groups = Groups(problem.plan, problem.arrays, np.full(5, 40))
    assert [ENDS[end] for end in march(groups, np.ones((5, 3)), steps=3).ends] == ["steps"] * 5
    with pytest.raises(FitError, match="number of steps"):
        fit_many(DECAY, decays(5), by="site", steps=-1)


def test_what_concerns_all_groups_is_an_error() -> None:
    with pytest.raises(FitError, match="nothing tells the groups apart"):
        fit_many("m*x + b", {"x": [0, 1], "y": [1, 3]})
    with pytest.raises(DataError, match="no column 'sites'"):
        fit_many("m*x + b", {"site": [1, 1], "x": [0, 1], "y": [1, 3]}, by="sites")
    with pytest.raises(DataError, match="do not fit together"):
        fit_many("m*x + b", (np.zeros(4), np.zeros((2, 5))))
    with pytest.raises(DataError, match="no row has a label"):
        fit_many("m*x + b", {"site": [None, ""], "x": [0, 1], "y": [1, 3]}, by="site")


def test_one_group_can_be_looked_at_as_a_fit_of_its_own() -> None:
    data = decays(6)
    data["y"][41] = math.nan
    many = fit_many(DECAY, data, by="site", start=START)
    one = many[1]
    assert one.converged
    assert one.values["b"] == pytest.approx(many.values["b"][1], rel=1e-8)
    assert [row.row for row in one.data.skipped] == [42]
    assert one.predict(2.0) == pytest.approx(many.predict(2.0)[1])


@pytest.mark.parametrize("loss", ["huber", "cauchy", "log(1 + r^4)"])
def test_robust_losses_have_a_scale_for_each_group_and_errors_by_the_sandwich(loss: str) -> None:
    data = decays(4)
    data["y"][5] += 40
    many = fit_many(DECAY, data, by="site", start=START, loss=loss)
    assert many.converged.all()
    for label in (0, 3):
        mine = data["site"] == label
        one = fit(DECAY, {"x": data["x"][mine], "y": data["y"][mine]}, start=START, loss=loss)
        agree(many, label, one)
        assert many.rss[label] == pytest.approx(one.rss, rel=1e-8)


def test_likelihoods_and_errors_in_x_are_fitted_group_by_group() -> None:
    rng = np.random.default_rng(11)
    x = np.linspace(0, 5, 30)
    counts = rng.poisson(np.exp(1 + 0.3 * x), (3, 30)).astype(float)
    many = fit_many("exp(a + b*x)", (x, counts), start={"a": 1, "b": 0.3}, loss="poisson")
    one = fit("exp(a + b*x)", {"x": x, "y": counts[1]}, start={"a": 1, "b": 0.3}, loss="poisson")
    assert many.converged.all()
    agree(many, 1, one, 1e-6)
    distances = fit_many("a + b*x", (x, counts), start={"a": 1, "b": 1}, sigma=1, sigma_x=0.1)
    assert math.isclose(distances.values["b"][2], distances[2].values["b"], rel_tol=1e-6)


def test_many_fits_travel_as_a_pickle() -> None:
    many = fit_many(DECAY, decays(3), by="site", start=START)
    back = pickle.loads(pickle.dumps(many))
    assert back.values["b"].tolist() == many.values["b"].tolist()
    assert back[2].values["b"] == pytest.approx(many.values["b"][2], rel=1e-8)


# -------------------------------------------------------------------------------------------------------- its machinery


def test_groups_that_sums_cannot_tell_are_turned() -> None:
    x = np.concatenate([np.linspace(0, 1, 20), 1e6 + np.linspace(0, 1, 20)])
    found = table({"x": x, "y": 2 * x + 1})
    problem = met(plan_for(Ask(("m*x + b",), ("y",)), found), found)
    groups = Groups(problem.plan, problem.arrays, np.array([20, 20]))
    ended = march(groups, np.zeros((2, 2)))
    assert groups.turned.tolist() == [False, True]
    assert np.allclose(ended.at[:, list(problem.plan.free).index("m")], 2, rtol=1e-9)


def test_sums_that_are_not_positive_are_no_system() -> None:
    _, good = reduced(np.array([[[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]), np.array([1.0]))
    assert not good.any()


def test_every_way_to_end_has_a_sentence() -> None:
    assert set(ENDS[1:]) <= set(WHY)


@pytest.mark.parametrize("count", [1, 3, 5000])
def test_any_number_of_groups_will_do(count: int) -> None:
    data = decays(count, rows=6)
    many = fit_many("a*exp(-b*x)", data, by="site", start={"a": 4, "b": 0.3})
    assert len(many) == count
    assert many.converged.mean() > 0.99


def test_groups_of_single_rows_are_refused_at_once() -> None:
    x = np.random.default_rng(0).normal(size=50_000)
    with pytest.raises(FitError, match="no group has enough rows for 2 parameters: 50,000 rows in 50,000 groups by x"):
        fit_many("line", {"x": x, "y": x}, by="x")


def test_groups_go_by_a_header() -> None:
    data = {"site name": list("aabb"), "x": [0, 1, 0, 1], "y (mV)": [1, 3, 0, 3]}
    many = fit_many("m*x + b", data, by="site name", y="y (mV)")
    assert many.table()["site name"] == ["a", "b"]
    assert many["b"].values["m"] == pytest.approx(3)


def test_the_report_lists_a_few_failures_and_the_summary_a_thousand() -> None:
    data = {"site": [*range(1500), "good", "good"], "x": [0] * 1501 + [1], "y": [1] * 1502}
    many = fit_many("m*x + b", data, by="site")
    assert len(many.summary()["failed"]) == 1000
    assert many.summary()["failed_groups"] == 1500
    assert ".failed" not in many.report()
