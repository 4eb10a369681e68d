//! Everything known about one line, and who delivered what: questions a person asks about numbers.

use std::collections::BTreeMap;

use channelflow_model::flow::{ReportedLot, ReportedParty, ReportedProduct};
use channelflow_model::master::Alias;
use channelflow_model::{FlowKind, Period, PeriodRule};
use serde::Serialize;

use crate::database::Tx;
use crate::flow::{FlowRow, Refs};
use crate::line::LINES_PER_LOAD;
use crate::submission::{SubmissionRow, not_found, read_submission};
use crate::value::{Row, json_list, values};
use crate::{Warehouse, WarehouseError, alias, sql, stored};

/// A load as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadRow {
    /// Its number.
    pub load_id: i64,
    /// `delivery`, `undo`, `decision` or `master`.
    pub kind: String,
    /// Run.
    pub run_id: Option<i64>,
    /// Submission it loaded or took back.
    pub submission_id: Option<i64>,
    /// When.
    pub at: String,
}

/// Everything known about one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineDetail {
    /// The line.
    pub line: FlowRow,
    /// Address, city and tax id of the reported party.
    pub party: ReportedParty,
    /// The reported product in full.
    pub product: ReportedProduct,
    /// The reported lot in full.
    pub lot: ReportedLot,
    /// The submission it came with.
    pub submission: SubmissionRow,
    /// Position of the sheet in the artifact.
    pub sheet_index: u32,
    /// Fingerprint of the layout the sheet was read with.
    pub fingerprint: String,
    /// The load that opened it.
    pub opened: LoadRow,
    /// The load that closed it.
    pub closed: Option<LoadRow>,
    /// The load that wrote its counter-entry.
    pub reversed: Option<LoadRow>,
    /// Aliases it points at, also those taken back since.
    pub aliases: Vec<Alias>,
    /// Numbers of the lines made from it: counter-entries and copies.
    pub successors: Vec<i64>,
}

/// One (distributor, kind, period) that has data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Delivered {
    /// Who.
    pub distributor_id: String,
    /// What.
    pub kind: FlowKind,
    /// Accounting month.
    pub period: Period,
    /// Days with at least one line or declared without lines.
    pub days: u64,
    /// Lines that stand.
    pub lines: u64,
    /// Submissions that count.
    pub submissions: u64,
}

impl Warehouse {
    /// Everything known about one line.
    pub async fn line(&self, line_id: i64) -> Result<LineDetail, WarehouseError> {
        let unknown = || WarehouseError::NotFound {
            what: "line",
            id: line_id.to_string(),
        };
        let mut tx = self.read().await?;
        let (line, refs) = find(&mut tx, line_id).await?.ok_or_else(unknown)?;
        let key = values![&line.distributor_id, line.kind, line.day, line_id];
        let of = |reference: i64| values![&line.distributor_id, json_list([reference])];
        let party = tx
            .first(
                &sql::SELECT_PARTY,
                of(refs.party),
                entry(stored::read_party),
            )
            .await?;
        let product = tx
            .first(
                &sql::SELECT_PRODUCT,
                of(refs.product),
                entry(stored::read_product),
            )
            .await?;
        let lot = tx
            .first(&sql::SELECT_LOT, of(refs.lot), entry(stored::read_lot))
            .await?;
        let submission = read_submission(&mut tx, line.submission_id)
            .await?
            .ok_or_else(|| not_found(line.submission_id))?;
        let sheets = tx
            .all(&sql::SELECT_SHEETS, values![line.submission_id], |row| {
                let sheet_no = row.int()?;
                let (_member, _sheet, _kind) = (row.opt_text()?, row.text()?, row.opt_int()?);
                Ok((sheet_no, row.text()?))
            })
            .await?;
        let fingerprint = sheets
            .into_iter()
            .find(|(sheet_no, _)| *sheet_no == refs.sheet_no)
            .map_or_else(String::new, |(_, fingerprint)| fingerprint);
        let ids = line.customer_alias_id.into_iter();
        let aliases = alias::select_by_id(&mut tx, ids.chain(line.product_alias_id)).await?;
        let opened = read_load(&mut tx, Some(line.opened_load)).await?;
        Ok(LineDetail {
            party: party.unwrap_or_default(),
            product: product.unwrap_or_default(),
            lot: lot.unwrap_or_default(),
            submission,
            sheet_index: u32::try_from(refs.sheet_no).unwrap_or(0),
            fingerprint,
            opened: opened.ok_or_else(unknown)?,
            closed: read_load(&mut tx, line.closed_load).await?,
            reversed: read_load(&mut tx, line.reversed_load).await?,
            aliases,
            successors: tx.all(&sql::SELECT_SUCCESSORS, key, Row::int).await?,
            line,
        })
    }

