//! Files a portal gives: as they are into the landing area, unless they are no files.

use channelflow_collect::{Artifact, Landing};
use channelflow_model::Sentence;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};

use crate::address::shown;
use crate::client::{Attempt, Opened};
use crate::description::List;
use crate::form::select;
use crate::http::{LARGEST_PAGE, Text};
use crate::land::Sink;
use crate::list::shown_text;
use crate::ready::Ready;
use crate::sign_in::{self, Standing};
use crate::text::{decoded, is_whole, looks_like_a_page};
use crate::trouble::Trouble;

/// The value of `export` for a question that is answered by the file itself.
pub(crate) const ANSWER: &str = "answer";

/// Bytes that tell a page from a file.
const HEAD: usize = 4_096;

/// Endings a portal may give its files; anything else is told by the first bytes.
const ENDINGS: [&str; 9] = [
    "xlsx", "xls", "xlsb", "ods", "csv", "tsv", "txt", "zip", "gz",
];

/// Characters of a page that are repeated when it is no file.
const SAID: usize = 120;

/// A file into the landing area; `None` when the session is over.
pub(crate) async fn receive(
    ready: &Ready,
    mut opened: Opened,
    list: &List,
    landing: &Landing,
    most: u64,
) -> Result<Option<(Artifact, String)>, Attempt> {
    let mut head = Vec::new();
    let mut ended = false;
    while head.len() < HEAD && !ended {
        match opened.chunk().await? {
            Some(chunk) => head.extend(chunk),
            None => ended = true,
        }
    }
    let refused = matches!(
        opened.status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    );
    let page = refused || looks_like_a_page(&head);
    while page && !ended && (head.len() as u64) <= LARGEST_PAGE {
        match opened.chunk().await? {
            Some(chunk) => head.extend(chunk),
            None => ended = true,
        }
    }
    if page {
        let kind = header(&opened.headers, CONTENT_TYPE.as_str());
        let (words, encoding) = decoded(&head, ready.encoding, &kind);
        let text = Text {
            url: opened.url.clone(),
            words,
            encoding,
        };
        match sign_in::standing(ready, &opened.url, opened.status, &text) {
            Standing::Out => return Ok(None),
            Standing::Forbidden(trouble) => return Err(trouble.into()),
            Standing::In => {}
        }
        // Many portals call a page with a table an Excel file.
        let table = text.parsed(|page| !select(page.html, "table").is_empty());
        if !table {
            return Err(no_file(&opened, list, &text).into());
        }
        if ended && !is_whole(&text.words) {
            let said = Sentence::new("portal_half_page")
                .fact("list", &list.name)
                .fact("address", shown(&opened.url));
            return Err(Attempt::may_pass(said));
        }
    } else if head.is_empty() {
        let said = Sentence::new("portal_empty_file")
            .fact("list", &list.name)
            .fact("address", shown(&opened.url));
        return Err(Trouble::changed(said).into());
    }
    let extension = extension(&opened.headers, &head, page);
    let sink = Sink::new(landing, &format!("{}.{extension}", list.name), most);
    let mut taken = sink.take(head).await;
    while taken && !ended {
        match opened.chunk().await? {
            Some(chunk) => taken = sink.take(chunk).await,
            None => ended = true,
        }
    }
    let artifact = sink.finish().await?;
    Ok(Some((artifact, extension)))
}

fn no_file(opened: &Opened, list: &List, text: &Text) -> Trouble {
    let said = text.parsed(|page| shown_text(page.html));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Trouble::changed(
        Sentence::new("portal_no_file")
            .fact("list", &list.name)
            .fact("address", shown(&opened.url))
            .fact("said", said.chars().take(SAID).collect::<String>()),
    )
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name);
    let value = value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    value.unwrap_or_default()
}

fn extension(headers: &HeaderMap, head: &[u8], page: bool) -> String {
    ending(&header(headers, CONTENT_DISPOSITION.as_str()), head, page)
}

/// How the name of a file ends: as the portal says, or as its first bytes say.
pub(crate) fn ending(named: &str, head: &[u8], page: bool) -> String {
    let named = named.to_lowercase();
    let (_, ending) = named.rsplit_once('.').unwrap_or_default();
    let ending: String = ending
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let found = match ENDINGS.iter().find(|known| **known == ending) {
        Some(told) => told,
        None if page => "xls",
        None if head.starts_with(b"PK") => "xlsx",
        None if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) => "xls",
        None if head.starts_with(&[0x1f, 0x8b]) => "gz",
        None => "csv",
    };
    found.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_what_they_are() {
        let ending = |disposition: &'static str, head: &[u8]| {
            let mut headers = HeaderMap::new();
            if !disposition.is_empty() {
                headers.insert(CONTENT_DISPOSITION, disposition.parse().unwrap());
            }
            extension(&headers, head, false)
        };
        assert_eq!(ending("attachment; filename=\"flow.XLS\"", b"PK"), "xls");
        assert_eq!(
            ending("attachment; filename*=UTF-8''a.aspx", b"PK\x03"),
            "xlsx"
        );
        assert_eq!(ending("", &[0xd0, 0xcf, 0x11, 0xe0]), "xls");
        assert_eq!(ending("attachment", "日期,数量".as_bytes()), "csv");
    }
}
