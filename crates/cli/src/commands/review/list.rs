//! `channelflow review list`.

use channelflow_model::Micros;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::review::WaitingName;
use channelflow_pipeline::table::{Align, Table, count};

use super::{Desk, Which, words};
use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Prints the queue.
pub async fn execute(context: &Context, which: &Which, limit: usize) -> anyhow::Result<Exit> {
    let mut desk = Desk::open(Session::open(context).await?, Some(which)).await?;
    let lang = desk.session.lang;
    let all = desk.names.len();
    let rows: u64 = desk.names.iter().map(|name| name.rows).sum();
    let amount = sum(&desk.names);
    let mut names = std::mem::take(&mut desk.names);
    names.truncate(limit);
    let finder = desk.finder(&names);
    for name in &mut names {
        finder.fill(name);
    }
    if desk.session.format == Format::Json {
        output::json(&serde_json::json!({
            "names": names, "waiting": all, "rows": rows, "amount": amount,
        }))?;
        return Ok(Exit::Done);
    }
    if all == 0 {
        output::note(&label(lang, "review_nothing"));
        return Ok(Exit::Done);
    }
    let titles = [
        "review_column_key",
        "column_amount",
        "column_rows",
        "column_distributor",
        "review_column_kind",
        "column_name",
        "review_column_state",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Right),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
        (titles[6].as_str(), Align::Left),
    ]);
    for name in &names {
        table.row([
            name.key.clone(),
            name.amount.to_money(),
            count(name.rows),
            name.distributor_id.clone(),
            label(lang, &format!("kind_{}", name.kind.as_str())),
            words::title(name),
            label(lang, &format!("review_state_{}", name.state.as_str())),
        ]);
    }
    let shown = table.render("");
    let mut lines = shown.lines();
    let mut text = String::new();
    text.push_str(lines.next().unwrap_or_default());
    text.push('\n');
    for (line, name) in lines.zip(&names) {
        text.push_str(line);
        text.push('\n');
        for said in below(lang, name) {
            text.push_str(&format!("            {said}\n"));
        }
    }
    text.push('\n');
    text.push_str(&say(
        lang,
        "review_list_sum",
        &[
            ("names", &all),
            ("rows", &count(rows)),
            ("amount", &amount.to_money()),
        ],
    ));
    text.push('\n');
    if all > names.len() {
        let more = all - names.len();
        text.push_str(&say(lang, "review_list_more", &[("names", &more)]));
        text.push('\n');
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

fn sum(names: &[WaitingName]) -> Micros {
    let amount = names.iter().map(|name| i128::from(name.amount.0)).sum();
    Micros::from_i128(amount).unwrap_or(Micros(i64::MAX))
}

/// The sentence about the candidates, and how rows without amounts were valued.
fn below(lang: channelflow_model::Lang, name: &WaitingName) -> Vec<String> {
    let mut said = Vec::new();
    match name.candidates.first() {
        Some(first) => said.push(format!("{} {}", first.id, name.why)),
        None => said.push(name.why.clone()),
    }
    said.extend(words::valued(lang, name));
    said
}
