"""A month's settlement out of a year of 10,000,000 sale lines: ours against one bare GROUP BY in the
database's own shell and against pandas, which is given the lines as Parquet with ids as categories,
and once more reads them from the warehouse as we do; then again after 1,000 of the lines were corrected.

Whatever is timed is also compared: every row of achievement and every part of every statement, to
the cent, or the benchmark fails.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas
import psycopg

import measure
from table import Goal, Result, Table, times

LINES, QUICK_LINES = 10_000_000, 500_000
ROUNDS = 2
# A few tenths of a second are lost in whatever else the machine does; the best of more says what they cost.
CHANGES = 5
PERIOD = "2026-12"
SCRIPT = Path(__file__).parent / "pandas_settle.py"
DATABASE = "channelflow_bench_settle"
GROUP_BY = """select distributor_id, customer_id, product_id, business_period,
sum(base_quantity), sum(amount)
from line where kind = 0 and status = 0 and closed_load is null
group by distributor_id, customer_id, product_id, business_period"""
KEYS = ["level", "id", "product_group", "span", "measure"]
FIGURES = ["actual", "unattributed", "target", "last_year", "previous"]
STATED = """select s.party_id, p.policy, p.total,
(select count(*) from statement_line l
 where l.statement_id = p.statement_id and l.part_no = p.part_no and l.amount is null)
