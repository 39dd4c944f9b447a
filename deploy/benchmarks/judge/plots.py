"""Plots as SVG, written by hand: three small pictures need no library. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 76, 40, 56, 52
COLOURS = ("#1b6e3c", "#b3541e", "#2b5c9e", "#7a3b8f")
DASHES = ("", "6 3", "2 3", "8 3 2 3")
"""Lines differ in more than colour."""

Points: TypeAlias = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    label: str
    logarithmic: bool = False


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, values: Sequence[float], axis: Axis) -> _Scale:
        """A linear one begins at nought: no picture makes a small difference large."""
        if axis.logarithmic:
            return cls(min(values), max(max(values), min(values) * 1.01), True)
        return cls(0.0, (max(values) or 1.0) * 1.08, False)

    def part(self, value: float) -> float:
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, values: Sequence[float]) -> list[float]:
        if self.logarithmic:
            return sorted(set(values))
        step = _round_step(self.high / 5)
        return [step * number for number in range(int(self.high / step) + 1)]


def plot(title: str, x: Axis, y: Axis, lines: Mapping[str, Points]) -> str:
    """One picture; of each line its points in order of x, all above nought where an axis is logarithmic."""
    xs = [at for points in lines.values() for at, _ in points]
    ys = [at for points in lines.values() for _, at in points]
    across, up = _Scale.of(xs, x), _Scale.of(ys, y)

    def place(at: tuple[float, float]) -> tuple[float, float]:
        return (
            LEFT + across.part(at[0]) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up.part(at[1]) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12" fill="#222"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
        *_ticks_across(across.ticks(xs), place, up.low),
        *_ticks_up(up.ticks(ys) if not y.logarithmic else _powers(up), place, across.low),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x.label)}</text>',
        f'<text x="16" y="{(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle"'
        f' transform="rotate(-90 16 {(TOP + HEIGHT - BOTTOM) / 2})">{escape(y.label)}</text>',
    ]
    for number, (name, points) in enumerate(lines.items()):
        parts += _line(number, name, [place(point) for point in points])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _ticks_across(ticks: Sequence[float], place: Any, low: float) -> list[str]:
    found = []
    for tick in ticks:
        at_x, at_y = place((tick, low))
        found.append(f'<line x1="{at_x:.1f}" y1="{TOP}" x2="{at_x:.1f}" y2="{at_y:.1f}" stroke="#eee"/>')
        found.append(f'<text x="{at_x:.1f}" y="{at_y + 16:.1f}" text-anchor="middle">{_number(tick)}</text>')
    return found


def _ticks_up(ticks: Sequence[float], place: Any, low: float) -> list[str]:
    found = []
    for tick in ticks:
        at_x, at_y = place((low, tick))
        found.append(f'<line x1="{at_x:.1f}" y1="{at_y:.1f}" x2="{WIDTH - RIGHT}" y2="{at_y:.1f}" stroke="#ddd"/>')
        found.append(f'<text x="{at_x - 6:.1f}" y="{at_y + 4:.1f}" text-anchor="end">{_number(tick)}</text>')
    return found


def _line(number: int, name: str, places: Points) -> list[str]:
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    stroke = f'stroke="{colour}" stroke-width="2"' + (f' stroke-dasharray="{dash}"' if dash else "")
    legend_x = LEFT + number * 140
    return [
        f'<polyline points="{path}" fill="none" {stroke}/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places),
        f'<line x1="{legend_x}" y1="38" x2="{legend_x + 24}" y2="38" {stroke}/>',
        f'<text x="{legend_x + 30}" y="42">{escape(name)}</text>',
    ]


def _powers(scale: _Scale) -> list[float]:
    """Of ten, within the scale; its ends where there is none."""
    first, last = math.ceil(math.log10(scale.low)), math.floor(math.log10(scale.high))
    return [10.0**power for power in range(first, last + 1)] or [scale.low, scale.high]


def _round_step(step: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step)


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f") if value >= 10 or value == int(value) else f"{value:.2g}"
