//! What every test needs: an empty warehouse on either engine, and deliveries written as one line
//! per row.

use channelflow_model::finding::SheetPlace;
use channelflow_model::flow::{
    Match, ReportedLot, ReportedParty, ReportedProduct, ResolvedTable, Rule,
};
use channelflow_model::{
    Day, DayRange, Disposition, DropReason, FlowKind, FlowTable, HoldReason, LineFlags, Micros,
    PeriodRule,
};
use channelflow_warehouse::{
    DeliveredSheet, Delivery, Engine, FlowFilter, FlowRow, LineStatus, LoadOutcome, Mode, Warehouse,
};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor};

/// An empty warehouse of its own.
pub struct World {
    pub warehouse: Warehouse,
    pub url: String,
    /// Removes the file, or names the database to drop.
    folder: Option<tempfile::TempDir>,
    database: Option<(String, String)>,
}

impl World {
    pub async fn new(engine: Engine, name: &str) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("warehouse.db").display());
                Self::open(url, Some(folder), None).await
            }
            Engine::Postgres => {
                let server = std::env::var("CHANNELFLOW_TEST_POSTGRES")
                    .expect("no PostgreSQL to test on; run `eval \"$(scripts/services start)\"`");
                let database = format!("test_{name}_{}", std::process::id());
                let admin = PgPool::connect(&server).await.unwrap();
                for sql in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
                    let sql = AssertSqlSafe(format!("{sql} {database}"));
                    admin.execute(sql).await.unwrap();
                }
                admin.close().await;
                let (host, _) = server.rsplit_once('/').unwrap();
                let url = format!("{host}/{database}");
                Self::open(url, None, Some((server, database))).await
            }
        }
    }

    async fn open(
        url: String,
        folder: Option<tempfile::TempDir>,
        database: Option<(String, String)>,
    ) -> Self {
        let warehouse = Warehouse::open(&url).await.unwrap();
        warehouse.migrate().await.unwrap();
        World {
            warehouse,
            url,
            folder,
            database,
        }
    }

    /// Every test ends here: what is stored must agree with itself.
    pub async fn finish(self) {
        assert_eq!(self.warehouse.verify().await.unwrap(), [""; 0]);
        self.warehouse.close().await;
        if let Some((server, database)) = self.database {
            let admin = PgPool::connect(&server).await.unwrap();
            let sql = AssertSqlSafe(format!("DROP DATABASE {database}"));
            admin.execute(sql).await.unwrap();
        }
        drop(self.folder);
    }

    /// Loads rows of one kind with a declared range, or without for an empty text.
    pub async fn load(&self, file: &str, range: &str, rows: &[&str]) -> LoadOutcome {
        let tables = [table(FlowKind::Sale, range, rows)];
        self.load_tables(file, &tables, Mode::Commit).await
    }

    pub async fn load_tables(
        &self,
        file: &str,
        tables: &[ResolvedTable],
        mode: Mode,
    ) -> LoadOutcome {
        self.warehouse
            .load(&delivery(file, tables), mode)
            .await
            .unwrap()
    }

    /// Statements on the database itself, behind the warehouse's back.
    pub async fn execute(&self, statements: &[&'static str]) {
        for statement in statements {
            if self.url.starts_with("sqlite:") {
                let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
                pool.execute(*statement).await.unwrap();
                pool.close().await;
            } else {
                let pool = PgPool::connect(&self.url).await.unwrap();
                pool.execute(*statement).await.unwrap();
                pool.close().await;
            }
        }
    }

    /// Every standing line, as the rows it was loaded from.
    pub async fn rows(&self) -> Vec<String> {
        let mut rows: Vec<String> = self.lines().await.iter().map(shown).collect();
        rows.sort();
        rows
    }

    /// Every standing line.
    pub async fn lines(&self) -> Vec<FlowRow> {
        let mut lines = Vec::new();
        self.warehouse
            .flow_rows(&FlowFilter::default(), &mut |line| {
                lines.push(line);
                Ok(())
            })
            .await
            .unwrap();
        lines
    }
}

/// `2026-03-01 甲医院 乙片 3`, with the status when it is not accepted and the booking period when
/// it is another one.
pub fn shown(line: &FlowRow) -> String {
    let mut text = format!(
        "{} {} {} {}",
        line.day, line.raw_customer, line.raw_product, line.quantity
    );
    if line.status != LineStatus::Accepted {
        text.push_str(" =");
        text.push_str(line.hold_reason.map_or("ignored", HoldReason::as_str));
    }
    if line.booking_period != line.business_period {
        text.push_str(" in ");
        text.push_str(&line.booking_period.to_string());
    }
    text
}

/// A delivery of distributor D1, received on 2026-05-01; the file name stands for its bytes.
pub fn delivery<'a>(file: &'a str, tables: &'a [ResolvedTable]) -> Delivery<'a> {
    static SHEETS: std::sync::LazyLock<Vec<DeliveredSheet>> = std::sync::LazyLock::new(|| {
        vec![DeliveredSheet {
            place: place(),
            kind: Some(FlowKind::Sale),
            fingerprint: "0123456789abcdef".to_owned(),
        }]
    });
    static COUNTS: std::sync::LazyLock<serde_json::Value> =
        std::sync::LazyLock::new(|| serde_json::json!({"read": 1}));
    Delivery {
        run_id: None,
        distributor_id: "D1",
        source: "inbox",
        file_name: file,
        artifact: file,
        bytes: 100,
        received_at: "2026-05-01T08:00:00Z",
        tables,
        orders: &[],
        sheets: &SHEETS,
        layouts_new: &[],
        counts: &COUNTS,
        findings: &[],
        again: false,
        replace: true,
        content: None,
        checkpoint: None,
        period_rule: PeriodRule::default(),
    }
}

