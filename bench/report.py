"""What a section has measured, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

HEADER: Final = ("ratio", "what", "Outfall", "beside", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `beside` is the same of what a user would pick instead, in the same unit.

    Without `beside` there is nothing to compare with: the figure stands alone.
    """

    what: str
    unit: str
    ours: float
    beside: float | None = None
    instead: str = ""

    @property
    def ratio(self) -> float | None:
        """How much of the other's we need; below 1 is less."""
        return self.ours / self.beside if self.beside else None


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of a section. `load` says what was done; `notes` what was left out, and why."""

    name: str
    load: str
    figures: Sequence[Figure]
    notes: Sequence[str] = field(default=())

    def text(self) -> str:
        """Return the section as Markdown, ratios first."""
        rows = [HEADER, ("---:", "---", "---:", "---:", "---"), *(_row(figure) for figure in self.figures)]
        table = "\n".join("| " + " | ".join(cells) + " |" for cells in rows)
        return "\n\n".join([f"### {self.name}", f"{self.load}.", table, *(f"{note}." for note in self.notes)])


def _row(figure: Figure) -> tuple[str, ...]:
    ratio, beside = figure.ratio, figure.beside
    return (
        "" if ratio is None else f"**{ratio:.2g}**" if ratio < 100 else f"**{ratio:,.0f}**",
        figure.what,
        f"{_number(figure.ours)} {figure.unit}",
        "" if beside is None else f"{_number(beside)} {figure.unit}",
        figure.instead,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
