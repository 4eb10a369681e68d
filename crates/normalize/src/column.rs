//! The columns of a sheet that carry fields, with values filled down where a merged range or the
//! layout says so.
//!
//! Filling changes codes, not texts: a filled cell has the code of the cell it was filled from.

use std::borrow::Cow;

use channelflow_model::layout::LayoutColumn;
use channelflow_model::{CellKind, Field, RawColumn};

use crate::sheet::Plan;

/// A column that carries a field.
pub(crate) struct Column<'a> {
    pub(crate) layout: LayoutColumn,
    pub(crate) position: usize,
    pub(crate) values: Cow<'a, RawColumn>,
    /// One code per row of the table.
    pub(crate) codes: Cow<'a, [u32]>,
}

impl Column<'_> {
    /// Code of a row.
    pub(crate) fn code(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(0)
    }

    /// Kind and text of a row.
    pub(crate) fn cell(&self, row: usize) -> (CellKind, &str) {
        self.values.value(self.code(row))
    }
}

/// The columns of a sheet and which rows were filled.
pub(crate) struct Columns<'a> {
    pub(crate) list: Vec<Column<'a>>,
    /// One entry per row of the table, or none at all when nothing was filled.
    pub(crate) filled: Vec<bool>,
}

impl<'a> Columns<'a> {
    /// Takes the columns of a plan and fills merged ranges and groups.
    pub(crate) fn of(plan: &Plan<'a>) -> Self {
        let mut columns = Columns {
            list: Vec::new(),
            filled: Vec::new(),
        };
        let body = plan.header.first_row + plan.header.rows;
        for (layout, position) in &plan.columns {
            let Some(values) = plan.table.columns.get(*position) else {
                continue;
            };
            let mut column = Column {
                layout: layout.clone(),
                position: *position,
                values: Cow::Borrowed(values),
                codes: Cow::Borrowed(values.codes.as_slice()),
            };
            columns.fill_merged(&mut column, plan, body);
            if plan.layout.grouped.contains(&layout.field) && may_fill(layout.field) {
                columns.fill_group(&mut column, body);
            }
            columns.list.push(column);
        }
        columns
    }

    /// The column of a field.
    pub(crate) fn get(&self, field: Field) -> Option<&Column<'a>> {
        self.list.iter().find(|column| column.layout.field == field)
    }

    /// Whether some value of the row was filled down.
    pub(crate) fn is_filled(&self, row: usize) -> bool {
        self.filled.get(row).copied().unwrap_or(false)
    }

    fn fill_merged(&mut self, column: &mut Column<'a>, plan: &Plan<'a>, body: usize) {
        if !may_fill(column.layout.field) {
            return;
        }
        let rows = &plan.table.row_numbers;
        let mut ranges: Vec<(u32, u32)> = plan
            .table
            .merged
            .iter()
            .filter(|range| {
                let columns = range.first_column as usize..=range.last_column as usize;
                columns.contains(&column.position) && range.last_row > range.first_row
            })
            .map(|range| (range.first_row, range.last_row))
            .collect();
        ranges.sort_unstable();
        // Ranges do not overlap in a sound file; in another, the first one counts.
        let mut done = 0;
        for (first, last) in ranges {
            if first <= done {
                continue;
            }
            done = last;
            let start = rows.partition_point(|row| *row < first).max(body);
            let end = rows.partition_point(|row| *row <= last);
            if rows.get(start) != Some(&first) {
                continue;
            }
            let code = column.code(start);
            for row in start + 1..end {
                self.fill(column, row, code);
            }
        }
    }

    fn fill_group(&mut self, column: &mut Column<'a>, body: usize) {
        let mut above = 0;
        for row in body..column.codes.len() {
            match column.code(row) {
                0 => self.fill(column, row, above),
                code => above = code,
            }
        }
    }

    fn fill(&mut self, column: &mut Column<'a>, row: usize, code: u32) {
        if code == 0 || column.code(row) != 0 {
            return;
        }
        let count = column.codes.len();
        if let Some(slot) = column.codes.to_mut().get_mut(row) {
            *slot = code;
        }
        self.mark(row, count);
    }

    fn mark(&mut self, row: usize, count: usize) {
        if self.filled.len() < count {
            self.filled.resize(count, false);
        }
        if let Some(filled) = self.filled.get_mut(row) {
            *filled = true;
        }
    }

    /// Adds a column whose values stand in label rows: one text per row, `None` before the first.
    pub(crate) fn add_section(&mut self, field: Field, labels: &[(usize, String)], rows: usize) {
        let mut values = RawColumn::default();
        let mut codes = vec![0; rows];
        let mut labels = labels.iter().peekable();
        let mut current = 0;
        for (row, code) in codes.iter_mut().enumerate() {
            while let Some((_, text)) = labels.next_if(|(at, _)| *at <= row) {
                current = values.push_value(CellKind::Text, text).unwrap_or(0);
            }
            *code = current;
            if current != 0 {
                self.mark(row, rows);
            }
        }
        self.list.retain(|column| column.layout.field != field);
        self.list.push(Column {
            layout: LayoutColumn {
                field,
                header: String::new(),
                position: 0,
                unit: None,
                date_format: None,
            },
            position: 0,
            values: Cow::Owned(values),
            codes: Cow::Owned(codes),
        });
    }
}

/// A quantity, an amount or a line id belongs to one line: copied down it would count twice.
fn may_fill(field: Field) -> bool {
    !matches!(
        field,
        Field::Quantity | Field::Amount | Field::AmountExTax | Field::LineId
    )
}
