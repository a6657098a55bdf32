"""Learning curves as power laws, F1(n) = a - b n^-c, with all laws that a few noisy points leave possible.

The inverse power law is what learning curves follow most often (Figueroa, Zeng-Treitler, Kandula and Ngo 2012,
"Predicting sample size required for classification performance"; Viering and Loog 2022, "The shape of learning curves:
a review"). Three parameters through five noisy points are not one curve: a best fit alone runs away with the noise. So
this is Bayes' rule on a grid: each law is weighed by how well it explains the points, and drawn accordingly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXPONENTS: Floats = np.geomspace(0.1, 2.0, 25)
"""That are thought possible; reported ones lie between 0.1 and 1."""
_HEADROOMS: Floats = np.linspace(0.02, 1.0, 25)
"""Shares of what is missing to an F1 of 1 that more labels of any number would bring."""
_LEVELS = 41
"""Values of F1 at the last point."""
_LEVEL_SIGMAS = 4.0
# Degrees of freedom of Student's t: now and then a training fails altogether, and one such point must not bend a curve.
_DEGREES = 4.0


@dataclass(frozen=True, slots=True)
class PowerLaws:
    """Draws from the laws that the points leave possible; a <= 1, b >= 0, c > 0 in all of them."""

    n: float
    """Labels at the last point."""
    level: Floats
    """F1 at `n`, `[draw]`."""
    asymptote: Floats
    """a, `[draw]`."""
    exponent: Floats
    """c, `[draw]`."""
    exponent_weights: Floats
    """Of each of `EXPONENTS`, sum 1: what the points say about the shape."""

    def f1(self, labels: Floats) -> Floats:
        """F1 at numbers of labels, `[draw, number]`."""
        decay = (labels[None, :] / self.n) ** -self.exponent[:, None]
        curves: Floats = self.asymptote[:, None] - (self.asymptote - self.level)[:, None] * decay
        return np.clip(curves, 0.0, 1.0)


def fit_power_laws(
    labels: Floats,
    f1: Floats,
    covariance: Floats,
    *,
    exponent_prior: Floats | None = None,
    n_draws: int = 4000,
    seed: int = 0,
) -> PowerLaws:
    """The laws that explain the points.

    Args:
        labels: at each point, rising, above 0.
        f1: measured there.
        covariance: of what separates the measured values from a law, `[point, point]`.
        exponent_prior: weight of each of `EXPONENTS`; None: see `default_exponent_prior`.
        n_draws: how many laws to draw.
        seed: of the draw.
    """
    prior = default_exponent_prior() if exponent_prior is None else exponent_prior
    reach = _LEVEL_SIGMAS * float(np.sqrt(covariance[-1, -1]))
    levels = np.unique(np.clip(np.linspace(f1[-1] - reach, f1[-1] + reach, _LEVELS), 0.0, 1.0))
    exponent, headroom, level = (axis.ravel() for axis in np.meshgrid(EXPONENTS, _HEADROOMS, levels, indexing="ij"))
    asymptote = level + headroom * (1 - level)
    decay = (labels[None, :] / labels[-1]) ** -exponent[:, None]
    # Negative values are kept: a law that needs them to pass through the later points contradicts the early ones.
    residuals = f1 - (asymptote[:, None] - (asymptote - level)[:, None] * decay)
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), residuals.T)
    log_weights = -(_DEGREES + 1) / 2 * np.sum(np.log1p(whitened**2 / _DEGREES), axis=0)
    # The more headroom the likelier: curves that have reached their end are rarer than those still on their way, and
    # with all headrooms alike forecasts from half of the documents came out too low.
    weights = np.exp(log_weights - log_weights.max()) * np.repeat(prior, len(_HEADROOMS) * len(levels)) * headroom
    weights /= weights.sum()
    drawn = np.random.default_rng(seed).choice(len(weights), size=n_draws, p=weights)
    return PowerLaws(
        n=float(labels[-1]),
        level=level[drawn],
        asymptote=asymptote[drawn],
        exponent=exponent[drawn],
        exponent_weights=weights.reshape(len(EXPONENTS), -1).sum(axis=1),
    )


def default_exponent_prior() -> Floats:
    """Log-normal around 0.5."""
    return _log_normal(np.log(EXPONENTS), np.log(0.5), 0.6)


def blurred(exponent_weights: Floats, *, sigma: float = 0.3) -> Floats:
    """A prior for a like curve: the same shape, give or take `sigma` in the logarithm of the exponent."""
    distances = np.log(EXPONENTS)
    kernel = np.stack([_log_normal(distances, centre, sigma) for centre in distances])
    prior: Floats = exponent_weights @ kernel
    return prior


def _log_normal(values: Floats, mean: float, sigma: float) -> Floats:
    weights = np.exp(-0.5 * ((values - mean) / sigma) ** 2)
    normal: Floats = weights / weights.sum()
    return normal
