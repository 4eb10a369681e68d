//! How long a year's achievement takes: ten million entries of 300 distributors, made up in
//! memory by a fixed rule, in seconds of processor time per stage.
//! `cargo run --release -p channelflow-settle --example achieve_bench`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    reason = "a bench may stop at the first surprise, and prints"
)]

use std::time::Instant;

use channelflow_model::master::{Customer, Distributor, MasterData, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, Entry, Fold, GroupMember, Measure, OrgUnit, Seat, Span, Target,
    TargetOwner, UnitLevel,
};
use channelflow_model::{Day, FlowKind, LineFlags, Micros, Period, PeriodRule};
use channelflow_settle::achieve::{Achievement, Level, OrgView, Partial, PeriodBasis, Question};
use channelflow_settle::reference::{Prepared, Reference};
use channelflow_settle::validate::validate;

const DISTRIBUTORS: u64 = 300;
const CUSTOMERS: u64 = 20_000;
const PRODUCTS: u64 = 200;
const POSTS: u64 = 500;
const MONTHS: u32 = 12;
const ENTRIES: u64 = 10_000_000;
/// Customers one distributor sells to, and products a customer buys in a month.
const CUSTOMERS_EACH: u64 = 120;
const PRODUCTS_EACH: u64 = 7;

/// Numbers that look like chance and are the same every time (`SplitMix64`).
fn scatter(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn always(from: i32) -> Span {
    Span {
        from: Day::from_number(from).unwrap(),
        to: None,
    }
}

struct Company {
    master: MasterData,
    units: Vec<OrgUnit>,
    seats: Vec<Seat>,
    groups: Vec<GroupMember>,
    attributions: Vec<Attribution>,
    prices: Vec<AssessedPrice>,
    targets: Vec<Target>,
}

fn company() -> Company {
    let begin = always(20_200_101);
    let roles = ["hospital", "hospital", "pharmacy", "clinic", "distributor"];
    let customers = (0..CUSTOMERS).map(|it| Customer {
        id: format!("C{it:05}"),
        role: roles.get(it as usize % 5).copied().unwrap().to_owned(),
        ..Customer::default()
    });
    let products = (0..PRODUCTS).map(|it| Product {
        id: format!("P{it:03}"),
        ..Product::default()
    });
    let distributors = (0..DISTRIBUTORS).map(|it| Distributor {
        id: format!("D{it:03}"),
        tier: if it % 3 == 0 { "一级" } else { "二级" }.to_owned(),
        ..Distributor::default()
    });
    let seats = (0..POSTS).map(|it| Seat {
        post_id: format!("S{it}"),
        person_id: format!("H{it}"),
        person_name: String::new(),
        span: begin,
    });
    let groups = (0..PRODUCTS).map(|it| GroupMember {
        group_id: format!("G{}", it % 10),
        group_name: String::new(),
        product_id: format!("P{it:03}"),
        span: begin,
    });
    let prices = (0..PRODUCTS).flat_map(|it| {
        [20_250_101, 20_260_701].map(|from| AssessedPrice {
            product_id: format!("P{it:03}"),
            from: Day::from_number(from).unwrap(),
            price: Micros(10_000_000 + 50_000 * i64::try_from(it).unwrap()),
            revoked: false,
        })
    });
    Company {
        master: MasterData {
            customers: customers.collect(),
            products: products.collect(),
            distributors: distributors.collect(),
            aliases: Vec::new(),
        },
        units: units(),
        seats: seats.collect(),
        groups: groups.collect(),
        attributions: attributions(),
        prices: prices.collect(),
        targets: targets(),
    }
}

fn units() -> Vec<OrgUnit> {
    let unit = |id: String, level, parent: String| OrgUnit {
        name: id.clone(),
        id,
        level,
        parent,
        span: always(20_200_101),
    };
    let mut units = vec![unit("CO".to_owned(), UnitLevel::Company, String::new())];
    let levels = [
        (UnitLevel::Region, "R", 5, "CO", 1),
        (UnitLevel::Province, "V", 25, "R", 5),
        (UnitLevel::District, "T", 100, "V", 25),
        (UnitLevel::Post, "S", POSTS, "T", 100),
    ];
    for (level, letter, count, above, parents) in levels {
        for it in 0..count {
            let parent = match above {
                "CO" => "CO".to_owned(),
                _ => format!("{above}{}", it % parents),
            };
            units.push(unit(format!("{letter}{it}"), level, parent));
        }
    }
    units
}

fn attributions() -> Vec<Attribution> {
    // Nine of ten customers have one post, the tenth is split; half are attributed by two groups.
    let mut attributions = Vec::new();
    for it in 0..CUSTOMERS {
        let mut row = |group: &str, post: u64, share: i64| {
            attributions.push(Attribution {
                customer_id: format!("C{it:05}"),
                product_group: group.to_owned(),
                post_id: format!("S{}", post % POSTS),
                share: Micros(share),
                span: always(20_200_101),
            });
        };
        if it % 10 == 0 {
            row("", it, 600_000);
            row("", it + 1, 400_000);
        } else {
            row("", it, Micros::SCALE);
        }
        if it % 2 == 0 {
            row("G1", it + 7, Micros::SCALE);
        }
    }
    attributions
}

fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for month in 1..=MONTHS {
        for post in 0..POSTS {
            for group in ["", "G1", "G2"] {
                targets.push(Target {
                    period: Period::new(2026, month).unwrap(),
                    owner: TargetOwner::Unit(format!("S{post}")),
                    product_group: group.to_owned(),
                    measure: Measure::Assessed,
                    counting_point: "terminal".to_owned(),
                    value: Micros(1_000_000_000_000),
                });
            }
        }
    }
    targets
}

