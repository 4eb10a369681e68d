//! Master data and records of settlement: organisation, attribution, prices, targets, shipments,
//! payments. Ids are letters and numbers; what changes during the year is said where it is made.

use std::fs;
use std::path::Path;

use anyhow::Context;
use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, DistributorTier, GroupMember, Instrument, Measure, OrgUnit,
    Payment, PolicyText, Seat, Shipment, Span, Target, TargetOwner, UnattributedRule, UnitLevel,
};
use channelflow_model::{Day, FlowKind, Micros, Period};
use channelflow_warehouse::{ImportMeta, Mode, NewRecord, RecordKind, Recorded, Warehouse};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::policies;
use crate::{CUSTOMERS, DISTRIBUTORS, PERIOD, POSTS, PRODUCTS, below, scatter};

const GROUPS: u32 = 10;
const CENT: i64 = 10_000;

pub fn distributor_id(number: u32) -> String {
    format!("D{number:03}")
}

pub fn customer_id(number: u32) -> String {
    format!("C{number:05}")
}

pub fn product_id(number: u32) -> String {
    format!("P{number:03}")
}

/// List price of a product.
pub fn price_cents(product: u32) -> i64 {
    850 + i64::from(below(scatter(u64::from(product)), 9_000))
}

fn day(number: i32) -> anyhow::Result<Day> {
    Day::from_number(number).context("no such day")
}

fn span(from: i32, to: Option<i32>) -> anyhow::Result<Span> {
    Ok(Span {
        from: day(from)?,
        to: to.map(day).transpose()?,
    })
}

/// Stores everything and leaves the same as JSON for others to read.
pub async fn import(warehouse: &Warehouse, folder: &Path) -> anyhow::Result<()> {
    let (customers, products, distributors) = (customers(), products(), distributors());
    warehouse.import_customers(&customers, Mode::Commit).await?;
    warehouse.import_products(&products, Mode::Commit).await?;
    warehouse
        .import_distributors(&distributors, Mode::Commit)
        .await?;
    let mut shown = Map::new();
    shown.insert("customers".to_owned(), serde_json::to_value(&customers)?);
    shown.insert(
        "distributors".to_owned(),
        serde_json::to_value(&distributors)?,
    );
    shown.insert("reports".to_owned(), reports()?);
    let mut store = Store { warehouse, shown };
    store.all("units", RecordKind::OrgUnit, &units()?).await?;
    store.all("seats", RecordKind::Seat, &seats()?).await?;
    store
        .all("groups", RecordKind::ProductGroup, &groups()?)
        .await?;
    store
        .all("attribution", RecordKind::Attribution, &attribution()?)
        .await?;
    store
        .all("rules", RecordKind::UnattributedRule, &rules()?)
        .await?;
    store.all("prices", RecordKind::Price, &prices()?).await?;
    store
        .all("targets", RecordKind::Target, &targets()?)
        .await?;
    store.all("tiers", RecordKind::Tier, &tiers()?).await?;
    store
        .all("shipments", RecordKind::Shipment, &shipments()?)
        .await?;
    store
        .all("payments", RecordKind::Payment, &payments()?)
        .await?;
    let policies = policies::all()?;
    fs::create_dir_all(folder.join("policies"))?;
    for policy in &policies {
        fs::write(folder.join("policies").join(&policy.file), &policy.toml)?;
    }
    store
        .all::<PolicyText>("policies", RecordKind::Policy, &policies)
        .await?;
    fs::write(
        folder.join("reference.json"),
        serde_json::to_vec(&store.shown)?,
    )?;
    Ok(())
}

struct Store<'w> {
    warehouse: &'w Warehouse,
    shown: Map<String, Value>,
}

impl Store<'_> {
    async fn all<T: Recorded + Serialize>(
        &mut self,
        name: &str,
        kind: RecordKind,
        words: &[T],
    ) -> anyhow::Result<()> {
        let meta = ImportMeta {
            file_name: name,
            sha256: "",
            by: "bench",
            at: "2026-01-01T00:00:00Z",
        };
        let rows = words.iter().map(NewRecord::of).collect();
        self.warehouse
            .import_records(kind, rows, &meta, Mode::Commit)
            .await?;
        self.shown
            .insert(name.to_owned(), serde_json::to_value(words)?);
        Ok(())
    }
}

