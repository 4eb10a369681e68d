//! File names the mail library cannot read: raw bytes, and RFC 2231 names in several pieces, of
//! which it decodes only the first by its character set.

use std::borrow::Cow;
use std::collections::BTreeMap;

use encoding_rs::{Encoding, GB18030, UTF_8};
use mail_parser::{MessageParser, MimeHeaders};

/// The file name in the header lines of a part.
pub(crate) fn file_name(header: &[u8]) -> Option<String> {
    let header = readable(header);
    let lines = String::from_utf8_lossy(&header);
    let pieces = pieces(&lines, "filename").or_else(|| pieces(&lines, "name"));
    pieces.or_else(|| {
        let part = MessageParser::default().parse(header.as_ref())?;
        part.parts.first()?.attachment_name().map(str::to_owned)
    })
}

/// Header lines as UTF-8. Raw bytes that are no UTF-8 are GB18030, which old Chinese programs send;
/// so are those that only happen to be UTF-8, like 药品, and say nothing in it.
pub(crate) fn readable(header: &[u8]) -> Cow<'_, [u8]> {
    let utf8 = std::str::from_utf8(header);
    if utf8.is_ok_and(|text| text.is_ascii() || has_hanzi(text)) {
        return Cow::Borrowed(header);
    }
    let (text, _) = GB18030.decode_without_bom_handling(header);
    if utf8.is_ok() && !has_hanzi(&text) {
        return Cow::Borrowed(header);
    }
    Cow::Owned(text.into_owned().into_bytes())
}

/// Whether there is a Chinese character in it.
pub(crate) fn has_hanzi(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// `filename*0*=gbk''%D2%A9; filename*1*=%C6%B7`.
fn pieces(lines: &str, key: &str) -> Option<String> {
    let mut found = BTreeMap::new();
    for parameter in lines.split([';', '\r', '\n']) {
        let Some((name, value)) = parameter.trim().split_once('=') else {
            continue;
        };
        let mut parts = name.trim().split('*');
        if !parts.next()?.eq_ignore_ascii_case(key) {
            continue;
        }
        let Some(number) = parts.next().and_then(|number| number.parse::<u32>().ok()) else {
            continue;
        };
        let is_encoded = parts.next().is_some();
        found.insert(
            number,
            (value.trim().trim_matches('"').to_owned(), is_encoded),
        );
    }
    let mut charset: &Encoding = UTF_8;
    let mut bytes = Vec::new();
    for (number, (value, is_encoded)) in &found {
        let mut value = value.as_str();
        if *number == 0 && *is_encoded {
            let mut parts = value.splitn(3, '\'');
            let label = parts.next().unwrap_or_default();
            charset = Encoding::for_label(label.as_bytes()).unwrap_or(GB18030);
            value = parts.nth(1).unwrap_or_default();
        }
        if *is_encoded {
            bytes.extend(percent_decoded(value));
        } else {
            bytes.extend_from_slice(value.as_bytes());
        }
    }
    (!bytes.is_empty()).then(|| charset.decode_without_bom_handling(&bytes).0.into_owned())
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        if let Some(byte) = decoded.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_pieces_and_in_raw_bytes_are_read() {
        let in_pieces = b"Content-Disposition: attachment;\r\n filename*0*=gbk''%D2%A9%C6;\r\n \
            filename*1*=%B7;\r\n filename*2=\".csv\"\r\n\r\n";
        assert_eq!(file_name(in_pieces).unwrap(), "药品.csv");
        let raw = b"Content-Type: text/csv; name=\"\xD2\xA9\xC6\xB7.csv\"\r\n\r\n";
        assert_eq!(file_name(raw).unwrap(), "药品.csv");
        assert_eq!(percent_decoded("%4a%zz%"), b"J%zz%");
    }
}
