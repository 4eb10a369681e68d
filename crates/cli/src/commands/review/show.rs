//! `channelflow review show KEY`: one name with everything that helps to decide it.

use channelflow_matching::explain::agreement;
use channelflow_model::Lang;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::review::{WaitingName, rows_of};
use channelflow_pipeline::review_candidates::Candidate;
use channelflow_pipeline::table::{Align, Table, count};
use channelflow_warehouse::FlowRow;

use super::{Desk, words};
use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Rows that are shown before the rest is counted.
const SHOWN: u32 = 50;

/// Prints the name.
pub async fn execute(context: &Context, key: &str) -> anyhow::Result<Exit> {
    let desk = Desk::open(Session::open(context).await?, None).await?;
    let lang = desk.session.lang;
    let name = desk.name(key)?;
    let rows = rows_of(&desk.session.warehouse, &name, SHOWN).await?;
    if desk.session.format == Format::Json {
        output::json(&serde_json::json!({ "name": name, "lines": rows }))?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "{} · {} {}\n{}\n",
        label(lang, &format!("kind_{}", name.kind.as_str())),
        name.distributor_id,
        name.distributor_name,
        words::title(&name),
    );
    text.push_str(&say(
        lang,
        "review_screen_stake",
        &[
            ("amount", &name.amount.to_money()),
            ("rows", &count(name.rows)),
            ("days", &words::days(&name)),
        ],
    ));
    text.push('\n');
    let said = [
        words::seen(lang, &name),
        words::valued(lang, &name),
        words::others(lang, &name, &desk.master),
        vec![name.why.clone()],
    ];
    for line in said.concat() {
        text.push_str(&format!("{line}\n"));
    }
    for (number, candidate) in (1..).zip(&name.candidates) {
        text.push_str(&format!("\n{}\n", heading(lang, number, candidate)));
        text.push_str(&evidence(lang, candidate, true));
    }
    text.push('\n');
    text.push_str(&row_table(lang, &name, &rows));
    if name.rows > rows.len() as u64 {
        let more = name.rows - rows.len() as u64;
        text.push_str(&say(lang, "review_screen_rows_more", &[("rows", &more)]));
        text.push('\n');
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

/// `1. C007 石家庄市第一医院 · 河北省 石家庄市`.
pub fn heading(lang: Lang, number: usize, candidate: &Candidate) -> String {
    let mut text = format!("{number}. {} {}", candidate.id, candidate.name);
    if !candidate.detail.is_empty() {
        text.push_str(" · ");
        text.push_str(&candidate.detail);
    }
    if let Some(veto) = &candidate.veto {
        let veto = word(lang, "part", veto);
        text.push_str(&format!(" [{}: {veto}]", label(lang, "review_vetoed")));
    }
    text
}

/// The parts side by side, on wide paper with their weight in bits.
pub fn evidence(lang: Lang, candidate: &Candidate, with_bits: bool) -> String {
    let titles = [
        "match_column_part",
        "match_column_reported",
        "match_column_master_value",
        "match_column_agreement",
        "match_column_bits",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (
            if with_bits { titles[4].as_str() } else { "" },
            Align::Right,
        ),
    ]);
    for one in &candidate.evidence {
        table.row([
            word(lang, "part", one.part),
            one.reported.clone(),
            one.master.clone(),
            agreement(lang, one.agreement),
            if with_bits {
                format!("{:+.1}", one.weight)
            } else {
                String::new()
            },
        ]);
    }
    table.render("   ")
}

/// The rows: when, what else, how much, from which file.
pub fn row_table(lang: Lang, name: &WaitingName, rows: &[FlowRow]) -> String {
    let customer = name.kind == channelflow_model::master::AliasKind::Customer;
    let other = if customer {
        "review_column_product"
    } else {
        "review_column_customer"
    };
    let titles = [
        "review_column_days",
        other,
        "review_column_quantity",
        "column_amount",
        "review_column_files",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Left),
    ]);
    for row in rows {
        let other = if customer {
            format!("{} {}", row.raw_product, row.raw_spec)
        } else {
            row.raw_customer.clone()
        };
        table.row([
            row.day.to_string(),
            other.trim_end().to_owned(),
            format!("{} {}", row.quantity, row.unit)
                .trim_end()
                .to_owned(),
            row.amount
                .map_or_else(String::new, channelflow_model::Micros::to_money),
            format!("{}:{}", row.file_name, row.row),
        ]);
    }
    table.render("")
}
