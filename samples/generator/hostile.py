"""Files that must be refused, one per attack. None of them does any harm when it is only stored."""

import hashlib
import io
import struct
import zipfile
import zlib
from datetime import date

import msoffcrypto
from msoffcrypto.method import ecma376_agile
from msoffcrypto.method.container import ecma376_encrypted

from .books import xlsx, zip_of
from .cells import Sheet
from .text import delimited, spreadsheet_ml

ROWS = [
    ["销售日期", "客户名称", "商品名称", "规格", "数量"],
    [date(2026, 1, 5), "北京协和医院", "阿莫西林胶囊", "0.25g*24粒", 10],
    [date(2026, 1, 6), "北京大学第一医院", "氯雷他定片", "10mg*12片", 20],
]
FIRST = "北京协和医院".encode()
ENTITIES = (
    '<!DOCTYPE bomb [<!ENTITY a "流向流向流向流向流向流向流向流向流向流向">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi"))
    + "]>"
)
OUTSIDE = '<!DOCTYPE Workbook [<!ENTITY file SYSTEM "file:///etc/hostname">]>'


def encrypted(sheets) -> bytes:
    """An xlsx with a password. The library's random salt and its clock are replaced by fixed ones."""
    count = iter(range(1000))
    ecma376_agile._random_buffer = lambda size: hashlib.sha512(str(next(count)).encode()).digest()[:size]
    ecma376_encrypted.datetime2filetime = lambda _: 0
    buffer = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(xlsx(sheets))).encrypt("channelflow", buffer)
    return buffer.getvalue()


def all_files() -> dict:
    """Name → (bytes, why it must be refused)."""
    book = xlsx([Sheet("流向", ROWS)])
    corner = Sheet("流向", ROWS)
    inner = zip_of([("销售.csv", delimited(ROWS))])
    bomb = b"2026-01-05,a,b,c,1\n" * 2_000_000
    return {
        "encrypted.xlsx": (encrypted([Sheet("流向", ROWS)]), "encrypted"),
        "nested.zip": (zip_of([("1.zip", zip_of([("2.zip", inner)]))]), "nested_archive"),
        "path_traversal.zip": (zip_of([("../../../tmp/销售.csv", delimited(ROWS))]), "bad_archive_path"),
        "png_named.xls": (_png(), "unsupported_type"),
        "sparse_corner.xlsx": (_far_corner(corner), "too_many_columns sparse_sheet"),
        "truncated.xlsx": (book[: len(book) * 2 // 3], "truncated damaged"),
        "xml_entity.xlsx": (_with_entities(book), "xml_entity"),
        "xml_entity.xls": (
            spreadsheet_ml([Sheet("流向", [["&file;"], *ROWS])], OUTSIDE).replace(b"&amp;file;", b"&file;"), "xml_entity"),
        "zero_bytes.csv": (b"", "empty_file"),
        "zip_bomb.zip": (zip_of([("销售202601.csv", bomb)]), "zip_bomb"),
        "zip_bomb.xlsx": (_with_long_text(book), "zip_bomb"),
    }


def _replace(book, name, change) -> bytes:
    """The book with one part changed."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return zip_of([(n, change(archive.read(n)) if n == name else archive.read(n)) for n in archive.namelist()])


def _with_entities(book) -> bytes:
    """Nine levels of ten: a few hundred bytes that want to become gigabytes."""
    def change(data):
        head, rest = data.split(b"?>", 1) if data.startswith(b"<?xml") else (b'<?xml version="1.0"', data)
        return head + b"?>" + ENTITIES.encode() + rest.replace(FIRST, b"&i;", 1)
    return _replace(book, "xl/sharedStrings.xml", change)


def _with_long_text(book) -> bytes:
    """One shared string of 60 MB."""
    return _replace(book, "xl/sharedStrings.xml", lambda data: data.replace(FIRST, b"A" * 60_000_000))


def _far_corner(sheet) -> bytes:
    """Data in A1 and in the last cell a sheet can have."""
    book = xlsx([sheet])
    return _replace(book, "xl/worksheets/sheet1.xml", lambda data: data.replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))


def _png() -> bytes:
    """A picture of one white pixel."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0\xff\xff\xff")) + chunk(b"IEND", b""))
