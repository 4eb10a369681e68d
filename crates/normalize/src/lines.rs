//! Makes flow records of the lines of one sheet and adds them to the table of its kind.
//!
//! First the numbers and signs, which say which rows carry nothing; then, for the rows that stay,
//! dates, holds and marks. Reported names, products and lots are put together in `entities`.

use channelflow_model::{CellKind, Day, Field, Finding, FlowKind, HoldReason, LineFlags, Micros};

use crate::FileContext;
use crate::build::Builder;
use crate::column::Column;
use crate::date::DateCell;
use crate::entities::{self, Entities};
use crate::number::Number;
use crate::read::{Sheet, SheetDates, number_at, shortened};
use crate::sheet::is_hidden_column;
use crate::sign::{self, DocClass, Signed};
use crate::vocabulary::Vocabulary;

/// Numbers of a row after the rules about signs; holds name the cell that could not be read.
struct Money {
    signed: Signed,
    price: Option<Micros>,
    /// Fields whose cell could not be read, with the reason.
    bad: [Option<(Field, HoldReason)>; 3],
}

/// Adds the lines of a sheet; returns the rows that carry nothing (source row indices).
pub(crate) fn append(
    sheet: &Sheet<'_>,
    builder: &mut Builder,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) -> Vec<u32> {
    let lines = sheet.lines();
    let mut kept = Vec::with_capacity(lines.len());
    let mut money = Vec::with_capacity(lines.len());
    let mut zero_rows = Vec::new();
    for row in lines {
        let read = read_money(sheet, row as usize);
        let signed = &read.signed;
        let readable = read.bad.iter().all(Option::is_none) && signed.hold.is_none();
        if readable && sign::is_zero(signed.quantity, signed.amount) {
            zero_rows.push(row);
        } else {
            kept.push(row);
            money.push(read);
        }
    }
    let first_line = builder.flow.len();
    let entities = entities::collect(sheet, &kept, builder, context, vocabulary);
    let sheet_number = u16::try_from(builder.flow.sheets.len()).unwrap_or(u16::MAX);
    builder.flow.sheets.push(sheet.plan.place.clone());
    let whole_sheet = sheet_flags(sheet);
    reserve(builder, kept.len());
    for (line, (row, money)) in kept.iter().zip(&money).enumerate() {
        push_line(
            sheet,
            builder,
            &entities,
            line,
            *row as usize,
            money,
            whole_sheet,
        );
        builder.flow.sheet.push(sheet_number);
    }
    builder.flow.party.extend(entities.party);
    builder.flow.product.extend(entities.product);
    builder.flow.lot.extend(entities.lot);
    let texts = entities.texts;
    builder.flow.doc_no.extend(texts.doc_no);
    builder.flow.line_id.extend(texts.line_id);
    builder.flow.doc_type.extend(texts.doc_type);
    builder.flow.branch.extend(texts.branch);
    builder.flow.salesperson.extend(texts.salesperson);
    builder.flow.remark.extend(texts.remark);
    builder.flow.stock_status.extend(texts.stock_status);
    builder.close_sheet(&sheet.plan, context, first_line, findings);
    zero_rows
}

fn read_money(sheet: &Sheet<'_>, row: usize) -> Money {
    let quantity_column = sheet.columns.get(Field::Quantity);
    let quantity = quantity_column.map_or(Number::Empty, |column| {
        sheet.quantity.cell(column.code(row))
    });
    let price = number_at(sheet.numbers(sheet.price.as_ref()), row);
    let amount = number_at(sheet.numbers(sheet.amount.as_ref()), row);
    let class = sheet.class(row);
    let layout = &sheet.plan.layout;
    let quantity_hold = match quantity {
        // A correction of a price needs no quantity.
        Number::Empty if class == Some(DocClass::PriceAdjustment) => None,
        Number::Empty => Some(HoldReason::BadQuantity),
        other => trouble(other, HoldReason::BadQuantity),
    };
    let signed = if quantity_hold.is_some() {
        // Without its quantity nothing can be said about the line.
        Signed {
            quantity: Micros::ZERO,
            amount: amount.value(),
            flags: LineFlags::default(),
            hold: None,
        }
    } else {
        let quantity = quantity.value().unwrap_or_default();
        sign::apply(layout.kind, class, layout.sign, quantity, amount.value())
    };
    Money {
        signed,
        price: price.value(),
        bad: [
            quantity_hold.map(|reason| (Field::Quantity, reason)),
            trouble(price, HoldReason::BadPrice)
                .zip(sheet.price.as_ref())
                .map(|(reason, (field, _))| (*field, reason)),
            trouble(amount, HoldReason::BadAmount)
                .zip(sheet.amount.as_ref())
                .map(|(reason, (field, _))| (*field, reason)),
        ],
    }
}

