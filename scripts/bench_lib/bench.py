"""The benchmark: builds, makes the files when they are missing, measures, prints.

Started by `scripts/bench`, which provides the Python environment.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bench_databases
import bench_load
import bench_match
import bench_portals
import bench_read
import bench_settle
import measure
import table

LIBRARY = Path(__file__).parent
GENERATOR = ["world.py", "month.py", "generate.py", "requirements.txt"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("what", nargs="?", choices=["read", "load", "match", "settle", "databases", "portals", "all"], default="all")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--sets", type=Path, metavar="DIR", default=LIBRARY.parents[2] / "shared/data/matching")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default: result.json in the cache")
    parser.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    try:
        binaries = None if arguments.peers_only else build(arguments.what)
    except subprocess.CalledProcessError as error:
        print(f"bench: `{' '.join(error.cmd)}` failed", file=sys.stderr)
        return 3
    data = None if arguments.what in ("match", "settle", "databases", "portals") else files(arguments.cache, arguments.quick)
    result = table.Result(measure.machine())
    try:
        if arguments.what in ("read", "all"):
            bench_read.bench(result, data, binaries)
        if arguments.what in ("load", "all"):
            work = arguments.cache / "work"
            bench_load.bench(result, data, work, binaries, None)
            if arguments.postgres:
                bench_load.bench(result, data, work, binaries, os.environ["CHANNELFLOW_TEST_POSTGRES"])
            shutil.rmtree(work)
        if arguments.what in ("match", "all"):
            bench_match.bench(result, arguments.sets, arguments.cache / "match", binaries, arguments.quick)
        if arguments.what in ("settle", "all") and binaries:
            servers = [None] + ([os.environ["CHANNELFLOW_TEST_POSTGRES"]] if arguments.postgres else [])
            for server in servers:
                bench_settle.bench(result, arguments.cache, binaries, server, arguments.quick)
        if arguments.what in ("databases", "all") and binaries:
            bench_databases.bench(result, arguments.cache, binaries, arguments.quick)
        if arguments.what in ("portals", "all") and binaries:
            bench_portals.bench(result, binaries, arguments.quick)
    except bench_match.NoSets as error:
        say(str(error))
        if arguments.what == "match":
            return 2
    except (bench_settle.Missing, bench_databases.Missing) as error:
        say(str(error))
        return 2
    except (measure.Failed, bench_load.Different, bench_settle.Different, bench_databases.Different) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    path = arguments.json or arguments.cache / "result.json"
    path.write_text(json.dumps(result.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table.markdown(result) if arguments.markdown else table.text(result), end="")
    print(f"bench: all figures in {path}", file=sys.stderr)
    return 0


def build(what: str) -> Path:
    """Builds what is measured; the folder it lies in."""
    commands = {
        "read": ["--package", "channelflow-read", "--example", "read_file", "--example", "bare_calamine"],
        "load": ["--package", "channelflow-cli"],
        "match": ["--package", "channelflow-cli"],
        "settle": ["--package", "channelflow-pipeline", "--example", "settle_world", "--example", "settle_month"],
        "databases": ["--package", "channelflow-collect-db", "--example", "export_rows"],
        # What was read out of a database is loaded as well.
        "arrival": ["--package", "channelflow-cli"],
        "portals": ["--package", "channelflow-collect-portal", "--example", "three_hundred"],
    }
    cargo = {"cwd": LIBRARY.parent.parent, "check": True}
    for part, command in commands.items():
        if what in (part, "all") or (what, part) == ("databases", "arrival"):
            subprocess.run(["cargo", "build", "--release", *command], **cargo)
    described = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], stdout=subprocess.PIPE, **cargo)
    return Path(json.loads(described.stdout)["target_directory"], "release")


def files(cache: Path, quick: bool) -> Path:
    """The folder of the generated files, named after what generates them."""
    sources = hashlib.sha256(b"".join((LIBRARY / name).read_bytes() for name in GENERATOR)).hexdigest()[:8]
    folder = cache / f"data-{sources}{'-quick' if quick else ''}"
    if not (folder / "complete").exists():
        say(f"writing files to {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-B", LIBRARY / "generate.py", folder]
        subprocess.run(command + (["--quick"] if quick else []), check=True)
    return folder


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
