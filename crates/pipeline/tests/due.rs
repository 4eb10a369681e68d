//! A party is computed again exactly when something its statement rests on is another one: changes
//! of every kind, each followed by a settling that finds nothing to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::Path;

use channelflow_model::flow::{Match, ReportedParty, ReportedProduct, ResolvedTable, Rule};
use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, DistributorTier, GroupMember, Instrument, Measure, Payment,
    PolicyText, Shipment, Span, Target, TargetOwner,
};
use channelflow_model::{
    Day, DayRange, Disposition, FlowKind, FlowTable, LineFlags, Micros, Period, PeriodRule,
};
use channelflow_pipeline::company::Company;
use channelflow_pipeline::settle::{SettleOptions, settle};
use channelflow_warehouse::{Delivery, ImportMeta, Mode, NewRecord, Recorded, Warehouse};

const POLICY: &str = "id = \"P\"\nversion = 1\nname = \"月度返利\"\nkind = \"一级\"\n\
    valid_from = 2026-01-01\nvalid_to = 2026-12-31\nperiod = \"month\"\n\
    [party]\ntiers = [\"一级\", \"二级\"]\n\
    [basis]\nsource = \"sale\"\ncounting_point = \"all\"\nmeasure = \"quantity\"\nunit = \"盒\"\n\
    [[reward]]\nid = \"box\"\nshape = \"per_unit\"\nyuan = 0.1\n";
const BOTH: [&str; 2] = ["D1", "D2"];

fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

fn month() -> Period {
    Period::from_iso("2026-03").unwrap()
}

struct World {
    company: Company,
    warehouse: Warehouse,
}

impl World {
    async fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("master")).unwrap();
        let settings = "[company]\nname = \"甲\"\n\n[warehouse]\nurl = \"sqlite:warehouse.db\"\n\n\
            [master]\npath = \"master\"\n";
        std::fs::write(folder.join("channelflow.toml"), settings).unwrap();
        let company = Company::open(folder, std::env::current_exe().unwrap(), None).unwrap();
        let url = company.warehouse_url().unwrap();
        let warehouse = Warehouse::open(&url).await.unwrap();
        warehouse.migrate().await.unwrap();
        World { company, warehouse }
    }

    async fn import<T: Recorded>(&self, words: &[T]) {
        let meta = ImportMeta {
            file_name: "file.csv",
            sha256: "",
            by: "ann",
            at: "2026-04-01T00:00:00Z",
        };
        let rows = words.iter().map(NewRecord::of).collect();
        let done = self
            .warehouse
            .import_records(T::KIND, rows, &meta, Mode::Commit);
        done.await.unwrap();
    }

    async fn master(&self, role: &str, tier: &str) {
        let customer = Customer {
            id: "C1".to_owned(),
            role: role.to_owned(),
            active: true,
            ..Customer::default()
        };
        let product = Product {
            id: "P1".to_owned(),
            active: true,
            ..Product::default()
        };
        let distributors = BOTH.map(|id| Distributor {
            id: id.to_owned(),
            tier: tier.to_owned(),
            expects: vec![FlowKind::Sale],
            active: true,
            ..Distributor::default()
        });
        let (warehouse, mode) = (&self.warehouse, Mode::Commit);
        warehouse.import_customers(&[customer], mode).await.unwrap();
        warehouse.import_products(&[product], mode).await.unwrap();
        let done = warehouse.import_distributors(&distributors, mode).await;
        done.unwrap();
    }

    /// One sale of a distributor on a day.
    async fn deliver(&self, distributor: &str, file: &str, on: &str, boxes: i64) -> i64 {
        let on = day(on);
        let range = PeriodRule::default()
            .days_of(PeriodRule::default().period_of(on))
            .unwrap();
        let tables = [table(range, on, boxes)];
        let done = self
            .warehouse
            .load(
                &Delivery {
                    run_id: None,
                    distributor_id: distributor,
                    source: "inbox",
                    file_name: file,
                    artifact: file,
                    bytes: 1,
                    received_at: "2026-04-02T08:00:00Z",
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
                },
                Mode::Commit,
            )
            .await
            .unwrap();
        done.submission_id
    }

    async fn settle(&self) -> Vec<String> {
        let options = SettleOptions {
            period: month(),
            who: "ann".to_owned(),
            at: "2026-04-06T08:00:00Z".to_owned(),
            mode: Mode::Commit,
            afresh: false,
        };
        let outcome = settle(&self.company, &self.warehouse, &options).await;
        let computed = outcome.unwrap().computed.into_iter();
        computed.map(|it| it.party_id).collect()
    }

    /// What is computed after a change; settling once more finds nothing.
    async fn computes(&self, what: &str, parties: &[&str]) {
        assert_eq!(self.settle().await, parties, "{what}");
        assert!(self.settle().await.is_empty(), "{what}, again");
    }
}

