//! `channelflow master proposals`: the master entities that reviewers asked for, as a file that
//! `channelflow master import` reads once somebody has given them ids.

use std::path::Path;

use channelflow_model::master::{AliasKind, Customer, Product};
use channelflow_model::messages::{label, say, word};
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::review_proposal::Proposal;
use channelflow_pipeline::table::{Align, Table, count};
use channelflow_warehouse::NameDecision;
use rust_xlsxwriter::{Color, Format as Look, Workbook, XlsxError};

use super::Desk;
use crate::Format;
use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::{Context, Session};

/// A proposal with the decision behind it.
struct Proposed {
    decision: NameDecision,
    proposal: Proposal,
}

/// Prints or writes the proposals whose names still wait.
pub async fn execute(
    context: &Context,
    kind: AliasKind,
    file: Option<&Path>,
) -> anyhow::Result<Exit> {
    let desk = Desk::open(Session::open(context).await?, None).await?;
    let lang = desk.session.lang;
    let mut proposed = Vec::new();
    for decision in desk.session.warehouse.name_decisions().await? {
        let waits = |id| desk.names.iter().any(|name| name.decision_id == Some(id));
        if decision.kind != kind || !waits(decision.decision_id) {
            continue;
        }
        if let Some(fields) = &decision.proposal {
            let proposal = serde_json::from_value(fields.clone())?;
            proposed.push(Proposed { decision, proposal });
        }
    }
    if desk.session.format == Format::Json {
        let shown: Vec<&NameDecision> = proposed.iter().map(|it| &it.decision).collect();
        output::json(&shown)?;
        return Ok(Exit::Done);
    }
    let Some(path) = file else {
        return print(lang, &proposed);
    };
    let (titles, rows) = columns(kind, &proposed);
    let ending = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("csv") => write_csv(path, &titles, &rows)?,
        Some("xlsx") => write_xlsx(lang, path, &titles, &rows, &proposed)?,
        _ => {
            return Err(usage(
                Sentence::new("review_no_proposal_ending").fact("path", path.display()),
            ));
        }
    }
    output::note(&say(
        lang,
        "review_proposals_written",
        &[
            ("rows", &count(rows.len() as u64)),
            ("path", &path.display()),
        ],
    ));
    Ok(Exit::Done)
}

fn print(lang: Lang, proposed: &[Proposed]) -> anyhow::Result<Exit> {
    if proposed.is_empty() {
        output::note(&label(lang, "review_no_proposals"));
        return Ok(Exit::Done);
    }
    let titles = [
        "column_number",
        "column_name",
        "column_distributor",
        "column_rows",
        "column_decided_by",
        "review_column_parts",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
    ]);
    for Proposed { decision, proposal } in proposed {
        table.row([
            decision.decision_id.to_string(),
            decision.name.clone(),
            proposal.distributor_id.clone(),
            count(proposal.rows),
            decision.decided_by.clone(),
            parts(lang, proposal),
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

/// `place 成都市, ordinal 第2`.
fn parts(lang: Lang, proposal: &Proposal) -> String {
    let shown = proposal.parts.iter();
    let shown: Vec<String> = shown
        .map(|part| format!("{} {}", word(lang, "part", &part.part), part.text))
        .collect();
    shown.join(&label(lang, "why_comma"))
}

type Columns = (Vec<&'static str>, Vec<Vec<String>>);

/// The columns of a master data file.
fn columns(kind: AliasKind, proposed: &[Proposed]) -> Columns {
    let proposals = proposed.iter().map(|it| &it.proposal);
    if kind == AliasKind::Customer {
        let titles = vec![
            "id", "name", "role", "level", "province", "city", "county", "address", "tax_id",
            "code", "active",
        ];
        let rows = proposals.filter_map(|it| it.customer.as_ref());
        return (titles, rows.map(customer).collect());
    }
    let titles = vec![
        "id",
        "name",
        "trade_name",
        "spec",
        "form",
        "maker",
        "approval_no",
        "barcode",
        "code",
        "base_unit",
        "active",
    ];
    let rows = proposals.filter_map(|it| it.product.as_ref());
    (titles, rows.map(product).collect())
}

fn customer(it: &Customer) -> Vec<String> {
    let texts = [
        &it.id,
        &it.name,
        &it.role,
        &it.level,
        &it.province,
        &it.city,
        &it.county,
        &it.address,
        &it.tax_id,
        &it.code,
    ];
    let texts = texts.into_iter().cloned();
    texts.chain([it.active.to_string()]).collect()
}

fn product(it: &Product) -> Vec<String> {
    let texts = [
        &it.id,
        &it.name,
        &it.trade_name,
        &it.spec,
        &it.form,
        &it.maker,
        &it.approval_no,
        &it.barcode,
        &it.code,
        &it.base_unit,
    ];
    let texts = texts.into_iter().cloned();
    texts.chain([it.active.to_string()]).collect()
}

fn write_csv(path: &Path, titles: &[&str], rows: &[Vec<String>]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(titles)?;
    for row in rows {
        writer.write_record(row)?;
    }
    // The mark makes spreadsheet programs read hanzi as hanzi.
    let mut text = "\u{feff}".as_bytes().to_vec();
    text.extend(writer.into_inner()?);
    std::fs::write(path, text).map_err(cannot("file_not_writable", path))?;
    Ok(())
}

/// The first sheet is what `master import` reads, the second says where the rows come from.
fn write_xlsx(
    lang: Lang,
    path: &Path,
    titles: &[&str],
    rows: &[Vec<String>],
    proposed: &[Proposed],
) -> anyhow::Result<()> {
    let mut workbook = Workbook::new();
    let heading = Look::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_EDF3));
    let sheet = workbook.add_worksheet();
    sheet.set_name(label(lang, "review_sheet_of_proposals"))?;
    sheet.set_freeze_panes(1, 2)?;
    for (column, title) in (0_u16..).zip(titles) {
        let wide = matches!(*title, "name" | "address" | "maker");
        sheet.set_column_width(column, if wide { 32.0 } else { 14.0 })?;
        sheet.write_string_with_format(0, column, *title, &heading)?;
    }
    for (at, row) in (1_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(row) {
            sheet.write_string(at, column, text)?;
        }
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(label(lang, "review_sheet_of_origins"))?;
    sheet.set_freeze_panes(1, 1)?;
    let titles = [
        ("column_name", 32.0),
        ("column_distributor", 12.0),
        ("review_column_place", 20.0),
        ("review_sheet_also", 40.0),
        ("review_column_parts", 60.0),
        ("column_decided_by", 14.0),
        ("column_decided_at", 26.0),
        ("review_sheet_note", 30.0),
    ];
    for (column, (code, width)) in (0_u16..).zip(titles) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, label(lang, code), &heading)?;
    }
    for (at, Proposed { decision, proposal }) in (1_u32..).zip(proposed) {
        let addresses: Vec<&str> = proposal.addresses.iter().map(String::as_str).collect();
        let texts = [
            decision.name.clone(),
            proposal.distributor_id.clone(),
            proposal.reporter_place.clone(),
            addresses.join("、"),
            parts(lang, proposal),
            decision.decided_by.clone(),
            decision.decided_at.clone(),
            decision.note.clone(),
        ];
        for (column, text) in (0_u16..).zip(texts) {
            sheet.write_string(at, column, text)?;
        }
    }
    match workbook.save(path) {
        Err(XlsxError::IoError(error)) => Err(cannot("file_not_writable", path)(error).into()),
        saved => Ok(saved?),
    }
}