fn customers() -> Vec<Customer> {
    let role = |it| match it % 10 {
        0..5 => "hospital",
        5 | 6 => "clinic",
        7 | 8 => "pharmacy",
        _ => "distributor",
    };
    let make = |it| Customer {
        id: customer_id(it),
        name: format!("客户{it}"),
        role: role(it).to_owned(),
        province: format!("省{}", it % 13),
        city: format!("市{}", it % 91),
        active: true,
        ..Customer::default()
    };
    (0..CUSTOMERS).map(make).collect()
}

fn products() -> Vec<Product> {
    let make = |it| Product {
        id: product_id(it),
        name: format!("产品{it}"),
        base_unit: "盒".to_owned(),
        active: true,
        ..Product::default()
    };
    (0..PRODUCTS).map(make).collect()
}

fn distributors() -> Vec<Distributor> {
    let make = |it| Distributor {
        id: distributor_id(it),
        name: format!("商业{it}"),
        tier: if it % 3 == 0 { "一级" } else { "二级" }.to_owned(),
        expects: vec![FlowKind::Sale],
        active: true,
        ..Distributor::default()
    };
    (0..DISTRIBUTORS).map(make).collect()
}

/// Day of the next month on which a distributor sends a month: some are late now and then.
pub fn sent_on(distributor: u32, period: Period) -> u32 {
    let late = distributor.is_multiple_of(7) && period.number() % 3 == 0;
    if late { 20 } else { 3 }
}

/// Which reports came in time, for whoever computes without a warehouse.
fn reports() -> anyhow::Result<Value> {
    let mut reports = Vec::new();
    for month in 1..=PERIOD.1 {
        let period = Period::new(PERIOD.0, month).context("no such month")?;
        for it in 0..DISTRIBUTORS {
            let (distributor, in_time) = (distributor_id(it), sent_on(it, period) <= 5);
            reports.push(json!({
                "distributor_id": distributor, "period": period.number(), "in_time": in_time,
            }));
        }
    }
    Ok(Value::Array(reports))
}

/// One second-tier distributor in ten is first-tier from the middle of July.
fn tiers() -> anyhow::Result<Vec<DistributorTier>> {
    let mut tiers = Vec::new();
    for it in (0..DISTRIBUTORS).filter(|it| it % 10 == 1 && it % 3 != 0) {
        let from = [
            (20_200_101, Some(20_260_715), "二级"),
            (20_260_716, None, "一级"),
        ];
        for (from, to, tier) in from {
            tiers.push(DistributorTier {
                distributor_id: distributor_id(it),
                tier: tier.to_owned(),
                span: span(from, to)?,
            });
        }
    }
    Ok(tiers)
}

/// Ten posts move to another district in the middle of July.
fn units() -> anyhow::Result<Vec<OrgUnit>> {
    let unit = |id: String, level, parent: String, span| OrgUnit {
        name: format!("单位{id}"),
        id,
        level,
        parent,
        span,
    };
    let always = span(20_200_101, None)?;
    let mut units = vec![unit(
        "CO".to_owned(),
        UnitLevel::Company,
        String::new(),
        always,
    )];
    for (level, letter, count, above, parents) in [
        (UnitLevel::Region, "R", 5, "CO", 1),
        (UnitLevel::Province, "V", 25, "R", 5),
        (UnitLevel::District, "T", 100, "V", 25),
        (UnitLevel::Post, "S", POSTS, "T", 100),
    ] {
        for it in 0..count {
            let id = format!("{letter}{it:03}");
            let parent = |at: u32| match above {
                "CO" => "CO".to_owned(),
                _ => format!("{above}{:03}", at % parents),
            };
            if level == UnitLevel::Post && it % 50 == 3 {
                let before = span(20_200_101, Some(20_260_715))?;
                units.push(unit(id.clone(), level, parent(it), before));
                units.push(unit(id, level, parent(it + 31), span(20_260_716, None)?));
            } else {
                units.push(unit(id, level, parent(it), always));
            }
        }
    }
    Ok(units)
}