fn trouble(number: Number, bad: HoldReason) -> Option<HoldReason> {
    match number {
        Number::Empty | Number::Value(_) => None,
        Number::Bad => Some(bad),
        Number::Error => Some(HoldReason::CellError),
        Number::FormulaWithoutValue => Some(HoldReason::FormulaWithoutValue),
    }
}

/// Marks that every line of the sheet has.
fn sheet_flags(sheet: &Sheet<'_>) -> LineFlags {
    let mut flags = LineFlags::default();
    if let Some((Field::PriceExTax, _)) = sheet.price {
        flags.set(LineFlags::PRICE_EX_TAX);
    }
    if let Some((Field::AmountExTax, _)) = sheet.amount {
        flags.set(LineFlags::AMOUNT_EX_TAX);
    }
    let table = sheet.plan.table;
    let hidden = |(_, position): &(_, usize)| is_hidden_column(table, *position);
    if table.hidden || sheet.plan.columns.iter().any(hidden) {
        flags.set(LineFlags::HIDDEN);
    }
    flags
}

fn push_line(
    sheet: &Sheet<'_>,
    builder: &mut Builder,
    entities: &Entities,
    line: usize,
    row: usize,
    money: &Money,
    sheet_flags: LineFlags,
) {
    let table = sheet.plan.table;
    let source_row = table.row_numbers.get(row).copied().unwrap_or(0);
    let mut holds = Holds::default();
    let mut flags = sheet_flags
        .with(entities.flags.get(line).copied().unwrap_or_default())
        .with(money.signed.flags);
    let day = read_day(sheet, row, builder, &mut flags, &mut holds);
    note_missing_keys(sheet, entities, line, row, &mut holds);
    for (field, reason) in money.bad.iter().flatten() {
        holds.add(*reason, || detail(sheet, *field, row));
    }
    if let Some(reason) = money.signed.hold {
        holds.add(reason, || {
            let by_name = sheet.class_by_name.and(sheet.plan.returns.as_deref());
            match (&sheet.classes, by_name) {
                (Some((field, _)), _) if sheet.own_class(row).is_some() => {
                    detail(sheet, *field, row)
                }
                (_, Some(name)) => format!(
                    "`{}`, {}",
                    shortened(name),
                    detail(sheet, Field::Quantity, row)
                ),
                _ => detail(sheet, Field::Quantity, row),
            }
        });
    }
    if entities
        .unit_conflicts
        .binary_search(&crate::texts::index(line))
        .is_ok()
    {
        holds.add(HoldReason::UnitUnknown, || detail(sheet, Field::Unit, row));
    }
    if let (Some(price), Some(amount)) = (money.price, money.signed.amount)
        && money.signed.quantity != Micros::ZERO
        && let Some(flag) = sign::plausible(money.signed.quantity, price, amount, sheet_flags)
    {
        flags.set(flag);
    }
    if sheet.columns.is_filled(row) {
        flags.set(LineFlags::FILLED_DOWN);
    }
    if !table.hidden_rows.is_empty() && table.is_hidden_row(source_row) {
        flags.set(LineFlags::HIDDEN);
    }
    let flow = &mut builder.flow;
    if let Some(text) = holds.detail {
        flow.details
            .insert(crate::texts::index(flow.day.len()), text);
    }
    flow.day.push(day);
    flow.quantity.push(money.signed.quantity);
    flow.price.push(money.price);
    flow.amount.push(money.signed.amount);
    flow.flags.push(flags);
    flow.hold.push(holds.reason);
    flow.row.push(source_row);
}

