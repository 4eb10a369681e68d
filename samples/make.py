"""Writes every sample file and what is expected of it, from the stories in `generator/`.

    pip install openpyxl xlwt msoffcrypto-tool
    python samples/make.py

The files are committed; neither users nor tests run this. The same story gives the same bytes.
The expectations come from the stories, which say by hand what every line means; nothing here
knows the program.
"""

import csv
import re
import shutil
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

sys.dont_write_bytecode = True

from generator import hostile, story_east, story_north, story_south
from generator.story import tell

HERE = Path(__file__).parent
INBOX, HOSTILE, EXPECTED = HERE / "company" / "inbox", HERE / "hostile", HERE / "expected"
KINDS = ["sale", "purchase", "inventory", ""]
LINE = ["sheet", "row", "kind", "date", "customer_id", "product_id", "base_quantity", "unit_price", "amount",
        "lot", "expiry", "flags", "status", "hold_reason", "member"]


def main():
    for folder in (INBOX, HOSTILE, EXPECTED):
        shutil.rmtree(folder, ignore_errors=True)
    files = sorted(story_north.FILES + story_east.FILES + story_south.FILES, key=lambda file: natural(file.path))
    assert [f.path for f in files] == sorted(f.path for f in files), "natural and plain order must agree"
    rows, controls, stored = [], [], defaultdict(dict)
    for file in files:
        parts = [tell(part, file.sheet_name or getattr(part, "sheet")) for part in file.parts]
        put(INBOX / file.path, file.write([part.sheet for part in parts]))
        rows += accounts(file, parts)
        if file.state in ("loaded", "unchanged"):
            lines = [line for part in parts for line in part.lines]
            table(EXPECTED / "lines" / f"{file.path}.csv", LINE, [[line[name] for name in LINE] for line in lines])
            controls += [
                [file.path, file.sheet_name or part.sheet.name, row, meaning, shown(stated), shown(computed)]
                for part in parts for row, meaning, stated, computed in part.controls
            ]
            store(stored, file, lines)
    head = ["path", "distributor_id", "state", "kind", "rows_in", "accepted", "held", "dropped"]
    table(EXPECTED / "files.csv", head, rows)
    table(EXPECTED / "controls.csv", ["path", "sheet", "row", "field", "stated", "computed"], controls)
    table(EXPECTED / "totals.csv", ["booking_month", "distributor_id", "kind", "lines", "base_quantity", "amount"], totals(stored))
    attacks = hostile.all_files()
    for name, (data, _) in attacks.items():
        put(HOSTILE / name, data)
    table(EXPECTED / "hostile.csv", ["path", "cause"], [[name, cause] for name, (_, cause) in sorted(attacks.items())])
    # It works on the lines that were just written.
    from generator import settlement
    settlement.main()


def accounts(file, parts):
    """The lines of `files.csv` for one file: where its rows go, per kind."""
    distributor = file.path.split("/")[0]
    if file.state in ("refused", "duplicate", "wrong_distributor"):
        return [[file.path, distributor, file.state, "", "", "", "", ""]]
    rows = []
    for kind in KINDS:
        mine = [part for part in parts if part.kind == kind]
        if not mine:
            continue
        lines = [line for part in mine for line in part.lines]
        status = [line["status"] for line in lines]
        accepted, held = status.count("accepted"), status.count("held")
        if file.state == "held_layout":
            accepted, held = 0, len(lines)
        rows_in = sum(part.rows_in for part in mine)
        dropped = sum(part.dropped for part in mine) + status.count("ignored")
        assert rows_in == accepted + held + dropped, file.path
        shown_kind = "sale" if file.state == "empty" and not kind else kind
        rows.append([file.path, distributor, file.state, shown_kind, rows_in, accepted, held, dropped])
    return rows


def store(stored, file, lines):
    """Replaces what is stored, day by day: every day of the declared range and every day that occurs."""
    for kind in KINDS[:3]:
        mine = [line for line in lines if line["kind"] == kind]
        if not mine:
            continue
        days = stored[(file.path.split("/")[0], kind)]
        if file.days and kind != "inventory":
            first, last = map(date.fromisoformat, file.days)
            for offset in range((last - first).days + 1):
                days.pop(first + timedelta(days=offset), None)
        for day in {line["date"] for line in mine}:
            days.pop(day, None)
        for line in mine:
            if line["status"] == "accepted":
                days.setdefault(line["date"], []).append(line)


def totals(stored):
    """Accepted lines by booking month, distributor and kind."""
    sums = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for (distributor, kind), days in stored.items():
        for day, lines in days.items():
            for line in lines:
                total = sums[(f"{day:%Y-%m}", distributor, KINDS.index(kind))]
                total[0] += 1
                total[1] += Decimal(line["base_quantity"])
                total[2] += Decimal(line["amount"] or 0)
    return [[month, distributor, KINDS[kind], lines, shown(quantity), shown(amount)]
            for (month, distributor, kind), (lines, quantity, amount) in sorted(sums.items())]


def natural(path):
    """Numbers in names compare as numbers."""
    return [[(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"([0-9]+)", step) if part]
            for step in path.split("/")]


def shown(number):
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def table(path, head, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([head, *rows])


if __name__ == "__main__":
    main()
