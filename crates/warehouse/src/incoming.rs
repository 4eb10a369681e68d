//! A resolved table seen as stored lines: references instead of texts, numbers instead of enums,
//! one line at a time so that a million of them need no second copy in memory.

use std::borrow::Cow;
use std::sync::Arc;

use channelflow_model::flow::{
    ExpiryPrecision, FlowTable, ReportedLot, ReportedParty, ReportedProduct, ResolvedTable,
};
use channelflow_model::{Micros, PeriodRule};
use rustc_hash::FxHashSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::WarehouseError;
use crate::line::{DELTA_NONE, Line, Matched, status_of};
use crate::sql::{self, Statement};
use crate::value::{Value, kind_number, values};

/// Document type, branch, salesperson, stock status: indices into the texts of the table.
type Context = [u32; 4];

/// The lines of a table by day and content: what a delivery is compared with the stored days by.
/// Making it takes as long as the comparison, so it can be made before the turn to load comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineOrder {
    hashes: Vec<i64>,
    /// Day, content hash and position of every line, sorted: the multisets of all days.
    sorted: Vec<(i32, i64, u32)>,
}

impl LineOrder {
    /// The order of these lines.
    pub fn of(flow: &FlowTable) -> Self {
        let hashes = flow.content_hashes();
        let mut sorted: Vec<(i32, i64, u32)> = flow
            .day
            .iter()
            .zip(&hashes)
            .zip(0..)
            .map(|((day, hash), position)| (day.number(), *hash, position))
            .collect();
        sorted.sort_unstable();
        LineOrder { hashes, sorted }
    }
}

/// A resolved table prepared for storing.
pub(crate) struct Incoming<'a> {
    pub table: &'a ResolvedTable,
    party_refs: Vec<i64>,
    product_refs: Vec<i64>,
    lot_refs: Vec<i64>,
    texts: Vec<Option<Arc<str>>>,
    matches: Vec<Matched>,
    order: Cow<'a, LineOrder>,
    rule: PeriodRule,
    submission_id: i64,
}

impl<'a> Incoming<'a> {
    /// Prepares a table; `Err` when its columns differ in length (a bug of the caller).
    pub(crate) fn new(
        table: &'a ResolvedTable,
        order: Option<&'a LineOrder>,
        rule: PeriodRule,
        submission_id: i64,
    ) -> Result<Self, WarehouseError> {
        check_lengths(table)?;
        let flow = &table.flow;
        let order = order.map_or_else(|| Cow::Owned(LineOrder::of(flow)), Cow::Borrowed);
        if order.hashes.len() != flow.len() {
            return Err(WarehouseError::Misuse {
                what: format!(
                    "the order has {} lines, the table {}",
                    order.hashes.len(),
                    flow.len()
                ),
            });
        }
        let zero_when_empty = |empty: bool, reference: i64| if empty { 0 } else { reference };
        Ok(Incoming {
            table,
            party_refs: flow
                .parties
                .iter()
                .map(|party| zero_when_empty(*party == ReportedParty::default(), party.reference()))
                .collect(),
            product_refs: flow
                .products
                .iter()
                .map(|product| {
                    zero_when_empty(*product == ReportedProduct::default(), product.reference())
                })
                .collect(),
            lot_refs: flow
                .lots
                .iter()
                .map(|lot| zero_when_empty(*lot == ReportedLot::default(), lot.reference()))
                .collect(),
            texts: flow
                .texts
                .iter()
                .map(|text| (!text.is_empty()).then(|| Arc::from(text.as_str())))
                .collect(),
            matches: table
                .matches
                .iter()
                .map(|found| Matched::new(found.as_ref()))
                .collect(),
            order,
            rule,
            submission_id,
        })
    }

    /// Day, content hash and position of every line, sorted: the multisets of all days.
    pub(crate) fn by_day(&self) -> &[(i32, i64, u32)] {
        &self.order.sorted
    }

    /// Content hash of a line.
    pub(crate) fn hash(&self, position: u32) -> i64 {
        let hash = self.order.hashes.get(position as usize);
        hash.copied().unwrap_or_default()
    }

