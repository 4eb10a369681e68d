//! What words a master brings: substances, trade names, makers. Learnt from its records with the
//! vocabulary alone; then every record is taken apart again with all of them.

use crate::product::ProductRecord;
use crate::product::lexicon::Lexicon;
use crate::product::maker::Makers;
use crate::product::parse::flat;
use crate::product::pieces::Cutter;
use crate::product::spec_text::read_spec;
use crate::product::words::words;
use crate::text::normalise;

/// The vocabulary with the words of a master.
pub fn learn(records: &[ProductRecord]) -> Lexicon {
    let vocabulary = Lexicon::vocabulary();
    let mut lexicon = vocabulary.clone();
    let mut cutter = Cutter::default();
    let mut makers = Makers::default();
    for record in records {
        let trade = trade_of(record, &vocabulary, &mut cutter);
        for text in [&record.generic_name, &record.name] {
            let name = substance_of(text, &trade, &vocabulary, &mut cutter);
            if name.chars().count() >= 2 {
                lexicon.add_substance(&name);
                break;
            }
        }
        lexicon.add_trade(&trade);
        if record.maker.is_empty() {
            cut(&record.name, &vocabulary, &mut cutter);
            if let Some((from, to)) = company(&cutter) {
                makers.add(
                    &cutter
                        .text
                        .get(from..to)
                        .unwrap_or_default()
                        .iter()
                        .collect::<String>(),
                );
            }
        } else {
            makers.add(&record.maker);
        }
    }
    for name in &words().substances {
        lexicon.add_substance(name);
    }
    lexicon.add_makers(makers);
    lexicon
}

/// A form stands at the end of a stretch, or is 注射用 and its like at the start.
fn at_the_end(text: &[char], start: usize, end: usize) -> bool {
    let content = |at: usize| text.get(at).is_some_and(|c| c.is_alphanumeric());
    let opens = text.get(end.wrapping_sub(1)) == Some(&'用') && (start == 0 || !content(start - 1));
    !content(end) || opens
}

/// A stretch between blanks or specs that ends like a company's name.
fn company(cutter: &Cutter) -> Option<(usize, usize)> {
    let ends = |at: usize| match cutter.text.get(at) {
        None | Some(' ') => true,
        Some(c) => c.is_alphanumeric() && cutter.free.get(at) == Some(&true),
    };
    let mut start = 0;
    for at in 0..=cutter.text.len() {
        if !ends(at) {
            continue;
        }
        let stretch: String = cutter
            .text
            .get(start..at)
            .unwrap_or_default()
            .iter()
            .collect();
        if at >= start + 4
            && ["公司", "厂", "集团"]
                .iter()
                .any(|end| stretch.trim_end_matches(')').ends_with(end))
        {
            return Some((start, at));
        }
        start = at + 1;
    }
    None
}

/// The name without form, spec, remarks, brackets and trade name.
fn substance_of(name: &str, trade: &str, vocabulary: &Lexicon, cutter: &mut Cutter) -> String {
    cut(name, vocabulary, cutter);
    let company = company(cutter).unwrap_or_default();
    let mut depth = 0_i32;
    let mut substance = String::new();
    let mut runs = cutter.residue.iter().peekable();
    for (at, c) in cutter.text.iter().enumerate() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        while runs.next_if(|(_, to)| *to <= at).is_some() {}
        let is_company = (company.0..company.1).contains(&at);
        if depth <= 0 && !is_company && runs.peek().is_some_and(|(from, _)| *from <= at) {
            substance.push(*c);
        }
    }
    match substance.replace(trade, "") {
        rest if !trade.is_empty() && rest.chars().count() >= 2 => rest,
        _ => substance,
    }
}

/// The trade name without what else stands in its column (易善复胶囊OTC, 小柴胡颗粒(无糖型)).
fn trade_of(record: &ProductRecord, vocabulary: &Lexicon, cutter: &mut Cutter) -> String {
    if record.trade_name.is_empty() {
        return String::new();
    }
    let trade = normalise(&record.trade_name);
    let inner = trade
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(inner, _)| inner);
    let of_inner = substance_of(inner, "", vocabulary, cutter);
    let of_outer = substance_of(&record.trade_name, "", vocabulary, cutter);
    let generic = normalise(&format!("{}{}", record.generic_name, record.name));
    [of_inner, of_outer]
        .into_iter()
        .find(|trade| trade.chars().count() >= 2 && !generic.contains(trade.as_str()))
        .unwrap_or_default()
}

fn cut(text: &str, vocabulary: &Lexicon, cutter: &mut Cutter) {
    cutter.load(flat(text));
    let mut spans = Vec::new();
    let _ = read_spec(&cutter.text, &mut spans);
    for (from, to) in spans {
        cutter.release(from, to);
    }
    cutter.cut(vocabulary, at_the_end);
}
