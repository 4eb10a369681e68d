"""5,000,000 rows out of PostgreSQL and out of MariaDB: ours against the server's own command-line
client writing the same query to a file.

Both ask for the days in order. The clients are also timed without the order, as somebody would
write the query by hand. What arrives is compared line by line, whatever the order within a day.
"""

import json
import os
import shutil
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import bench_arrival
import measure
from table import Goal, Result, Table, times

ROWS, QUICK_ROWS = 5_000_000, 250_000
ROUNDS = 3
TODAY = "2026-04-01"
WHERE = "bill_date >= '2026-01-01' AND bill_date < '2026-04-01'"
MEMORY_MB = 200
COLUMNS = "bill_date, bill_no, customer, product, spec, lot, quantity, price, amount, note"


class Missing(Exception):
    """A server or a client the benchmark needs is not there."""


class Different(Exception):
    """Two ways to the same rows ended in different rows."""


@dataclass
class Server:
    """One server, its client, and how it makes up rows."""

    engine: str
    url: str
    client: str
    numbers: str
    text: str

    def __post_init__(self) -> None:
        if not shutil.which(self.client):
            raise Missing(f"`{self.client}` is not installed")
        parts = urlsplit(self.url)
        self.host, self.port, self.user = parts.hostname, parts.port, parts.username
        self.password, self.database = parts.password or "trusted", parts.path.strip("/")

    def command(self, sql: str, file: Path | None = None) -> list[str]:
        """The client, running a statement or writing the rows of a query to a file."""
        if self.engine == "postgresql":
            told = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", self.url]
            return told + ["-c", f"\\copy ({sql}) TO '{file}' (FORMAT csv)" if file else sql]
        told = ["mariadb", "--no-defaults", f"--host={self.host}", f"--port={self.port}", f"--user={self.user}",
                f"--password={self.password}", "--default-character-set=utf8mb4", self.database]
        if not file:
            return told + ["--skip-column-names", "-e", sql]
        return ["sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh", str(file), *told, "--batch", "--quick",
                "--skip-column-names", "-e", sql]

    def run(self, sql: str) -> str:
        done = subprocess.run(self.command(sql), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise measure.Failed(f"{self.client}: {done.stderr}")
        return done.stdout.strip()

    def fill(self, rows: int) -> str:
        """Makes the table when it is not there; its name."""
        name = f"channelflow_bench_{rows}"
        if self.engine == "mysql":
            # The table fits into memory, as it does in PostgreSQL's share of the page cache: else both wait for the disk.
            self.run("SET GLOBAL innodb_buffer_pool_size = 1536 * 1024 * 1024")
        if self.count(name) == rows:
            return name
        say(f"filling {rows:,} rows into {self.engine}")
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(f"""CREATE TABLE {name} (bill_date date, bill_no varchar(24), customer varchar(60),
            product varchar(60), spec varchar(40), lot varchar(20), quantity decimal(18,4), price decimal(18,4),
            amount decimal(18,2), note varchar(60))""")
        text, numbers = self.text, self.numbers.format(rows=rows)
        day = "date '2026-01-01' + n % 90" if self.engine == "postgresql" else \
            "date '2026-01-01' + INTERVAL n % 90 DAY"
        join = " || ".join if self.engine == "postgresql" else lambda parts: f"concat({', '.join(parts)})"
        self.run(f"""INSERT INTO {name} SELECT {day}, {join(["'XS2026'", text])},
            {join(["'国药控股北京有限公司第'", f"cast(n % 3000 as {text_type(self)})", "'分公司'"])}, '阿莫西林克拉维酸钾片',
            '0.375g*12片', {join(["'B'", f"cast(n % 977 as {text_type(self)})"])}, n % 1000, n % 7919 * 0.01, n % 100003 * 0.1,
            CASE WHEN n % 5 = 0 THEN '正常销售' END FROM {numbers}""")
        self.run(f"CREATE INDEX {name}_day ON {name} (bill_date)")
        self.run(f"ANALYZE {name}" if self.engine == "postgresql" else f"ANALYZE TABLE {name}")
        return name

    def count(self, name: str) -> int:
        found = self.run(f"SELECT count(*) FROM information_schema.tables WHERE table_name = '{name}'")
        return int(self.run(f"SELECT count(*) FROM {name}")) if found != "0" else 0

    def description(self, name: str) -> str:
        return f"""engine = "{self.engine}"
host = "{self.host}"
port = {self.port}
database = "{self.database}"
user = "{self.user}"
password = "{{password}}"

[[resource]]
name = "销售"
watermark = "bill_date"
first_day = "2026-01-01"
query = "SELECT {COLUMNS} FROM {name} WHERE bill_date >= {{from}} AND bill_date < {{until}}"
"""


def text_type(server: Server) -> str:
    return "text" if server.engine == "postgresql" else "char"


def bench(result: Result, cache: Path, binaries: Path, quick: bool) -> None:
    """Adds the table and the goals of both servers."""
    rows = QUICK_ROWS if quick else ROWS
    shown = Table(
        f"{rows:,} rows of 10 columns out of a database",
        ["", "rows per s", "wall s", "CPU s", "peak MB", "channelflow is"],
    )
    work = cache / "databases"
    for server in servers():
        name = server.fill(rows)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            one(result, shown, server, name, rows, work, binaries)
            if server.engine == "postgresql":
                bench_arrival.bench(result, server, name, work, binaries, quick)
        finally:
            shutil.rmtree(work)
    result.tables.append(shown)


def servers() -> list[Server]:
    urls = [os.environ.get(name) for name in ("CHANNELFLOW_TEST_POSTGRES", "CHANNELFLOW_TEST_MARIADB")]
    if not all(urls):
        raise Missing('start the servers first: eval "$(scripts/services start)"')
    return [
        Server("postgresql", urls[0], "psql", "generate_series(1, {rows}) n", "lpad(n::text, 12, '0')"),
        Server("mysql", urls[1], "mariadb", "(SELECT seq AS n FROM seq_1_to_{rows}) s", "lpad(n, 12, '0')"),
    ]


def one(result: Result, shown: Table, server: Server, name: str, rows: int, work: Path, binaries: Path) -> None:
    query = f"SELECT {COLUMNS} FROM {name} WHERE {WHERE}"
    ordered = f"SELECT * FROM ({query}) AS q ORDER BY q.bill_date"
    description = work / "source.toml"
    description.write_text(server.description(name), encoding="utf-8")
    os.environ["CHANNELFLOW_BENCH_PASSWORD"] = server.password
    file, landing = work / "client.out", work / "landing"
    commands = {
        f"{server.client}, the same query": server.command(ordered, file),
        f"{server.client}, without the order": server.command(query, file),
        "channelflow": [binaries / "examples" / "export_rows", description, landing, TODAY],
    }
    runs: dict[str, list[measure.Run]] = {label: [] for label in commands}
    for turn in range(ROUNDS):
        for label, command in commands.items():
            shutil.rmtree(landing, ignore_errors=True)
            run = measure.run(command)
            runs[label].append(run)
            say(f"{server.engine}, {label}: {run.wall:.1f} s, {run.cpu:.1f} s CPU, {run.peak_mb:.0f} MB")
            if turn == 0 and label == "channelflow":
                compare(json.loads(run.stdout)["artifacts"], file, rows)
    best = {label: min(several, key=lambda one: one.wall) for label, several in runs.items()}
    ours = best["channelflow"]
    for label, run in best.items():
        ratio = "" if run is ours else times(run.wall / ours.wall)
        shown.rows.append([f"{server.engine}: {label}", f"{rows / run.wall:,.0f}", f"{run.wall:.1f}", f"{run.cpu:.1f}",
                           f"{run.peak_mb:.0f}", ratio])
    client = best[f"{server.client}, the same query"]
    result.goals.append(Goal(f"{server.engine} against {server.client}", client.wall / ours.wall, 0.5, True, "×"))
    peak = max(run.peak_mb for run in runs["channelflow"])
    result.goals.append(Goal(f"memory while reading {server.engine}", peak, MEMORY_MB, False, "MB"))
    result.measured[f"databases {server.engine}"] = {
        label: [{"wall": run.wall, "cpu": run.cpu, "peak_mb": run.peak_mb} for run in several]
        for label, several in runs.items()
    } | {"load": measure.load()}


def compare(artifacts: list[str], file: Path, rows: int) -> None:
    """Every line of the client is a line of ours."""
    ours, theirs = Lines(), Lines()
    for artifact in artifacts:
        ours.add(Path(artifact), skip=1)
    theirs.add(file, skip=0)
    if ours != theirs or ours.count != rows:
        raise Different(f"{ours.count:,} lines of ours, {theirs.count:,} of the client, {rows:,} rows")


class Lines:
    """A number of lines and a sum of what they say that does not depend on their order."""

    def __init__(self) -> None:
        self.count = self.sum = 0

    def add(self, path: Path, skip: int) -> None:
        with path.open("rb") as lines:
            for number, line in enumerate(lines):
                if number >= skip:
                    # The client of MariaDB separates by tabs and writes NULL; no value has either.
                    line = line.replace(b"\t", b",").replace(b"NULL", b"")
                    self.count += 1
                    self.sum += zlib.crc32(line) ** 2

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and (self.count, self.sum) == (other.count, other.sum)


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