fn table(range: DayRange, on: Day, boxes: i64) -> ResolvedTable {
    let mut flow = FlowTable::new(FlowKind::Sale);
    flow.range = Some(range);
    flow.declared = true;
    flow.parties.push(ReportedParty::default());
    flow.products.push(ReportedProduct::default());
    flow.lots
        .push(channelflow_model::flow::ReportedLot::default());
    flow.day.push(on);
    flow.party.push(0);
    flow.product.push(0);
    flow.lot.push(0);
    flow.quantity.push(Micros(boxes * Micros::SCALE));
    flow.price.push(None);
    flow.amount.push(Some(Micros(boxes * 10 * Micros::SCALE)));
    for empty in [
        &mut flow.doc_no,
        &mut flow.doc_type,
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
    flow.row.push(2);
    let found = |id: &str| {
        Some(Match {
            id: id.to_owned(),
            rule: Rule::Name,
            alias_id: None,
        })
    };
    ResolvedTable {
        flow,
        matches: vec![None, found("C1"), found("P1")],
        customer: vec![1],
        matched_product: vec![2],
        base_quantity: vec![Some(Micros(boxes * Micros::SCALE))],
        disposition: vec![Disposition::Accepted],
    }
}

fn shipment(line_no: &str, owner: &str, amount: i64) -> Shipment {
    Shipment {
        doc_no: "S1".to_owned(),
        line_no: line_no.to_owned(),
        day: day("2026-03-10"),
        distributor_id: owner.to_owned(),
        product_id: "P1".to_owned(),
        lot: String::new(),
        quantity: Micros(1_000_000),
        amount: Micros(amount),
    }
}

fn target(value: i64) -> Target {
    Target {
        period: month(),
        owner: TargetOwner::Distributor("D1".to_owned()),
        product_group: String::new(),
        measure: Measure::Quantity,
        counting_point: "all".to_owned(),
        value: Micros(value),
    }
}

fn policy(version: u32, yuan: &str) -> PolicyText {
    let text = POLICY
        .replace("version = 1", &format!("version = {version}"))
        .replace("yuan = 0.1", &format!("yuan = {yuan}"));
    PolicyText {
        id: "P".to_owned(),
        version: version.to_string(),
        file: format!("p{version}.toml"),
        toml: text,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_is_computed_again_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    world.master("hospital", "一级").await;
    world.import(&[policy(1, "0.1")]).await;
    for distributor in BOTH {
        for (month, on) in [("2", "2026-02-05"), ("3", "2026-03-05")] {
            let file = format!("{distributor}-{month}");
            world.deliver(distributor, &file, on, 10).await;
        }
    }
    world.computes("the first time", &BOTH).await;

    // Flow, and when it was reported: only whose it is.
    world.deliver("D1", "D1-3b", "2026-03-05", 12).await;
    world.computes("a corrected line", &["D1"]).await;
    world.deliver("D1", "D1-3c", "2026-03-05", 12).await;
    world.computes("the same file again", &[]).await;
    // February is not looked at by a policy of single months.
    world.deliver("D2", "D2-2b", "2026-02-05", 3).await;
    world.computes("a month before", &[]).await;
    let undone = world.deliver("D2", "D2-3b", "2026-03-05", 7).await;
    world.computes("another corrected line", &["D2"]).await;
    let at = "2026-04-03T08:00:00Z";
    let done = world.warehouse.undo(undone, None, at, Mode::Commit).await;
    done.unwrap();
    world.computes("an undone file", &["D2"]).await;

    // What has versions, and master data: whoever it may touch, which is everybody.
    world.import(&[shipment("1", "D1", 5)]).await;
    world.computes("a shipment", &BOTH).await;
    world.import(&[shipment("1", "D1", 6)]).await;
    world.computes("a corrected shipment", &BOTH).await;
    world.import(&[shipment("1", "D1", 6)]).await;
    world.computes("the same shipment", &[]).await;
    world
        .import(&[Payment {
            doc_no: "R1".to_owned(),
            distributor_id: "D2".to_owned(),
            day: day("2026-03-20"),
            due: Some(day("2026-03-31")),
            amount: Micros(9_000_000),
            instrument: Instrument::Wire,
            tenor_days: 0,
        }])
        .await;
    world.computes("a payment", &BOTH).await;
    world.import(&[target(1)]).await;
    world.computes("a target", &BOTH).await;
    world.import(&[target(2)]).await;
    world.computes("a corrected target", &BOTH).await;
    world
        .import(&[AssessedPrice {
            product_id: "P1".to_owned(),
            from: day("2026-01-01"),
            price: Micros(12_000_000),
            revoked: false,
        }])
        .await;
    world.computes("a price", &BOTH).await;
    world
        .import(&[GroupMember {
            group_id: "G1".to_owned(),
            group_name: String::new(),
            product_id: "P1".to_owned(),
            span: Span::ALWAYS,
        }])
        .await;
    world.computes("a product of a group", &BOTH).await;
    world
        .import(&[Attribution {
            customer_id: "C1".to_owned(),
            product_group: String::new(),
            post_id: "X".to_owned(),
            share: Micros(1_000_000),
            span: Span::ALWAYS,
        }])
        .await;
    world.computes("an attribution", &BOTH).await;
    world
        .import(&[DistributorTier {
            distributor_id: "D1".to_owned(),
            tier: "二级".to_owned(),
            span: Span::ALWAYS,
        }])
        .await;
    world.computes("a tier", &BOTH).await;
    world.import(&[policy(1, "0.1"), policy(2, "0.2")]).await;
    world.computes("a policy", &BOTH).await;
    world.master("hospital", "一级").await;
    world.computes("the same master data", &[]).await;
    world.master("clinic", "一级").await;
    world.computes("a customer", &BOTH).await;
    world.master("clinic", "二级").await;
    world.computes("distributors", &BOTH).await;
    world.warehouse.close().await;
}
