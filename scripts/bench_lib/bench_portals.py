"""Collecting from portals: 300 sources of 10 pages each on one host that answers after 50 ms, 16 at
once, against the ideal time, which is that of all requests divided by 16.

Site and visits are one process, so what the site costs counts against us.
"""

import json
from pathlib import Path

import measure
from table import Goal, Result, Table, times

ROUNDS = 3
SOURCES, QUICK_SOURCES = 300, 15


def bench(result: Result, binaries: Path, quick: bool) -> None:
    """Adds the table and the goals of portals."""
    command = [binaries / "examples" / "three_hundred", str(QUICK_SOURCES if quick else SOURCES)]
    runs = [measure.run(command) for _ in range(ROUNDS)]
    figures = [json.loads(run.stdout) for run in runs]
    ratio, run = sorted(((figure["ratio"], run) for figure, run in zip(figures, runs)), key=lambda pair: pair[0])[ROUNDS // 2]
    most = max(figure["connections_most"] for figure in figures)
    one = figures[0]
    result.measured["portals"] = figures
    table = Table(
        f"{one['sources']} portals, {one['requests']} requests of 50 ms, {one['at_once']} at once",
        ["", "seconds", "ideal", "ratio", "CPU s", "connections"],
    )
    median = next(figure for figure in figures if figure["ratio"] == ratio)
    table.rows.append([
        "channelflow", f"{median['seconds']:.2f}", f"{median['ideal']:.2f}", times(ratio), f"{run.cpu:.2f}", str(most)])
    result.tables.append(table)
    result.goals.append(Goal("portals: time against the ideal", ratio, 1.3, False, "×"))
    result.goals.append(Goal("portals: connections to one host", most, one["at_once"], False, "connections"))
