"""How figures look: colours that the colour-blind and a grey printer tell apart, sizes, and bytes that repeat."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008), Color Universal Design.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#767676"

WIDE_IN: Final = 7.2
NARROW_IN: Final = 3.7
NARROW_BELOW_IN: Final = 5.0

CLIP_NAME: Final = re.compile(rb'(?<=id=")p[0-9a-f]{10}(?=")|(?<=url\(#)p[0-9a-f]{10}(?=\))')
_LOOK: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans", "font.size": 9.0, "axes.titlesize": 9.5, "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "figure.titlesize": 10.5, "figure.titleweight": "bold",
    "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#555555",
    "axes.linewidth": 0.7, "hatch.linewidth": 0.7, "svg.hashsalt": "twin", "svg.fonttype": "path",
    "figure.dpi": 100.0, "savefig.dpi": 200.0, "path.simplify": True, "axes.formatter.useoffset": False,
    "text.parse_math": False,
}  # fmt: skip


@contextmanager
def look() -> Iterator[None]:
    """The settings all figures are drawn and saved under, whatever the user's own are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        cast(dict[str, Any], matplotlib.rcParams).update(_LOOK)
        yield


def canvas(width_in: float, height_in: float, title: str) -> "Figure":
    """An empty figure; the title wraps to the width, none leaves no room for it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    if title:
        lines = fill(title, round(11.5 * width_in))
        figure.suptitle(lines, x=0.01, ha="left")
        figure.set_size_inches(width_in, height_in + 0.2 * (1 + lines.count("\n")))
    return figure


def notice(text: str, width_in: float) -> "Figure":
    """A figure that says why there is nothing to draw."""
    figure = canvas(width_in, 0.6, "")
    figure.text(0.01, 0.5, fill(text, round(13 * width_in)), va="center", color=GREY)
    return figure


def wrapped(text: str, width_in: float) -> str:
    """The text on as many lines as a label under axes of that width needs."""
    return fill(text, round(12 * width_in))


def row_label(axes: "Axes", at: float, name: str, value: str, width_in: float) -> None:
    """Write name and value above a bar whose top is at `at`: side by side, on narrow figures one above the other."""
    across = axes.get_yaxis_transform()
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    look_of: dict[str, Any] = {"transform": across, "va": "bottom", "fontsize": 8.5, "bbox": ground, "zorder": 2}
    if width_in < NARROW_BELOW_IN:
        axes.text(0, at, f"{name}\n{value}", ha="left", **look_of).set_in_layout(False)
        return
    axes.text(0, at, name, ha="left", **look_of).set_in_layout(False)
    axes.text(1, at, value, ha="right", **look_of).set_in_layout(False)


def row_in(width_in: float) -> float:
    """Height of a bar with its row label, in inches."""
    return 0.68 if width_in < NARROW_BELOW_IN else 0.5


def bare(axes: "Axes", *, x: bool = True) -> None:
    """Leave the axes only their x axis, or none."""
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if not x:
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="x", length=0, labelbottom=False)


def whole_numbers(axes: "Axes") -> None:
    """Tick the y axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def svg(figure: "Figure") -> bytes:
    """The figure as SVG: the same bytes for the same figure.

    Names of clip paths come from addresses in memory, so they are numbered anew.
    """
    buffer = io.BytesIO()
    with look():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue()
    names = dict.fromkeys(CLIP_NAME.findall(drawn))
    numbers = {name: b"clip%d" % number for number, name in enumerate(names)}
    return CLIP_NAME.sub(lambda found: numbers[found[0]], drawn)


def save(figure: "Figure", path: Path) -> None:
    """Write the figure as PNG for slides: the same bytes for the same figure."""
    with look():
        figure.savefig(path, format="png", metadata={"Software": None})
