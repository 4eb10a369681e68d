//! The parts of a product in words, for the evidence a reviewer reads.

use crate::product::lexicon::Lexicon;
use crate::product::parse::Parsed;
use crate::product::strength::Amount;
use crate::product::words::words;

/// Code of a part and its text.
pub type Texts = Vec<(&'static str, String)>;

/// Every part of a product as text.
pub fn texts(parsed: &Parsed, lexicon: &Lexicon) -> Texts {
    let joined = |parts: Vec<String>| parts.join(" ");
    let form = |id: &crate::product::words::FormId| {
        words()
            .form(*id)
            .and_then(|form| form.words.first())
            .cloned()
            .unwrap_or_default()
    };
    let spec = &parsed.spec;
    let count = spec.count.map_or_else(String::new, |count| {
        let piece: String = spec.piece.into_iter().collect();
        format!("{count}{piece}")
    });
    let maker = match parsed.makers.as_slice() {
        [(id, _)] if parsed.maker_text.is_empty() => lexicon.makers.name(*id).to_owned(),
        _ => parsed.maker_text.clone(),
    };
    vec![
        (
            "approval_no",
            joined(parsed.approvals.iter().map(|a| a.show()).collect()),
        ),
        (
            "generic",
            joined(
                parsed
                    .bases
                    .iter()
                    .map(|id| lexicon.base_name(*id).to_owned())
                    .collect(),
            ),
        ),
        ("salt", parsed.salts.show()),
        (
            "trade_name",
            joined(
                parsed
                    .trades
                    .iter()
                    .map(|id| lexicon.trade_name(*id).to_owned())
                    .collect(),
            ),
        ),
        ("form", joined(parsed.forms.iter().map(form).collect())),
        (
            "strength",
            joined(spec.amounts.iter().map(|amount| amount.show()).collect()),
        ),
        ("volume", spec.total.map_or_else(String::new, Amount::show)),
        ("pack", count),
        ("variant", variants(parsed.variants)),
        ("maker", maker),
        ("unexplained", parsed.residue.clone()),
    ]
}

/// The text of one part.
pub fn shown(texts: &Texts, part: &str) -> String {
    let found = texts.iter().find(|(code, _)| *code == part);
    found.map_or_else(String::new, |(_, text)| text.clone())
}

fn variants(set: u32) -> String {
    let mut shown: Vec<&str> = Vec::new();
    let mut lines: Vec<u8> = Vec::new();
    for (word, line) in &words().variants {
        if set & 1_u32.checked_shl(u32::from(*line)).unwrap_or(0) != 0 && !lines.contains(line) {
            lines.push(*line);
            shown.push(word);
        }
    }
    shown.join(" ")
}
