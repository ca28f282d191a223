"""What must hold before a system goes live: targets from a YAML file, or service level objectives in OpenSLO."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from twin.decide.evidence import Card
from twin.spec.document import read_document
from twin.spec.values import Duration, Model, Ratio
from twin.units import parse_duration

PERCENT = re.compile(r"\s*([0-9.]+)\s*%\s*")
DOCUMENT_ENDS = re.compile(r"^---\s*$", re.MULTILINE)
UNIT_S = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def amount(value: Any) -> Any:
    """A share from "99.9 %", [seconds, "s"] from "2 s", a number as it is."""
    if not isinstance(value, str):
        return value
    if found := PERCENT.fullmatch(value):
        return float(found[1]) / 100.0
    return parse_duration(value), "s"


Amount = Annotated[float | tuple[float, str], BeforeValidator(amount)]
Part = Annotated[float, BeforeValidator(amount), Field(gt=0.0, lt=1.0)]


class Goal(Model):
    """A limit that a measure must keep.

    where      which of the measures of that name; what it leaves open must hold for each of them.
    share      so large a share of all observations must keep the limit (p95 at most 2 s: share 95 %); without it the
               mean must, or the ratio itself where the measure is one.
    allowance  how far inputs nobody measured may move the result; only for simulated measures.
    why        what a miss would mean, for those who sign.
    """

    name: str = ""
    measure: str
    where: dict[str, str] = {}
    at_most: Amount | None = None
    at_least: Amount | None = None
    share: Part | None = None
    allowance: Annotated[float, BeforeValidator(amount), Field(ge=0.0)] | None = None
    why: str = ""

    @model_validator(mode="after")
    def _has_one_limit(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError(f'target {self.name or self.measure}: give one of "at_most" and "at_least"')
        return self

    def limit(self, unit: str) -> float:
        """The limit in the unit of a measure. Raises ValueError when one is a time and the other is none."""
        value = self.at_most if self.at_most is not None else self.at_least
        assert value is not None
        if not isinstance(value, tuple):
            return value
        if unit not in UNIT_S:
            raise ValueError(f"target {self.name or self.measure}: the limit is a time, but the measure is none")
        return value[0] / UNIT_S[unit]


class Load(Model):
    """The load expected after go-live. limits  what keeps more away, e.g. "the proxy admits 40 at once"."""

    expected: Annotated[float, Field(gt=0.0)]
    limits: str = ""


class Goals(Model):
    """Everything that must hold. most_beyond  how far the expected load may lie above the highest one measured.

    fresh_within, most_drift  how old a calibration may be, and how far the speed may have moved since.
    """

    title: str = "Go-live"
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    targets: list[Goal] = Field(min_length=1)
    load: Load | None = None
    most_beyond: Annotated[float, Field(ge=1.0)] = 1.2
    fresh_within: Duration = Field(default="7 d", validate_default=True)
    most_drift: Annotated[Ratio, BeforeValidator(amount)] = 0.15
    card: Card = Card()


def read_goals(path: Path) -> Goals:
    """The targets of a YAML file, in the twin's own words or as OpenSLO. Raises ValueError with place and reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: can't be read ({error}); name a file with targets") from None
    parts = [part for part in DOCUMENT_ENDS.split(text) if part.strip()]
    documents = [read_document(part, str(path)) for part in parts or [text]]
    problems = [problem for document in documents for problem in document.problems]
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    data = [document.data for document in documents]
    if any(isinstance(one, dict) and str(one.get("apiVersion", "")).startswith("openslo/") for one in data):
        told = of_openslo([one for one in data if isinstance(one, dict)], str(path))
    elif len(data) == 1 and isinstance(data[0], dict):
        told = data[0]
    else:
        raise ValueError(f"{path}: holds no targets; write a list under targets:, or OpenSLO objects")
    return checked(told, str(path))


def checked(told: dict[str, Any], place: str) -> Goals:
    """The targets as validated. Raises ValueError with one line for each fault."""
    try:
        return Goals.model_validate(told)
    except ValidationError as error:
        lines = (f"{place}: {'.'.join(map(str, e['loc'])) or 'targets'}: {e['msg']}" for e in error.errors())
        raise ValueError("\n".join(lines)) from None


def of_openslo(objects: list[dict[str, Any]], place: str) -> dict[str, Any]:
    """The targets that OpenSLO objects ask for.

    An SLO's measure is its indicator's name, or the annotation twin/measure; annotations twin/where.NAME choose among
    measures of that name. A threshold objective asks for a share of values that keep the limit, a ratio objective for
    the ratio itself. Source: OpenSLO specification v1 (objects SLO and SLI).
    Raises ValueError for what has no meaning here: time slices and composite objectives.
    """
    indicators = {_name(one): one for one in objects if one.get("kind") == "SLI"}
    slos = [one for one in objects if one.get("kind") == "SLO"]
    if not slos:
        raise ValueError(f"{place}: holds OpenSLO objects but no SLO; add one")
    targets = [target for slo in slos for target in _targets(slo, indicators, place)]
    return {"title": ", ".join(_title(slo) for slo in slos)[:120], "targets": targets}


OPERATORS = {"lt": "at_most", "lte": "at_most", "gt": "at_least", "gte": "at_least"}


def _targets(slo: dict[str, Any], indicators: dict[str, Any], place: str) -> list[dict[str, Any]]:
    spec, name = slo.get("spec") or {}, _name(slo)
    if spec.get("budgetingMethod", "Occurrences") != "Occurrences":
        raise ValueError(f"{place}: {name}: budgetingMethod {spec['budgetingMethod']} is not read; use Occurrences")
    indicator = spec.get("indicator") or indicators.get(str(spec.get("indicatorRef"))) or {}
    notes = {**(indicator.get("metadata") or {}).get("annotations", {}), **slo["metadata"].get("annotations", {})}
    prefix = "twin/where."
    base = {
        "measure": str(notes.get("twin/measure") or _name(indicator) or name),
        "where": {key.removeprefix(prefix): str(v) for key, v in notes.items() if key.startswith(prefix)},
        "why": str(spec.get("description", "")),
    }
    return [{**base, **_limit(objective, name, place)} for objective in spec.get("objectives") or []]


def _limit(objective: dict[str, Any], name: str, place: str) -> dict[str, Any]:
    target = objective.get("target", float(objective.get("targetPercent", 0.0)) / 100.0)
    if not 0.0 < target < 1.0:
        raise ValueError(f"{place}: {name}: an objective needs a target between 0 and 1; write e.g. target: 0.95")
    named = {"name": str(objective.get("displayName") or name)}
    if "op" not in objective:
        return {**named, "at_least": target}
    if objective["op"] not in OPERATORS or not isinstance(objective.get("value"), int | float):
        raise ValueError(f"{place}: {name}: give op (lt, lte, gt, gte) together with a number as value")
    return {**named, OPERATORS[objective["op"]]: objective["value"], "share": target}


def _name(one: dict[str, Any]) -> str:
    return str((one.get("metadata") or {}).get("name", ""))


def _title(one: dict[str, Any]) -> str:
    return str((one.get("metadata") or {}).get("displayName") or _name(one))
