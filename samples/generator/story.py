"""Turns a story (what happened, line by line) into a dirty sheet and the lines we expect from it.

A line of a story says the meaning first and the dirt after `|`:

    0105 C001 P01 20 12.5 2509A01 270831 return | qty=２０; party=协和医院

that is: day (MMDD of 2026), customer id, product id, quantity, unit price, lot, expiry (YYMMDD),
then words, then the cells that are written differently from the sheet's own style.
`-` is "nothing". A customer or product that is not in the master is `?name` or `?name;spec`.
`2件=800` is a quantity in another unit and what it means in base units.

Words: `return gift price_adjustment transfer stock_adjustment` are flags; `!reason` holds the line;
`ignored` and `zero` drop it; `a=…` is an amount that is not quantity × price (`a=-`: none);
`span=3` merges the party cell over three rows; `hidden` hides the row.

Rows that are no lines begin with `>`: `> total 合计,,{q},{a}`, `> section 客户:…`, `> header`,
`> outside …`, `> blank`. `{q}` and `{a}` are sums of quantity and amount so far, `{qs}` and `{as}`
since the last subtotal; `{a+100}` is a wrong total.
"""

import csv
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from .cells import Error, Formula, Sheet, serial

MASTER = Path(__file__).parents[1] / "company" / "master"
FLAGS = ("return", "gift", "price_adjustment", "transfer", "stock_adjustment")
# Reasons that leave product and unit known, so that the base quantity is known too.
BASE_KNOWN = ("unknown_customer", "ambiguous_customer")


def _master(name):
    with open(MASTER / f"{name}.csv", encoding="utf-8", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream)}


CUSTOMERS, PRODUCTS = _master("customers"), _master("products")


@dataclass
class Flow:
    """A sheet of one kind: its columns, its lines, and how this distributor spells names.

    `columns` is `header=field:style|…`. `top` are rows above the header; `header` replaces the
    header row by several rows. `names` maps an id to the cells that name it.
    """

    kind: str
    columns: str
    lines: str
    sheet: str = "Sheet1"
    top: list = field(default_factory=list)
    header: list = field(default_factory=list)
    names: dict = field(default_factory=dict)
    constant: dict = field(default_factory=dict)
    merged: list = field(default_factory=list)
    hidden_columns: list = field(default_factory=list)
    member: str = ""
    epoch_1904: bool = False


@dataclass
class Other:
    """A sheet that is no flow sheet: cover, notes, pivot."""

    sheet: str
    rows: list
    hidden: bool = False
    member: str = ""


@dataclass
class File:
    """One file of an inbox. `write` makes its bytes from the sheets, `days` is its declared range."""

    path: str
    write: object
    parts: list
    days: tuple | None = None
    state: str = "loaded"
    sheet_name: str = ""


@dataclass
class Told:
    """What a sheet says: the sheet itself, expected lines, control totals and row counts."""

    sheet: Sheet
    kind: str
    member: str
    lines: list = field(default_factory=list)
    controls: list = field(default_factory=list)
    rows_in: int = 0
    dropped: int = 0


def tell(part, name) -> Told:
    """Writes the sheet of a part. `name` is the sheet name a reader reports."""
    if isinstance(part, Other):
        told = Told(Sheet(part.sheet, part.rows, hidden=part.hidden), "", part.member)
        told.sheet.member = part.member
        told.rows_in = told.dropped = sum(1 for row in part.rows if row and any(c is not None for c in row))
        return told
    return _Teller(part, name).tell()


