"""What the benchmark found, as a table on a terminal, for a README, and as JSON."""

import unicodedata
from dataclasses import asdict, dataclass, field


@dataclass
class Table:
    """Rows of text under a title; the first column names what was measured."""

    title: str
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)


@dataclass
class Goal:
    """A number to reach. Whether it is reached is said, never asserted: machines differ."""

    text: str
    value: float
    bound: float
    at_least: bool
    unit: str

    @property
    def reached(self) -> bool:
        return self.value >= self.bound if self.at_least else self.value <= self.bound


@dataclass
class Result:
    """Everything one run of the benchmark found."""

    machine: dict
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    measured: dict = field(default_factory=dict)

    def as_json(self) -> dict:
        return {
            "machine": self.machine,
            "measured": self.measured,
            "goals": [asdict(goal) | {"reached": goal.reached} for goal in self.goals],
        }


def text(result: Result) -> str:
    parts = [f"{result.machine['cpu']}, {result.machine['cores']} cores, load {result.machine['load']}"]
    for table in result.tables:
        cells = [table.header, *table.rows]
        widths = [max(_width(row[column]) for row in cells) for column in range(len(table.header))]
        lines = ["  ".join(_fit(cell, width, place) for place, (cell, width) in enumerate(zip(row, widths))).rstrip()
                 for row in cells]
        parts.append("\n".join([table.title, "", *lines]))
    if result.goals:
        parts.append("\n".join(["goals", ""] + [_goal(goal) for goal in result.goals]))
    return "\n\n".join(parts) + "\n"


def markdown(result: Result) -> str:
    parts = []
    for table in result.tables:
        lines = [f"**{table.title}**", "", _line(table.header), _line(["---"] + ["--:"] * (len(table.header) - 1))]
        parts.append("\n".join(lines + [_line(row) for row in table.rows]))
    parts.append("Measured on {cpu}, {cores} cores.".format(**result.machine))
    return "\n\n".join(parts) + "\n"


def times(value: float) -> str:
    return f"{value:.2f} ×" if value < 10 else f"{value:.0f} ×"


def _goal(goal: Goal) -> str:
    sign = "≥" if goal.at_least else "≤"
    state = "reached" if goal.reached else "MISSED "
    return f"  {state}  {goal.value:.2f} {goal.unit} ({sign} {goal.bound:g})  {goal.text}"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, width: int, place: int) -> str:
    space = " " * (width - _width(text))
    return text + space if place == 0 else space + text
