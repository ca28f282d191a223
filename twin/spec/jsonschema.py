"""JSON Schema of a scenario file, from which editors complete and check."""

import re
from collections.abc import Callable
from typing import Any

from twin.spec.scenario import Scenario
from twin.spec.tags import TAGS
from twin.spec.values import DURATION_PATTERN

Json = dict[str, Any]
_SHARED: Json = {
    "Origin": {"type": "string", "minLength": 1, "description": "the source of the value"},
    "Range": {"type": "array", "minItems": 2, "maxItems": 2, "description": "lowest and highest plausible value"},
}

_FIELD_LINE = re.compile(r"(?:^|; )\s*(?P<names>[a-z_]+(?:, [a-z_]+)*)(?P<note>(?: \([^)]*\))?)\s{2,}(?P<text>.+?)\s*$")


def scenario_schema() -> Json:
    """JSON Schema (draft 2020-12) in which every value may also be written with its tag: {value: 3, measured: ...}."""
    schema = Scenario.model_json_schema(mode="validation")
    definitions: Json = schema.pop("$defs")
    for definition in (schema, *definitions.values()):
        _describe_fields(definition)
    out: Json = _below(schema, _taggable)
    out["$defs"] = {name: _below(definition, _taggable) for name, definition in definitions.items()}
    _spare(out["$defs"], "Change", "work")
    _spare(out["$defs"], "Surge", "factor", "half_life")
    out["$defs"] |= _SHARED | {"Law": _law(out["$defs"]["Law"])}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **out}


def _spare(definitions: Json, model: str, *fields: str) -> None:
    """A template may fill these in."""
    required = definitions[model]["required"]
    definitions[model]["required"] = [name for name in required if name not in fields]


def _describe_fields(definition: Json) -> None:
    """Give each property the text that the docstring of its model has for it."""
    properties = definition.get("properties", {})
    for line in definition.get("description", "").splitlines():
        for part in re.split(r"; (?=[a-z_]+(?:, [a-z_]+)*\s{2,})", line):
            match = _FIELD_LINE.match(part)
            for name in match["names"].split(", ") if match else ():
                if match and name in properties:
                    properties[name].setdefault("description", match["text"].rstrip(".;"))


def _below(schema: Json, change: Callable[[Json], Json]) -> Json:
    """The schema with its properties, entries and items changed; the schema itself stays as it is."""
    out = dict(schema)
    if "properties" in out:
        out["properties"] = {name: change(one) for name, one in out["properties"].items()}
    for key in ("additionalProperties", "items"):
        if isinstance(out.get(key), dict):
            out[key] = change(out[key])
    if "patternProperties" in out:
        out["patternProperties"] = {name: change(one) for name, one in out["patternProperties"].items()}
    if "anyOf" in out:
        out["anyOf"] = [_below(one, change) for one in out["anyOf"]]
    return out


def _taggable(schema: Json) -> Json:
    """The schema of a value that may be tagged, if it is a scalar, a list or a choice of them."""
    inner = _below(_or_zero(schema), _taggable)
    description: Json = {key: inner.pop(key) for key in ("description", "title", "default") if key in inner}
    return {**description, "anyOf": [inner, _tagged(inner)]}


def _or_zero(schema: Json) -> Json:
    """The schema of a quantity, which may also be a 0 without a unit."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_or_zero(one) for one in schema["anyOf"]]}
    if "pattern" not in schema:
        return schema
    kept: Json = {key: schema[key] for key in ("description", "title", "default") if key in schema}
    return {**kept, "anyOf": [{key: one for key, one in schema.items() if key not in kept}, {"const": 0}]}


def _tagged(value: Json) -> Json:
    properties = {"value": value, **_tag_properties()}
    return {"type": "object", "properties": properties, "additionalProperties": False, **_one_tag(["value"])}


def _tag_properties() -> Json:
    return {name: {"$ref": "#/$defs/Origin"} for name in TAGS} | {"range": {"$ref": "#/$defs/Range"}}


def _one_tag(required: list[str]) -> Json:
    return {"oneOf": [{"required": [*required, name]} for name in TAGS]}


def _law(definition: Json) -> Json:
    """A law: a bare duration, or mean and cv, with a tag beside them if any."""
    bare = _or_zero({"type": "string", "pattern": DURATION_PATTERN, "examples": ["30 min", "4 h"]})
    tagged = {**definition, "properties": definition["properties"] | _tag_properties(), **_one_tag(["mean"])}
    head = {key: definition[key] for key in ("title", "description")}
    return {**head, "anyOf": [bare, definition, tagged]}
