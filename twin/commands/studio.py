"""The command that serves the what-if page."""

from typing import Annotated

import typer

from twin.commands.options import Quiet, ScenarioFile, Seed, Settings, overrides_of, say


def studio(
    file: ScenarioFile, settings: Settings = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on (default: loopback).")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8080,
    seed: Seed = 1, quiet: Quiet = False,
) -> None:  # fmt: skip
    """A local page with sliders: what happens if heads, load or change strategy were different."""
    from twin.decide.variants import Variants

    variants = Variants(file, overrides_of(settings))
    try:
        from twin.studio.page import serve
    except ImportError as error:
        raise ValueError('the studio needs NiceGUI: pip install "plm-assurance-twin[studio]"') from error
    say(f"What-if page: http://{host}:{port}  (Ctrl-C stops it)", quiet)
    serve(variants, file, host, port, seed)
