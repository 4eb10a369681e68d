"""A month of 50 distributors into a warehouse: ours against the pandas script, and ours again
when the month comes a second time. Whatever is timed is also compared: the same lines, the same
sums, or the benchmark fails."""

import contextlib
import json
import shutil
import sqlite3
import sys
from pathlib import Path

import psycopg

import measure
from table import Goal, Result, Table, times

ROUNDS = 3
SCRIPT = Path(__file__).parent / "pandas_load.py"
VERSIONS = {"first": "first load", "again": "the same month re-exported", "changed": "1 % of the lines corrected"}
STAGES = ["read", "normalize", "resolve", "check", "order", "load"]
MEMORY_BYTES = 1.5 * 1024**3
# Exit code 1: finished, with something held.
FINISHED = (0, 1)
SETTINGS = """[company]
name = "bench"

[warehouse]
url = "{url}"

[master]
path = "master"

[[source]]
name = "inbox"
kind = "folder"
path = "inbox"
"""
SUMS = """select count(*), sum(base_quantity_micros), sum(amount_micros)
from mart_flow where kind = 'sale' and status = 'accepted'"""


class Different(Exception):
    """Two ways to the same answer ended in different answers."""


def bench(result: Result, data: Path, work: Path, binaries: Path | None, server: str | None) -> None:
    """Adds the loading tables and goals, for SQLite or the PostgreSQL server at this URL."""
    engine = "PostgreSQL" if server else "SQLite"
    expected = json.loads((data / "expected.json").read_text(encoding="utf-8"))
    runs: dict[str, list] = {}
    for _ in range(ROUNDS):
        for jobs in (1, 2):
            name = "pandas script" + (", 2 processes" if jobs > 1 else "")
            runs.setdefault(name, []).append(pandas(data, work, server, jobs, expected["first"]))
        if binaries:
            for version, run in channelflow(data, work, server, binaries / "channelflow", expected).items():
                runs.setdefault(version, []).append(run)
    middle = {name: sorted(each, key=lambda run: run[0].wall)[ROUNDS // 2] for name, each in runs.items()}
    result.measured[f"load {engine}"] = {
        name: [vars(run) | {"stdout": "", "stages": stages} for run, stages in each] for name, each in runs.items()
    } | {"load": measure.load()}

    lines = expected["first"]["accepted"] + expected["first"]["held"]
    shown = Table(
        f"A month of 50 distributors, {lines:,} lines, into {engine}",
        ["", "wall s", "CPU s", "peak MB", "channelflow is"],
    )
    first = middle["first"][0] if binaries else None
    for name, (run, _) in middle.items():
        ratio = times(run.wall / first.wall) if first and name not in VERSIONS else ""
        label = f"channelflow, {VERSIONS[name]}" if name in VERSIONS else name
        shown.rows.append([label, f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.peak_mb:.0f}", ratio])
    result.tables.append(shown)
    if binaries:
        stages(result, engine, {version: middle[version][1] for version in VERSIONS})
        goals(result, engine, middle)


def pandas(data: Path, work: Path, server: str | None, jobs: int, expected: dict) -> tuple[measure.Run, dict]:
    with company(data, work, server) as (folder, url):
        shutil.copytree(data / "first", folder / "inbox", copy_function=link)
        database = url if server else folder / "pandas.db"
        run = measure.run([sys.executable, "-B", SCRIPT, folder, database, "--jobs", str(jobs)])
    said = json.loads(run.stdout)
    found = {name: said[name] for name in ("accepted", "held", "base_quantity", "amount_cents")}
    same("the pandas script", found, expected)
    return run, {name: round(seconds * 1000) for name, seconds in said["seconds"].items()}


def channelflow(data: Path, work: Path, server: str | None, program: Path, expected: dict) -> dict:
    """The month as first sent, re-exported and corrected, one after another into one warehouse."""
    runs = {}
    with company(data, work, server) as (folder, url):
        for version in VERSIONS:
            shutil.copytree(data / version, folder / "inbox", copy_function=link, dirs_exist_ok=True)
            run = measure.run([program, "-C", folder, "--format", "json", "run"], expect=FINISHED)
            report = json.loads(run.stdout)
            found = stored(folder, url) | {"held": report["held_rows"]}
            same(f"channelflow, {VERSIONS[version]},", found, expected[version])
            runs[version] = (run, report["timings"])
    return runs


@contextlib.contextmanager
def company(data: Path, work: Path, server: str | None):
    """A company folder without files yet, and the URL of its empty warehouse; both go away after."""
    folder = work / "company"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(data / "master", folder / "master")
    url = "sqlite:warehouse.db"
    if server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("drop database if exists channelflow_bench with (force)")
            connection.execute("create database channelflow_bench")
        url = server.rpartition("/")[0] + "/channelflow_bench"
    (folder / "channelflow.toml").write_text(SETTINGS.format(url=url), encoding="utf-8")
    try:
        yield folder, url
    finally:
        shutil.rmtree(folder)
        if server:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute("drop database channelflow_bench with (force)")


def link(source: str, target: str) -> None:
    """The files are only read; a second name is enough."""
    Path(target).hardlink_to(source)


def stored(folder: Path, url: str) -> dict:
    """What the warehouse says, asked as an analyst would."""
    if url.startswith("sqlite:"):
        connect = contextlib.closing(sqlite3.connect(folder / url.removeprefix("sqlite:")))
    else:
        connect = psycopg.connect(url)
    with connect as connection:
        accepted, quantity, amount = connection.execute(SUMS).fetchone()
    # An odd micro must show as a difference, so divide exactly or not at all.
    return {
        "accepted": accepted,
        "base_quantity": exactly(quantity, 1_000_000),
        "amount_cents": exactly(amount, 10_000),
    }


def exactly(micros: int, unit: int) -> int | float:
    return int(micros) / unit if int(micros) % unit else int(micros) // unit


def same(who: str, found: dict, expected: dict) -> None:
    if found != expected:
        wrong = "; ".join(f"{name} {found[name]}, expected {expected[name]}"
                          for name in expected if found[name] != expected[name])
        raise Different(f"{who} came to another result: {wrong}")


def stages(result: Result, engine: str, by_version: dict[str, dict]) -> None:
    shown = Table(
        f"channelflow by stage, {engine}, seconds summed over files (some overlap)",
        ["", *STAGES, "after reading", "after normalizing"],
    )
    for version, label in VERSIONS.items():
        spent = by_version[version]
        cells = [f"{spent.get(stage, 0) / 1000:.2f}" for stage in STAGES]
        shown.rows.append([label, *cells, f"{after(spent, 'read'):.2f}", f"{after(spent, 'normalize'):.2f}"])
    result.tables.append(shown)


def after(spent: dict, stage: str) -> float:
    """Seconds in the stages after this one."""
    return sum(spent.get(name, 0) for name in STAGES[STAGES.index(stage) + 1:]) / 1000


def goals(result: Result, engine: str, middle: dict) -> None:
    first, spent = middle["first"]
    again, changed = middle["again"][1], middle["changed"][1]
    faster = middle["pandas script"][0].wall / first.wall
    peak = max(middle[version][0].peak_mb for version in VERSIONS) * 1e6
    share = after(again, "read") / max(after(spent, "read"), 0.001) * 100
    ratio = after(spent, "normalize") / max(after(changed, "normalize"), 0.001)
    result.goals += [
        Goal(f"{engine}: first load, wall time against the pandas script", faster, 5, True, "×"),
        Goal(f"{engine}: peak memory of all processes", peak / 1024**3, MEMORY_BYTES / 1024**3, False, "GiB"),
        Goal(f"{engine}: unchanged month, stages after reading, of the first load's", share, 5, False, "%"),
        Goal(f"{engine}: 1 % changed, stages after normalizing, against the first load's", ratio, 10, True, "×"),
    ]
