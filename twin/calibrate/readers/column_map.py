"""The column map: what the columns and states of an export mean, in YAML."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator

from twin.spec.document import Document, read_document
from twin.spec.explain import explained
from twin.spec.problems import Problem, ScenarioError, Source
from twin.spec.values import Model

MAPS: Final = Path(__file__).parents[1]
BUILT_IN: Final = MAPS / "servicenow.yaml"
MOST_BYTES: Final = 1_000_000

Meaning = Literal["new", "active", "awaiting_customer", "awaiting_vendor", "resolved", "closed"]
MEANINGS: Final = ("new", "active", "awaiting_customer", "awaiting_vendor", "resolved", "closed")
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Columns(Model):
    """Names of the columns; `created` and `sequence` (a count of updates) only serve to check the order.

    opened  may be left out where each row is an update: the first update of a ticket is its opening.
    level   line of support of the row's group; actor  who wrote the row, if not the resolver: only counted, to see how
    many people acted when.
    """

    case: Name
    updated: Name | None = None
    state: Name | None = None
    priority: Name
    opened: Name | None = None
    level: Name | None = None
    group: Name | None = None
    resolver: Name | None = None
    resolved: Name | None = None
    closed: Name | None = None
    created: Name | None = None
    sequence: Name | None = None
    actor: Name | None = None


class ColumnMap(Model):
    """What an export's columns and values mean.

    rows          "updates": each row is a change of a ticket; "tickets": each is a whole ticket, opened and resolved.
    states        state -> meaning; priorities  most urgent first (empty: as their leading numbers sort).
    time_formats  tried in turn, as in strptime; missing  cells that mean nothing was recorded.
    returns_to_new  a ticket under work may become new again: it goes back to its line.
    no_group      the queue of tickets no group has yet; levels  group -> line of support (a move up is an escalation).
    as_of         when the export was made, local time (default: the midnight after the last stamp).
    queues, default_queue, scenario_priorities, ticket_class   how a scenario names them, for a replay.
    """

    columns: Columns
    rows: Literal["updates", "tickets"] = "updates"
    states: Annotated[dict[str, Meaning], Field(min_length=1)]
    priorities: tuple[str, ...] = ()
    time_formats: Annotated[tuple[Name, ...], Field(min_length=1)]
    missing: tuple[str, ...] = ("", "?")
    encoding: Name = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    time_zone: str = "UTC"
    as_of: str | None = None
    returns_to_new: bool = False
    no_group: Name = "(no group)"
    levels: dict[str, Annotated[int, Field(ge=1, le=9)]] = {}
    queues: dict[str, str] = {}
    default_queue: str | None = None
    scenario_priorities: dict[str, str] = {}
    ticket_class: str | None = None

    @model_validator(mode="after")
    def _has_the_columns(self) -> "ColumnMap":
        needed = ("updated", "state") if self.rows == "updates" else ("opened", "resolved")
        missing = [name for name in needed if getattr(self.columns, name) is None]
        if missing:
            raise ValueError(f"columns lacks {' and '.join(missing)}, which rows that are {self.rows} need; name them")
        return self

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, ValueError):
            raise ValueError(f"{value!r:.60} is no time zone; write e.g. Europe/Berlin") from None
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, value: str) -> str:
        try:
            b"".decode(value)
        except LookupError:
            raise ValueError(f"{value!r:.60} is no encoding; write e.g. utf-8 or cp1252") from None
        return value


def load_column_map(path: str | Path | None = None) -> ColumnMap:
    """The column map of a YAML file, or of a built-in name (servicenow, jira, task_sla, ...); what the file leaves out
    is as in the built-in map of ServiceNow, which None names.

    Raises ScenarioError with all problems of the file.
    """
    built_in = _document(BUILT_IN)
    if path is None:
        return ColumnMap.model_validate(built_in.data)
    own = _document(_file(path))
    source = Source(str(path), own.lines)
    if not isinstance(own.data, dict):
        raise ScenarioError([source.problem((), "is no column map", 'write "columns:", "states:" and so on')])
    data: dict[str, Any] = {**built_in.data, **own.data}
    try:
        column_map = ColumnMap.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(own.problems + explained(error, ColumnMap, data, source)) from None
    if own.problems:
        raise ScenarioError(own.problems)
    return column_map


def built_in_maps() -> tuple[str, ...]:
    """Names of the maps that come with the package."""
    return tuple(sorted(file.stem for file in MAPS.glob("*.yaml")))


def _file(path: str | Path) -> Path:
    is_name = str(path) in built_in_maps() and not Path(path).exists()
    return MAPS / f"{path}.yaml" if is_name else Path(path)


def _document(path: Path) -> Document:
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise ScenarioError([Problem(str(path), None, "", f"can't be read: {reason}", "check the path")]) from None
    if len(text) > MOST_BYTES:
        raise ScenarioError([Problem(str(path), None, "", "is larger than 1 MB", "name a column map, not a log")])
    return read_document(text, str(path))
