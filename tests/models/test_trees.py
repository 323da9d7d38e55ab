"""Boosted trees without chance."""

import numpy as np

from cdp_spark.models.options import TreeSettings
from cdp_spark.models.trees import classifier, regressor

SMALL = TreeSettings(iterations=20, leaf_rows=5)


def _rows() -> tuple[
    np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    np.ndarray[tuple[int, ...], np.dtype[np.float64]],
]:
    draw = np.random.default_rng(3)
    figures = draw.random((300, 3)).astype("float32")
    figures[:40, 1] = np.nan
    return figures, (figures[:, 0] + draw.random(300) > 1).astype(float)


def test_two_fits_foretell_the_same_digits_gaps_and_all() -> None:
    figures, outcome = _rows()
    one, other = (classifier(SMALL).fit(figures, outcome) for _ in range(2))
    assert np.array_equal(one.predict_proba(figures), other.predict_proba(figures))


def test_amounts_foretold_are_never_negative_and_add_up() -> None:
    figures, outcome = _rows()
    foretold = regressor(SMALL, "poisson").fit(figures, outcome * 50).predict(figures)
    assert (foretold > 0).all()
    assert np.isclose(foretold.sum(), outcome.sum() * 50, rtol=0.02)
