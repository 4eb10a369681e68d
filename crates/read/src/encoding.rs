//! Which encoding a text is in.
//!
//! Byte order mark, then strict UTF-8, then GB18030 against Big5 by how common the characters
//! would be. Everything called gb2312 or gbk is decoded as GB18030, their superset. Not here:
//! splitting; text is decoded first and split afterwards, because the second byte of many hanzi
//! is `|` or `\`.

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// How much of a text the statistics look at.
const SAMPLE: usize = 64 << 10;

/// A text without its byte order mark, and what it is written in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoded<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) encoding: &'static Encoding,
    /// As a person would say it; the byte order mark is part of it.
    pub(crate) name: &'static str,
}

impl<'a> Encoded<'a> {
    /// Recognises the encoding.
    pub(crate) fn detect(bytes: &'a [u8]) -> Self {
        let with = |bytes, encoding, name| Encoded {
            bytes,
            encoding,
            name,
        };
        if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
            return with(rest, UTF_8, "UTF-8 with BOM");
        }
        if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
            return with(rest, UTF_16LE, "UTF-16LE");
        }
        if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
            return with(rest, UTF_16BE, "UTF-16BE");
        }
        match utf16_without_mark(bytes) {
            Some(encoding) if encoding == UTF_16LE => return with(bytes, encoding, "UTF-16LE"),
            Some(encoding) => return with(bytes, encoding, "UTF-16BE"),
            None => {}
        }
        match guess(bytes) {
            encoding if encoding == GB18030 => with(bytes, encoding, "GB18030"),
            encoding if encoding == BIG5 => with(bytes, encoding, "Big5"),
            encoding => with(bytes, encoding, "UTF-8"),
        }
    }

    /// The same text in an encoding somebody declared, unless a byte order mark or the bytes say
    /// otherwise.
    pub(crate) fn declared(self, label: &str) -> Self {
        let marked = self.name.starts_with("UTF-16") || self.name == "UTF-8 with BOM";
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if !marked && encoding == BIG5 => Encoded {
                encoding,
                name: "Big5",
                ..self
            },
            _ => self,
        }
    }

    /// The first `limit` bytes as text, for recognition.
    pub(crate) fn head(&self, limit: usize) -> String {
        let head = self.bytes.get(..limit).unwrap_or(self.bytes);
        let mut text = String::new();
        let mut decoder = self.encoding.new_decoder_without_bom_handling();
        text.reserve(decoder.max_utf8_buffer_length(head.len()).unwrap_or(0));
        let last = head.len() == self.bytes.len();
        let _ = decoder.decode_to_string(head, &mut text, last);
        text
    }

    /// The whole text; the number counts what could not be decoded.
    pub(crate) fn decode(&self) -> (std::borrow::Cow<'a, str>, u64) {
        let (text, broken) = self.encoding.decode_without_bom_handling(self.bytes);
        let count = if broken { count_replaced(&text) } else { 0 };
        (text, count)
    }
}

/// Replacement characters in a decoded text.
pub(crate) fn count_replaced(text: &str) -> u64 {
    memchr::memmem::find_iter(text.as_bytes(), "\u{fffd}".as_bytes()).count() as u64
}

/// ASCII characters of UTF-16 leave zeros in every second byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let pairs = head.chunks_exact(2);
    let total = pairs.len();
    let (mut first, mut second) = (0, 0);
    for pair in pairs {
        if let [a, b] = pair {
            first += usize::from(*a == 0);
            second += usize::from(*b == 0);
        }
    }
    let many = total / 8;
    match (first > many, second > many) {
        (false, true) if first == 0 && total > 1 => Some(UTF_16LE),
        (true, false) if second == 0 && total > 1 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether bytes beyond ASCII, if there are any, are hanzi of everyday use in GB 2312.
pub(crate) fn is_common_gb(bytes: &[u8]) -> bool {
    average(bytes, gb_step) > 0.8
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return guess_valid_utf8(text),
        Err(error) => error,
    };
    // A UTF-8 file cut off within a character, or with a damaged place, is still UTF-8.
    let valid = bytes.get(..error.valid_up_to()).unwrap_or(b"");
    let valid_hanzi = std::str::from_utf8(valid).is_ok_and(|text| text.chars().any(is_cjk));
    let start = memchr_non_ascii(bytes);
    let sample = bytes.get(start..).unwrap_or(bytes);
    let sample = sample.get(..SAMPLE).unwrap_or(sample);
    let gb = average(sample, gb_step);
    if valid_hanzi && (error.error_len().is_none() || gb < 0.5) {
        return UTF_8;
    }
    if average(sample, big5_step) > gb {
        BIG5
    } else {
        GB18030
    }
}

/// The GBK bytes of 药品 happen to be valid UTF-8 for two letters nobody writes. Valid UTF-8
/// without any hanzi that GB18030 reads as nothing but common hanzi is GB18030.
fn guess_valid_utf8(text: &str) -> &'static Encoding {
    if text.is_ascii() {
        return UTF_8;
    }
    let start = memchr_non_ascii(text.as_bytes());
    let rest = text.get(start..).unwrap_or(text);
    if rest.chars().take(SAMPLE).any(is_cjk) {
        return UTF_8;
    }
    let sample = rest.as_bytes();
    let sample = sample.get(..SAMPLE).unwrap_or(sample);
    if average(sample, gb_step) >= 0.99 && !is_latin(text) {
        GB18030
    } else {
        UTF_8
    }
}

