"""Reading one file: rows per CPU second of ours and of the libraries one would pick instead."""

import json
import re
import sys
from pathlib import Path

import measure
from table import Goal, Result, Table, times

ROUNDS = 3
PEERS = Path(__file__).parent / "peers_read.py"


def bench(result: Result, data: Path, binaries: Path | None) -> None:
    """Adds the reading tables and goals."""
    workbook = {
        "pandas, calamine": peer("pandas", data / "read.xlsx"),
        "fastexcel → polars": peer("fastexcel", data / "read.xlsx"),
    }
    delimited = {"polars read_csv": peer("polars", data / "read.csv")}
    if binaries:
        workbook["calamine, bare loop"] = [binaries / "examples" / "bare_calamine", data / "read.xlsx"]
        workbook["channelflow"] = [binaries / "examples" / "read_file", data / "read.xlsx"]
        delimited["channelflow"] = [binaries / "examples" / "read_file", data / "read.csv"]
    read = compare(result, data / "read.xlsx", "xlsx", workbook)
    goal(result, read, "fastexcel → polars", 1.0)
    goal(result, read, "pandas, calamine", 2.5)
    goal(result, read, "calamine, bare loop", 0.85)
    read = compare(result, data / "read.csv", "GB18030 CSV", delimited)
    goal(result, read, "polars read_csv", 1.5)


def peer(reader: str, file: Path) -> list:
    return [sys.executable, "-B", PEERS, reader, file]


def compare(result: Result, file: Path, kind: str, readers: dict[str, list]) -> dict[str, float]:
    """Rows per CPU second of every reader: the median of rounds in which each takes its turn."""
    runs = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, command in readers.items():
            runs[name].append(once(command))
    best = {name: sorted(figures, key=lambda one: one["cpu"])[ROUNDS // 2] for name, figures in runs.items()}
    rows = {figures["rows"] for figures in best.values()}
    if max(rows) - min(rows) > 1:  # the header is a row to some and not to others
        raise measure.Failed(f"the readers disagree about the rows of {file.name}: {sorted(rows)}")
    rates = {name: figures["rows"] / figures["cpu"] for name, figures in best.items()}
    ours = rates.get("channelflow")

    shown = Table(
        f"Reading one {kind}, {min(rows):,} rows × 12 columns, {file.stat().st_size / 1e6:.1f} MB",
        ["", "rows per CPU s", "CPU s", "wall s", "peak MB", "channelflow is"],
    )
    for name, figures in best.items():
        ratio = times(ours / rates[name]) if ours and name != "channelflow" else ""
        shown.rows.append([
            name, f"{rates[name]:,.0f}", f"{figures['cpu']:.2f}", f"{figures['wall']:.2f}",
            f"{figures['peak_mb']:.0f}", ratio,
        ])
    result.tables.append(shown)
    result.measured[f"read {file.name}"] = runs | {"load": measure.load()}
    return rates


def once(command: list) -> dict:
    """Ours is the whole process tree; a Python peer says itself what it used after its imports."""
    run = measure.run(command)
    figures = {"cpu": run.cpu, "wall": run.wall, "peak_mb": run.peak_mb, "process_cpu": run.cpu}
    if run.stdout.startswith("{"):
        return figures | json.loads(run.stdout)
    rows = re.search(r"(\d+) rows", run.stdout)
    if not rows:
        raise measure.Failed(f"`{command[0]}` does not say how many rows it read: {run.stdout[:200]}")
    return figures | {"rows": int(rows[1])}


def goal(result: Result, rates: dict[str, float], against: str, bound: float) -> None:
    if "channelflow" in rates:
        ratio = rates["channelflow"] / rates[against]
        result.goals.append(Goal(f"reading against {against}", ratio, bound, True, "×"))
