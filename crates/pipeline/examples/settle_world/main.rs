//! The company the settlement benchmark is about, put into a warehouse through the load path:
//! 300 distributors, 20,000 customers, 200 products, 500 posts, 50 policies, twelve months of sale
//! lines and half a month of the year before. Everything follows from fixed rules.
//!
//! `settle_world fill FOLDER URL LINES` makes the company's folder, fills its warehouse, and leaves
//! what pandas reads beside it. `settle_world change FOLDER FEW SPREAD` delivers December again
//! with other quantities: FEW × 250 lines of each of four distributors, SPREAD × about three lines
//! of each of all; the numbers are counts since the beginning, so 0 0 is how it was filled.
//! `settle_world migrate FOLDER` brings the tables of one that was filled before up to date.
//! `settle_world verify FOLDER` proves snapshots and folds from the lines.

#![allow(clippy::print_stdout, reason = "a bench prints")]

mod lines;
mod policies;
mod records;

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use channelflow_model::{Period, PeriodRule};
use channelflow_warehouse::{Delivery, LoadOutcome, Mode, Warehouse};

use lines::{Changes, Month};

/// The month that is settled.
const PERIOD: (i32, u32) = (2026, 12);
const DISTRIBUTORS: u32 = 300;
const CUSTOMERS: u32 = 20_000;
const PRODUCTS: u32 = 200;
const POSTS: u32 = 500;
/// Distributors whose files are corrected when only a few are.
const FEW: u32 = 4;
/// Changed lines altogether.
const CHANGED: u32 = 1_000;
/// Lines of the full size; a smaller one has larger orders, so that sums are alike.
const FULL: u32 = 10_000_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let begun = Instant::now();
    match arguments.as_slice() {
        ["fill", folder, url, lines] => fill(Path::new(folder), url, lines.parse()?).await?,
        ["change", folder, few, spread] => {
            change(Path::new(folder), few.parse()?, spread.parse()?).await?;
        }
        ["verify", folder] => verify(Path::new(folder)).await?,
        ["migrate", folder] => migrate(Path::new(folder)).await?,
        _ => bail!(
            "settle_world fill FOLDER URL LINES | migrate FOLDER | change FOLDER FEW SPREAD | \
             verify FOLDER"
        ),
    }
    println!("{:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Numbers that look like chance and are the same every time (`SplitMix64`).
fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below the bound.
fn below(chance: u64, bound: u32) -> u32 {
    u32::try_from(chance % u64::from(bound)).unwrap_or(0)
}

/// Half a month of last December, then the twelve months, with their lines per distributor.
fn months(all_lines: u32) -> anyhow::Result<Vec<Month>> {
    let each = all_lines / DISTRIBUTORS / 12;
    let base = (PERIOD.0 - 1, 12, each / 2);
    let all = std::iter::once(base).chain((1..=12).map(|month| (PERIOD.0, month, each)));
    all.map(|(year, month, lines)| {
        let period = Period::new(year, month).context("no such month")?;
        let scale = i64::from((FULL / all_lines).max(1));
        Ok(Month {
            period,
            lines,
            scale,
        })
    })
    .collect()
}

async fn fill(folder: &Path, url: &str, lines: u32) -> anyhow::Result<()> {
    fs::create_dir_all(folder.join("master"))?;
    let settings = format!(
        "[company]\nname = \"bench\"\n\n[warehouse]\nurl = \"{url}\"\n\n[master]\npath = \"master\"\n"
    );
    fs::write(folder.join("channelflow.toml"), settings)?;
    fs::write(folder.join("lines"), lines.to_string())?;
    let warehouse = open(folder).await?;
    warehouse.migrate().await?;
    let mut csv = BufWriter::new(fs::File::create(folder.join("lines.csv"))?);
    writeln!(csv, "distributor,customer,product,day,flags,boxes,cents")?;
    for month in months(lines)? {
        for distributor in 0..DISTRIBUTORS {
            let table = lines::table(distributor, month, Changes::default())?;
            lines::write(&table, distributor, &mut csv)?;
            load(&warehouse, distributor, month.period, "1", table).await?;
        }
    }
    csv.flush()?;
    records::import(&warehouse, folder).await?;
    warehouse.close().await;
    Ok(())
}

async fn change(folder: &Path, few: u32, spread: u32) -> anyhow::Result<()> {
    let lines = fs::read_to_string(folder.join("lines"))?.parse()?;
    let month = *months(lines)?.last().context("no months")?;
    let warehouse = open(folder).await?;
    let stored = fs::read_to_string(folder.join("changes")).unwrap_or_else(|_| "0 0".to_owned());
    let (few_before, spread_before) = stored.split_once(' ').context("bad `changes`")?;
    let before = (few_before.parse::<u32>()?, spread_before.parse::<u32>()?);
    let (mut files, mut corrected) = (0, 0);
    for distributor in 0..DISTRIBUTORS {
        let is_few = distributor % (DISTRIBUTORS / FEW) == 7;
        if !(is_few && few != before.0 || spread != before.1) {
            continue;
        }
        let changes = Changes {
            few: if is_few { few } else { 0 },
            spread,
        };
        let table = lines::table(distributor, month, changes)?;
        let version = format!("{few}.{spread}.{}", process());
        let outcome = load(&warehouse, distributor, month.period, &version, table).await?;
        files += 1;
        corrected += outcome.kinds.iter().map(|kind| kind.opened).sum::<u64>();
    }
    fs::write(folder.join("changes"), format!("{few} {spread}"))?;
    warehouse.close().await;
    println!("{files} files, {corrected} lines");
    Ok(())
}

async fn migrate(folder: &Path) -> anyhow::Result<()> {
    let warehouse = open(folder).await?;
    warehouse.migrate().await?;
    warehouse.close().await;
    Ok(())
}

/// What `channelflow doctor --verify` does: whatever is derived is what the lines say.
async fn verify(folder: &Path) -> anyhow::Result<()> {
    let warehouse = open(folder).await?;
    let problems = warehouse.verify().await?;
    warehouse.close().await;
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    println!("what is derived follows from the lines");
    Ok(())
}

/// What tells two deliveries of the same lines apart.
fn process() -> u32 {
    std::process::id()
}

/// The folder's warehouse: a file beside its settings, or a server.
async fn open(folder: &Path) -> anyhow::Result<Warehouse> {
    let company =
        channelflow_pipeline::company::Company::open(folder, std::env::current_exe()?, None)?;
    Ok(Warehouse::open(&company.warehouse_url()?).await?)
}

async fn load(
    warehouse: &Warehouse,
    distributor: u32,
    period: Period,
    version: &str,
    table: channelflow_model::flow::ResolvedTable,
) -> anyhow::Result<LoadOutcome> {
    let id = records::distributor_id(distributor);
    let artifact = format!("{id}-{period}-{version}");
    let next = period.next();
    let received = format!(
        "{next}-{:02}T08:00:00Z",
        records::sent_on(distributor, period)
    );
    let tables = [table];
    let delivery = Delivery {
        run_id: None,
        distributor_id: &id,
        source: "inbox",
        file_name: &artifact,
        artifact: &artifact,
        bytes: 1,
        received_at: &received,
        tables: &tables,
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
    Ok(warehouse.load(&delivery, Mode::Commit).await?)
}
