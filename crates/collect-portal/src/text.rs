//! Bytes to text, and what a text says: whether it is whole, and the numbers it states.

use encoding_rs::{Encoding, GB18030, UTF_8};

/// Bytes at the beginning of a page in which it may declare its encoding.
const DECLARED_WITHIN: usize = 4_096;

/// The encoding of this name; every GB one is read as the one that holds all others.
pub(crate) fn encoding(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    Some(if encoding == encoding_rs::GBK {
        GB18030
    } else {
        encoding
    })
}

/// The text of an answer: by what the description says, by its mark, its header, its own
/// declaration; without any of these it is UTF-8 if it can be.
pub(crate) fn decoded(
    bytes: &[u8],
    told: Option<&'static Encoding>,
    content_type: &str,
) -> (String, &'static Encoding) {
    let by_mark = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let by_header = || charset_in(content_type);
    let by_page = || {
        let head = bytes.get(..DECLARED_WITHIN).unwrap_or(bytes);
        charset_in(&String::from_utf8_lossy(head))
    };
    let encoding = told
        .or(by_mark)
        .or_else(by_header)
        .or_else(by_page)
        .unwrap_or_else(|| {
            if std::str::from_utf8(bytes).is_ok() {
                UTF_8
            } else {
                GB18030
            }
        });
    let (text, used, _) = encoding.decode(bytes);
    (text.into_owned(), used)
}

fn charset_in(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, after) = lower.split_once("charset")?;
    let after = after.trim_start().strip_prefix('=')?;
    let label: String = after
        .trim_start_matches([' ', '"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_:".contains(*c))
        .collect();
    encoding(&label)
}

/// Whether a page ends where it should. A connection that is closed in its middle looks like an
/// end when the portal did not say how long the page is.
pub(crate) fn is_whole(page: &str) -> bool {
    let lower = page.to_ascii_lowercase();
    if lower.contains("<html") {
        return lower.contains("</html") || lower.contains("</body");
    }
    lower.matches("<table").count() <= lower.matches("</table").count()
}

/// Whether bytes begin like a page.
pub(crate) fn looks_like_a_page(bytes: &[u8]) -> bool {
    let head = bytes.get(..DECLARED_WITHIN).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let head = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    head.starts_with("<!doctype html") || head.starts_with("<html") || head.starts_with("<head")
}

/// The number at `{}` of a pattern, white space and thousands separators left aside.
pub(crate) fn number_in(text: &str, pattern: &str) -> Option<u64> {
    let text: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let pattern: String = pattern.chars().filter(|c| !c.is_whitespace()).collect();
    let (before, after) = pattern.split_once("{}")?;
    let before: Vec<char> = before.chars().collect();
    let after: Vec<char> = after.chars().collect();
    (0..text.len()).find_map(|start| {
        let rest = text.get(start..)?.strip_prefix(before.as_slice())?;
        let own_digit = |c: char| c.is_ascii_digit() || matches!(c, ',' | '，');
        // Not in the middle of a number.
        let cut = before.is_empty()
            && start
                .checked_sub(1)
                .and_then(|at| text.get(at))
                .is_some_and(|c| own_digit(*c));
        let length = rest.iter().take_while(|c| own_digit(**c)).count();
        let (digits, tail) = rest.split_at_checked(length)?;
        if cut || !tail.starts_with(&after) {
            return None;
        }
        let digits: String = digits.iter().filter(|c| c.is_ascii_digit()).collect();
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_say_gb18030() {
        let bytes = GB18030
            .encode("<meta charset=\"gb2312\">药品")
            .0
            .into_owned();
        let bare = GB18030.encode("销售日期").0.into_owned();
        for (bytes, told, header, text) in [
            (&bytes, None, "", "药品"),
            (&bare, None, "text/html; charset=GBK", "销售日期"),
            (&bare, None, "", "销售日期"),
            (
                &bare,
                encoding("gb2312"),
                "text/html; charset=utf-8",
                "销售日期",
            ),
        ] {
            let (decoded, used) = decoded(bytes, told, header);
            assert!(decoded.ends_with(text), "{decoded}");
            assert_eq!(used, GB18030);
        }
        assert_eq!(decoded("药品".as_bytes(), None, "").0, "药品");
    }

    #[test]
    fn numbers_a_page_states() {
        let text = "共 1,234 条记录，第 2/13 页";
        assert_eq!(number_in(text, "共{}条"), Some(1_234));
        assert_eq!(number_in(text, "/{}页"), Some(13));
        assert_eq!(number_in("共25条", "{}条"), Some(25));
        assert_eq!(number_in(text, "合计{}条"), None);
        assert_eq!(number_in("共条", "共{}条"), None);
    }

    #[test]
    fn half_a_page_is_seen() {
        assert!(is_whole("<html><table><tr></table></html>"));
        assert!(is_whole("<table></table>"));
        assert!(!is_whole("<html><table><tr><td>1</td>"));
        assert!(!is_whole("<div><table><tr><td>1</td>"));
    }
}