class _Teller:
    def __init__(self, flow, name):
        self.flow, self.name = flow, name
        self.columns = []
        for text in flow.columns.split("|"):
            header, _, rest = text.strip().rpartition("=")
            kind, _, style = rest.partition(":")
            self.columns.append((header, kind, style))
        sheet = Sheet(flow.sheet, hidden_columns=flow.hidden_columns, member=flow.member)
        self.told = Told(sheet, flow.kind, flow.member)
        self.sums = {"q": Decimal(0), "a": Decimal(0), "qs": Decimal(0), "as": Decimal(0)}
        self.party_spans = 0
        self.number = 0

    def tell(self):
        sheet = self.told.sheet
        header = self.flow.header or [[text or None for text, _, _ in self.columns]]
        for row in self.flow.top + header:
            self._add(row)
            self.told.dropped += row is not None
        sheet.merged += [tuple(merge) for merge in self.flow.merged]
        for text in self.flow.lines.strip().splitlines():
            if text.strip().startswith(">"):
                self._other(text.strip()[1:].strip(), header[-1])
            elif text.strip():
                self._line(text.strip())
        return self.told

    def _add(self, row):
        blank = not row or all(cell is None for cell in row)
        self.told.sheet.rows.append(None if blank else list(row))
        self.told.rows_in += not blank

    def _other(self, text, header):
        word, _, rest = text.partition(" ")
        if word == "blank":
            self._add(None)
            return
        self.told.dropped += 1
        if word == "header":
            self._add(header)
            return
        cells = [self._other_cell(cell, position) for position, cell in enumerate(rest.split(","))]
        self._add(cells)
        if word == "total" and "{qs" in rest:
            self.sums["qs"] = self.sums["as"] = Decimal(0)

    def _other_cell(self, cell, position):
        token = re.fullmatch(r"\{(qs|as|q|a)([+-]\d+)?\}", cell)
        if token:
            computed = self.sums[token[1]]
            stated = computed + int(token[2] or 0)
            without_tax = any(header in ("无税金额", "不含税金额") for header, _, _ in self.columns)
            money = "amount_ex_tax" if without_tax else "amount"
            meaning = "quantity" if token[1][0] == "q" else money
            self.told.controls.append((len(self.told.sheet.rows) + 1, meaning, stated, computed))
            return _number(stated)
        if cell.startswith("="):
            return Formula(cell)
        return cell or None

    def _line(self, text):
        meaning, _, dirt = text.partition("|")
        day, party, product, quantity, price, lot, expiry, *words = meaning.split()
        self.number += 1
        row = len(self.told.sheet.rows) + 1
        reported, unit, base = _quantity(quantity, product)
        price = None if price == "-" else Decimal(price)
        amount = None if price is None or reported is None else reported * price
        hold, status = "", "accepted"
        for word in words:
            if word.startswith("a="):
                amount = None if word == "a=-" else Decimal(word[2:])
            elif word.startswith("!"):
                hold, status = word[1:], "held"
            elif word == "ignored":
                status = "ignored"
            elif word == "hidden":
                self.told.sheet.hidden_rows.append(row)
        # What has no column is not reported.
        columns = {kind for _, kind, _ in self.columns}
        price = price if "price" in columns else None
        amount = amount if "amount" in columns else None
        lot = lot if "lot" in columns else "-"
        expiry = expiry if columns & {"expiry", "life"} else "-"
        self.sums["q"] += reported or 0
        self.sums["qs"] += reported or 0
        self.sums["a"] += amount or 0
        self.sums["as"] += amount or 0
        facts = {
            "date": None if day == "-" else date(2026, int(day[:2]), int(day[2:])),
            "party": party, "product": product, "qty": reported, "unit": unit, "price": price,
            "amount": amount, "lot": None if lot == "-" else lot,
            "expiry": None if expiry == "-" else date(2000 + int(expiry[:2]), int(expiry[2:4]), int(expiry[4:])),
        }
        self._add(self._cells(facts, _dirt(dirt), words, row))
        if "zero" in words:
            self.told.dropped += 1
            return
        if status != "accepted" and hold not in BASE_KNOWN:
            base = None
        known = lambda id: "" if id.startswith("?") or id == "-" else id
        self.told.lines.append({
            "sheet": self.name, "row": row, "kind": self.flow.kind, "date": "" if "_date" in hold else facts["date"] or "",
            "customer_id": known(party), "product_id": known(product),
            "base_quantity": "" if base is None else _text(base),
            "unit_price": "" if price is None else _text(price),
            "amount": "" if amount is None else _text(amount),
            "lot": facts["lot"] or "", "expiry": facts["expiry"] or "",
            "flags": " ".join(flag for flag in FLAGS if flag in words),
            "status": status, "hold_reason": hold, "member": self.flow.member,
        })

    def _cells(self, facts, dirt, words, row):
        cells = []
        for position, (_, kind, style) in enumerate(self.columns, 1):
            span = next((int(word[5:]) for word in words if word.startswith("span=")), 0)
            if kind == "party" and span:
                self.told.sheet.merged.append((row, position, row + span - 1, position))
                self.party_spans = span
            covered = kind == "party" and self.party_spans and not span
            if kind == "party" and self.party_spans:
                self.party_spans -= 1
            cells.append(None if covered else dirt[kind] if kind in dirt else self._cell(kind, style, facts))
        while cells and cells[-1] is None:
            cells.pop()
        return cells

    def _cell(self, kind, style, facts):
        if kind in ("date", "expiry"):
            return _day(facts[kind], style, self.flow.epoch_1904)
        if kind == "later":
            return _day(facts["date"] and facts["date"] + timedelta(days=1), style, self.flow.epoch_1904)
        if kind == "extax":
            price = facts["price"]
            return None if price is None else (price / Decimal("1.13")).quantize(Decimal("0.0001"))
        if kind == "mfg":
            expiry = facts["expiry"]
            made = expiry and expiry.replace(year=expiry.year - _years(facts["product"]))
            return _day(made, style, self.flow.epoch_1904)
        if kind == "life":
            return "3年" if _years(facts["product"]) == 3 else "24个月"
        if kind in ("qty", "price", "amount"):
            value = facts[kind]
            return None if value is None else _text(value) if style == "text" else _number(value)
        if kind in ("lot", "unit"):
            return facts[kind]
        if kind in ("docno", "lineid"):
            return f"{style}{self.number:04d}"
        if kind in self.flow.constant:
            return self.flow.constant[kind]
        return self._named(kind, facts)

    def _named(self, kind, facts):
        party, product = facts["party"], facts["product"]
        if kind in ("party", "pcode", "tax"):
            if party == "-":
                return None
            if party.startswith("?"):
                return party[1:] if kind == "party" else None
            entry = CUSTOMERS[party]
            usual = {"party": entry["name"], "pcode": None, "tax": entry["tax_id"] or None}
            return self.flow.names.get(party, {}).get(kind, usual[kind])
        if kind in ("name", "spec", "maker", "approval", "barcode", "code", "pack"):
            if product.startswith("?"):
                name, _, spec = product[1:].partition(";")
                return {"name": name, "spec": spec or None}.get(kind)
            entry = PRODUCTS[product]
            usual = {
                "name": entry["name"], "spec": entry["spec"].removesuffix("/盒"), "maker": entry["maker"],
                "approval": entry["approval_no"], "barcode": entry["barcode"], "code": None, "pack": None,
            }
            return self.flow.names.get(product, {}).get(kind, usual[kind])
        return None