    /// A line as it is stored, not yet numbered and booked.
    pub(crate) fn line(&self, position: u32) -> Result<Line, WarehouseError> {
        self.line_at(position as usize)
            .ok_or_else(|| WarehouseError::Misuse {
                what: format!("line {position} points outside its table"),
            })
    }

    fn line_at(&self, at: usize) -> Option<Line> {
        let (table, flow) = (self.table, &self.table.flow);
        let text = |column: &[u32]| self.texts.get(*column.get(at)? as usize).cloned();
        let micros = |value: Option<Micros>| value.map(|value| value.0);
        let day = *flow.day.get(at)?;
        let (status, reason) = status_of(*table.disposition.get(at)?);
        let position = u32::try_from(at).ok()?;
        Some(Line {
            kind: kind_number(flow.kind),
            day: day.number(),
            line_id: 0,
            business_period: self.rule.period_of(day).number(),
            booking_period: 0,
            party_ref: *self.party_refs.get(*flow.party.get(at)? as usize)?,
            product_ref: *self.product_refs.get(*flow.product.get(at)? as usize)?,
            lot_ref: *self.lot_refs.get(*flow.lot.get(at)? as usize)?,
            context_ref: context_reference(&flow.texts, context_of(table, at)?),
            customer: self.matches.get(*table.customer.get(at)? as usize)?.clone(),
            product: self
                .matches
                .get(*table.matched_product.get(at)? as usize)?
                .clone(),
            quantity: flow.quantity.get(at)?.0,
            base_quantity: micros(*table.base_quantity.get(at)?),
            price: micros(*flow.price.get(at)?),
            amount: micros(*flow.amount.get(at)?),
            doc_no: text(&flow.doc_no)?,
            line_no: text(&flow.line_id)?,
            remark: text(&flow.remark)?,
            flags: flow.flags.get(at)?.0.into(),
            status,
            hold_reason: reason.map(|reason| reason.as_str().into()),
            detail: flow.details.get(&position).map(|text| text.as_str().into()),
            content_hash: *self.order.hashes.get(at)?,
            submission_id: self.submission_id,
            sheet_no: flow
                .sheets
                .get(usize::from(*flow.sheet.get(at)?))
                .map_or(0, |sheet| sheet.sheet_index.into()),
            row_no: (*flow.row.get(at)?).min(i32::MAX.unsigned_abs()).into(),
            delta: DELTA_NONE,
            made_from: None,
        })
    }

