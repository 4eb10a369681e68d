"""Writers for binary workbooks no library writes any more: xls of Excel 5/95 (BIFF5) and xlsb.

Only the records a reader needs: sheets, texts, numbers, errors, and one date style.
"""

import io
import struct
from datetime import date

from xlwt.CompoundDoc import XlsDoc

from .books import zip_of
from .cells import ERRORS, Error, plain, serial

SHORT_DATE = 14


def biff5(sheets, codec="gbk", codepage=936) -> bytes:
    """An xls workbook as Excel 95 wrote it: texts are bytes in the code page of the author's Windows."""

    def record(kind, data=b""):
        return struct.pack("<HH", kind, len(data)) + data

    def xf(number_format):
        return record(0x00E0, struct.pack("<HHHHHHHH", 0, number_format, 0x0001, 0x0020, 0x20C0, 0, 0, 0))

    font = record(0x0031, struct.pack("<HHHHHBBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0x86, 0, 5) + b"Arial")
    bodies = []
    for sheet in sheets:
        width = max(len(row) for row in sheet.rows if row)
        body = [record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0x096C, 1993))]
        body.append(record(0x0200, struct.pack("<HHHHH", 0, len(sheet.rows), 0, width, 0)))
        for number, row in enumerate(sheet.rows):
            for column, cell in enumerate(row or []):
                if cell is None:
                    continue
                place = struct.pack("<HHH", number, column, 1 if isinstance(cell, date) else 0)
                if isinstance(cell, str):
                    data = cell.encode(codec)
                    body.append(record(0x0204, place + struct.pack("<H", len(data)) + data))
                elif isinstance(cell, Error):
                    body.append(record(0x0205, place + bytes([ERRORS[cell.code], 1])))
                else:
                    value = serial(cell) if isinstance(cell, date) else cell
                    body.append(record(0x0203, place + struct.pack("<d", float(value))))
        body.append(record(0x000A))
        bodies.append(b"".join(body))
    head = record(0x0809, struct.pack("<HHHH", 0x0500, 0x0005, 0x096C, 1993))
    head += record(0x0042, struct.pack("<H", codepage)) + record(0x0022, struct.pack("<H", 0))
    head += font * 4 + xf(0) + xf(SHORT_DATE)
    names = [sheet.name.encode(codec) for sheet in sheets]
    offset = len(head) + sum(4 + 7 + len(name) for name in names) + 4
    bounds = b""
    for name, sheet, body in zip(names, sheets, bodies):
        bounds += record(0x0085, struct.pack("<IBB", offset, 1 if sheet.hidden else 0, 0) + bytes([len(name)]) + name)
        offset += len(body)
    stream = head + bounds + record(0x000A) + b"".join(bodies)
    stream += b"\0" * max(0, 4096 - len(stream))
    return _compound(stream)


def _compound(stream) -> bytes:
    """The stream in a compound file, under the name `Book` that Excel 95 used."""
    buffer = io.BytesIO()
    XlsDoc().save(buffer, stream)
    data = bytearray(buffer.getvalue())
    at = data.index("Workbook".encode("utf-16-le"))
    data[at : at + 18] = "Book".encode("utf-16-le").ljust(18, b"\0")
    data[at + 64 : at + 66] = struct.pack("<H", 10)
    return bytes(data)


def xlsb(sheets) -> bytes:
    """A binary workbook of Excel 2007 and later, with shared strings."""

    def record(kind, data=b""):
        head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size = len(data)
        while True:
            head += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
            size >>= 7
            if not size:
                return head + data

    def wide(text):
        return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")

    shared, pages = {}, []
    for sheet in sheets:
        width = max(len(row) for row in sheet.rows if row)
        page = [record(129), record(148, struct.pack("<IIII", 0, len(sheet.rows) - 1, 0, width - 1)), record(145)]
        for number, row in enumerate(sheet.rows):
            if not row or all(cell is None for cell in row):
                continue
            hidden = 0x10 if number + 1 in sheet.hidden_rows else 0
            page.append(record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, hidden, 0, 0)))
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                place = struct.pack("<II", column, 1 if isinstance(cell, date) else 0)
                if isinstance(cell, str):
                    page.append(record(7, place + struct.pack("<I", shared.setdefault(cell, len(shared)))))
                elif isinstance(cell, Error):
                    page.append(record(3, place + bytes([ERRORS[cell.code]])))
                else:
                    value = serial(cell) if isinstance(cell, date) else plain(cell)
                    page.append(record(5, place + struct.pack("<d", float(value))))
        pages.append(b"".join([*page, record(146), record(130)]))
    bundle = b"".join(
        record(156, struct.pack("<II", 1 if sheet.hidden else 0, number) + wide(f"rId{number}") + wide(sheet.name))
        for number, sheet in enumerate(sheets, 1)
    )
    properties = record(153, struct.pack("<II", 0x10020, 0) + wide(""))
    book = record(131) + properties + record(143) + bundle + record(144) + record(132)
    texts = record(159, struct.pack("<II", len(shared), len(shared)))
    texts += b"".join(record(19, b"\0" + wide(text)) for text in shared) + record(160)
    return zip_of(_xlsb_parts(len(sheets), book, pages, texts, _xlsb_styles(record, wide)))


def _xlsb_styles(record, wide) -> bytes:
    look = struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 2, 134, 0)
    black = b"\0\0\0\0\0\0\0\xff"
    font = record(43, look + black + b"\0" + wide("Calibri"))
    fill = record(45, struct.pack("<I", 0) + b"\0" * 64)
    border = record(46, b"\0" * 51)

    def xf(parent, number_format):
        return record(47, struct.pack("<HHHHHBBHH", parent, number_format, 0, 0, 0, 0, 0, 0x1010, 0))

    return b"".join(
        [
            record(278),
            record(611, struct.pack("<I", 1)), font, record(612),
            record(603, struct.pack("<I", 1)), fill, record(604),
            record(613, struct.pack("<I", 1)), border, record(614),
            record(626, struct.pack("<I", 1)), xf(0xFFFF, 0), record(627),
            record(617, struct.pack("<I", 2)), xf(0, 0), xf(0, SHORT_DATE), record(618),
            record(279),
        ]
    )


def _xlsb_parts(count, book, pages, texts, styles):
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    numbers = range(1, count + 1)
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="application/vnd.ms-excel.{kind}"/>'
        for name, kind in [
            ("/xl/workbook.bin", "sheet.binary.macroEnabled.main"),
            *((f"/xl/worksheets/sheet{n}.bin", "worksheet") for n in numbers),
            ("/xl/sharedStrings.bin", "sharedStrings"),
            ("/xl/styles.bin", "styles"),
        ]
    )
    types = (
        f'{head}<Types xmlns="{package}/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
    )
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.bin") for n in numbers]
    links += [(f"rId{count + 1}", "sharedStrings", "sharedStrings.bin"), (f"rId{count + 2}", "styles", "styles.bin")]
    relations = "".join(f'<Relationship Id="{i}" Type="{office}/{kind}" Target="{target}"/>' for i, kind, target in links)
    root = f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.bin"/>'
    return [
        ("[Content_Types].xml", types),
        ("_rels/.rels", f'{head}<Relationships xmlns="{package}/relationships">{root}</Relationships>'),
        ("xl/workbook.bin", book),
        ("xl/_rels/workbook.bin.rels", f'{head}<Relationships xmlns="{package}/relationships">{relations}</Relationships>'),
        *((f"xl/worksheets/sheet{n}.bin", page) for n, page in zip(numbers, pages)),
        ("xl/styles.bin", styles),
        ("xl/sharedStrings.bin", texts),
    ]