def _years(product):
    """Shelf life in years."""
    return 3 if product in ("P05", "P06") else 2


def _quantity(text, product):
    unit = PRODUCTS[product]["base_unit"] if product in PRODUCTS else "盒"
    if text == "?":
        return None, unit, None
    match = re.fullmatch(r"(-?[\d.]+)(?:([^=\d]+)=(\S+))?", text)
    reported = Decimal(match[1])
    if not match[2]:
        return reported, unit, reported
    return reported, match[2], None if match[3] == "?" else Decimal(match[3])


def _dirt(text):
    cells = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        kind, _, cell = part.strip().partition("=")
        cell = cell.replace("⍽", "\u00a0").replace("⌁", "\u200b").replace("⏎", "\n").replace("⸵", ";")
        if cell.startswith("#N/A"):
            cells[kind] = Error(cell)
        elif cell.startswith("="):
            cells[kind] = Formula(cell)
        elif cell.startswith("n:"):
            cells[kind] = _number(Decimal(cell[2:]))
        else:
            cells[kind] = cell or None
    return cells


def _day(day, style, epoch_1904):
    if day is None:
        return None
    if style in ("", "cell"):
        return day
    if style == "moment":
        return datetime(day.year, day.month, day.day, 9, 30)
    if style == "serial":
        return serial(day, epoch_1904)
    if style == "serialtext":
        return str(serial(day))
    return day.strftime(style)


def _number(value):
    return int(value) if value == value.to_integral_value() else value.normalize()


def _text(value):
    return str(_number(Decimal(value)))