    /// Rows of the dictionaries for the reported texts that these lines refer to, and no line that
    /// is stored already.
    pub(crate) fn dictionaries(
        &self,
        distributor_id: &str,
        added: impl Iterator<Item = u32>,
    ) -> [(&'static Statement, Vec<Vec<Value>>); 4] {
        let flow = &self.table.flow;
        let mut is_added = vec![false; flow.len()];
        for position in added {
            mark(&mut is_added, Some(&position), true);
        }
        let mut parties = vec![false; flow.parties.len()];
        let mut products = vec![false; flow.products.len()];
        let mut lots = vec![false; flow.lots.len()];
        let mut contexts = FxHashSet::default();
        for wanted in [true, false] {
            // What a stored line refers to was stored with it.
            for (at, _) in is_added.iter().enumerate().filter(|(_, it)| **it == wanted) {
                mark(&mut parties, flow.party.get(at), wanted);
                mark(&mut products, flow.product.get(at), wanted);
                mark(&mut lots, flow.lot.get(at), wanted);
                if wanted {
                    contexts.extend(context_of(self.table, at));
                }
            }
        }
        let owner: Arc<str> = distributor_id.into();
        let party = |it: &ReportedParty, reference: i64| {
            values![
                Arc::clone(&owner),
                reference,
                &it.name,
                &it.code,
                &it.address,
                &it.city,
                &it.tax_id,
            ]
        };
        let product = |it: &ReportedProduct, reference: i64| {
            values![
                Arc::clone(&owner),
                reference,
                &it.name,
                &it.code,
                &it.spec,
                &it.maker,
                &it.approval_no,
                &it.barcode,
                &it.unit,
                &it.pack_size,
            ]
        };
        let lot = |it: &ReportedLot, reference: i64| {
            let by_month = it
                .precision
                .map(|precision| precision == ExpiryPrecision::Month);
            values![
                Arc::clone(&owner),
                reference,
                &it.raw,
                &it.lot,
                &it.expiry_raw,
                it.expiry,
                by_month,
                &it.expiry_rule,
                it.mfg,
            ]
        };
        let context = |context: Context| {
            let reference = Some(context_reference(&flow.texts, context)).filter(|it| *it != 0)?;
            let text = |index: u32| flow.texts.get(index as usize);
            let [doc_type, branch, salesperson, stock_status] = context;
            Some(values![
                Arc::clone(&owner),
                reference,
                text(doc_type)?,
                text(branch)?,
                text(salesperson)?,
                text(stock_status)?,
            ])
        };
        [
            (
                &sql::INSERT_PARTY,
                rows_of(&parties, &flow.parties, &self.party_refs, party),
            ),
            (
                &sql::INSERT_PRODUCT,
                rows_of(&products, &flow.products, &self.product_refs, product),
            ),
            (
                &sql::INSERT_LOT,
                rows_of(&lots, &flow.lots, &self.lot_refs, lot),
            ),
            (
                &sql::INSERT_CONTEXT,
                contexts.into_iter().filter_map(context).collect(),
            ),
        ]
    }
}

/// Rows of the entries that are used and not empty.
fn rows_of<T>(
    used: &[bool],
    entries: &[T],
    refs: &[i64],
    row: impl Fn(&T, i64) -> Vec<Value>,
) -> Vec<Vec<Value>> {
    used.iter()
        .zip(entries)
        .zip(refs)
        .filter(|((used, _), reference)| **used && **reference != 0)
        .map(|((_, entry), reference)| row(entry, *reference))
        .collect()
}

fn mark(marks: &mut [bool], index: Option<&u32>, mark: bool) {
    if let Some(slot) = index.and_then(|index| marks.get_mut(*index as usize)) {
        *slot = mark;
    }
}

fn context_of(table: &ResolvedTable, at: usize) -> Option<Context> {
    let flow = &table.flow;
    Some([
        *flow.doc_type.get(at)?,
        *flow.branch.get(at)?,
        *flow.salesperson.get(at)?,
        *flow.stock_status.get(at)?,
    ])
}

/// Hash of the four texts; 0 when all are empty.
fn context_reference(texts: &[String], context: Context) -> i64 {
    let text = |index: u32| texts.get(index as usize).map_or("", String::as_str);
    let context = context.map(text);
    if context.iter().all(|text| text.is_empty()) {
        return 0;
    }
    let mut bytes = Vec::with_capacity(64);
    for text in context {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    }
    xxh3_64(&bytes).cast_signed()
}

/// Refuses a table whose columns differ in length.
pub(crate) fn check_lengths(table: &ResolvedTable) -> Result<(), WarehouseError> {
    let flow = &table.flow;
    let lengths = [
        ("party", flow.party.len()),
        ("product", flow.product.len()),
        ("lot", flow.lot.len()),
        ("quantity", flow.quantity.len()),
        ("price", flow.price.len()),
        ("amount", flow.amount.len()),
        ("doc_no", flow.doc_no.len()),
        ("line_id", flow.line_id.len()),
        ("doc_type", flow.doc_type.len()),
        ("branch", flow.branch.len()),
        ("salesperson", flow.salesperson.len()),
        ("remark", flow.remark.len()),
        ("stock_status", flow.stock_status.len()),
        ("flags", flow.flags.len()),
        ("sheet", flow.sheet.len()),
        ("row", flow.row.len()),
        ("customer", table.customer.len()),
        ("matched_product", table.matched_product.len()),
        ("base_quantity", table.base_quantity.len()),
        ("disposition", table.disposition.len()),
    ];
    match lengths
        .into_iter()
        .find(|(_, length)| *length != flow.len())
    {
        None => Ok(()),
        Some((column, length)) => Err(WarehouseError::Misuse {
            what: format!(
                "column `{column}` has {length} entries for {} lines",
                flow.len()
            ),
        }),
    }
}
