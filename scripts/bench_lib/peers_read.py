"""Reads one file the way a Python user would, and prints what it saw and what that cost.

    python peers_read.py pandas|fastexcel|polars FILE

CPU time is counted from after the imports: the time to load the libraries is not held against
them, although our own figure includes the start of two processes.
"""

import json
import resource
import sys
import time


def pandas(path: str):
    import pandas

    def read():
        return pandas.read_excel(path, engine="calamine").shape

    return read


def fastexcel(path: str):
    import fastexcel
    import polars  # noqa: F401  `to_polars` would import it inside the measured part

    def read():
        return fastexcel.read_excel(path).load_sheet(0).to_polars().shape

    return read


def polars(path: str):
    import polars

    def read():
        return polars.read_csv(path, encoding="gb18030").shape

    return read


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    reader, path = sys.argv[1:]
    read = {"pandas": pandas, "fastexcel": fastexcel, "polars": polars}[reader](path)
    cpu, wall = used(), time.perf_counter()
    rows, columns = read()
    print(json.dumps({
        "rows": rows, "columns": columns,
        "cpu": used() - cpu, "wall": time.perf_counter() - wall,
    }))


if __name__ == "__main__":
    main()
