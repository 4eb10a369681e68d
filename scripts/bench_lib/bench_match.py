"""Resolving names against masters of 20,000, 200,000 and 1,000,000 names: names per CPU second of
ours and of what one would write in Python instead.

Ours decides and explains every name; the others only find the nearest one.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import measure
from table import Goal, Result, Table, times

ROUNDS = 3
PEERS = Path(__file__).parent / "peers_match.py"
TFIDF = "TF-IDF bigrams, sparse_dot_topn"

# How many names each peer looks up: a rate needs seconds, not the whole set. None: too much memory.
COUNTS = {
    TFIDF: ("tfidf", {20: 20_000, 200: 20_000, 1000: 4_000}),
    "rapidfuzz ratio, cdist": ("rapidfuzz", {20: 3_000, 200: 300, 1000: 60}),
    "symspellpy, distance 2": ("symspell", {20: 10_000, 200: 10_000, 1000: None}),
    "splink, name in blocks": ("splink", {20: 10_000, 200: 5_000, 1000: 2_000}),
}


class NoSets(Exception):
    """The folder of the matching sets is not there."""


def bench(result: Result, sets: Path, work: Path, binaries: Path | None, quick: bool) -> None:
    """Adds a table for every size of master, and the goals."""
    if not (sets / "master_20k.csv").is_file():
        raise NoSets(f"no matching sets in {sets}: name the folder of master_20k.csv with --sets DIR")
    work.mkdir(parents=True, exist_ok=True)
    rates = {}
    for size in (20,) if quick else (20, 200, 1000):
        master, names = files(sets, work, size, quick)
        rates[size] = compare(result, size, master, names, binaries, quick)
    if binaries:
        goals(result, rates)


def compare(result: Result, size: int, master: Path, names: Path, binaries: Path | None, quick: bool) -> dict:
    runs = {}
    for peer, (how, counts) in COUNTS.items():
        if counts[size]:
            count = counts[size] // (20 if quick else 1)
            rounds = ROUNDS if how == "tfidf" and not quick else 1
            runs[peer] = [theirs(how, master, names, count) for _ in range(rounds)]
    if binaries:
        runs["channelflow"] = [ours(binaries / "channelflow", master, names) for _ in range(1 if quick else ROUNDS)]
    median = {name: sorted(found, key=rate)[len(found) // 2] for name, found in runs.items()}
    shown = Table(
        f"Resolving names against a master of {rows(master):,}",
        ["", "names per CPU s", "index CPU s", "peak MB", "right one first", "channelflow is"],
    )
    for name, found in median.items():
        ratio = times(rate(median["channelflow"]) / rate(found)) if binaries and name != "channelflow" else ""
        shown.rows.append([
            name, f"{rate(found):,.0f}", f"{found['index_cpu']:.2f}", f"{found['peak_mb']:.0f}",
            f"{found['first']:.1%}", ratio,
        ])
    for peer, (_, counts) in COUNTS.items():
        if not counts[size]:
            shown.rows.append([peer, "not run: about 10 GB", "", "", "", ""])
    result.tables.append(shown)
    result.measured[f"match {size}k"] = runs | {"load": measure.load()}
    return median


def rate(found: dict) -> float:
    return found["names"] / max(found["match_cpu"], 0.01)


def goals(result: Result, rates: dict) -> None:
    for size, bound in ((20, 2.0), (200, 6.0)):
        if size in rates:
            ratio = rate(rates[size]["channelflow"]) / rate(rates[size][TFIDF])
            result.goals.append(Goal(f"names against TF-IDF, {size},000 names", ratio, bound, True, "×"))
    if 1000 in rates:
        ratio = rate(rates[1000]["channelflow"]) / rate(rates[200]["channelflow"])
        result.goals.append(Goal("names at 1,000,000 against 200,000", ratio, 1 / 3, True, "×"))
    if 200 in rates:
        ratio = rates[200]["channelflow"]["index_cpu"] / rates[200][TFIDF]["index_cpu"]
        result.goals.append(Goal("index of 200,000 names against TF-IDF", ratio, 1.0, False, "×"))
        result.goals.append(Goal("index of 200,000 names, memory", rates[200]["channelflow"]["index_mb"], 300, False, "MB"))


def theirs(how: str, master: Path, names: Path, count: int) -> dict:
    run = measure.run([sys.executable, "-B", PEERS, how, master, names, str(count)])
    return json.loads(run.stdout.strip().splitlines()[-1]) | {"peak_mb": run.peak_mb}


def ours(binary: Path, master: Path, names: Path) -> dict:
    """What the program logs about its phases, and how often its first candidate is right."""
    out = names.with_suffix(".resolved.csv")
    command = [binary, "match", "--kind", "customer", "--master", master, "--names", names, "--out", out]
    environment = os.environ | {"CHANNELFLOW_LOG": "info"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise measure.Failed(f"`{' '.join(map(str, command))}` ended with {done.returncode}\n{done.stderr[-4000:]}")
    logged = [json.loads(line)["fields"] for line in done.stderr.splitlines() if line.startswith("{")]
    phases = {fields["phase"]: fields for fields in logged if "phase" in fields}
    gold = {row["query_id"]: row["gold_id"].split(";") for row in read(names) if row["gold_id"]}
    first = {row["query_id"]: row["candidates"].split(";")[0] for row in read(out)}
    right = sum(first[query] in ids for query, ids in gold.items())
    return {
        "names": phases["match"]["names"],
        "index_cpu": phases["index"]["cpu_seconds"],
        "match_cpu": phases["match"]["cpu_seconds"],
        "index_mb": phases["index"]["peak_mb"] - phases["read"]["resident_mb"],
        "peak_mb": phases["write"]["peak_mb"],
        "first": right / len(gold),
    }


def read(path: Path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        yield from csv.DictReader(file)


def rows(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return sum(1 for _ in file) - 1


def files(sets: Path, work: Path, size: int, quick: bool) -> tuple[Path, Path]:
    """The master and the names as plain CSV; a million names are made by moving the 200,000."""
    source = "20k.csv" if size == 20 else "200k.csv.gz"
    master, names = work / f"master_{size}k.csv", work / f"names_{size}k.csv"
    known = [[row["id"], row["name"], row["province"], row["city"], row["area"]] for row in read(sets / f"master_{source}")]
    write(master, ["id", "name", "province", "city", "county"], known + (moved(known, 4) if size == 1000 else []))
    asked = [[row["qid"], row["alias"], row["gold_id"], row["ctx_province"], row["ctx_city"]]
             for row in read(sets / f"queries_{source}")]
    write(names, ["query_id", "name", "gold_id", "reporter_province", "reporter_city"], asked[:1000] if quick else asked)
    return master, names


def moved(known: list[list[str]], times: int) -> list[list[str]]:
    """The same institutions in other places: what a larger master looks like to an index."""
    made = []
    for turn in range(1, times + 1):
        for at, (code, name, province, city, area) in enumerate(known):
            there = known[(at * 7 + turn * 31_337) % len(known)]
            rest = name
            for place in (province, city, area):
                rest = rest.removeprefix(place)
            for place in (province, city, area):
                rest = rest.removeprefix(place.rstrip("省市县区")) if len(place) > 2 else rest
            made.append([f"{code}-{turn}", f"{there[3]}{there[4]}{rest}", *there[2:]])
    return made


def write(path: Path, header: list[str], lines: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])
