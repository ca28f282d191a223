"""The what-if page: two settings side by side, each redrawn when a slider of it moves."""

import asyncio
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

from twin.decide.variants import Variants
from twin.decide.whatif import Glance, Setting, WhatIf, moved, saved
from twin.report.folder import slug
from twin.report.labels import CLOCKS
from twin.report.style import BLUE, ORANGE
from twin.report.words import measured, percent

_NAMES = ("A", "B")
_COLOURS = (BLUE, ORANGE)


def serve(variants: Variants, file: Path, host: str, port: int, seed: int) -> None:
    """Serve the page until it is stopped; tests of what it shows need no server (see `Studio`)."""
    from nicegui import ui

    what = WhatIf(variants.base, seed=seed)
    what.glance(what.present)

    @ui.page("/")
    def index() -> None:
        Studio(what, variants, file).build()

    ui.run(host=host, port=port, reload=False, show=False, title=f"What if: {variants.base.scenario.name}",
           show_welcome_message=False)  # fmt: skip


class Studio:
    """One visitor's page: two settings, and what they give."""

    def __init__(self, what: WhatIf, variants: Variants, file: Path) -> None:
        self.what, self.variants, self.file = what, variants, file
        self.settings: list[Setting] = [what.present, what.present]
        self.glances: list[Glance | None] = [None, None]
        self._asked = [0, 0]
        self._figures: list[dict[str, Any]] = [{}, {}]
        self._attainment: Any = None
        self._backlog: Any = None

    def build(self) -> None:
        """Lay out the page and show both settings."""
        from nicegui import ui

        ui.colors(primary=BLUE)
        scenario = self.what.loaded.scenario
        with ui.column().classes("w-full max-w-screen-xl mx-auto p-4 gap-4"):
            ui.label(f"What if: {scenario.name}").classes("text-2xl font-bold")
            if scenario.question:
                ui.label(scenario.question).classes("text-gray-600")
            with ui.row().classes("w-full no-wrap gap-4 items-stretch"):
                for side in range(2):
                    with ui.card().classes("w-1/2"):
                        self._figures_of(side)
            with ui.row().classes("w-full no-wrap gap-4"):
                self._attainment = ui.echart(self._attainment_options()).classes("w-1/2 h-72")
                self._backlog = ui.echart(self._backlog_options()).classes("w-1/2 h-72")
            with ui.row().classes("w-full no-wrap gap-4 items-start"):
                for side in range(2):
                    with ui.card().classes("w-1/2"):
                        self._controls(side)
        ui.timer(0.05, self._both, once=True)

    async def _both(self) -> None:
        for side in range(2):
            await self._redraw(side)

    def _figures_of(self, side: int) -> None:
        from nicegui import ui

        ui.label(f"Setting {_NAMES[side]}").classes("text-lg font-bold").style(f"color: {_COLOURS[side]}")
        with ui.row().classes("w-full justify-between"):
            for key, words in (("attainment", "Tickets on time"), ("availability", "Available"),
                               ("cost", f"{self.what.currency} a year"), ("backlog", "Open tickets")):  # fmt: skip
                with ui.column().classes("gap-0"):
                    ui.label(words).classes("text-sm text-gray-600")
                    label = ui.label("…").classes("text-xl font-bold").mark(f"{key}-{_NAMES[side]}")
                    self._figures[side][key] = label.props(f"id={key}-{_NAMES[side]}")
        self._figures[side]["note"] = ui.label("").classes("text-xs text-gray-600").props(f"id=note-{_NAMES[side]}")

    def _controls(self, side: int) -> None:
        from nicegui import ui

        ui.label(f"Setting {_NAMES[side]}").classes("text-lg font-bold").style(f"color: {_COLOURS[side]}")
        now = self.settings[side]
        for lever in self.what.levers:
            self._slider(side, lever.words, lever.low, lever.high, 1, now.heads[lever.path],
                         lambda value, path=lever.path: moved(self.settings[side], path, int(value)))  # fmt: skip
        self._slider(side, "Load, % of today", 50, 200, 5, 100,
                     lambda value: replace(self.settings[side], load=value / 100))  # fmt: skip
        for name, kinds in self.what.strategies.items():
            def chosen(event: Any, name: str = name) -> Any:
                setting = self.settings[side]
                return self._set(side, replace(setting, strategies={**setting.strategies, name: event.value}))

            label = f"Strategy of {name}"
            ui.select(kinds, value=now.strategies[name], label=label, on_change=chosen).classes("w-full")
        with ui.row().classes("w-full items-center"):
            title = ui.input("Name of the scenario", value=f"{self.what.loaded.scenario.name} {_NAMES[side]}")
            title.props(f"id=name-{_NAMES[side]}")
            ui.button("Save as scenario", on_click=lambda: self._save(side, str(title.value))).props(
                f"outline id=save-{_NAMES[side]}"
            )

    def _slider(self, side: int, words: str, low: float, high: float, step: float, value: float, change: Any) -> None:
        from nicegui import ui

        with ui.row().classes("w-full no-wrap items-center gap-3"):
            ui.label(words).classes("w-44 text-sm")

            async def told(event: Any) -> None:
                await self._set(side, change(event.value))

            slider = ui.slider(min=low, max=high, step=step, value=value, on_change=told).classes("grow")
            slider.props(f'aria-label="{_NAMES[side]}: {words}"')
            ui.label().bind_text_from(slider, "value", backward=lambda number: f"{number:g}").classes("w-10 text-right")

    async def _set(self, side: int, setting: Setting) -> None:
        self.settings[side] = setting
        await self._redraw(side)

    async def _redraw(self, side: int) -> None:
        """Show the setting as it stands; an older answer that comes late is dropped."""
        self._asked[side] += 1
        mine = self._asked[side]
        await asyncio.sleep(0.05)
        if mine != self._asked[side]:
            return
        glance = await asyncio.to_thread(self.what.glance, self.settings[side])
        if mine != self._asked[side]:
            return
        self.glances[side] = glance
        for key, text in figures(glance).items():
            self._figures[side][key].set_text(text)
        self._attainment.options.update(self._attainment_options())
        self._backlog.options.update(self._backlog_options())
        self._attainment.update()
        self._backlog.update()

    def _save(self, side: int, name: str) -> None:
        from nicegui import ui

        from twin.spec.document import read_document

        data = read_document(self.file.read_text(encoding="utf-8-sig"), str(self.file)).data
        target = self.file.with_name(f"{slug(name)}.yaml")
        path = saved(self.what, self.settings[side], {**data, "name": name[:120] or "what if"}, target)
        ui.notify(f"Saved as {path.name}", type="positive")

    def _attainment_options(self) -> dict[str, Any]:
        rows = next((glance.attainment for glance in self.glances if glance), ())
        names = [f"{row.where['priority']} {CLOCKS[row.where['clock']]}" for row in rows]
        target = 100 * self.what.scenario.contract.attainment
        series: list[dict[str, Any]] = [
            {"type": "bar", "name": f"Setting {_NAMES[side]}", "itemStyle": {"color": _COLOURS[side]},
             "data": [None if isnan(row.estimate) else round(100 * row.estimate, 2) for row in glance.attainment]}
            for side, glance in enumerate(self.glances) if glance
        ]  # fmt: skip
        if series:
            line = {"yAxis": target, "label": {"show": False}}
            series[0]["markLine"] = {"symbol": "none", "data": [line], "lineStyle": {"color": "#000"}}
        low = min((value for one in series for value in one["data"] if value is not None), default=80)
        return {
            "title": {"text": f"Tickets on time, % (promised: {target:g})", "textStyle": {"fontSize": 14}, "left": 0},
            "animationDuration": 200, "legend": {"top": 0, "right": 0}, "tooltip": {"trigger": "axis"},
            "grid": {"left": 40, "right": 10, "bottom": 60},
            "xAxis": {"type": "category", "data": names, "axisLabel": {"rotate": 30, "interval": 0}},
            "yAxis": {"type": "value", "min": max(0, min(target - 5, low - 2) // 5 * 5), "max": 100}, "series": series,
        }  # fmt: skip

    def _backlog_options(self) -> dict[str, Any]:
        series = [
            {"type": "line", "name": f"Setting {_NAMES[side]}", "showSymbol": False,
             "itemStyle": {"color": _COLOURS[side]}, "data": [round(float(value), 1) for value in glance.backlog]}
            for side, glance in enumerate(self.glances) if glance
        ]  # fmt: skip
        days = max((len(glance.backlog) for glance in self.glances if glance), default=0)
        return {
            "title": {"text": "Open tickets at the end of each day", "textStyle": {"fontSize": 14}, "left": 0},
            "legend": {"top": 0, "right": 0}, "tooltip": {"trigger": "axis"}, "animationDuration": 200,
            "grid": {"left": 50, "right": 10, "bottom": 40},
            "xAxis": {"type": "category", "data": list(range(1, days + 1)), "name": "day", "nameLocation": "middle",
                      "nameGap": 24},
            "yAxis": {"type": "value", "min": 0}, "series": series,
        }  # fmt: skip


def figures(glance: Glance) -> dict[str, str]:
    """What the page says about a setting, by name."""
    width = (glance.availability.high - glance.availability.low) / 2 if glance.availability else 0.0
    overall = glance.overall
    return {
        "attainment": percent(overall.estimate, (overall.high - overall.low) / 2) if overall else "–",
        "availability": percent(glance.availability.estimate, width) if glance.availability else "–",
        "cost": f"{glance.cost:,.0f}",
        "backlog": f"{float(glance.backlog.mean()):,.1f}" if len(glance.backlog) else "–",
        "note": f"{glance.replications} runs in {glance.seconds:.2f} s"
        + (f"; tickets on time {measured(overall)}" if overall else ""),
    }
