//! Measures the warehouse alone: loading lines, the same lines again, one per cent changed, undo,
//! export. `cargo run --release -p channelflow-warehouse --example load_lines -- URL [LINES]`.
//! The warehouse should be new.
#![allow(clippy::print_stdout, reason = "a measurement prints")]

use std::error::Error;
use std::time::Instant;

use channelflow_model::flow::{
    Match, ReportedLot, ReportedParty, ReportedProduct, ResolvedTable, Rule,
};
use channelflow_model::{
    Day, DayRange, Disposition, FlowKind, FlowTable, LineFlags, Micros, PeriodRule,
};
use channelflow_warehouse::{Delivery, FlowFilter, LoadOutcome, Mode, Warehouse};

const PARTIES: u32 = 5_000;
const PRODUCTS: u32 = 300;
const LOTS: u32 = 2_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("give the address of a new warehouse")?;
    let lines: u32 = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let warehouse = Warehouse::open(&url).await?;
    warehouse.migrate().await?;

    let month = [table(lines, 0).ok_or("no such day")?];
    let corrected = [table(lines, 100).ok_or("no such day")?];
    timed("first load", load(&warehouse, "a", &month)).await?;
    timed("same bytes", load(&warehouse, "a", &month)).await?;
    timed("same lines", load(&warehouse, "b", &month)).await?;
    let outcome = timed("1 % changed", load(&warehouse, "c", &corrected)).await?;
    let (undone, cpu) = (Instant::now(), cpu_seconds());
    warehouse
        .undo(
            outcome.submission_id,
            None,
            "2026-04-02T00:00:00Z",
            Mode::Commit,
        )
        .await?;
    report("undo of that", undone, cpu);
    let (exported, cpu) = (Instant::now(), cpu_seconds());
    let count = warehouse
        .flow_rows(&FlowFilter::default(), &mut |_| Ok(()))
        .await?;
    report("export", exported, cpu);
    println!("{:<14}{count} lines", "");
    let (closed, cpu) = (Instant::now(), cpu_seconds());
    warehouse.close().await;
    report("close", closed, cpu);
    Ok(())
}

async fn timed<E>(
    name: &str,
    work: impl Future<Output = Result<LoadOutcome, E>>,
) -> Result<LoadOutcome, E> {
    let (begun, cpu) = (Instant::now(), cpu_seconds());
    let outcome = work.await?;
    report(name, begun, cpu);
    println!(
        "{:<14}{} {:?}",
        "",
        outcome.state.as_str(),
        outcome.classes()
    );
    Ok(outcome)
}

fn report(name: &str, begun: Instant, cpu: f64) {
    let spent = cpu_seconds() - cpu;
    println!(
        "{name:<14}{:>8.2?} wall {spent:>8.2} s CPU",
        begun.elapsed()
    );
}

/// Processor time of all threads of this process so far; 0 where /proc does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    f64::from(ticks) / 100.0
}

async fn load(
    warehouse: &Warehouse,
    file: &str,
    tables: &[ResolvedTable],
) -> Result<LoadOutcome, channelflow_warehouse::WarehouseError> {
    let delivery = Delivery {
        run_id: None,
        distributor_id: "D001",
        source: "inbox",
        file_name: file,
        artifact: file,
        bytes: 1,
        received_at: "2026-04-01T00:00:00Z",
        tables,
        orders: &[],
        sheets: &[],
        layouts_new: &[],
        counts: &serde_json::Value::Null,
        findings: &[],
        again: false,
        replace: true,
        content: None,
        checkpoint: None,
        period_rule: PeriodRule::default(),
    };
    warehouse.load(&delivery, Mode::Commit).await
}

/// A month of sales in random order of days; every `changed`-th line has another quantity.
fn table(lines: u32, changed: u32) -> Option<ResolvedTable> {
    let mut flow = FlowTable::new(FlowKind::Sale);
    flow.range = DayRange::new(Day::from_number(20_260_301)?, Day::from_number(20_260_331)?);
    flow.declared = true;
    flow.parties = (0..PARTIES)
        .map(|n| ReportedParty {
            name: format!("第{n}人民医院有限责任公司"),
            code: format!("K{n:06}"),
            ..ReportedParty::default()
        })
        .collect();
    flow.products = (0..PRODUCTS)
        .map(|n| ReportedProduct {
            name: format!("阿莫西林胶囊{n}"),
            spec: "0.25g*24粒".to_owned(),
            unit: "盒".to_owned(),
            ..ReportedProduct::default()
        })
        .collect();
    flow.lots = (0..LOTS)
        .map(|n| ReportedLot {
            raw: format!("2501{n:04}"),
            lot: format!("2501{n:04}"),
            ..ReportedLot::default()
        })
        .collect();
    flow.texts.push("销售出库".to_owned());
    let mut matches = vec![None];
    for n in 0..PARTIES.max(PRODUCTS) {
        matches.push(Some(Match {
            id: format!("M{n:06}"),
            rule: Rule::Name,
            alias_id: None,
        }));
    }
    let mut table = ResolvedTable {
        flow,
        matches,
        customer: Vec::new(),
        matched_product: Vec::new(),
        base_quantity: Vec::new(),
        disposition: Vec::new(),
    };
    let mut seed: u64 = 42;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from(seed >> 33).unwrap_or(0) % below
    };
    for line in 0..lines {
        let flow = &mut table.flow;
        let party = random(PARTIES);
        let product = random(PRODUCTS);
        let day = 20_260_301 + i32::try_from(random(31)).ok()?;
        let mut quantity = i64::from(random(40)) + 1;
        if changed > 0 && line.is_multiple_of(changed) {
            quantity += 1;
        }
        flow.day.push(Day::from_number(day)?);
        flow.party.push(party);
        flow.product.push(product);
        flow.lot.push(random(LOTS));
        flow.quantity.push(Micros(quantity * Micros::SCALE));
        flow.price.push(Some(Micros(12_340_000)));
        flow.amount.push(Some(Micros(quantity * 12_340_000)));
        flow.texts.push(format!("XS2026{line:08}"));
        flow.doc_no.push(u32::try_from(flow.texts.len() - 1).ok()?);
        flow.doc_type.push(1);
        for empty in [
            &mut flow.line_id,
            &mut flow.branch,
            &mut flow.salesperson,
            &mut flow.remark,
            &mut flow.stock_status,
        ] {
            empty.push(0);
        }
        flow.flags.push(LineFlags::default());
        flow.hold.push(None);
        flow.sheet.push(0);
        flow.row.push(line + 2);
        table.customer.push(party + 1);
        table.matched_product.push(product + 1);
        table
            .base_quantity
            .push(Some(Micros(quantity * Micros::SCALE)));
        table.disposition.push(Disposition::Accepted);
    }
    Some(table)
}
