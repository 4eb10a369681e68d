//! What the settlement benchmark times: one month of a company's folder, in a process of its own.
//!
//! `settle_month FOLDER PERIOD WHAT OUT`, WHAT one of `achieve` (all levels, written to
//! OUT/achievement.csv), `settle` (statements whose inputs changed), `afresh` (all statements) and
//! `month` (achievement, then all statements by the same books, as a run does). Prints what it did
//! with milliseconds by stage, as JSON.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use channelflow_model::{Day, Micros, Period};
use channelflow_pipeline::achieve::{AchieveOptions, achieve, achieve_and_settle};
use channelflow_pipeline::company::Company;
use channelflow_pipeline::settle::{Books, SettleOptions, SettleOutcome, settle};
use channelflow_settle::achieve::AchievementTable;
use channelflow_warehouse::{Mode, Warehouse};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, period, what, out] = arguments.as_slice() else {
        bail!("settle_month FOLDER PERIOD achieve|settle|afresh|month OUT");
    };
    let company = Company::open(Path::new(folder), std::env::current_exe()?, None)?;
    let period = Period::from_iso(period).context("PERIOD is a month, 2026-12")?;
    let begun = Instant::now();
    let warehouse = Warehouse::open(&company.warehouse_url()?).await?;
    let out = Path::new(out);
    let mut said = match what.as_str() {
        "achieve" => achieved(&company, &warehouse, period, out).await?,
        "settle" | "afresh" => {
            let options = settling(period, what == "afresh");
            told(&settle(&company, &warehouse, &options).await?)
        }
        "month" => month(&company, &warehouse, period, out).await?,
        _ => bail!("neither `achieve`, `settle`, `afresh` nor `month`: {what}"),
    };
    warehouse.close().await;
    said.insert("all".to_owned(), json!(millis(begun)));
    println!("{}", Value::Object(said));
    Ok(())
}

async fn achieved(
    company: &Company,
    warehouse: &Warehouse,
    period: Period,
    out: &Path,
) -> anyhow::Result<Map<String, Value>> {
    let begun = Instant::now();
    let books = Books::of_month(warehouse, period).await?;
    let opened = millis(begun);
    let begun = Instant::now();
    let options = asked(company, period);
    let table = achieve(company, warehouse, &books, &options).await?;
    let computed = millis(begun);
    let begun = Instant::now();
    write(&table, &out.join("achievement.csv"))?;
    let mut said = Map::new();
    said.insert("rows".to_owned(), json!(table.rows.len()));
    said.insert("books".to_owned(), json!(opened));
    said.insert("achieve".to_owned(), json!(computed));
    said.insert("write".to_owned(), json!(millis(begun)));
    Ok(said)
}

async fn month(
    company: &Company,
    warehouse: &Warehouse,
    period: Period,
    out: &Path,
) -> anyhow::Result<Map<String, Value>> {
    let begun = Instant::now();
    let books = Books::of_month(warehouse, period).await?;
    let opened = millis(begun);
    let options = (&asked(company, period), &settling(period, true));
    let (table, outcome) = achieve_and_settle(company, warehouse, &books, options).await?;
    write(&table, &out.join("achievement.csv"))?;
    let mut said = told(&outcome);
    said.insert("rows".to_owned(), json!(table.rows.len()));
    said.insert("books".to_owned(), json!(opened));
    Ok(said)
}

fn asked(company: &Company, period: Period) -> AchieveOptions {
    let days = company.period_rule.days_of(period);
    AchieveOptions::of_month(company, period, days.map_or(Day::FIRST, |days| days.last))
}

fn settling(period: Period, afresh: bool) -> SettleOptions {
    SettleOptions {
        period,
        who: "bench".to_owned(),
        at: "2027-01-06T08:00:00Z".to_owned(),
        mode: Mode::Commit,
        afresh,
    }
}

fn told(outcome: &SettleOutcome) -> Map<String, Value> {
    let mut said = Map::new();
    said.insert("computed".to_owned(), json!(outcome.computed.len()));
    said.insert("unchanged".to_owned(), json!(outcome.unchanged));
    for (stage, spent) in &outcome.timings {
        said.insert(stage.clone(), json!(spent));
    }
    said
}

fn write(table: &AchievementTable, path: &Path) -> anyhow::Result<()> {
    let mut to = BufWriter::new(File::create(path)?);
    writeln!(
        to,
        "level,id,product_group,span,measure,actual,unattributed,target,last_year,previous,rate"
    )?;
    for row in &table.rows {
        let (level, id, group) = (row.level.as_str(), &row.id, &row.product_group);
        let (span, measure) = (row.span.as_str(), row.measure.as_str());
        let number = |value: Option<Micros>| value.map_or(String::new(), |it| it.0.to_string());
        let rate = row.rate.map_or(String::new(), |rate| rate.to_string());
        writeln!(
            to,
            "{level},{id},{group},{span},{measure},{},{},{},{},{},{rate}",
            row.actual.0,
            row.unattributed.0,
            number(row.target),
            row.last_year.actual.0,
            row.previous.map_or(0, |previous| previous.actual.0),
        )?;
    }
    to.flush()?;
    Ok(())
}

fn millis(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}
