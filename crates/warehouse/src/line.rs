//! A line as it is stored, and the fastest way each engine has to store many.
//!
//! Not here: which lines to store (`load`, `undo`, `decision`) and lines with names (`flow`).

use std::sync::Arc;

use channelflow_model::flow::{Match, Rule};
use channelflow_model::{Disposition, HoldReason};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, SqlStr};

use crate::copy::copy_lines;
use crate::crash::crash_point;
use crate::database::{Tx, assembled, batch};
use crate::value::{Row, Value, values};
use crate::{WarehouseError, sql};

/// A line's number holds the load that opened it: `load_id * LINES_PER_LOAD + position`.
pub(crate) const LINES_PER_LOAD: i64 = 1 << 24;

/// Ordinary line, counter-entry of a closed period, line of a closed period booked later.
pub(crate) const DELTA_NONE: i64 = 0;
pub(crate) const DELTA_REVERSAL: i64 = 1;
pub(crate) const DELTA_LATE: i64 = 2;

pub(crate) const ACCEPTED: i64 = 0;
pub(crate) const HELD: i64 = 1;
pub(crate) const IGNORED: i64 = 2;

/// What a reported name was resolved to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matched {
    pub id: Option<Arc<str>>,
    pub rule: Option<i64>,
    pub alias_id: Option<i64>,
}

impl Matched {
    pub(crate) fn new(found: Option<&Match>) -> Self {
        found.map_or_else(Matched::default, |found| Matched {
            id: Some(found.id.as_str().into()),
            rule: Rule::ALL
                .iter()
                .zip(1..)
                .find(|(rule, _)| **rule == found.rule)
                .map(|(_, number)| number),
            alias_id: found.alias_id,
        })
    }
}

/// The rule with this number in tables.
pub(crate) fn rule_of(number: Option<i64>) -> Option<Rule> {
    let index = usize::try_from(number?.checked_sub(1)?).ok()?;
    Rule::ALL.get(index).copied()
}

/// Status and hold reason as stored.
pub(crate) fn status_of(disposition: Disposition) -> (i64, Option<HoldReason>) {
    match disposition {
        Disposition::Accepted => (ACCEPTED, None),
        Disposition::Held(reason) => (HELD, Some(reason)),
        Disposition::Dropped(_) => (IGNORED, None),
    }
}

/// A stored line. The distributor is not in it: every place that has lines knows whose they are.
#[expect(clippy::struct_field_names, reason = "the names of the columns")]
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub kind: i64,
    pub day: i32,
    pub line_id: i64,
    pub business_period: i32,
    pub booking_period: i32,
    pub party_ref: i64,
    pub product_ref: i64,
    pub lot_ref: i64,
    pub context_ref: i64,
    pub customer: Matched,
    pub product: Matched,
    pub quantity: i64,
    pub base_quantity: Option<i64>,
    pub price: Option<i64>,
    pub amount: Option<i64>,
    pub doc_no: Option<Arc<str>>,
    pub line_no: Option<Arc<str>>,
    pub remark: Option<Arc<str>>,
    pub flags: i64,
    pub status: i64,
    pub hold_reason: Option<Arc<str>>,
    pub detail: Option<Arc<str>>,
    pub content_hash: i64,
    pub submission_id: i64,
    pub sheet_no: i64,
    pub row_no: i64,
    pub delta: i64,
    pub made_from: Option<i64>,
}