/// One post in 25 has another holder from September, one in 40 none from October.
fn seats() -> anyhow::Result<Vec<Seat>> {
    let mut seats = Vec::new();
    for post in 0..POSTS {
        let mut seat = |person: u32, from, to| -> anyhow::Result<()> {
            seats.push(Seat {
                post_id: format!("S{post:03}"),
                person_id: format!("H{person:04}"),
                person_name: format!("人员{person}"),
                span: span(from, to)?,
            });
            Ok(())
        };
        if post % 25 == 4 {
            seat(post, 20_200_101, Some(20_260_831))?;
            seat(post + 1_000, 20_260_901, None)?;
        } else if post % 40 == 7 {
            seat(post, 20_200_101, Some(20_260_930))?;
        } else {
            seat(post, 20_200_101, None)?;
        }
    }
    Ok(seats)
}

/// One product changes its group in July.
fn groups() -> anyhow::Result<Vec<GroupMember>> {
    let mut members = Vec::new();
    for it in 0..PRODUCTS {
        let mut member = |group: u32, from, to| -> anyhow::Result<()> {
            members.push(GroupMember {
                group_id: format!("G{group}"),
                group_name: format!("品种{group}"),
                product_id: product_id(it),
                span: span(from, to)?,
            });
            Ok(())
        };
        if it == 17 {
            member(it % GROUPS, 20_200_101, Some(20_260_630))?;
            member(2, 20_260_701, None)?;
        } else {
            member(it % GROUPS, 20_200_101, None)?;
        }
    }
    Ok(members)
}

/// Of ten customers one is shared by two posts and one by three; one in four changes its posts in
/// the middle of May and of December; half have a post of their own for one product group; two in
/// a hundred have nobody.
fn attribution() -> anyhow::Result<Vec<Attribution>> {
    let mut rows = Vec::new();
    for it in (0..CUSTOMERS).filter(|it| it % 50 != 13) {
        let mut row = |group: &str, post: u32, share: i64, (from, to)| -> anyhow::Result<()> {
            rows.push(Attribution {
                customer_id: customer_id(it),
                product_group: group.to_owned(),
                post_id: format!("S{:03}", post % POSTS),
                share: Micros(share),
                span: span(from, to)?,
            });
            Ok(())
        };
        let times: &[(i32, Option<i32>)] = if it % 4 == 0 {
            &[
                (20_200_101, Some(20_260_515)),
                (20_260_516, Some(20_261_215)),
                (20_261_216, None),
            ]
        } else {
            &[(20_200_101, None)]
        };
        for (time, moved) in times.iter().zip([0, 13, 29]) {
            let post = it + moved;
            match it % 10 {
                0 => {
                    row("", post, 600_000, *time)?;
                    row("", post + 1, 400_000, *time)?;
                }
                1 => {
                    row("", post, 333_333, *time)?;
                    row("", post + 1, 333_333, *time)?;
                    row("", post + 2, 333_334, *time)?;
                }
                _ => row("", post, Micros::SCALE, *time)?,
            }
        }
        if it % 2 == 0 {
            row("G1", it + 7, Micros::SCALE, (20_200_101, None))?;
        }
    }
    Ok(rows)
}

/// Pharmacies nobody has go to a post of their own.
fn rules() -> anyhow::Result<Vec<UnattributedRule>> {
    Ok(vec![UnattributedRule {
        id: "U1".to_owned(),
        priority: 1,
        province: String::new(),
        role: "pharmacy".to_owned(),
        product_group: String::new(),
        post_id: "S001".to_owned(),
        span: span(20_200_101, None)?,
    }])
}

