"""The small vocabulary the writers share: a workbook is sheets, a sheet is rows of cells.

A cell is `None`, a `str`, an `int`, a `Decimal`, a `date`, an `Error` or a `Formula`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

# Numbers of spreadsheet errors in binary formats.
ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


@dataclass(frozen=True)
class Error:
    """A spreadsheet error such as `#N/A`."""

    code: str


@dataclass(frozen=True)
class Formula:
    """A formula that is saved without its value."""

    text: str


@dataclass
class Sheet:
    """One sheet. Rows and columns of the marks count from 1; a merged range is (row, column, row, column)."""

    name: str
    rows: list = field(default_factory=list)
    merged: list = field(default_factory=list)
    hidden_rows: list = field(default_factory=list)
    hidden_columns: list = field(default_factory=list)
    hidden: bool = False
    member: str = ""


def serial(day: date, epoch_1904: bool = False) -> int:
    """The day number of a spreadsheet."""
    start = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
    if isinstance(day, datetime):
        day = day.date()
    return (day - start).days


def plain(cell) -> str:
    """The cell as text, as a program writes it to a delimited file."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Error):
        return cell.code
    if isinstance(cell, Formula):
        return cell.text
    return str(cell)
