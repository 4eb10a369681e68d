//! Stored lines in readable form: for export, the feed and the explanation of one line.

use channelflow_model::flow::Rule;
use channelflow_model::{Day, DayRange, FlowKind, HoldReason, LineFlags, Micros, Period};
use serde::{Deserialize, Serialize, Serializer};

use crate::line::{ACCEPTED, DELTA_LATE, DELTA_REVERSAL, HELD, IGNORED, LINES_PER_LOAD, rule_of};
use crate::value::{Row, kind_number, values};
use crate::{Warehouse, WarehouseError, sql};

/// What a stored line counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// Counts in results.
    Accepted,
    /// Waits for somebody.
    Held,
    /// Left out by an `ignore` alias.
    Ignored,
}

impl LineStatus {
    /// The word in views and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            LineStatus::Accepted => "accepted",
            LineStatus::Held => "held",
            LineStatus::Ignored => "ignored",
        }
    }

    fn number(self) -> i64 {
        match self {
            LineStatus::Accepted => ACCEPTED,
            LineStatus::Held => HELD,
            LineStatus::Ignored => IGNORED,
        }
    }
}

/// Whether a line stands for a row of a file or corrects a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delta {
    /// An ordinary line.
    None,
    /// Counter-entry of a line in a closed period.
    Reversal,
    /// A line of a closed period, booked in an open one.
    Late,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over references"
)]
fn decimal<S: Serializer>(value: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "serde hands over references")]
fn optional_decimal<S: Serializer>(
    value: &Option<Micros>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// A stored line with names. Days and periods serialise as numbers (`20260301`, `202603`),
/// quantities and money as exact decimal texts. Empty text: not reported or not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowRow {
    /// Stable number of the line.
    pub line_id: i64,
    /// Whose line.
    pub distributor_id: String,
    /// Standard name of the distributor.
    pub distributor_name: String,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Business day.
    pub day: Day,
    /// Accounting month of the day.
    pub business_period: Period,
    /// Accounting month the line counts in.
    pub booking_period: Period,
    /// Customer in the master data.
    pub customer_id: Option<String>,
    /// Its standard name.
    pub customer_name: String,
    /// How it was found.
    pub customer_rule: Option<Rule>,
    /// Alias that decided.
    pub customer_alias_id: Option<i64>,
    /// Product in the master data.
    pub product_id: Option<String>,
    /// Its standard name.
    pub product_name: String,
    /// Its standard spec.
    pub product_spec: String,
    /// How it was found.
    pub product_rule: Option<Rule>,
    /// Alias that decided.
    pub product_alias_id: Option<i64>,
    /// Customer or supplier as reported.
    pub raw_customer: String,
    /// Its code at the distributor.
    pub raw_customer_code: String,
    /// Product as reported.
    pub raw_product: String,
    /// Its code at the distributor.
    pub raw_product_code: String,
    /// Spec as reported.
    pub raw_spec: String,
    /// Maker as reported.
    pub raw_maker: String,
    /// Lot in canonical form.
    pub lot: String,
    /// Expiry day.
    pub expiry: Option<Day>,
    /// Signed quantity in the reported unit.
    #[serde(serialize_with = "decimal")]
    pub quantity: Micros,
    /// Reported unit.
    pub unit: String,
    /// Signed quantity in base units.
    #[serde(serialize_with = "optional_decimal")]
    pub base_quantity: Option<Micros>,
    /// Base unit of the product.
    pub base_unit: String,
    /// Unit price as reported.
    #[serde(serialize_with = "optional_decimal")]
    pub price: Option<Micros>,
    /// Amount as reported.
    #[serde(serialize_with = "optional_decimal")]
    pub amount: Option<Micros>,
    /// Marks.
    pub flags: LineFlags,
    /// Document number.
    pub doc_no: String,
    /// The distributor's own line number.
    pub line_no: String,
    /// Document type.
    pub doc_type: String,
    /// Reporting branch.
    pub branch: String,
    /// Salesperson.
    pub salesperson: String,
    /// Remark.
    pub remark: String,
    /// Stock status.
    pub stock_status: String,
    /// What it counts as.
    pub status: LineStatus,
    /// Why it is held.
    pub hold_reason: Option<HoldReason>,
    /// Original text of cells that could not be read.
    pub detail: String,
    /// Ordinary line, counter-entry or late line.
    pub delta: Delta,
    /// The line that a counter-entry or a copy was made from.
    pub made_from: Option<i64>,
    /// Submission it came with.
    pub submission_id: i64,
    /// File of the submission.
    pub file_name: String,
    /// Path inside an archive; empty for none.
    pub member: String,
    /// Sheet.
    pub sheet: String,
    /// Source row, from 1.
    pub row: i64,
    /// Load that opened it.
    pub opened_load: i64,
    /// Load that closed it.
    pub closed_load: Option<i64>,
    /// Load that wrote its counter-entry.
    pub reversed_load: Option<i64>,
}