/// A new price in July for all, a lower one in the middle of December for one in twenty, and one
/// that was withdrawn.
fn prices() -> anyhow::Result<Vec<AssessedPrice>> {
    let mut prices = Vec::new();
    for it in 0..PRODUCTS {
        let list = price_cents(it);
        let mut price = |from, cents: i64, revoked| -> anyhow::Result<()> {
            prices.push(AssessedPrice {
                product_id: product_id(it),
                from: day(from)?,
                price: Micros(cents * CENT),
                revoked,
            });
            Ok(())
        };
        price(20_250_101, list, false)?;
        price(20_260_701, list + 35, false)?;
        if it % 20 == 0 {
            price(20_261_216, list - 50, false)?;
        }
        if it % 33 == 3 {
            price(20_261_001, 1, true)?;
        }
    }
    Ok(prices)
}

/// Every post and distributor in every month, in what policies and managers ask for.
fn targets() -> anyhow::Result<Vec<Target>> {
    let mut targets = Vec::new();
    for month in 1..=PERIOD.1 {
        let period = Period::new(PERIOD.0, month).context("no such month")?;
        let mut target = |owner: TargetOwner, group: &str, measure, value: i64| {
            targets.push(Target {
                period,
                owner,
                product_group: group.to_owned(),
                measure,
                counting_point: "terminal".to_owned(),
                value: Micros(value * Micros::SCALE),
            });
        };
        for post in 0..POSTS {
            let owner = TargetOwner::Unit(format!("S{post:03}"));
            let value = 900_000 + i64::from(below(scatter(u64::from(post)), 1_500_000));
            target(owner.clone(), "", Measure::Assessed, value);
            target(owner, "G1", Measure::Assessed, value / 9);
        }
        for distributor in 0..DISTRIBUTORS {
            let owner = TargetOwner::Distributor(distributor_id(distributor));
            let value = 2_200_000 + i64::from(below(scatter(u64::from(distributor)), 1_000_000));
            target(owner.clone(), "", Measure::Assessed, value);
            target(owner.clone(), "", Measure::Amount, value);
            target(owner.clone(), "", Measure::Quantity, value / 50);
            target(owner.clone(), "G1", Measure::Assessed, value / 10);
            target(owner, "G1", Measure::Amount, value / 10);
        }
    }
    Ok(targets)
}

fn days_of_year(it: u32) -> anyhow::Result<Day> {
    day(20_260_101)?
        .plus_days(i64::from(below(scatter(u64::from(it)), 365)))
        .context("no such day")
}

/// Ten products a distributor, about once a month each.
fn shipments() -> anyhow::Result<Vec<Shipment>> {
    let mut shipments = Vec::new();
    for number in 0..DISTRIBUTORS * 120 {
        let distributor = number % DISTRIBUTORS;
        let product = number / DISTRIBUTORS % 10;
        let boxes = 100 + i64::from(below(scatter(u64::from(number) + 1), 900));
        shipments.push(Shipment {
            doc_no: format!("FH{number:06}"),
            line_no: "1".to_owned(),
            day: days_of_year(number)?,
            distributor_id: distributor_id(distributor),
            product_id: product_id(product),
            lot: String::new(),
            quantity: Micros(boxes * Micros::SCALE),
            amount: Micros(boxes * price_cents(product) * CENT),
        });
    }
    Ok(shipments)
}

/// Three a month, by bill and by wire, some of them late.
fn payments() -> anyhow::Result<Vec<Payment>> {
    let mut payments = Vec::new();
    for number in 0..DISTRIBUTORS * 36 {
        let chance = scatter(u64::from(number) + 7);
        let arrived = days_of_year(number + 1_000_000)?;
        let bill = chance.is_multiple_of(3);
        payments.push(Payment {
            doc_no: format!("HK{number:06}"),
            distributor_id: distributor_id(number % DISTRIBUTORS),
            day: arrived,
            due: arrived.plus_days(i64::from(below(chance >> 8, 30)) - 6),
            amount: Micros((10_000 + i64::from(below(chance >> 16, 40_000_000))) * CENT),
            instrument: if bill {
                Instrument::Bill
            } else {
                Instrument::Wire
            },
            tenor_days: if bill {
                90 + 90 * i64::from(below(chance >> 40, 2))
            } else {
                0
            },
        });
    }
    Ok(payments)
}
