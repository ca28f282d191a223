"""What a scenario may hold at a path, read from the annotations of its models."""

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from twin.spec.values import Law, Model


@cache
def hints_of(model: type[Model]) -> dict[str, Any]:
    """Annotation of each field of a model, in the order of the model."""
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def options(annotation: Any) -> Iterator[Any]:
    """The types an annotation allows: members of a union one by one, without None and without metadata."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from options(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from options(member)
    elif annotation is not NoneType:
        yield annotation


def model_of(annotation: Any) -> type[Model] | None:
    """The model that an annotation allows, if any."""
    for one in options(annotation):
        if isinstance(one, type) and issubclass(one, Model):
            return one
    return None


def child(annotation: Any, key: str | int) -> Any:
    """Annotation of what stands under a key or index; None if nothing may stand there."""
    for one in options(annotation):
        origin, args = get_origin(one), get_args(one)
        if origin is dict:
            return args[1]
        if origin is tuple and isinstance(key, int):
            return args[0]
        if isinstance(one, type) and issubclass(one, Model) and key in one.model_fields:
            return hints_of(one)[str(key)]
    return None


def is_named(annotation: Any) -> bool:
    """True for a mapping whose keys are names that the author chooses."""
    return any(get_origin(one) is dict for one in options(annotation))


def is_law(annotation: Any) -> bool:
    """True if a law of random lengths may stand there."""
    return model_of(annotation) is Law


def is_quantity(annotation: Any) -> bool:
    """True if a number, duration, rate or law may stand there."""
    return any(one in (int, float, Law) for one in options(annotation))


def known_keys(annotation: Any) -> tuple[str, ...]:
    """Keys that a model knows; empty where any name is allowed."""
    model = model_of(annotation)
    return () if model is None else tuple(model.model_fields)