fn place() -> SheetPlace {
    SheetPlace {
        member: None,
        sheet: "一月".to_owned(),
        sheet_index: 0,
    }
}

/// Rows `day customer product quantity`. A customer with `?` in front is unknown, with `!` ignored;
/// the amount is ten times the quantity.
pub fn table(kind: FlowKind, range: &str, rows: &[&str]) -> ResolvedTable {
    let mut flow = FlowTable::new(kind);
    flow.sheets.push(place());
    if let Some((first, last)) = range.split_once("..") {
        let day = |text| Day::from_iso(text).unwrap();
        flow.range = DayRange::new(day(first), day(last));
        flow.declared = true;
    }
    let mut table = ResolvedTable {
        flow,
        matches: vec![None],
        customer: Vec::new(),
        matched_product: Vec::new(),
        base_quantity: Vec::new(),
        disposition: Vec::new(),
    };
    for (row, number) in rows.iter().zip(2..) {
        push_row(&mut table, row, number);
    }
    if table.flow.range.is_none()
        && let (Some(first), Some(last)) =
            (table.flow.day.iter().min(), table.flow.day.iter().max())
    {
        table.flow.range = DayRange::new(*first, *last);
    }
    table
}

fn push_row(table: &mut ResolvedTable, row: &str, number: u32) {
    let words: Vec<&str> = row.split(' ').collect();
    let [day, customer, product, quantity] = words[..] else {
        panic!("`{row}` is not `day customer product quantity`");
    };
    let quantity: Micros = quantity.parse().unwrap();
    let flow = &mut table.flow;
    let party = ReportedParty {
        name: customer.to_owned(),
        ..ReportedParty::default()
    };
    let reported = ReportedProduct {
        name: product.to_owned(),
        unit: "盒".to_owned(),
        ..ReportedProduct::default()
    };
    let lot = ReportedLot {
        raw: "20250101".to_owned(),
        lot: "20250101".to_owned(),
        ..ReportedLot::default()
    };
    flow.day.push(Day::from_iso(day).unwrap());
    flow.party.push(position(&mut flow.parties, party));
    flow.product.push(position(&mut flow.products, reported));
    flow.lot.push(position(&mut flow.lots, lot));
    flow.quantity.push(quantity);
    flow.price.push(Micros::from_units(10));
    flow.amount.push(quantity.checked_mul(Micros(10_000_000)));
    let sale = position(&mut flow.texts, "销售\t出库\\".to_owned());
    for empty in [
        &mut flow.doc_no,
        &mut flow.line_id,
        &mut flow.branch,
        &mut flow.salesperson,
        &mut flow.remark,
        &mut flow.stock_status,
    ] {
        empty.push(0);
    }
    flow.doc_type.push(sale);
    flow.flags.push(LineFlags::default());
    flow.hold.push(None);
    flow.sheet.push(0);
    flow.row.push(number);
    answer(table, customer, product, Some(quantity));
}

fn answer(table: &mut ResolvedTable, customer: &str, product: &str, base: Option<Micros>) {
    let matched = |id: String| {
        Some(Match {
            id,
            rule: Rule::Name,
            alias_id: None,
        })
    };
    let product = position(&mut table.matches, matched(format!("P-{product}")));
    table.matched_product.push(product);
    table.base_quantity.push(base);
    let (known, disposition) = match customer.as_bytes().first() {
        Some(b'?') => (false, Disposition::Held(HoldReason::UnknownCustomer)),
        Some(b'!') => (false, Disposition::Dropped(DropReason::Ignored)),
        _ => (true, Disposition::Accepted),
    };
    let code = if known {
        position(&mut table.matches, matched(format!("C-{customer}")))
    } else {
        0
    };
    table.customer.push(code);
    table.disposition.push(disposition);
}

/// Position of a value, which is added when it is new.
fn position<T: PartialEq>(values: &mut Vec<T>, value: T) -> u32 {
    let at = values.iter().position(|known| *known == value);
    let at = at.unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    });
    u32::try_from(at).unwrap()
}

/// Stored lines resolved anew: every unknown customer is now known as `C-…`, and customers in
/// `ignored` are left out.
pub fn resolved_anew(
    stored: channelflow_warehouse::StoredTable,
    ignored: &[&str],
) -> channelflow_warehouse::Reresolved {
    let mut table = ResolvedTable {
        flow: stored.flow,
        matches: vec![None],
        customer: Vec::new(),
        matched_product: Vec::new(),
        base_quantity: Vec::new(),
        disposition: Vec::new(),
    };
    for line in 0..table.flow.len() {
        let customer = table.flow.parties[table.flow.party[line] as usize]
            .name
            .clone();
        let product = table.flow.products[table.flow.product[line] as usize]
            .name
            .clone();
        let base = Some(table.flow.quantity[line]);
        let known = customer.trim_start_matches(['?', '!']).to_owned();
        let known = if ignored.contains(&known.as_str()) {
            format!("!{known}")
        } else {
            known
        };
        answer(&mut table, &known, &product, base);
    }
    channelflow_warehouse::Reresolved {
        distributor_id: stored.distributor_id,
        line_ids: stored.line_ids,
        table,
    }
}
