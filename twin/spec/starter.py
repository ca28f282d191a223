"""The scenario to start from: commented, small and complete."""

from importlib.resources import files


def starter_text() -> str:
    """A commented scenario in YAML, as `twin init` writes it; it loads without warnings."""
    return files("twin.spec").joinpath("starter.yaml").read_text(encoding="utf-8")