impl Line {
    /// Reads the columns of `line/select_of_day`.
    pub(crate) fn read(row: &mut Row) -> Result<Self, WarehouseError> {
        Ok(Line {
            kind: row.int()?,
            day: row.small()?,
            line_id: row.int()?,
            business_period: row.small()?,
            booking_period: row.small()?,
            party_ref: row.int()?,
            product_ref: row.int()?,
            lot_ref: row.int()?,
            context_ref: row.int()?,
            customer: Matched {
                id: row.opt_shared()?,
                rule: row.opt_int()?,
                alias_id: row.opt_int()?,
            },
            product: Matched {
                id: row.opt_shared()?,
                rule: row.opt_int()?,
                alias_id: row.opt_int()?,
            },
            quantity: row.int()?,
            base_quantity: row.opt_int()?,
            price: row.opt_int()?,
            amount: row.opt_int()?,
            doc_no: row.opt_shared()?,
            line_no: row.opt_shared()?,
            remark: row.opt_shared()?,
            flags: row.int()?,
            status: row.int()?,
            hold_reason: row.opt_shared()?,
            detail: row.opt_shared()?,
            content_hash: row.int()?,
            submission_id: row.int()?,
            sheet_no: row.int()?,
            row_no: row.int()?,
            delta: row.int()?,
            made_from: row.opt_int()?,
        })
    }

    /// The counter-entry of this line.
    pub(crate) fn reversed(&self, line_id: i64, booking_period: i32) -> Line {
        Line {
            line_id,
            booking_period,
            quantity: self.quantity.saturating_neg(),
            base_quantity: self.base_quantity.map(i64::saturating_neg),
            amount: self.amount.map(i64::saturating_neg),
            delta: DELTA_REVERSAL,
            made_from: Some(self.line_id),
            ..self.clone()
        }
    }
}

/// Lines made one at a time.
pub(crate) type Lines<'l> = dyn Iterator<Item = Result<Line, WarehouseError>> + Send + 'l;

/// Stores lines of one distributor. They should come in key order (kind, day, line number).
pub(crate) async fn insert_lines(
    tx: &mut Tx,
    distributor_id: &str,
    lines: &mut Lines<'_>,
) -> Result<(), WarehouseError> {
    match tx {
        Tx::Sqlite(tx) => insert_sqlite(tx, distributor_id, lines).await,
        Tx::Postgres(_) => insert_postgres(tx, distributor_id, lines).await,
    }
}

/// So many lines go to PostgreSQL in one statement. More are copied, which is faster per line but
/// ends with two small messages that a server over TCP answers only after its timer.
const FEW: usize = 300;

async fn insert_postgres(
    tx: &mut Tx,
    distributor_id: &str,
    lines: &mut Lines<'_>,
) -> Result<(), WarehouseError> {
    let first: Vec<Line> = lines.take(FEW).collect::<Result<_, _>>()?;
    if first.len() < FEW {
        crash_point("mid_lines");
        let owner: Arc<str> = distributor_id.into();
        let rows = first.into_iter().map(|line| row(&owner, line)).collect();
        return tx.insert_many(&sql::INSERT_LINE, rows).await;
    }
    let mut all = first.into_iter().map(Ok).chain(lines);
    match tx {
        Tx::Postgres(tx) => copy_lines(tx, distributor_id, &mut all).await,
        Tx::Sqlite(tx) => insert_sqlite(tx, distributor_id, &mut all).await,
    }
}

/// A line in the order of `line/insert`.
fn row(owner: &Arc<str>, line: Line) -> Vec<Value> {
    values![
        Arc::clone(owner),
        line.kind,
        line.day,
        line.line_id,
        line.business_period,
        line.booking_period,
        line.party_ref,
        line.product_ref,
        line.lot_ref,
        line.context_ref,
        line.customer.id,
        line.customer.rule,
        line.customer.alias_id,
        line.product.id,
        line.product.rule,
        line.product.alias_id,
        line.quantity,
        line.base_quantity,
        line.price,
        line.amount,
        line.doc_no,
        line.line_no,
        line.remark,
        line.flags,
        line.status,
        line.hold_reason,
        line.detail,
        line.content_hash,
        line.submission_id,
        line.sheet_no,
        line.row_no,
        line.delta,
        line.made_from,
    ]
}

/// Columns of [`Line`] with a value of its own per line; the order of `line/insert`.
const WIDTH: usize = 32;
/// Rows made ready at a time. More gain nothing: the time goes into the rows, not the statement.
const BATCH: usize = 500;

