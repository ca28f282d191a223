"""Which assumptions matter: Morris screening over their plausible ranges, then Sobol shares of the variance.

Every point meets the same two sets of tapes. Products of one set's values with the other's leave the noise of the
simulation out of every estimate, so that the shares are those of the mean response, however few replications.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.decide.axes import Axis
from twin.decide.design import latin_hypercube
from twin.decide.named import Where, family_of
from twin.decide.variants import Variants
from twin.experiment.many import replicate_many
from twin.experiment.replicate import Result
from twin.experiment.tasks import Checkpoint, Progress
from twin.simulate.run import EngineName
from twin.spec.load import Loaded, value_of
from twin.tape.points import unit_points
from twin.units import parse_duration, parse_rate

Floats = NDArray[np.float64]
Response = Callable[[Floats], tuple[Floats, Floats, float]]
"""Unit points (points, factors) to the mean response on each set of tapes, and the variance of one replication."""

_LEVELS = 4
_RESAMPLES = 200


@dataclass(frozen=True)
class Factor:
    """An assumption and its plausible range; `axis` says what stands at a place of the range."""

    axis: Axis
    value: str
    source: str

    @property
    def path(self) -> str:
        """The dotted path of the figure."""
        return self.axis.path


@dataclass(frozen=True)
class Output:
    """One measure, with exactly those dimensions."""

    name: str = "attainment"
    where: Where = ()


@dataclass(frozen=True)
class Effect:
    """What moving one factor through its range does to the output, in the output's unit.

    size  mean absolute elementary effect; mean  with its sign; spread  their standard deviation: large where the
    effect depends on the other factors.
    """

    factor: Factor
    size: float
    mean: float
    spread: float


@dataclass(frozen=True)
class Share:
    """Share of the output's variance over all ranges that a factor explains, with bootstrap intervals.

    first  by itself; total  with everything it interacts with.
    """

    factor: Factor
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


@dataclass(frozen=True)
class Shares:
    """Shares of all factors; deviation  standard deviation of the output over the ranges; chance  share of the
    variance of a single replication that is due to chance, not to the assumptions."""

    shares: tuple[Share, ...]
    mean: float
    deviation: float
    chance: float
    points: int


@dataclass(frozen=True)
class Sensitivity:
    """The ranking of assumptions: effects of all, the strongest first, and variance shares of the strongest."""

    output: Output
    effects: tuple[Effect, ...]
    shares: Shares
    replications: int
    seed: int


def factors_of(loaded: Loaded, tags: Sequence[str] = ("assumed", "cited", "measured")) -> list[Factor]:
    """The figures of a scenario that have a plausible range, in the order of the file."""
    rows = [row for row in loaded.ledger if row.range is not None and row.tag in tags]
    return [Factor(_axis(row.path, *row.range), row.value, row.source) for row in rows if row.range is not None]


def _axis(path: str, low: str, high: str) -> Axis:
    try:
        return Axis.parse(f"{path}={low}..{high}")
    except ValueError:
        pass
    for read, unit in ((parse_duration, "s"), (parse_rate, "/ s")):
        try:
            return Axis(path, (), float(read(low)), float(read(high)), unit)
        except (TypeError, ValueError):
            continue
    raise ValueError(f"{path}: the range {low} to {high} is no range of numbers")


def sensitivity(
    variants: Variants, *, factors: Sequence[Factor] | None = None, output: Output | None = None,
    trajectories: int = 10, points: int = 64, strongest: int = 6, reps: int = 8, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Sensitivity:  # fmt: skip
    """Morris screening of all factors, then Sobol shares of the strongest, for one output of a scenario.

    factors  default: every figure with a plausible range; reps  replications of each point, at least 4.
    Raises ValueError if nothing has a range, or if the output is not measured.
    """
    chosen = factors_of(variants.base) if factors is None else list(factors)
    if not chosen:
        raise ValueError("no figure has a plausible range; write e.g. {value: 4 h, assumed: why, range: [2 h, 8 h]}")
    if reps < 4:
        raise ValueError(f"{reps} replications of each point: give at least 4")
    wanted = output or Output()
    total = trajectories * (len(chosen) + 1) + points * (min(strongest, len(chosen)) + 2)
    counted = _Counted(progress, total * reps)

    def response(of: Sequence[Factor]) -> Response:
        return simulated(variants, of, wanted, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
                         progress=counted, checkpoint=checkpoint)  # fmt: skip

    effects = screen(chosen, response(chosen), trajectories, seed)
    top = [effect.factor for effect in effects[:strongest] if effect.size > 0]
    if not top:
        raise ValueError(f"no assumption moves {wanted.name}; nothing to rank")
    return Sensitivity(wanted, effects, variance_shares(top, response(top), points, seed), reps, seed)


class _Counted:
    """Progress over several batches of unlike length."""

    def __init__(self, progress: Progress | None, expected: int) -> None:
        self._progress, self._expected, self._before = progress, expected, 0

    def __call__(self, done: int, expected: int) -> None:
        if self._progress is not None:
            self._progress(min(self._before + done, self._expected), self._expected)
        if done == expected:
            self._before += done


def simulated(
    variants: Variants, factors: Sequence[Factor], output: Output, *, reps: int, seed: int,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Response:  # fmt: skip
    """The response of a scenario to its factors, by simulation; the first half of the replications is the first set."""

    def respond(units: Floats) -> tuple[Floats, Floats, float]:
        scenarios = [
            variants.at({f.path: value_of(f.axis.at(float(u))) for f, u in zip(factors, row, strict=True)})
            for row in units
        ]
        results = replicate_many(
            scenarios, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            families=(family_of(variants.base.scenario, output.name, output.where),), progress=progress,
            checkpoint=checkpoint,
        )  # fmt: skip
        raw = np.stack([_raw(result, output) for result in results])
        half = reps // 2
        return _ratio(raw[:, :half]), _ratio(raw[:, half:]), float(np.mean([_noise(one) for one in raw]))

    return respond


def _raw(result: Result, output: Output) -> Floats:
    place = next(k for k, cell in enumerate(result.cells) if cell.name == output.name and cell.where == output.where)
    return np.asarray(result.raw[:, place])


def _ratio(raw: Floats) -> Floats:
    top, bottom = raw[..., 0].sum(axis=-1), raw[..., 1].sum(axis=-1)
    return np.asarray(top / np.where(bottom == 0, 1.0, bottom))


def _noise(raw: Floats) -> float:
    """Variance of one replication's value about the ratio of sums."""
    mean = raw[:, 1].mean()
    return float(np.var((raw[:, 0] - _ratio(raw) * raw[:, 1]) / mean, ddof=1)) if mean > 0 else 0.0