/// Letters like µ, é and ± stand alone among Latin letters and digits (`10µg`), where hanzi do not.
fn is_latin(text: &str) -> bool {
    let mut beside_ascii = false;
    let mut run = 0;
    let mut before = ' ';
    for c in text.chars().take(SAMPLE) {
        if c.is_ascii() {
            beside_ascii |= run == 1 && c.is_ascii_alphanumeric();
            run = 0;
        } else {
            beside_ascii |= run == 0 && before.is_ascii_alphanumeric();
            run += 1;
        }
        if run > 1 {
            return false;
        }
        before = c;
    }
    beside_ascii
}

fn memchr_non_ascii(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte >= 0x80).unwrap_or(0)
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Length of a character and how much it speaks for the encoding: 1 for a character of everyday
/// use, below 0 for one that is hardly ever meant; no weight for punctuation.
type Step = fn(&[u8]) -> (usize, Option<f64>);

/// Mean weight of the characters beyond ASCII.
fn average(bytes: &[u8], step: Step) -> f64 {
    let mut rest = bytes;
    let (mut sum, mut count) = (0.0, 0_u32);
    while let Some(first) = rest.first() {
        let (length, weight) = if first.is_ascii() {
            (1, None)
        } else if rest.len() == 1 {
            break;
        } else {
            step(rest)
        };
        if let Some(weight) = weight {
            sum += weight;
            count += 1;
        }
        rest = rest.get(length..).unwrap_or(b"");
    }
    if count == 0 {
        0.0
    } else {
        sum / f64::from(count)
    }
}

/// GB18030: rows 16–55 of GB 2312 hold the 3,755 characters in everyday use.
fn gb_step(bytes: &[u8]) -> (usize, Option<f64>) {
    match bytes {
        [0xb0..=0xd7, 0xa1..=0xfe, ..] => (2, Some(1.0)),
        [0xa1..=0xa3, 0xa1..=0xfe, ..] => (2, None),
        [0xd8..=0xf7, 0xa1..=0xfe, ..] => (2, Some(0.2)),
        [0x81..=0xfe, 0x30..=0x39, 0x81..=0xfe, 0x30..=0x39, ..] => (4, Some(0.0)),
        [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => (2, Some(-0.5)),
        _ => (1, Some(-1.0)),
    }
}

/// Big5: A4–C6 holds the 5,401 characters in everyday use.
fn big5_step(bytes: &[u8]) -> (usize, Option<f64>) {
    match bytes {
        [0xa4..=0xc5, 0x40..=0x7e | 0xa1..=0xfe, ..] | [0xc6, 0x40..=0x7e, ..] => (2, Some(1.0)),
        [0xa1..=0xa3, 0x40..=0x7e | 0xa1..=0xfe, ..] => (2, None),
        [0xc9..=0xf9, 0x40..=0x7e | 0xa1..=0xfe, ..] => (2, Some(0.0)),
        [0x81..=0xfe, 0x40..=0x7e | 0xa1..=0xfe, ..] => (2, Some(-0.5)),
        _ => (1, Some(-1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8]) -> &'static str {
        Encoded::detect(bytes).name
    }

    #[test]
    fn every_short_header_in_gbk_is_gb18030() {
        // Among them pairs whose GBK bytes are valid UTF-8 (药品, 联通).
        for text in [
            "药品",
            "联通",
            "医药",
            "客户名称",
            "数量",
            "批号",
            "规格",
            "日期,药品",
            "一\n二",
        ] {
            let (bytes, _, _) = GB18030.encode(text);
            assert_eq!(name(&bytes), "GB18030", "{text}");
        }
    }

    #[test]
    fn simplified_and_traditional_are_told_apart() {
        let simplified = "日期,客户名称,产品名称,规格,批号,数量\n2026-03-01,北京协和医院,阿莫西林胶囊,0.25g*24粒,A1,10";
        let traditional = "日期,客戶名稱,產品名稱,規格,批號,數量\n2026-03-01,臺北榮民總醫院,阿莫西林膠囊,0.25g*24粒,A1,10";
        assert_eq!(name(&GB18030.encode(simplified).0), "GB18030");
        assert_eq!(name(&BIG5.encode(traditional).0), "Big5");
        for text in ["數量", "藥品名稱", "醫院"] {
            assert_eq!(name(&BIG5.encode(text).0), "Big5", "{text}");
        }
        assert_eq!(name(&GB18030.encode(traditional).0), "GB18030");
        assert_eq!(name(simplified.as_bytes()), "UTF-8");
        assert_eq!(name(traditional.as_bytes()), "UTF-8");
    }

    #[test]
    fn marks_and_zeros_decide() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let text = "日期\t数量\r\n2026-03-01\t10\r\n";
        assert_eq!(name(&utf16(text, false)), "UTF-16LE");
        assert_eq!(name(&utf16(text, true)), "UTF-16BE");
        assert_eq!(
            name(&[b"\xff\xfe", utf16(text, false).as_slice()].concat()),
            "UTF-16LE"
        );
        assert_eq!(name("\u{feff}a,b".as_bytes()), "UTF-8 with BOM");
        assert_eq!(name(b"date,qty\n2026-03-01,10"), "UTF-8");
        for text in [
            "caf\u{e9},1",
            "spec\n10\u{b5}g\n",
            "10\u{b1}2",
            "5\u{3bc}g,20\u{b0}C",
        ] {
            assert_eq!(name(text.as_bytes()), "UTF-8", "{text}");
        }
    }

    #[test]
    fn a_utf8_file_cut_within_a_character_is_utf8() {
        let bytes = "日期,客户名称,数量\n2026-03-01,北京协和医院".as_bytes();
        assert_eq!(name(&bytes[..bytes.len() - 1]), "UTF-8");
        assert_eq!(Encoded::detect(&bytes[..bytes.len() - 1]).decode().1, 1);
    }
}
