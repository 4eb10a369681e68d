//! One way to write every name before it is compared: width, case, traditional characters,
//! brackets, dashes, invisible characters. What the characters mean is not known here.

use std::sync::LazyLock;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A name as it is compared: NFKC, lower case, simplified, every bracket `(` or `)`, every dash
/// `-`, without white space and invisible characters.
pub fn normalise(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    if is_nfkc_quick(name.chars()) == IsNormalized::Yes {
        name.chars().for_each(|c| push(&mut out, c));
    } else {
        name.nfkc().for_each(|c| push(&mut out, c));
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '(' | '[' | '{' | '〔' | '【' | '《' | '<' | '「' | '『' | '〖' | '﹝' => {
            out.push('(');
        }
        ')' | ']' | '}' | '〕' | '】' | '》' | '>' | '」' | '』' | '〗' | '﹞' => {
            out.push(')');
        }
        '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '﹣' => {
            out.push('-');
        }
        c if c.is_whitespace() || c.is_control() || is_invisible(c) => {}
        c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        c => out.push(simplified(c)),
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{ad}' | '\u{e000}'..='\u{f8ff}')
}

const FIRST: u32 = 0x4e00;
const LAST: u32 = 0x9fff;

/// Characters that are simplified ones themselves in names (乾县, 藉河) and would become others.
const KEPT: &str = "乾著藉瞭夥徵";

/// The simplified form of every common ideograph.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    (FIRST..=LAST)
        .filter_map(char::from_u32)
        .map(|c| {
            if KEPT.contains(c) {
                return c;
            }
            let simplified = hanconv::t2s(c.encode_utf8(&mut [0; 4]));
            let mut chars = simplified.chars();
            match (chars.next(), chars.next()) {
                (Some(one), None) => one,
                _ => c,
            }
        })
        .collect()
});

fn simplified(c: char) -> char {
    let at = u32::from(c).wrapping_sub(FIRST);
    SIMPLIFIED.get(at as usize).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn ways_to_write_the_same_become_one() {
        for (written, same) in [
            ("　南京市 第一醫院（東院區）", "南京市第一医院(东院区)"),
            ("ＡＢＣ大药房【总店】", "abc大药房(总店)"),
            ("乾县人民医院—西药房", "乾县人民医院-西药房"),
            ("上海\u{200b}市\u{feff}第六人民医院", "上海市第六人民医院"),
        ] {
            assert_eq!(normalise(written), same);
        }
    }
}
