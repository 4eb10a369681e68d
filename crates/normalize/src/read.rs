//! Reads the columns of one sheet: what every distinct cell says, and which rows are lines.
//! Not here: putting lines together (`lines`) and dictionaries (`build`).

use channelflow_model::{Day, Field, Finding, FlowKind, Place, Severity};

use crate::column::{Column, Columns};
use crate::date::{self, DateCell, Dates, Order};
use crate::date_text::Years;
use crate::number::{self, Number, Numbers};
use crate::returns;
use crate::rows::{self, Classified, Row};
use crate::sheet::{Plan, Skip};
use crate::sign::DocClass;
use crate::totals::{self, Summed};
use crate::vocabulary::Vocabulary;
use crate::{ControlTotal, FileContext};

/// A sheet whose cells have been read.
pub(crate) struct Sheet<'a> {
    pub(crate) plan: Plan<'a>,
    pub(crate) columns: Columns<'a>,
    pub(crate) classified: Classified,
    pub(crate) quantity: Numbers,
    /// The price column that counts (with tax, if there is one) and its numbers.
    pub(crate) price: Option<(Field, Numbers)>,
    /// The amount column that counts.
    pub(crate) amount: Option<(Field, Numbers)>,
    pub(crate) dates: SheetDates,
    /// Document class by code of the column that tells it.
    pub(crate) classes: Option<(Field, Vec<Option<DocClass>>)>,
    /// What the name of the sheet says of lines whose cells say nothing.
    pub(crate) class_by_name: Option<DocClass>,
    pub(crate) controls: Vec<ControlTotal>,
    /// Whether every row below the header means the same wherever it stands there.
    pub(crate) in_any_order: bool,
}

/// Where the days of a sheet's lines come from.
pub(crate) enum SheetDates {
    /// A column.
    Column(Dates),
    /// The title or the file name: one day for all lines.
    Snapshot(Day),
}

/// Reads a planned sheet; a finding says why, when it cannot be loaded.
pub(crate) fn read<'a>(
    plan: Plan<'a>,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) -> Result<Sheet<'a>, Box<Skip>> {
    let mut columns = Columns::of(&plan);
    let mut classified = rows::classify(&plan, &columns, vocabulary);
    let in_any_order = in_any_order(&plan, &classified);
    if let Some(field) = plan.layout.section {
        columns.add_section(field, &classified.labels, plan.table.row_count());
    }
    let quantity = columns
        .get(Field::Quantity)
        .map(|column| number::read_column(&column.values, false, vocabulary))
        .unwrap_or_default();
    let price = first_numbers(&columns, [Field::Price, Field::PriceExTax], vocabulary);
    let amount = first_numbers(&columns, [Field::Amount, Field::AmountExTax], vocabulary);
    let controls = {
        let amount = amount.as_ref().map(|(field, numbers)| (*field, numbers));
        let summed: Vec<Summed<'_>> = [Some((Field::Quantity, &quantity)), amount]
            .into_iter()
            .flatten()
            .filter_map(|(field, numbers)| {
                let column = columns.get(field)?;
                Some(Summed { column, numbers })
            })
            .collect();
        totals::control(&plan, &summed, &mut classified, findings)
    };
    let Some(dates) = read_dates(&plan, &columns, &classified, context, findings) else {
        return Err(Box::new(Skip {
            kind: Some(plan.layout.kind),
            layout: Some(plan.layout),
        }));
    };
    let classes = read_classes(&plan, &columns, vocabulary);
    let codes = columns
        .get(Field::Quantity)
        .map_or(&[][..], |column| &column.codes);
    let is_return = plan.layout.kind != FlowKind::Inventory
        && returns::is_unsigned(&plan, codes, &quantity, &classified);
    returns::note_left_out(&plan, &classified, vocabulary, findings);
    let class_by_name = is_return.then_some(DocClass::Return);
    Ok(Sheet {
        plan,
        columns,
        classified,
        quantity,
        price,
        amount,
        dates,
        classes,
        class_by_name,
        controls,
        in_any_order,
    })
}

/// Whether no row takes anything from the rows around it: nothing is filled down, no label stands
/// over other rows, and no numbers without a name wait for the sum of the lines above them.
fn in_any_order(plan: &Plan<'_>, classified: &Classified) -> bool {
    let table = plan.table;
    let body = table.row_numbers.get(classified.first_row).copied();
    let spans_rows = table.merged.iter().any(|range| {
        range.last_row > range.first_row && body.is_some_and(|body| range.last_row >= body)
    });
    plan.layout.section.is_none()
        && plan.layout.grouped.is_empty()
        && table.hidden_rows.is_empty()
        && !spans_rows
        && !classified.rows.contains(&Row::Unlabelled)
}