def screen(factors: Sequence[Factor], response: Response, trajectories: int, seed: int) -> tuple[Effect, ...]:
    """Effects of all factors by Morris's method, the strongest first; 1 + the number of factors points a trajectory.

    Source: Morris (1991), Factorial sampling plans for preliminary computational experiments; size after Campolongo,
    Cariboni and Saltelli (2007), An effective screening design for sensitivity analysis of large models.
    """
    count = len(factors)
    paths, moved, sign = _trajectories(count, trajectories, seed)
    first, second, _ = response(paths.reshape(-1, count))
    value = ((first + second) / 2).reshape(trajectories, count + 1)
    step = _LEVELS / (2.0 * (_LEVELS - 1))
    slopes = np.zeros((trajectories, count))
    rows = np.arange(trajectories)[:, None]
    slopes[rows, moved] = np.diff(value, axis=1) * sign[rows, moved] / step
    found = [
        Effect(factor, float(np.abs(s).mean()), float(s.mean()), float(s.std(ddof=1)) if trajectories > 1 else 0.0)
        for factor, s in zip(factors, slopes.T, strict=True)
    ]
    return tuple(sorted(found, key=lambda effect: -effect.size))


def _trajectories(factors: int, count: int, seed: int) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Points (trajectory, step, factor), which factor moves at each step, and whether it goes up or down."""
    step = _LEVELS / (2.0 * (_LEVELS - 1))
    level = np.floor(unit_points(seed, "morris: start", count, factors) * (_LEVELS // 2)) / (_LEVELS - 1)
    is_up = unit_points(seed, "morris: direction", count, factors) < 0.5
    moved = np.argsort(unit_points(seed, "morris: order", count, factors), axis=1, kind="stable")
    points = np.repeat(np.where(is_up, level, level + step)[:, None, :], factors + 1, axis=1)
    sign = np.where(is_up, 1.0, -1.0)
    for trajectory in range(count):
        for k, factor in enumerate(moved[trajectory]):
            points[trajectory, k + 1 :, factor] += sign[trajectory, factor] * step
    return np.clip(points, 1e-9, 1 - 1e-9), moved, sign


def variance_shares(factors: Sequence[Factor], response: Response, points: int, seed: int) -> Shares:
    """First-order and total Sobol shares, free of simulation noise; points x (factors + 2) points are simulated.

    Source: Saltelli et al. (2010), Variance based sensitivity analysis of model output, estimators (b) and (f), each
    as a product of values from independent sets of replications.
    """
    count = len(factors)
    design = latin_hypercube(seed, points, 2 * count, "sobol")
    a, b = design[:, :count], design[:, count:]
    mixed = [np.where(np.arange(count) == k, b, a) for k in range(count)]
    first, second, noise = response(np.concatenate([a, b, *mixed]))
    one, two = first.reshape(count + 2, points), second.reshape(count + 2, points)
    whole = np.arange(points)
    variance, by_first, by_total = _estimates(one, two, whole)
    picks = (unit_points(seed, "sobol: bootstrap", _RESAMPLES, points) * points).astype(np.int64)
    resampled = [_estimates(one, two, pick) for pick in picks]
    ends = [np.quantile(np.array([r[k] for r in resampled]), (0.025, 0.975), axis=0) for k in (1, 2)]
    shares = tuple(
        Share(factors[k], float(by_first[k]), float(ends[0][0, k]), float(ends[0][1, k]), float(by_total[k]),
              float(ends[1][0, k]), float(ends[1][1, k]))
        for k in np.argsort(-by_total, kind="stable")
    )  # fmt: skip
    chance = noise / (noise + variance) if noise + variance > 0 else 0.0
    return Shares(shares, float((one[:2] + two[:2]).mean() / 2), float(np.sqrt(variance)), float(chance), points)


def _estimates(one: Floats, two: Floats, pick: NDArray[np.int64]) -> tuple[float, Floats, Floats]:
    """Variance of the mean response, first-order and total shares, over the rows picked."""
    x, y = one[:, pick], two[:, pick]
    centred = [side - side[:2].mean() for side in (x, y)]
    variance = max(float((centred[0][:2] * centred[1][:2]).mean()), 1e-300)
    own, total = np.zeros(len(x) - 2), np.zeros(len(x) - 2)
    for k in range(len(x) - 2):
        gaps = [side[k + 2] - side[0] for side in centred]
        own[k] = float((centred[0][1] * gaps[1] + centred[1][1] * gaps[0]).mean()) / 2
        total[k] = float((gaps[0] * gaps[1]).mean()) / 2
    return variance, own / variance, total / variance
