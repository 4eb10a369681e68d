//! Stored lines back in the form a delivery had, so that the code that resolves a delivery also
//! resolves them anew.

use std::sync::Arc;

use channelflow_model::flow::{ExpiryPrecision, ReportedLot, ReportedParty, ReportedProduct};
use channelflow_model::{Day, FlowKind, FlowTable, HoldReason, LineFlags, Micros};
use rustc_hash::FxHashMap;

use crate::WarehouseError;
use crate::database::Tx;
use crate::decision::StoredTable;
use crate::line::Line;
use crate::sql::{self, Statement};
use crate::value::{Row, json_list, kind_number, values};

/// Flags that resolving sets; it sets them anew.
const RESOLVED_FLAGS: u32 = LineFlags::FRACTIONAL.0 | LineFlags::UNIT_ASSUMED.0;

/// One table per kind, in the order of the lines.
pub(crate) async fn tables(
    tx: &mut Tx,
    distributor_id: &str,
    lines: Vec<Line>,
) -> Result<Vec<StoredTable>, WarehouseError> {
    let mut tables = Vec::new();
    for kind in FlowKind::ALL {
        let number = kind_number(kind);
        let of_kind: Vec<&Line> = lines.iter().filter(|line| line.kind == number).collect();
        if !of_kind.is_empty() {
            tables.push(table(tx, distributor_id, kind, &of_kind).await?);
        }
    }
    Ok(tables)
}

async fn table(
    tx: &mut Tx,
    distributor_id: &str,
    kind: FlowKind,
    lines: &[&Line],
) -> Result<StoredTable, WarehouseError> {
    let mut flow = FlowTable::new(kind);
    let refs = |of: fn(&Line) -> i64| lines.iter().map(move |line| of(line));
    let party_of = dictionary(
        tx,
        &sql::SELECT_PARTY,
        distributor_id,
        refs(|line| line.party_ref),
        read_party,
        &mut flow.parties,
    )
    .await?;
    let product_of = dictionary(
        tx,
        &sql::SELECT_PRODUCT,
        distributor_id,
        refs(|line| line.product_ref),
        read_product,
        &mut flow.products,
    )
    .await?;
    let lot_of = dictionary(
        tx,
        &sql::SELECT_LOT,
        distributor_id,
        refs(|line| line.lot_ref),
        read_lot,
        &mut flow.lots,
    )
    .await?;
    let mut contexts = vec![<[String; 4]>::default()];
    let context_of = dictionary(
        tx,
        &sql::SELECT_CONTEXT,
        distributor_id,
        refs(|line| line.context_ref),
        read_context,
        &mut contexts,
    )
    .await?;
    if lines.iter().any(|line| line.product_ref == 0) {
        // Product dictionaries have no empty entry of their own.
        flow.products.push(ReportedProduct::default());
    }
    let no_product = flow.products.len().saturating_sub(1);

    let mut texts = Texts::default();
    for (line, position) in lines.iter().zip(0u32..) {
        let known = |of: &FxHashMap<i64, u32>, reference: i64| {
            of.get(&reference)
                .copied()
                .ok_or_else(|| lost(line.line_id))
        };
        let context = known(&context_of, line.context_ref)? as usize;
        let [doc_type, branch, salesperson, stock_status] =
            contexts.get(context).ok_or_else(|| lost(line.line_id))?;
        flow.day
            .push(Day::from_number(line.day).ok_or_else(|| lost(line.line_id))?);
        flow.party.push(known(&party_of, line.party_ref)?);
        flow.product.push(if line.product_ref == 0 {
            u32::try_from(no_product).unwrap_or(0)
        } else {
            known(&product_of, line.product_ref)?
        });
        flow.lot.push(known(&lot_of, line.lot_ref)?);
        flow.quantity.push(Micros(line.quantity));
        flow.price.push(line.price.map(Micros));
        flow.amount.push(line.amount.map(Micros));
        flow.doc_no
            .push(texts.code(&mut flow.texts, line.doc_no.as_deref()));
        flow.line_id
            .push(texts.code(&mut flow.texts, line.line_no.as_deref()));
        flow.doc_type
            .push(texts.code(&mut flow.texts, Some(doc_type)));
        flow.branch.push(texts.code(&mut flow.texts, Some(branch)));
        flow.salesperson
            .push(texts.code(&mut flow.texts, Some(salesperson)));
        flow.remark
            .push(texts.code(&mut flow.texts, line.remark.as_deref()));
        flow.stock_status
            .push(texts.code(&mut flow.texts, Some(stock_status)));
        let flags = u32::try_from(line.flags).map_err(|_| lost(line.line_id))?;
        flow.flags.push(LineFlags(flags & !RESOLVED_FLAGS));
        flow.hold.push(own_hold(line.hold_reason.as_ref()));
        flow.sheet.push(0);
        flow.row.push(u32::try_from(line.row_no).unwrap_or(0));
        if let Some(detail) = &line.detail {
            flow.details.insert(position, detail.to_string());
        }
    }
    Ok(StoredTable {
        distributor_id: distributor_id.to_owned(),
        line_ids: lines.iter().map(|line| line.line_id).collect(),
        flow,
    })
}

