//! CSV records as they are written: UTF-8, `\n` at the end, quotes only where they are needed. A
//! missing value is empty, an empty text is `""`.

use std::io::Write as _;

use memchr::memchr3;

/// Values of one row, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Record {
    bytes: Vec<u8>,
    begun: bool,
}

impl Record {
    /// A missing value.
    pub(crate) fn null(&mut self) {
        self.separate();
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.separate();
        let quoted = text.is_empty()
            || memchr3(b',', b'"', b'\n', text).is_some()
            || memchr::memchr(b'\r', text).is_some();
        if !quoted {
            self.bytes.extend_from_slice(text);
            return;
        }
        self.bytes.push(b'"');
        for (place, part) in text.split(|byte| *byte == b'"').enumerate() {
            if place > 0 {
                self.bytes.extend_from_slice(b"\"\"");
            }
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(b'"');
    }

    /// Something whose text needs no quotes: a number, a day.
    pub(crate) fn plain(&mut self, value: impl std::fmt::Display) {
        self.separate();
        // Writing into a vector does not fail.
        let _ = write!(self.bytes, "{value}");
    }

    /// The finished record; the next one begins empty after [`Record::clear`].
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.bytes.push(b'\n');
        &self.bytes
    }

    /// Begins the next one.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.begun = false;
    }

    fn separate(&mut self) {
        if self.begun {
            self.bytes.push(b',');
        }
        self.begun = true;
    }
}

/// A field of a record, as it is written.
pub(crate) fn field(record: &[u8], wanted: usize) -> Option<&[u8]> {
    let mut start = 0;
    let mut place = 0;
    let mut quoted = false;
    for at in memchr3_places(record) {
        match record.get(at) {
            Some(b'"') => quoted = !quoted,
            _ if quoted => {}
            _ => {
                if place == wanted {
                    return record.get(start..at);
                }
                place += 1;
                start = at + 1;
            }
        }
    }
    None
}

fn memchr3_places(record: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr3_iter(b',', b'"', b'\n', record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let texts = ["甲", "a,b", "say \"so\"", "two\nlines", "\r", "", " x "];
        let mut record = Record::default();
        record.null();
        for text in texts {
            record.text(text.as_bytes());
        }
        record.plain(1.5);
        let written = record.finish().to_vec();
        assert_eq!(
            String::from_utf8(written.clone()).unwrap(),
            ",甲,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\"\r\",\"\", x ,1.5\n"
        );
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(written.as_slice());
        let read = reader.records().next().unwrap().unwrap();
        let read: Vec<&str> = read.iter().collect();
        assert_eq!(read.first(), Some(&""));
        assert_eq!(read.get(1..8).unwrap(), texts);
        assert_eq!(field(&written, 1), Some("甲".as_bytes()));
        assert_eq!(field(&written, 2), Some(b"\"a,b\"".as_slice()));
        assert_eq!(field(&written, 8), Some(b"1.5".as_slice()));
        assert_eq!(field(&written, 0), Some(b"".as_slice()));
        assert_eq!(field(&written, 9), None);
        record.clear();
        record.plain(2);
        assert_eq!(record.finish(), b"2\n");
    }
}