from statement s join statement_part p on p.statement_id = s.statement_id
where s.period = 202612 and s.state = 'draft'"""
PREPARED, READING = "pandas", "pandas, reading"
FEW, SPREAD = "4 distributors", "all 300"


class Different(Exception):
    """Two ways to the same answer ended in different answers."""


class Missing(Exception):
    """Something the benchmark needs is not installed."""


def bench(result: Result, cache: Path, binaries: Path, server: str | None, quick: bool) -> None:
    """Adds the table and the goals of settling, for SQLite or the PostgreSQL server at this URL."""
    world = World(cache, binaries, server, quick)
    world.fill()
    runs: dict[str, list] = {}

    def timed(name: str, command: list) -> measure.Run:
        run = measure.run(command)
        runs.setdefault(name, []).append(run)
        say(f"{world.engine}, {name}: {run.wall:.2f} s, {run.cpu:.2f} s CPU {run.stdout.strip()[:300]}")
        return run

    for turn in range(ROUNDS):
        timed("bare", world.bare())
        timed("achieve", world.ours("achieve"))
        timed("afresh", world.ours("afresh"))
        timed("both", world.ours("month"))
        for name, source in ((PREPARED, []), (READING, [world.source])):
            timed(name, [sys.executable, "-B", SCRIPT, world.parquet, *PERIOD.split("-"), world.out, *source])
            if turn == 0:
                world.compare(name)
    for version in range(1, CHANGES + 1):
        change(world, timed, FEW, (version, 0))
    for version in range(1, ROUNDS + 1):
        change(world, timed, SPREAD, (CHANGES, version))
    world.change(0, 0)
    timed("back", world.ours("settle"))
    if quick:
        say(world.world("verify", world.folder).strip())
    report(result, world, runs)


def change(world: "World", timed, name: str, counts: tuple[int, int]) -> None:
    say(world.change(*counts))
    timed(f"again, {name}", world.ours("settle"))
    timed("nothing changed", world.ours("settle"))


class World:
    """A filled warehouse, what pandas reads, and the commands that are timed on them."""

    def __init__(self, cache: Path, binaries: Path, server: str | None, quick: bool) -> None:
        self.engine = "PostgreSQL" if server else "SQLite"
        self.lines = QUICK_LINES if quick else LINES
        self.folder = cache / f"settle-{self.engine.lower()}{'-quick' if quick else ''}"
        self.parquet, self.out = self.folder / "parquet", self.folder / "out"
        self.binaries, self.server = binaries, server
        self.url = f"{server.rpartition('/')[0]}/{DATABASE}{'_quick' if quick else ''}" if server else "sqlite:warehouse.db"
        self.source = self.url if server else f"sqlite:{self.folder / 'warehouse.db'}"
        shell = "psql" if server else "sqlite3"
        if not shutil.which(shell):
            raise Missing(f"`{shell}` is not installed, and is what we are measured against")

    def fill(self) -> None:
        """Fills the warehouse once; later runs find it."""
        if (self.folder / "complete").exists() and self.is_there() and self.is_current():
            return
        say(f"filling {self.folder}")
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.parquet / "policies", self.out):
            folder.mkdir(parents=True)
        if self.server:
            name = self.url.rpartition("/")[2]
            with psycopg.connect(self.server, autocommit=True) as connection:
                connection.execute(f"drop database if exists {name} with (force)")
                connection.execute(f"create database {name}")
        self.world("fill", self.folder, self.url, self.lines)
        to_parquet(self.folder, self.parquet)
        (self.folder / "lines.csv").unlink()
        if self.server:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("vacuum analyze")
        (self.folder / "complete").touch()

    def is_there(self) -> bool:
        """Whether the server still has the database: servers for tests come and go."""
        if not self.server:
            return True
        with psycopg.connect(self.server) as connection:
            name = self.url.rpartition("/")[2]
            return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None

    def is_current(self) -> bool:
        """Whether the tables are those of this program, if need be after bringing them up to date."""
        try:
            self.world("migrate", self.folder)
        except subprocess.CalledProcessError:
            return False
        return True

    def change(self, few: int, spread: int) -> str:
        return self.world("change", self.folder, few, spread).strip().replace("\n", ", ")

    def world(self, *arguments) -> str:
        command = [self.binaries / "examples/settle_world", *map(str, arguments)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def ours(self, what: str) -> list:
        return [self.binaries / "examples/settle_month", self.folder, PERIOD, what, self.out]

    def bare(self) -> list:
        # Nobody reads the answer: printing it is not what is measured.
        if self.server:
            return ["psql", self.url, "--quiet", "--no-align", "--tuples-only", "--output", "/dev/null",
                    "--command", GROUP_BY]
        return ["sqlite3", "-cmd", ".output /dev/null", self.folder / "warehouse.db", f"{GROUP_BY};"]

    def compare(self, name: str) -> None:
        """Both ways to the same figures; the first differences end the benchmark."""
        ours = pandas.read_csv(self.out / "achievement.csv", engine="pyarrow", dtype_backend="pyarrow")
        ours[KEYS] = ours[KEYS].fillna("").astype("str")
        ours = ours.astype(dict.fromkeys(FIGURES, "Int64"))
        theirs = pandas.read_parquet(self.out / "achievement.parquet")
        compared = ours.merge(theirs, how="outer", on=KEYS, suffixes=("", "_pandas"))
        different = pandas.Series(False, index=compared.index)
        for name in FIGURES:
            # A row that is not there says nothing was sold; a target that is not there is none.
            missing = -1 if name == "target" else 0
            different |= compared[name].fillna(missing) != compared[f"{name}_pandas"].fillna(missing)
        check("achievement", compared[different])
        with self.connect() as connection:
            rows = connection.execute(STATED).fetchall()
        ours = pandas.DataFrame(rows, columns=["distributor", "policy", "total", "held"])
        ours["policy"] = ours["policy"].str.removesuffix("@1")
        theirs = pandas.read_parquet(self.out / "statements.parquet")
        parts = ours.merge(theirs, how="outer", on=["distributor", "policy"], suffixes=("", "_pandas"))
        check("statements", parts[(parts["total"] != parts["total_pandas"]) | (parts["held"] != parts["held_pandas"])])
        due = (ours["total"] != 0).sum()
        self.compared = (len(compared), len(ours), int(due), int((ours["held"] > 0).sum()))
        for made in ("achievement", "statements"):
            (self.out / f"{made}.parquet").unlink()
        say(f"equal to {name}: {len(compared):,} rows of achievement, {len(ours):,} parts of statements "
            f"({due:,} with an amount, {self.compared[3]:,} held)")

    def connect(self):
        if self.server:
            return psycopg.connect(self.url)
        return contextlib.closing(sqlite3.connect(self.folder / "warehouse.db"))


def check(what: str, different: pandas.DataFrame) -> None:
    if len(different):
        raise Different(f"{len(different):,} rows of {what} differ; the first:\n{different.head(10).to_string()}")


def to_parquet(folder: Path, parquet: Path) -> None:
    """What pandas reads: the lines and the reference data, with ids as categories."""
    types = dict.fromkeys(["distributor", "customer", "product"], "category")
    types |= {"day": "int32", "flags": "int16", "boxes": "int64", "cents": "int64"}
    pandas.read_csv(folder / "lines.csv", dtype=types, engine="pyarrow").astype(types).to_parquet(parquet / "lines.parquet")
    said = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    names = {"customer_id": "customer", "product_id": "product", "distributor_id": "distributor", "post_id": "post",
             "person_id": "person", "product_group": "group", "group_id": "group", "period": "month"}
    for name, rows in said.items():
        if name == "policies":
            continue
        for row in rows:
            span = row.pop("span", None)
            if span:
                row["from"], row["to"] = span["from"], span.get("to", 99_999_999)
            owner = row.pop("owner", None)
            if owner:
                row["unit"], row["distributor"] = owner.get("unit", ""), owner.get("distributor", "")
        table = pandas.DataFrame(rows).rename(columns=names)
        if name == "prices":
            table["cents"] = table.pop("price") // 10_000
        if name == "targets":
            table = table.rename(columns={"value": "target"})
        if name in ("shipments", "payments"):
            table["amount"] //= 10_000
        table.to_parquet(parquet / f"{name}.parquet")
    shutil.copytree(folder / "policies", parquet / "policies", dirs_exist_ok=True)


def report(result: Result, world: World, runs: dict[str, list]) -> None:
    """Best wall time and least CPU time of each. Beside other work CPU time is the one to trust."""
    wall = {name: min(run.wall for run in each) for name, each in runs.items()}
    cpu = {name: min(run.cpu for run in each) for name, each in runs.items()}
    peak = {name: max(run.peak_mb for run in each) for name, each in runs.items()}
    shell = "psql" if world.server else "sqlite3"
    shown = Table(
        f"December out of a year of {world.lines:,} sale lines, {world.engine}",
        ["", "wall s", "CPU s", "peak MB", "against", "wall", "CPU"],
    )

    def row(label: str, name: str, against: str, base: str) -> None:
        shown.rows.append([label, f"{wall[name]:.2f}", f"{cpu[name]:.2f}", f"{peak[name]:.0f}", against,
                           times(wall[name] / wall[base]), times(cpu[name] / cpu[base])])

    row(f"one bare GROUP BY in {shell}", "bare", "", "bare")
    row("channelflow, achievement of all levels", "achieve", "GROUP BY", "bare")
    row("channelflow, 300 statements by 50 policies", "afresh", "GROUP BY", "bare")
    row("channelflow, both in one process", "both", "GROUP BY", "bare")
    row("pandas script, both, lines prepared as Parquet", PREPARED, "channelflow", "both")
    row(f"pandas script, both, lines read from {world.engine}", READING, "channelflow", "both")
    for name in (FEW, SPREAD):
        row(f"statements, 1,000 lines of {name} changed", f"again, {name}", "both", "both")
    row("statements, nothing changed", "nothing changed", "both", "both")
    result.tables.append(shown)
    few, spread = wall[f"again, {FEW}"], wall[f"again, {SPREAD}"]
    bare = wall["both"] / wall["bare"]
    prepared, reading = wall[PREPARED] / wall["both"], wall[READING] / wall["both"]
    of_parquet, of_warehouse = "pandas given the lines as Parquet", f"pandas reading the lines from {world.engine} as we do"
    both, afresh = "achievement and statements", "all statements"
    result.goals += [
        Goal(f"{world.engine}: {both}, of the time of one bare GROUP BY in {shell}", bare, 1.5, False, "×"),
        Goal(f"{world.engine}: {both}, against {of_warehouse}", reading, 10, True, "×"),
        Goal(f"{world.engine}: the same in CPU seconds", cpu[READING] / cpu["both"], 10, True, "×"),
        Goal(f"{world.engine}: {both}, against {of_parquet}", prepared, 10, True, "×"),
        Goal(f"{world.engine}: the same in CPU seconds", cpu[PREPARED] / cpu["both"], 10, True, "×"),
        Goal(f"{world.engine}: 1,000 lines of {FEW} changed, of {both}", few / wall["both"] * 100, 5, False, "%"),
        Goal(f"{world.engine}: the same, of {afresh}", few / wall["afresh"] * 100, 5, False, "%"),
        Goal(f"{world.engine}: 1,000 lines of {SPREAD} changed, of {both}", spread / wall["both"] * 100, 5, False, "%"),
    ]
    readme(result, world, bare, (reading, prepared), few / wall["both"] * 100)
    result.measured[f"settle {world.engine}"] = {
        name: [vars(run) | {"stdout": run.stdout.strip()} for run in each] for name, each in runs.items()
    } | {"compared": world.compared, "load": measure.load()}


def readme(result: Result, world: World, bare: float, faster: tuple[float, float], share: float) -> None:
    """The same in the words of the README's table."""
    shown = Table("README", ["What", "Against", "Ratio"])
    what = f"a month's achievement of all levels and 300 statements by 50 policies, {world.lines:,} lines, {world.engine}, wall time"
    shell = "psql" if world.server else "sqlite3"
    shown.rows = [
        [what, f"one bare `GROUP BY` in `{shell}`", times(bare)],
        ["", f"a pandas script that reads the lines from {world.engine} too", f"{times(faster[0])} faster"],
        ["", "the same script given the lines as Parquet", f"{times(faster[1])} faster"],
        [f"the statements again after 1,000 lines of {FEW} changed, {world.engine}",
         "achievement and all statements afresh", f"{share:.1f} %"],
    ]
    result.tables.append(shown)


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
