"""Writers for text formats: delimited files, and what portals and ERP systems save as `.xls`."""

from datetime import date
from html import escape

from .cells import Error, plain


def delimited(rows, encoding="utf-8", delimiter=",", bom=False, newline="\r\n") -> bytes:
    """A delimited file. A cell with the delimiter, a quote or a line break is quoted."""
    lines = []
    width = max(len(row) for row in rows if row)
    for row in rows:
        cells = []
        for cell in list(row or []) + [None] * (width - len(row or [])):
            text = plain(cell)
            if any(mark in text for mark in (delimiter, '"', "\n")):
                text = '"' + text.replace('"', '""') + '"'
            cells.append(text)
        lines.append(delimiter.join(cells))
    data = (newline.join(lines) + newline).encode(encoding)
    marks = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    return (marks[encoding] if bom else b"") + data


def html_table(title_rows, sheet, charset="gbk") -> bytes:
    """An HTML page with one table, as portals save it under the name `.xls`.

    `title_rows` stand in a heading outside the table. Merged ranges become `rowspan` and `colspan`.
    """
    spans, covered = {}, set()
    for top, left, bottom, right in sheet.merged:
        spans[(top, left)] = (bottom - top + 1, right - left + 1)
        covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        covered.discard((top, left))
    width = max(len(row) for row in sheet.rows if row)
    out = [
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">',
        "<style>.n{mso-number-format:'\\@'}</style></head><body>",
        *(f"<h3>{escape(text)}</h3>" for text in title_rows),
        '<table border="1">',
    ]
    for number, row in enumerate(sheet.rows, 1):
        cells = []
        for column, cell in enumerate(list(row or []) + [None] * (width - len(row or [])), 1):
            if (number, column) in covered:
                continue
            down, across = spans.get((number, column), (1, 1))
            marks = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{across}"' if across > 1 else "")
            text = escape(plain(cell), quote=False).replace("\u00a0", "&nbsp;") or "&nbsp;"
            cells.append(f"<td{marks}>{text}</td>")
        out.append("<tr>" + "".join(cells) + "</tr>")
    out.append("</table></body></html>")
    return "\r\n".join(out).encode(charset)


def spreadsheet_ml(sheets, doctype="") -> bytes:
    """XML Spreadsheet 2003. Blank rows and cells are skipped by `ss:Index`, as Excel does."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        *([doctype] if doctype else []),
        '<?mso-application progid="Excel.Sheet"?>',
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">',
        '<Styles><Style ss:ID="d"><NumberFormat ss:Format="Short Date"/></Style></Styles>',
    ]
    for sheet in sheets:
        out.append(f'<Worksheet ss:Name="{escape(sheet.name)}"><Table>')
        expected = 1
        for number, row in enumerate(sheet.rows, 1):
            if not row or all(cell is None for cell in row):
                continue
            at = "" if number == expected else f' ss:Index="{number}"'
            hidden = ' ss:Hidden="1"' if number in sheet.hidden_rows else ""
            out.append(f"<Row{at}{hidden}>{_ml_cells(sheet, number, row)}</Row>")
            expected = number + 1
        out.append("</Table></Worksheet>")
    out.append("</Workbook>")
    return "\n".join(out).encode("utf-8")


def _ml_cells(sheet, number, row) -> str:
    across = {(r, c): right - c for r, c, _, right in sheet.merged}
    cells, expected = [], 1
    for column, cell in enumerate(row, 1):
        if cell is None:
            continue
        at = "" if column == expected else f' ss:Index="{column}"'
        merge = across.get((number, column), 0)
        span = f' ss:MergeAcross="{merge}"' if merge else ""
        expected = column + 1 + merge
        if isinstance(cell, date):
            cells.append(f'<Cell{at} ss:StyleID="d"><Data ss:Type="DateTime">{cell.isoformat()}T00:00:00.000</Data></Cell>')
            continue
        if isinstance(cell, Error):
            kind = "Error"
        elif isinstance(cell, str):
            kind = "String"
        else:
            kind = "Number"
        cells.append(f'<Cell{at}{span}><Data ss:Type="{kind}">{escape(plain(cell))}</Data></Cell>')
    return "".join(cells)