/// A reason that stands in the line's own cells; those of resolving and checking are left out.
fn own_hold(reason: Option<&Arc<str>>) -> Option<HoldReason> {
    HoldReason::from_word(reason?).filter(|reason| {
        !matches!(
            reason,
            HoldReason::UnitUnknown
                | HoldReason::UnitSuspected
                | HoldReason::UnknownCustomer
                | HoldReason::AmbiguousCustomer
                | HoldReason::UnknownProduct
                | HoldReason::AmbiguousProduct
        )
    })
}

/// Fetches the entries that the lines refer to, adds them to `entries` and returns their positions.
/// Reference 0 is position 0, the empty entry.
async fn dictionary<T: Send>(
    tx: &mut Tx,
    statement: &'static Statement,
    distributor_id: &str,
    refs: impl Iterator<Item = i64> + Send,
    read: fn(&mut Row) -> Result<T, WarehouseError>,
    entries: &mut Vec<T>,
) -> Result<FxHashMap<i64, u32>, WarehouseError> {
    let mut wanted: Vec<i64> = refs.filter(|reference| *reference != 0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut positions = FxHashMap::default();
    positions.insert(0, 0);
    let found = tx
        .all(
            statement,
            values![distributor_id, json_list(&wanted)],
            |row| Ok((row.int()?, read(row)?)),
        )
        .await?;
    for (reference, entry) in found {
        positions.insert(reference, u32::try_from(entries.len()).unwrap_or(u32::MAX));
        entries.push(entry);
    }
    Ok(positions)
}

fn lost(line_id: i64) -> WarehouseError {
    WarehouseError::Unreadable {
        what: format!("line {line_id} refers to something that is not stored"),
    }
}

/// Codes of texts that a table has already.
#[derive(Default)]
struct Texts {
    codes: FxHashMap<String, u32>,
}

impl Texts {
    fn code(&mut self, texts: &mut Vec<String>, text: Option<&str>) -> u32 {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return 0;
        };
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let code = u32::try_from(texts.len()).unwrap_or(0);
        texts.push(text.to_owned());
        self.codes.insert(text.to_owned(), code);
        code
    }
}

pub(crate) fn read_party(row: &mut Row) -> Result<ReportedParty, WarehouseError> {
    Ok(ReportedParty {
        name: row.text()?,
        code: row.text()?,
        address: row.text()?,
        city: row.text()?,
        tax_id: row.text()?,
    })
}

pub(crate) fn read_product(row: &mut Row) -> Result<ReportedProduct, WarehouseError> {
    Ok(ReportedProduct {
        name: row.text()?,
        code: row.text()?,
        spec: row.text()?,
        maker: row.text()?,
        approval_no: row.text()?,
        barcode: row.text()?,
        unit: row.text()?,
        pack_size: row.text()?,
    })
}

pub(crate) fn read_lot(row: &mut Row) -> Result<ReportedLot, WarehouseError> {
    Ok(ReportedLot {
        raw: row.text()?,
        lot: row.text()?,
        expiry_raw: row.text()?,
        expiry: row.opt_day()?,
        precision: row.opt_int()?.map(|by_month| match by_month {
            0 => ExpiryPrecision::Day,
            _ => ExpiryPrecision::Month,
        }),
        expiry_rule: row.text()?,
        mfg: row.opt_day()?,
    })
}

fn read_context(row: &mut Row) -> Result<[String; 4], WarehouseError> {
    Ok([row.text()?, row.text()?, row.text()?, row.text()?])
}