/// The day of a row; a line without a certain one is remembered, its day is settled when the range
/// of the file is known.
fn read_day(
    sheet: &Sheet<'_>,
    row: usize,
    builder: &mut Builder,
    flags: &mut LineFlags,
    holds: &mut Holds,
) -> Day {
    let dates = match &sheet.dates {
        SheetDates::Snapshot(day) => return *day,
        SheetDates::Column(dates) => dates,
    };
    let code = sheet
        .columns
        .get(Field::Date)
        .map_or(0, |column| column.code(row));
    let cell = dates
        .cells
        .get(code as usize)
        .copied()
        .unwrap_or(DateCell::Empty);
    let (latest, reason) = match cell {
        DateCell::Day(day) => return day,
        DateCell::Ambiguous(latest) => (Some(latest), HoldReason::AmbiguousDate),
        DateCell::Empty | DateCell::Bad => (None, HoldReason::BadDate),
        DateCell::Error => (None, HoldReason::CellError),
        DateCell::FormulaWithoutValue => (None, HoldReason::FormulaWithoutValue),
    };
    flags.set(LineFlags::DAY_UNKNOWN);
    holds.add(reason, || detail(sheet, Field::Date, row));
    // Until the range is known any day of the sheet will do; `read` made sure that there is one,
    // if only on a row that carries nothing.
    let possible = latest.or_else(|| {
        dates.cells.iter().find_map(|cell| match cell {
            DateCell::Day(day) | DateCell::Ambiguous(day) => Some(*day),
            _ => None,
        })
    });
    let line = crate::texts::index(builder.flow.day.len());
    builder.unknown_days.push((line, possible));
    possible.unwrap_or(Day::FIRST)
}

fn note_missing_keys(
    sheet: &Sheet<'_>,
    entities: &Entities,
    line: usize,
    row: usize,
    holds: &mut Holds,
) {
    let mut check = |names: &[u32], codes: &[u32], field: Field| {
        if names.get(line).copied().unwrap_or(0) != 0 {
            return;
        }
        let kind = sheet
            .columns
            .get(field)
            .map_or(CellKind::Empty, |column| column.cell(row).0);
        let reason = match kind {
            CellKind::Error => HoldReason::CellError,
            CellKind::FormulaWithoutValue => HoldReason::FormulaWithoutValue,
            // The distributor's own code names it as well.
            _ if codes.get(line).copied().unwrap_or(0) != 0 => return,
            _ => HoldReason::MissingKey,
        };
        holds.add(reason, || detail(sheet, field, row));
    };
    check(
        &entities.product_names,
        &entities.product_codes,
        Field::ProductName,
    );
    if sheet.plan.layout.kind == FlowKind::Sale {
        check(
            &entities.party_names,
            &entities.party_codes,
            Field::PartyName,
        );
    }
}

/// The reasons to hold one line: the first one counts, the original texts of all are kept.
#[derive(Default)]
struct Holds {
    reason: Option<HoldReason>,
    detail: Option<String>,
}

impl Holds {
    fn add(&mut self, reason: HoldReason, detail: impl FnOnce() -> String) {
        self.reason.get_or_insert(reason);
        let detail = detail();
        match &mut self.detail {
            Some(all) => {
                all.push_str("; ");
                all.push_str(&detail);
            }
            None => self.detail = Some(detail),
        }
    }
}

/// ``quantity: `12O` ``
fn detail(sheet: &Sheet<'_>, field: Field, row: usize) -> String {
    let text = sheet
        .columns
        .get(field)
        .map_or("", |column: &Column<'_>| column.cell(row).1);
    format!("{field}: `{}`", shortened(text))
}

fn reserve(builder: &mut Builder, lines: usize) {
    let flow = &mut builder.flow;
    flow.day.reserve(lines);
    flow.quantity.reserve(lines);
    flow.price.reserve(lines);
    flow.amount.reserve(lines);
    flow.flags.reserve(lines);
    flow.hold.reserve(lines);
    flow.row.reserve(lines);
    flow.sheet.reserve(lines);
}
