"""Writers for workbooks made of XML or by a library: xlsx, xlsm, xls (BIFF8), ods; and archives.

Dates inside the containers are fixed, so that the same story gives the same bytes.
"""

import gzip
import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from html import escape

import openpyxl
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from .cells import ERRORS, Error, Formula, plain

STAMP = (2026, 1, 1, 0, 0, 0)


class _ByteNamed(zipfile.ZipInfo):
    """A member whose name is written as it is, without the mark that says UTF-8."""

    def __init__(self, name):
        super().__init__(name.decode("gbk"), STAMP)
        self.bytes = name

    def _encodeFilenameFlags(self):
        return self.bytes, self.flag_bits & ~0x800


def zip_of(members, compress=True) -> bytes:
    """A zip with fixed dates. Member names are text, or GBK bytes as Chinese Windows writes them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, STAMP) if isinstance(name, str) else _ByteNamed(name)
            info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def gzip_of(data, name="") -> bytes:
    """A gz file with a fixed date."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", fileobj=buffer, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


def xlsx(sheets, epoch_1904=False, macro=False, inline=False) -> bytes:
    """An xlsx workbook; with `macro` its type is that of an xlsm.

    Texts stand in the shared table, as Excel writes them, or with `inline` in the cells.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        for number, row in enumerate(sheet.rows, 1):
            for column, cell in enumerate(row or [], 1):
                if cell is not None:
                    _put(page.cell(number, column), cell)
        for top, left, bottom, right in sheet.merged:
            page.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        for number in sheet.hidden_rows:
            page.row_dimensions[number].hidden = True
        for number in sheet.hidden_columns:
            page.column_dimensions[openpyxl.utils.get_column_letter(number)].hidden = True
        if sheet.hidden:
            page.sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    members = []
    with zipfile.ZipFile(buffer) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", data)
            if name == "[Content_Types].xml" and macro:
                data = data.replace(
                    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                    b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
                )
            members.append((name, data))
    return zip_of(members if inline else _with_shared_texts(members))


def _with_shared_texts(members):
    """Moves the texts of all sheets to `xl/sharedStrings.xml`; the library writes them inline."""
    shared = {}

    def share(match):
        number = shared.setdefault(match[2], len(shared))
        return b'<c%s t="s"><v>%d</v></c>' % (match[1], number)

    parts = dict(members)
    for name in parts:
        if name.startswith("xl/worksheets/"):
            parts[name] = re.sub(rb'<c([^>]*) t="inlineStr"><is>(<t.*?</t>)</is></c>', share, parts[name], flags=re.S)
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = b"".join(b"<si>%s</si>" % text for text in shared)
    parts["xl/sharedStrings.xml"] = b'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="%s">%s</sst>' % (main, texts)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types, links = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    parts[types] = parts[types].replace(
        b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind)
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts[links] = parts[links].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdShared" Type="%s" Target="/xl/sharedStrings.xml"/></Relationships>' % relation)
    return list(parts.items())


def _put(target, cell):
    if isinstance(cell, Error):
        target.value, target.data_type = cell.code, "e"
    elif isinstance(cell, Formula):
        target.value = cell.text
    elif isinstance(cell, date):
        target.value = cell
        target.number_format = "yyyy-mm-dd hh:mm" if isinstance(cell, datetime) else "yyyy-mm-dd"
    elif isinstance(cell, Decimal):
        target.value = float(cell)
    elif isinstance(cell, str):
        target.value, target.data_type = cell, "s"
    else:
        target.value = cell


def xls(sheets) -> bytes:
    """An xls workbook, BIFF8."""
    book = xlwt.Workbook(encoding="utf-8")
    day_style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        merged = {(top, left): (bottom, right) for top, left, bottom, right in sheet.merged}
        for number, row in enumerate(sheet.rows, 1):
            for column, cell in enumerate(row or [], 1):
                if cell is None:
                    continue
                style = day_style if isinstance(cell, date) else xlwt.Style.default_style
                if isinstance(cell, Error):
                    page.row(number - 1).set_cell_error(column - 1, ERRORS[cell.code])
                    continue
                value = float(cell) if isinstance(cell, Decimal) else cell
                if (number, column) in merged:
                    bottom, right = merged[(number, column)]
                    page.write_merge(number - 1, bottom - 1, column - 1, right - 1, value, style)
                else:
                    page.write(number - 1, column - 1, value, style)
        for number in sheet.hidden_rows:
            page.row(number - 1).hidden = True
        for number in sheet.hidden_columns:
            page.col(number - 1).hidden = True
        if sheet.hidden:
            page.visibility = 1
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(sheets) -> bytes:
    """An OpenDocument workbook. Blank rows are written as repeated rows."""
    parts = []
    for sheet in sheets:
        covered = {
            (r, c)
            for top, left, bottom, right in sheet.merged
            for r in range(top, bottom + 1)
            for c in range(left, right + 1)
            if (r, c) != (top, left)
        }
        spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in sheet.merged}
        parts.append(f'<table:table table:name="{escape(sheet.name)}"><table:table-column table:number-columns-repeated="20"/>')
        for number, row in enumerate(sheet.rows, 1):
            hidden = ' table:visibility="collapse"' if number in sheet.hidden_rows else ""
            parts.append(f"<table:table-row{hidden}>")
            for column, cell in enumerate(row or [None], 1):
                parts.append(_ods_cell(cell, (number, column) in covered, spans.get((number, column))))
            parts.append("</table:table-row>")
        parts.append("</table:table>")
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{''.join(parts)}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    stored = zip_of([("mimetype", kind)], compress=False)
    buffer = io.BytesIO(stored)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, data in (("content.xml", content), ("META-INF/manifest.xml", manifest)):
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return buffer.getvalue()


def _ods_cell(cell, covered, span) -> str:
    if covered:
        return "<table:covered-table-cell/>"
    marks = f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"' if span else ""
    if cell is None:
        return f"<table:table-cell{marks}/>"
    if isinstance(cell, date):
        marks += f' office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, (int, Decimal)):
        marks += f' office:value-type="float" office:value="{cell}"'
    else:
        marks += ' office:value-type="string"'
    return f"<table:table-cell{marks}><text:p>{escape(plain(cell))}</text:p></table:table-cell>"
