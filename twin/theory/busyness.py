"""Over-dispersed counts: Poisson with a gamma busyness."""

from dataclasses import dataclass

from scipy.stats import nbinom

from twin.theory.means import require_positive, require_ratio


@dataclass(frozen=True)
class PoissonGamma:
    """Count that is Poisson(mean x B) given a busyness B ~ Gamma(shape, 1 / shape): negative binomial.

    Source: Whitt (1999); Avramidis, Deslauriers and L'Ecuyer (2004), Modeling daily arrivals to a telephone call
    center.
    """

    mean: float
    shape: float

    def __post_init__(self) -> None:
        require_positive(mean=self.mean, shape=self.shape)

    @property
    def variance(self) -> float:
        """Variance of the count."""
        return self.mean + self.mean**2 / self.shape

    @property
    def dispersion(self) -> float:
        """Variance over mean; 1 for a Poisson count."""
        return self.variance / self.mean

    def quantile(self, level: float) -> int:
        """Smallest n with P(count <= n) >= level."""
        require_ratio(level=level)
        return int(nbinom.ppf(level, self.shape, self.shape / (self.shape + self.mean)))
