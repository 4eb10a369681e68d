//! What a file is, by its bytes and never by its name.

use memchr::memmem;

use crate::encoding::Encoded;

/// Bytes of a text that are looked at.
const HEAD: usize = 8 << 10;

/// The recognised type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Empty,
    /// A zip container: an OOXML or ODF package or an archive.
    Zip,
    Gzip,
    /// A BIFF workbook in an OLE compound file.
    Xls,
    /// An OOXML package encrypted with a password.
    EncryptedPackage,
    SpreadsheetMl,
    Html,
    Text,
    /// Anything that holds no table we read, by its name.
    Unsupported(&'static str),
}

/// Files that are recognised by their first bytes only to be refused by name.
const FOREIGN: [(&[u8], &str); 21] = [
    (b"%PDF", "pdf"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"{\\rtf", "rtf"),
    (b"SQLite format 3", "sqlite"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"\x78\x9f\x3e\x22", "winmail.dat"),
    (b"\x00\x01\x00\x00Standard Jet DB", "mdb"),
    (b"\x09\x00\x04\x00", "xls (Excel 2)"),
    (b"MIME-Version:", "mhtml"),
];

/// Recognises the content.
pub(crate) fn sniff(bytes: &[u8]) -> Kind {
    if bytes.iter().all(u8::is_ascii_whitespace) || bytes == b"\xef\xbb\xbf" {
        return Kind::Empty;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Kind::Zip;
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return Kind::Gzip;
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return sniff_compound(bytes);
    }
    let head = bytes.get(..64).unwrap_or(bytes);
    for (start, name) in FOREIGN {
        // Two letters may begin a header; a program has zeros after them.
        let certain = start.len() > 2 || head.contains(&0);
        if bytes.starts_with(start) && certain {
            return Kind::Unsupported(name);
        }
    }
    // BIFF3 to BIFF8 without the compound file around it.
    if matches!(bytes, [0x09, 0x02 | 0x04 | 0x08, 0x04..=0x10, 0x00, ..]) {
        return Kind::Unsupported("xls (bare stream)");
    }
    sniff_text(bytes)
}

/// Names of streams stand in the directory of a compound file as UTF-16.
fn sniff_compound(bytes: &[u8]) -> Kind {
    let has = |name: &str| {
        let utf16: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memmem::find(bytes, &utf16).is_some()
    };
    if has("EncryptedPackage") {
        return Kind::EncryptedPackage;
    }
    if has("WordDocument") {
        return Kind::Unsupported("doc");
    }
    if has("PowerPoint Document") {
        return Kind::Unsupported("ppt");
    }
    if has("__substg1.0_") {
        return Kind::Unsupported("msg");
    }
    Kind::Xls
}

fn sniff_text(bytes: &[u8]) -> Kind {
    let text = Encoded::detect(bytes);
    let head = text.head(HEAD);
    let strange = head
        .chars()
        .filter(|c| *c == '\0' || *c == '\u{fffd}' || (c.is_control() && !c.is_whitespace()))
        .count();
    // A stray control character happens; a tenth of them is no text.
    if strange * 10 > head.chars().count() || head.contains('\0') {
        return Kind::Unsupported("binary data");
    }
    let start = head.trim_start().to_ascii_lowercase();
    let has = |needle: &str| start.contains(needle);
    if start.starts_with("<?xml") || start.starts_with("<workbook") {
        if has("urn:schemas-microsoft-com:office:spreadsheet") && has("<workbook")
            || has("excel.sheet")
        {
            return Kind::SpreadsheetMl;
        }
        if has("<!doctype") && !has("<html") && !has("doctype html") || has("<!entity") {
            return Kind::SpreadsheetMl;
        }
        if !has("<html") && !has("<table") {
            return Kind::Unsupported("xml");
        }
    }
    let tags = [
        "<html",
        "<!doctype html",
        "<table",
        "<head",
        "<meta",
        "<body",
        "<style",
        "<div",
        "<tr",
        "<center",
        "<?xml",
        "<!--",
        "<form",
        "<font",
        "<script",
        "<title",
    ];
    if tags.iter().any(|tag| start.starts_with(tag)) {
        return Kind::Html;
    }
    if start.starts_with("{\"") || start.starts_with("[{") {
        return Kind::Unsupported("json");
    }
    Kind::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let cases: [(&[u8], Kind); 18] = [
            (b"MZ,qty\n", Kind::Text),
            (b"MZ\x90\0\x03\0", Kind::Unsupported("exe")),
            (b"", Kind::Empty),
            (b"\xef\xbb\xbf", Kind::Empty),
            (b" \r\n", Kind::Empty),
            (b"PK\x03\x04....", Kind::Zip),
            (b"\x1f\x8b\x08", Kind::Gzip),
            (b"%PDF-1.7", Kind::Unsupported("pdf")),
            (b"\xff\xd8\xff\xe0JFIF", Kind::Unsupported("jpeg")),
            (
                b"\x09\x08\x10\x00\x00\x06",
                Kind::Unsupported("xls (bare stream)"),
            ),
            (b"date,qty\n", Kind::Text),
            (b"\n <TABLE border=1><tr><td>1", Kind::Html),
            (b"<!DOCTYPE html><table>", Kind::Html),
            (
                b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>",
                Kind::SpreadsheetMl,
            ),
            (b"<?xml version=\"1.0\"?><feed/>", Kind::Unsupported("xml")),
            (b"{\"a\": 1}", Kind::Unsupported("json")),
            (
                b"\x01\x02\x03\x04\x05\x06\x07\x10",
                Kind::Unsupported("binary data"),
            ),
            (b"\xff\xfea\0,\0b\0", Kind::Text),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff(bytes), kind, "{bytes:?}");
        }
    }
}
