"""Writes the benchmark's files, once, into the folder named on the command line.

    read.xlsx               one workbook, 100,000 x 12, text, numbers and dates, shared strings
    read.csv                one GB18030 text, 1,000,000 x 12
    master/*.csv            customers, products, distributors, aliases
    first/D001/…            a month of 50 distributors, 1,000,000 lines
    again/…, changed/…      the month re-exported in another order; with 1 % of the lines corrected
    expected.json           what must come out of each month

`--quick` divides the numbers of lines by 20. The marker `complete` is written last.
"""

import argparse
import csv
import datetime
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import xlsxwriter

import month
import world as company

CREATED = datetime.datetime(2026, 2, 2)
EPOCH = datetime.date(1899, 12, 30)
NUMBERS = {"qty", "price", "amount"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    divisor = 20 if arguments.quick else 1
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)

    world = company.make(customers=20_000 // divisor, distributors=50)
    distributors, aliases = month.distributors(world, parties_each=600 if divisor == 1 else 100)
    company.write_master(world, aliases, folder / "master")
    expected = {}
    for distributor in distributors:
        first = month.first(distributor, 20_000 // divisor)
        versions = {
            "first": (first, ""),
            "again": (month.reordered(distributor, first), "_重导"),
            "changed": (month.corrected(distributor, first), "_更正"),
        }
        for version, (lines, suffix) in versions.items():
            totals = expected.setdefault(version, {})
            for name, value in month.meaning(distributor, lines).items():
                totals[name] = totals.get(name, 0) + value
            extension = "xlsx" if distributor.format == "xlsx" else "csv"
            path = folder / version / distributor.id / f"{distributor.name}_销售流向_202601{suffix}.{extension}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, distributor, lines)
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")

    write_single(folder / "read.xlsx", "xlsx", distributors[:5], 100_000 // divisor)
    write_single(folder / "read.csv", "gb18030", distributors, 1_000_000 // divisor)
    (folder / "complete").touch()


def write(path: Path, distributor: month.Distributor, lines: month.Lines) -> None:
    """One distributor's file: titles, header, lines, total."""
    titles = [
        [f"{distributor.name}销售流向明细表"],
        ["查询条件：2026-01-01 至 2026-01-31"],
        ["制表人：王芳 制表日期：2026-02-02"],
    ][: distributor.titles]
    header = [title for _, title in distributor.columns]
    columns = [_column(field, distributor, lines) for field, _ in distributor.columns]
    rows = list(zip(*columns))
    if distributor.repeated:
        rows.insert(len(rows) // 2, header)
    cents = int((lines.quantity * month.prices(distributor, lines)).sum())
    sums = {"qty": int(lines.quantity.sum()), "amount": _money(cents, distributor.grouped)}
    total = [sums.get(field) for field, _ in distributor.columns]
    total[0] = "合计"
    rows = titles + [header] + rows + [total]
    if distributor.format == "xlsx":
        write_workbook(path, rows, [field for field, _ in distributor.columns])
    else:
        write_text(path, rows, distributor.format)


def write_single(path: Path, form: str, distributors: list[month.Distributor], count: int) -> None:
    """One table of 12 columns under one header, for the reading benchmark."""
    family = [tuple(column.split("=")) for column in month.FAMILIES[0].split()]
    rows = [[title for _, title in family]]
    for distributor in distributors:
        plain = replace(
            distributor, columns=family, format=form, date="cell", expiry="cell", lot="{}", grouped=False
        )
        lines = month.first(plain, count // len(distributors))
        rows.extend(zip(*(_column(field, plain, lines) for field, _ in family)))
    if form == "xlsx":
        write_workbook(path, rows, [field for field, _ in family])
    else:
        write_text(path, rows, form)


def write_text(path: Path, rows: list, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def write_workbook(path: Path, rows: list, fields: list[str]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": CREATED})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Sheet1")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif value is not None:
                    form = None if fields[column] in NUMBERS else day
                    sheet.write_number(number, column, value, form)


def _column(field: str, distributor: month.Distributor, lines: month.Lines) -> list:
    """The cells of one column as they are written: text, numbers, and dates as serial numbers."""
    workbook = distributor.format == "xlsx"
    if field == "date":
        days = [_date(datetime.date(month.YEAR, month.MONTH, day), distributor.date, workbook) for day in range(1, 32)]
        return _gather(days, lines.day - 1)
    if field == "doc":
        return [f"XS{distributor.id}202601{day:02}{doc:06}" for day, doc in zip(lines.day.tolist(), lines.doc.tolist())]
    if field == "code":
        return _gather([code for code, _, _ in distributor.parties], lines.party)
    if field == "party":
        return _gather([name for _, name, _ in distributor.parties], lines.party)
    if field in ("product", "spec", "maker"):
        place = ("product", "spec", "maker").index(field)
        return _gather([product[place] for product in distributor.products], lines.product)
    if field in ("lot", "expiry"):
        cells = [_lot(field, distributor, product[5], slot) for product in distributor.products
                 for slot in range(month.LOTS_EACH)]
        return _gather(cells, lines.product * month.LOTS_EACH + lines.lot)
    if field == "unit":
        return _gather(["盒", "件"], lines.case.astype(np.int64))
    if field == "qty":
        return lines.quantity.tolist()
    cents = month.prices(distributor, lines)
    if field == "price":
        return _amounts(cents, False, workbook)
    if field == "amount":
        return _amounts(cents * lines.quantity, distributor.grouped, workbook)
    if field == "type":
        return _gather(["销售", "销售退回"], (lines.quantity < 0).astype(np.int64))
    if field == "seller":
        return _gather(["李强", "赵敏", "周涛", "孙丽"], lines.doc % 4)
    return _gather([None, "急用", "随货同行"], np.where(lines.doc % 50 == 0, 1 + lines.doc % 2, 0))


def _gather(values: list, index: np.ndarray) -> list:
    return np.array(values, dtype=object)[index].tolist()


def _amounts(cents: np.ndarray, grouped: bool, workbook: bool) -> list:
    if workbook and not grouped:
        return (cents / 100).tolist()
    return [_money(value, grouped) if grouped else f"{value / 100:.2f}" for value in cents.tolist()]


def _money(cents: int, grouped: bool) -> str | float:
    return f"{cents / 100:,.2f}" if grouped else cents / 100


def _lot(field: str, distributor: month.Distributor, product: int, slot: int) -> str | int:
    """A lot belongs to a product wherever it is sold, and has one expiry."""
    if field == "lot":
        return distributor.lot.format(f"{'AB'[slot % 2]}25{product % 12 + 1:02}{product * 7 % 97:02}{slot:02}")
    expiry = datetime.date(2027 + product % 2, (product + slot) % 12 + 1, (product * 5 + slot) % 28 + 1)
    return _date(expiry, distributor.expiry, distributor.format == "xlsx")


def _date(day: datetime.date, form: str, workbook: bool) -> str | int:
    if form == "cell":
        if workbook:
            return (day - EPOCH).days
        form = month.DATES[1]
    return form.format(y=day.year, m=day.month, d=day.day)


if __name__ == "__main__":
    main()