    /// Which distributors delivered which kinds for these accounting months. A month belongs to
    /// it by `rule`; declared days without lines count as delivered.
    pub async fn delivered(
        &self,
        periods: &[Period],
        rule: PeriodRule,
    ) -> Result<Vec<Delivered>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut found: BTreeMap<(String, FlowKind, Period), (u64, u64, u64)> = BTreeMap::new();
        let days = tx
            .all(&sql::SELECT_DELIVERED, Vec::new(), |row| {
                Ok((row.text()?, row.kind()?, row.day()?, row.small::<u64>()?))
            })
            .await?;
        for (distributor_id, kind, day, lines) in days {
            let period = rule.period_of(day);
            if periods.contains(&period) {
                let entry = found.entry((distributor_id, kind, period)).or_default();
                entry.0 += 1;
                entry.1 += lines;
            }
        }
        let ranges = tx
            .all(&sql::SELECT_RANGES, Vec::new(), |row| {
                Ok((row.text()?, row.kind()?, row.day()?, row.day()?))
            })
            .await?;
        for (distributor_id, kind, first, last) in ranges {
            for period in periods {
                let inside = rule
                    .days_of(*period)
                    .is_some_and(|days| days.first <= last && first <= days.last);
                if inside {
                    let key = (distributor_id.clone(), kind, *period);
                    found.entry(key).or_default().2 += 1;
                }
            }
        }
        Ok(found
            .into_iter()
            .map(
                |((distributor_id, kind, period), (days, lines, submissions))| Delivered {
                    distributor_id,
                    kind,
                    period,
                    days,
                    lines,
                    submissions,
                },
            )
            .collect())
    }
}

/// A line with its references, by its number.
pub(crate) async fn find(
    tx: &mut Tx,
    line_id: i64,
) -> Result<Option<(FlowRow, Refs)>, WarehouseError> {
    let key = tx
        .first(
            &sql::FIND_LINE,
            values![line_id / LINES_PER_LOAD, line_id],
            |row| Ok((row.text()?, row.int()?, row.int()?)),
        )
        .await?;
    let Some((distributor_id, kind, day)) = key else {
        return Ok(None);
    };
    let key = values![distributor_id, kind, day, line_id];
    tx.first(&sql::SELECT_DETAIL, key, FlowRow::read).await
}

/// Skips the reference that a dictionary row begins with.
fn entry<T>(
    read: fn(&mut Row) -> Result<T, WarehouseError>,
) -> impl Fn(&mut Row) -> Result<T, WarehouseError> + Send + Sync {
    move |row| {
        row.int()?;
        read(row)
    }
}

async fn read_load(tx: &mut Tx, load_id: Option<i64>) -> Result<Option<LoadRow>, WarehouseError> {
    let Some(load_id) = load_id else {
        return Ok(None);
    };
    tx.first(&sql::SELECT_LOAD, values![load_id], |row| {
        Ok(LoadRow {
            load_id: row.int()?,
            kind: row.text()?,
            run_id: row.opt_int()?,
            submission_id: row.opt_int()?,
            at: row.text()?,
        })
    })
    .await
}
