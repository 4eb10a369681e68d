"""What a database brings is loaded as fast as a file: sales out of PostgreSQL through a source, and the
very file they landed as, laid into the folder of another company."""

import json
import os
import shutil
from pathlib import Path

import measure
from table import Goal, Result, Table

ROUNDS = 3
ROWS, QUICK_ROWS = 500_000, 25_000
CUSTOMERS = 3000
STAGES = ["read", "normalize", "resolve", "check", "order", "load"]
# A month that is over, so that nothing waits for its end.
NOW = "2026-04-01T02:00:00+08:00"
MOST = 1.1
SETTINGS = """[company]
name = "bench"

[warehouse]
url = "sqlite:warehouse.db"

[master]
path = "master"

[[source]]
name = "{kind}"
kind = "{kind}"
path = "{path}"
distributor = "D01"
"""
QUERY = """SELECT bill_date AS "销售日期", bill_no AS "单据号", customer AS "客户名称", product AS "产品名称",
    spec AS "规格", lot AS "批号", 1 + quantity AS "数量", '盒' AS "单位", 12 AS "单价", 12 * (1 + quantity) AS "金额"
FROM {table} WHERE bill_date >= {{from}} AND bill_date <= {{to}} AND bill_no <= 'XS2026{last:012}'"""


def bench(result: Result, server, table: str, work: Path, binaries: Path, quick: bool) -> None:
    """Adds the goal; `server` is one that `table` lies in."""
    rows = QUICK_ROWS if quick else ROWS
    ratios, shown = [], Table(f"{rows:,} lines of sales into SQLite", ["", "stages after landing, s", "whole run, s"])
    for turn in range(ROUNDS):
        source, landed = through_source(server, table, work / "source", binaries, rows)
        folder = through_folder(landed, work / "folder", binaries, rows)
        ratios.append(spent(source[1]) / spent(folder[1]))
        if turn == 0:
            for label, (run, timings) in {"out of PostgreSQL": source, "as a file in a folder": folder}.items():
                shown.rows.append([label, f"{spent(timings):.2f}", f"{run.wall:.1f}"])
    result.tables.append(shown)
    middle = sorted(ratios)[ROUNDS // 2]
    result.goals.append(Goal("artifact of a database to loaded lines, of the time of a file", middle, MOST, False, "×"))
    result.measured["arrival"] = {"ratios": ratios, "load": measure.load()}


def through_source(server, table: str, folder: Path, binaries: Path, rows: int):
    """A run that queries the server, and the file that landed."""
    company(folder, "database", "sources/erp.toml")
    (folder / "sources").mkdir()
    query = QUERY.format(table=table, last=rows)
    (folder / "sources/erp.toml").write_text(
        f'engine = "{server.engine}"\nhost = "{server.host}"\nport = {server.port}\ndatabase = "{server.database}"\n'
        f'user = "{server.user}"\npassword = "{{password}}"\ntls = "off"\n\n[[resource]]\nname = "销售"\n'
        f'watermark = "销售日期"\nfirst_day = "2026-01-01"\nquery = """{query}"""\n', encoding="utf-8")
    with (folder / "channelflow.toml").open("a", encoding="utf-8") as settings:
        settings.write('with = { password = "${CHANNELFLOW_BENCH_PASSWORD}" }\n')
    os.environ["CHANNELFLOW_BENCH_PASSWORD"] = server.password
    run, timings, files = loaded(folder, binaries, rows)
    [artifact] = [file["artifact"] for file in files]
    [landed] = [path for path in folder.rglob(f"{artifact}*") if path.is_file()]
    return (run, timings), landed


def through_folder(landed: Path, folder: Path, binaries: Path, rows: int):
    company(folder, "folder", "inbox")
    (folder / "inbox").mkdir()
    shutil.copyfile(landed, folder / "inbox/销售_2026-01-01_2026-03-31.csv")
    run, timings, _ = loaded(folder, binaries, rows)
    return run, timings


def loaded(folder: Path, binaries: Path, rows: int):
    os.environ["CHANNELFLOW_NOW"] = NOW
    run = measure.run([binaries / "channelflow", "-C", folder, "--format", "json", "run"], expect=(0, 1))
    report = json.loads(run.stdout)
    if report["rows"]["loaded"] != rows:
        raise measure.Failed(f"{report['rows']} of {rows:,} rows\n{json.dumps(report['findings'])[:2000]}")
    return run, report["timings"], report["files"]


def spent(timings: dict) -> float:
    return sum(timings.get(stage, 0) for stage in STAGES) / 1000


def company(folder: Path, kind: str, path: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "master").mkdir(parents=True)
    (folder / "channelflow.toml").write_text(SETTINGS.format(kind=kind, path=path), encoding="utf-8")
    customers = (f"C{n},国药控股北京有限公司第{n}分公司,distributor" for n in range(CUSTOMERS))
    tables = {
        "customers.csv": ["id,name,role", *customers],
        "products.csv": ["id,name,spec,base_unit,case_size", "P1,阿莫西林克拉维酸钾片,0.375g*12片,盒,400"],
        "distributors.csv": ["id,name,tier,expects", "D01,北京京康医药有限公司,一级,sale"],
    }
    for name, lines in tables.items():
        (folder / "master" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
