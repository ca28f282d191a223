"""The results of a benchmark as Markdown tables, and their place in a document."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from twin.bench.run import IDIOMATIC, Bench
from twin.bench.web_tier import OUTPUTS as WEB_OUTPUTS
from twin.bench.web_tier import REFERENCE as WEB_REFERENCE
from twin.bench.web_tier import WebTier

BEGIN: Final = "<!-- results: begin -->"
END: Final = "<!-- results: end -->"
_FAR: Final = 3.3  # standard errors; beyond this a difference is called one


def tables(bench: Bench) -> str:
    """All results as Markdown."""
    parts = [_machine(bench), *_speeds(bench), _web_tier(bench.web_tier), _agreement(bench), _stages(bench)]
    parts += [*_growth(bench), _workers(bench)]
    return "\n\n".join(parts) + "\n"


def write_between_markers(text: str, file: Path) -> None:
    """Put a text between the two marker lines of a document, in place of what is there.

    Raises ValueError if the document lacks the markers.
    """
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file}: no place for results; add the lines {BEGIN} and {END}")
    aside = file.with_name(f".{file.name}.part")
    aside.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
    aside.replace(file)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def _machine(bench: Bench) -> str:
    about = bench.machine
    versions = ", ".join(f"{name} {about[name]}" for name in list(about)[4:])
    load = f"load average {about['load']} when it began (0 is an idle machine)"
    return f"Machine: {about['CPU']}, {about['cores']} cores, {about['system']}, {load}; {versions}."


def _speeds(bench: Bench) -> Iterator[str]:
    yield f"### Speed, relative to {IDIOMATIC}"
    header = ("program", "CPU ms a year", "events per CPU s", "ratio", "quartiles", "rounds")
    for model in dict.fromkeys(one.model for one in bench.speeds):
        rows = [
            (one.program, f"{one.cpu_ms_per_year:,.1f}", _count(one.events_per_s), _short(one.ratio),
             f"{_short(one.low)} to {_short(one.high)}", str(one.rounds))
            for one in sorted(bench.speeds, key=lambda one: -one.ratio) if one.model == model
        ]  # fmt: skip
        same = f"Both engines wrote the same log, row for row, on {bench.same_logs[model]} tapes."
        yield f"Model {model}:\n\n{_table(header, rows)}\n\n{same}"
    for name, why in bench.skipped.items():
        yield f"Not run: {name} ({why})."


def _web_tier(found: WebTier) -> str:
    rows = [
        (name, f"{hour:,.1f}", _count(rate), _short(ratio), f"{_short(low)} to {_short(high)}")
        for name, (hour, rate, ratio, low, high) in sorted(found.programs.items(), key=lambda one: -one[1][2])
    ]
    speed = _table(("program", "CPU ms an hour", "events per CPU s", "ratio", "quartiles"), rows)
    outputs = [
        (name, f"{value:.5g}", f"{error:.2g}", f"{known:.7g}", f"{(value - known) / error:+.1f}")
        for name, value, error, known in zip(WEB_OUTPUTS, found.estimates, found.errors, WEB_REFERENCE, strict=True)
    ]
    known = _table((f"output, {found.hours} hours", "estimate", "standard error", "reference", "z"), outputs)
    same = f"Both engines wrote the same log, row for row, on {found.same_logs} tapes."
    return f"Model B, 500 users on two tiers for an hour:\n\n{speed}\n\n{known}\n\n{same}"


def _agreement(bench: Bench) -> str:
    rows = []
    for one in bench.agreements:
        is_share = one.output != "mean"
        digits, error = (5, f"{one.error:.5f}") if is_share else (2, f"{one.error:.2f}")
        reference = "" if math.isnan(one.reference) else f"{one.reference:.{digits}f}"
        verdict = "" if math.isnan(one.z) else "agrees" if abs(one.z) <= _FAR else "differs"
        estimate = f"{one.estimate:.{digits}f}"
        z = "" if math.isnan(one.z) else f"{one.z:+.1f}"
        who = f"{one.model}, {one.program}"
        rows.append((who, f"{one.years:.1f}", one.output, estimate, error, reference, z, verdict))
    header = ("model, program", "years", "output", "estimate", "standard error", "reference", "z", "")
    return "### Correctness beside the speed\n\n" + _table(header, rows)


def _stages(bench: Bench) -> str:
    rows = []
    for model, spent in bench.stages.items():
        total = sum(ms for stage, ms in spent.items() if stage != "set-up")
        for stage, ms in spent.items():
            share = "once a scenario" if stage == "set-up" else f"{ms / total:.2f}"
            rows.append((f"{model}, {stage}", f"{ms:.2f}", share))
    return "### Where the time of a year goes\n\n" + _table(("model, stage", "CPU ms", "share"), rows)


def _growth(bench: Bench) -> Iterator[str]:
    yield "### How cost grows\n\nModel A60, whole path. Set-up is paid once a scenario, the rest by every replication."
    for title, lines in bench.growth.items():
        rows = [
            (one.label, f"{one.set_up_ms:.1f}", f"{one.cpu_ms:,.2f}", f"{one.rows:,}", f"{one.ns_per_row:.0f}",
             f"{one.relative:.2f}")
            for one in lines
        ]  # fmt: skip
        yield _table((title, "set-up ms", "CPU ms", "log rows", "ns a row", "relative"), rows)
    each = [(f"{count:,}", f"{ms:.2f}") for count, ms in bench.replications]
    yield _table(("replications (one worker, set-up and intervals included)", "CPU ms each"), each)


def _workers(bench: Bench) -> str:
    one, two, gain = bench.workers
    return _table(("workers", "elapsed s", "gain"), [("1", f"{one:.2f}", "1"), ("2", f"{two:.2f}", f"{gain:.2f}")])


def _count(value: float) -> str:
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value / 1e3:.0f} k"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"