/// Which lines to export; empty: all that stand.
#[derive(Debug, Clone, Default)]
pub struct FlowFilter {
    /// Of this distributor.
    pub distributor_id: Option<String>,
    /// Of this kind.
    pub kind: Option<FlowKind>,
    /// Business days.
    pub days: Option<DayRange>,
    /// Counting in this period.
    pub booking_period: Option<Period>,
    /// Counting like this.
    pub status: Option<LineStatus>,
    /// As they stood when this was the newest load; `None`: as they stand now.
    pub as_of_load: Option<i64>,
}

impl Warehouse {
    /// Hands every standing line to `receive`, by distributor, kind, day, line. An `Err` text from
    /// `receive` stops the stream. Returns the number of lines.
    pub async fn flow_rows(
        &self,
        filter: &FlowFilter,
        receive: &mut (dyn FnMut(FlowRow) -> Result<(), String> + Send),
    ) -> Result<u64, WarehouseError> {
        let mut tx = self.read().await?;
        let distributors = match &filter.distributor_id {
            Some(distributor_id) => vec![distributor_id.clone()],
            None => tx.all(&sql::SELECT_LOADERS, Vec::new(), Row::text).await?,
        };
        let (first_kind, last_kind) = match filter.kind {
            Some(kind) => (kind_number(kind), kind_number(kind)),
            None => (0, i64::from(i16::MAX)),
        };
        let (first_day, last_day) = match filter.days {
            Some(days) => (days.first.number(), days.last.number()),
            None => (0, i32::MAX),
        };
        let mut count = 0;
        for distributor_id in distributors {
            let values = values![
                distributor_id,
                first_kind,
                last_kind,
                first_day,
                last_day,
                filter.booking_period.map(Period::number),
                filter.status.map(LineStatus::number),
                filter.as_of_load,
            ];
            tx.each(&sql::EXPORT_LINES, values, &mut |mut row| {
                count += 1;
                receive(FlowRow::read(&mut row)?.0).map_err(WarehouseError::Receiver)
            })
            .await?;
        }
        Ok(count)
    }
}

/// References of a line that its readable form replaces by texts.
pub(crate) struct Refs {
    pub party: i64,
    pub product: i64,
    pub lot: i64,
    pub sheet_no: i64,
}

impl FlowRow {
    /// Reads the columns of the view `line_detail`.
    pub(crate) fn read(row: &mut Row) -> Result<(Self, Refs), WarehouseError> {
        let line_id = row.int()?;
        let line = FlowRow {
            line_id,
            distributor_id: row.text()?,
            distributor_name: row.text()?,
            kind: row.kind()?,
            day: row.day()?,
            business_period: row.period()?,
            booking_period: row.period()?,
            customer_id: row.opt_text()?,
            customer_name: row.text()?,
            customer_rule: rule_of(row.opt_int()?),
            customer_alias_id: row.opt_int()?,
            product_id: row.opt_text()?,
            product_name: row.text()?,
            product_spec: row.text()?,
            product_rule: rule_of(row.opt_int()?),
            product_alias_id: row.opt_int()?,
            raw_customer: row.text()?,
            raw_customer_code: row.text()?,
            raw_product: row.text()?,
            raw_product_code: row.text()?,
            raw_spec: row.text()?,
            raw_maker: row.text()?,
            lot: row.text()?,
            expiry: row.opt_day()?,
            quantity: row.micros()?,
            unit: row.text()?,
            base_quantity: row.opt_micros()?,
            base_unit: row.text()?,
            price: row.opt_micros()?,
            amount: row.opt_micros()?,
            flags: LineFlags(row.small()?),
            doc_no: row.text()?,
            line_no: row.text()?,
            doc_type: row.text()?,
            branch: row.text()?,
            salesperson: row.text()?,
            remark: row.text()?,
            stock_status: row.text()?,
            status: match row.int()? {
                ACCEPTED => LineStatus::Accepted,
                HELD => LineStatus::Held,
                _ => LineStatus::Ignored,
            },
            hold_reason: row
                .opt_text()?
                .and_then(|word| HoldReason::from_word(&word)),
            detail: row.text()?,
            delta: match row.int()? {
                DELTA_REVERSAL => Delta::Reversal,
                DELTA_LATE => Delta::Late,
                _ => Delta::None,
            },
            made_from: row.opt_int()?,
            submission_id: row.int()?,
            file_name: row.text()?,
            member: row.text()?,
            sheet: row.text()?,
            row: row.int()?,
            opened_load: line_id / LINES_PER_LOAD,
            closed_load: row.opt_int()?,
            reversed_load: row.opt_int()?,
        };
        let refs = Refs {
            party: row.int()?,
            product: row.int()?,
            lot: row.int()?,
            sheet_no: row.int()?,
        };
        Ok((line, refs))
    }
}