fn first_numbers(
    columns: &Columns<'_>,
    fields: [Field; 2],
    vocabulary: &Vocabulary,
) -> Option<(Field, Numbers)> {
    let column = fields.into_iter().find_map(|field| columns.get(field))?;
    let numbers = number::read_column(&column.values, true, vocabulary);
    Some((column.layout.field, numbers))
}

fn read_dates(
    plan: &Plan<'_>,
    columns: &Columns<'_>,
    classified: &Classified,
    context: &FileContext<'_>,
    findings: &mut Vec<Finding>,
) -> Option<SheetDates> {
    let at = Place::sheet(&plan.place);
    let Some(column) = columns.get(Field::Date) else {
        // Only an inventory comes this far without a date column.
        let told = context.range.map(|range| range.last);
        let day = told.or_else(|| plan.declared.snapshot());
        if day.is_none() {
            findings.push(Finding::new("no_snapshot_day", Severity::Error, at));
        }
        return day.map(SheetDates::Snapshot);
    };
    let mut used = vec![false; column.values.code_count()];
    let mut lines = 0_u64;
    for row in classified.lines() {
        lines += 1;
        if let Some(used) = used.get_mut(column.code(row) as usize) {
            *used = true;
        }
    }
    let declared = context.range.or_else(|| plan.declared.range());
    let pinned = column
        .layout
        .date_format
        .as_deref()
        .and_then(Order::from_word);
    let mut dates = date::read_column(
        &column.values,
        &used,
        plan.table.epoch_1904,
        pinned,
        Years::around(declared),
    );
    if let Some(declared) = declared {
        dates.distrust_years(declared);
    }
    let readable = |cell: &DateCell| matches!(cell, DateCell::Day(_) | DateCell::Ambiguous(_));
    if lines > 0 && !dates.cells.iter().any(readable) {
        let example = classified
            .lines()
            .next()
            .map_or("", |row| column.cell(row).1);
        findings.push(
            Finding::new(
                "no_date",
                Severity::Error,
                at.at_column(column.layout.position),
            )
            .fact("column", &column.layout.header)
            .fact("example", shortened(example)),
        );
        return None;
    }
    Some(SheetDates::Column(dates))
}

/// Document classes by code: from the document type, or from remarks that are such a word.
fn read_classes(
    plan: &Plan<'_>,
    columns: &Columns<'_>,
    vocabulary: &Vocabulary,
) -> Option<(Field, Vec<Option<DocClass>>)> {
    if plan.layout.kind == FlowKind::Inventory {
        return None;
    }
    let by_code = |column: &Column<'_>, class: &dyn Fn(&str) -> Option<DocClass>| {
        column
            .values
            .values()
            .map(|(_, text)| class(text))
            .collect()
    };
    if let Some(column) = columns.get(Field::DocType) {
        return Some((
            Field::DocType,
            by_code(column, &|text| vocabulary.doc_class(text)),
        ));
    }
    let column = columns.get(Field::Remark)?;
    Some((
        Field::Remark,
        by_code(column, &|text| vocabulary.remark_class(text)),
    ))
}

impl Sheet<'_> {
    /// What the document type of a row says, or else the name of the sheet.
    pub(crate) fn class(&self, row: usize) -> Option<DocClass> {
        self.own_class(row).or(self.class_by_name)
    }

    /// What the document type of a row says.
    pub(crate) fn own_class(&self, row: usize) -> Option<DocClass> {
        let (field, classes) = self.classes.as_ref()?;
        let code = self.columns.get(*field)?.code(row);
        classes.get(code as usize).copied().flatten()
    }

    /// Row indices of the lines.
    pub(crate) fn lines(&self) -> Vec<u32> {
        self.classified.lines().map(crate::texts::index).collect()
    }

    /// Whether there is any line.
    pub(crate) fn has_lines(&self) -> bool {
        self.classified.rows.contains(&Row::Line)
    }

    /// The number column of a price or an amount with the column it came from.
    pub(crate) fn numbers<'s>(
        &'s self,
        chosen: Option<&'s (Field, Numbers)>,
    ) -> Option<(&'s Column<'s>, &'s Numbers)> {
        let (field, numbers) = chosen?;
        Some((self.columns.get(*field)?, numbers))
    }
}

/// A cell of a number column by row; empty without the column.
pub(crate) fn number_at(column: Option<(&Column<'_>, &Numbers)>, row: usize) -> Number {
    column.map_or(Number::Empty, |(column, numbers)| {
        numbers.cell(column.code(row))
    })
}

/// The start of a text, for messages and details.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