async fn insert_sqlite(
    connection: &mut SqliteConnection,
    distributor_id: &str,
    lines: &mut Lines<'_>,
) -> Result<(), WarehouseError> {
    let distributor: Arc<str> = distributor_id.into();
    let mut first = true;
    let mut next = lines.take(BATCH).collect::<Result<Vec<Line>, _>>()?;
    while !next.is_empty() {
        let sent = send(connection, &distributor, next);
        // The database works on these in its own thread while the next are made here.
        let (sent, made) = futures::join!(sent, async {
            lines.take(BATCH).collect::<Result<Vec<Line>, _>>()
        });
        sent?;
        next = made?;
        if first {
            first = false;
            crash_point("mid_lines");
        }
    }
    Ok(())
}

async fn send(
    connection: &mut SqliteConnection,
    distributor: &Arc<str>,
    lines: Vec<Line>,
) -> Result<(), WarehouseError> {
    let mut lines = lines.into_iter();
    while lines.len() > 0 {
        let size = batch(lines.len(), WIDTH);
        let mut arguments = SqliteArguments::default();
        arguments.reserve(size * WIDTH + 1, 0);
        for line in lines.by_ref().take(size) {
            bind(&mut arguments, line).map_err(encoding)?;
        }
        arguments.add(Arc::clone(distributor)).map_err(encoding)?;
        sqlx::query_with(sqlite_insert(size), arguments)
            .execute(&mut *connection)
            .await
            .map_err(|error| WarehouseError::from_sqlx(sql::INSERT_LINE.name, error))?;
    }
    Ok(())
}

/// The insert for `rows` lines. Parameters are `?` (see `database::repeated`) except the
/// distributor, which every row shares: it is the one after all the others.
fn sqlite_insert(rows: usize) -> SqlStr {
    let text = sql::INSERT_LINE.sqlite;
    let head = text.split_once("VALUES (").map_or(text, |(head, _)| head);
    let shared = rows * WIDTH + 1;
    let tuple = format!("(${shared}{})", ", ?".repeat(WIDTH));
    let tuples = vec![tuple; rows].join(", ");
    assembled(format!("{head}VALUES {tuples}"))
}

fn bind(arguments: &mut SqliteArguments, line: Line) -> Result<(), sqlx::error::BoxDynError> {
    arguments.add(line.kind)?;
    arguments.add(line.day)?;
    arguments.add(line.line_id)?;
    arguments.add(line.business_period)?;
    arguments.add(line.booking_period)?;
    arguments.add(line.party_ref)?;
    arguments.add(line.product_ref)?;
    arguments.add(line.lot_ref)?;
    arguments.add(line.context_ref)?;
    arguments.add(line.customer.id)?;
    arguments.add(line.customer.rule)?;
    arguments.add(line.customer.alias_id)?;
    arguments.add(line.product.id)?;
    arguments.add(line.product.rule)?;
    arguments.add(line.product.alias_id)?;
    arguments.add(line.quantity)?;
    arguments.add(line.base_quantity)?;
    arguments.add(line.price)?;
    arguments.add(line.amount)?;
    arguments.add(line.doc_no)?;
    arguments.add(line.line_no)?;
    arguments.add(line.remark)?;
    arguments.add(line.flags)?;
    arguments.add(line.status)?;
    arguments.add(line.hold_reason)?;
    arguments.add(line.detail)?;
    arguments.add(line.content_hash)?;
    arguments.add(line.submission_id)?;
    arguments.add(line.sheet_no)?;
    arguments.add(line.row_no)?;
    arguments.add(line.delta)?;
    arguments.add(line.made_from)?;
    Ok(())
}

fn encoding(error: sqlx::error::BoxDynError) -> WarehouseError {
    WarehouseError::from_sqlx(sql::INSERT_LINE.name, sqlx::Error::Encode(error))
}
