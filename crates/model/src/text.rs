//! Text as it is compared. The original is always kept beside it.

use unicode_normalization::UnicodeNormalization;

/// Repairs what never carries meaning: full-width ASCII and spaces become ASCII, zero-width and
/// control characters, BOM and soft hyphens go, runs of white space become one blank, ends are
/// trimmed. Unlike NFKC it keeps `²`, `①`, `½`: a dose of `10²` must not become `102`.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
            | '\u{ad}' => continue,
            c if c.is_whitespace() || c.is_control() => ' ',
            c => c,
        };
        if c == ' ' {
            gap = true;
            continue;
        }
        if gap && !cleaned.is_empty() {
            cleaned.push(' ');
        }
        gap = false;
        cleaned.push(c);
    }
    cleaned
}

/// Key for exact comparison of names and codes: NFKC, lower case, without white space and
/// punctuation that people add or drop (`（`, `-`, `·`, `.` between letters stays out).
/// Digits, letters and hanzi remain, in order.
pub fn key(text: &str) -> String {
    plain_key(text).unwrap_or_else(|| {
        text.nfkc()
            .flat_map(char::to_lowercase)
            .filter(|c| c.is_alphanumeric())
            .collect()
    })
}

/// The key of a text of hanzi, ASCII and full-width ASCII, which is nearly every name: NFKC maps
/// these one by one, so the tables need not be asked.
fn plain_key(text: &str) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '\u{4e00}'..='\u{9fff}' => {
                key.push(c);
                continue;
            }
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0)?,
            '\u{3000}' => ' ',
            c if c.is_ascii() => c,
            _ => return None,
        };
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_repairs_width_and_spaces_only() {
        assert_eq!(clean("\u{feff}　阿莫西林　胶囊\u{200b} "), "阿莫西林 胶囊");
        assert_eq!(clean("１２３ＡＢ－（盒）"), "123AB-(盒)");
        assert_eq!(clean("10²ml ①"), "10²ml ①");
        assert_eq!(clean("a\r\n b\tc"), "a b c");
    }

    #[test]
    fn keys_forget_spelling_but_not_content() {
        assert_eq!(key("北京协和医院（东院） "), key("北京协和医院(东院)"));
        assert_eq!(key("ＣＦ－001"), "cf001");
        assert_ne!(key("第一医院"), key("第二医院"));
    }

    #[test]
    fn the_short_way_to_a_key_is_the_long_way() {
        let whole = |text: &str| -> String {
            text.nfkc()
                .flat_map(char::to_lowercase)
                .filter(|c| c.is_alphanumeric())
                .collect()
        };
        for c in (0..0x1_0000).filter_map(char::from_u32) {
            let text = format!("A{c}中{c}ｂ");
            assert_eq!(key(&text), whole(&text), "{:x}", u32::from(c));
        }
    }
}