/// The fold of a distributor and month.
fn fold(distributor: u64, month: u32) -> Fold {
    let seed = scatter(distributor * 100 + u64::from(month));
    let period = Period::new(2026, month).unwrap();
    let first = Day::new(2026, month, 1).unwrap();
    let count = ENTRIES / DISTRIBUTORS / u64::from(MONTHS);
    let customers = (0..CUSTOMERS_EACH)
        .map(|it| format!("C{:05}", (distributor * 67 + it * 163) % CUSTOMERS))
        .collect();
    let products = (0..PRODUCTS).map(|it| format!("P{it:03}")).collect();
    let entries = (0..count).map(|it| {
        let chance = scatter(seed ^ it);
        let customer = chance % CUSTOMERS_EACH;
        let product =
            scatter(seed ^ (customer << 32) ^ ((chance >> 20) % PRODUCTS_EACH)) % PRODUCTS;
        Entry {
            customer: customer as u32,
            product: product as u32,
            day: Day::from_number(first.number() + ((chance >> 40) & 0x1f) as i32 % 28).unwrap(),
            flags: LineFlags::default(),
            lines: 1,
            quantity: Micros((1 + (chance >> 50).cast_signed() % 40) * Micros::SCALE),
            amount: Micros((1 + (chance >> 30).cast_signed() % 90_000) * 10_000),
        }
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_unstable_by_key(|entry| (entry.customer, entry.product, entry.day));
    Fold {
        distributor_id: format!("D{distributor:03}"),
        kind: FlowKind::Sale,
        business_period: period,
        booking_period: period,
        customers,
        products,
        entries,
    }
}

/// Seconds this thread has run so far, where the system says; the time of day otherwise.
fn seconds(begin: Instant) -> f64 {
    let ran = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = ran.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    ran.map_or(begin.elapsed().as_secs_f64(), |ran| ran / 1e9)
}

fn main() {
    let begin = Instant::now();
    let now = || seconds(begin);
    let company = company();
    let reference = Reference {
        master: &company.master,
        units: &company.units,
        seats: &company.seats,
        groups: &company.groups,
        attributions: &company.attributions,
        unattributed: &[],
        prices: &company.prices,
        targets: &company.targets,
        tiers: &[],
    };
    let rule = PeriodRule::default();
    let start = now();
    let problems = validate(&reference, rule);
    println!(
        "validate   {:6.3} s  {} problems",
        now() - start,
        problems.len()
    );
    let start = now();
    let prepared = Prepared::new(reference);
    println!("prepare    {:6.3} s", now() - start);
    let question = Question {
        period: Period::new(2026, MONTHS).unwrap(),
        basis: PeriodBasis::Booking,
        organisation: OrgView::AsWas,
        rule,
        progress_day: Day::new(2026, MONTHS, 31).unwrap(),
        counting_points: vec!["terminal".to_owned(), "first_tier".to_owned()],
        levels: Level::ALL.to_vec(),
    };
    let mut achievement = Achievement::new(&prepared, question).unwrap();
    let (mut cells, mut entries, mut bytes) = (0, 0, 0);
    let mut spent = [0.0; 4];
    for month in 1..=MONTHS {
        for distributor in 0..DISTRIBUTORS {
            let fold = fold(distributor, month);
            let start = now();
            let partial = Partial::of(&prepared, &fold).unwrap();
            let split = now();
            achievement.add_partial(&partial).unwrap();
            let added = now();
            let kept = partial.to_bytes();
            let written = now();
            assert!(Partial::from_bytes(&kept).is_ok());
            let times = [
                split - start,
                added - split,
                written - added,
                now() - written,
            ];
            for (sum, time) in spent.iter_mut().zip(times) {
                *sum += time;
            }
            cells += partial.cells.len();
            entries += fold.entries.len();
            bytes += kept.len();
        }
    }
    let [split, add, keep, read] = spent;
    println!("partials   {split:6.3} s  {entries} entries, {cells} cells");
    println!("add        {add:6.3} s");
    println!("(keep      {keep:6.3} s  {bytes} bytes; read again {read:.3} s)");
    let start = now();
    let table = achievement.finish().unwrap();
    let finish = now() - start;
    println!("finish     {finish:6.3} s  {} rows", table.rows.len());
    println!("in all     {:6.3} s", split + add + finish);
}
