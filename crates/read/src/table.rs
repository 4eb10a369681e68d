//! Building one raw table cell by cell, within the limits.
//!
//! Rows without a cell do not exist; a column is only as long as its last cell until the table
//! is finished. So a sheet with one cell in a far corner costs nothing.

use calamine::ExcelDateTime;
use channelflow_model::{CellKind, RawColumn};

use crate::column::{ColumnBuilder, ColumnFull};
use crate::limits::Limits;
use crate::number;
use crate::refusal::{Refusal, Result};

/// A table while it is filled.
pub(crate) struct TableBuilder<'a> {
    limits: &'a Limits,
    /// Cells that other tables of the artifact have already used.
    cells_before: u64,
    cells: u64,
    positions: u64,
    row_numbers: Vec<u32>,
    ascending: bool,
    columns: Vec<ColumnBuilder>,
}

/// Rows and columns of a finished table.
pub(crate) struct Grid {
    pub(crate) row_numbers: Vec<u32>,
    pub(crate) columns: Vec<RawColumn>,
    pub(crate) cells: u64,
}

impl<'a> TableBuilder<'a> {
    pub(crate) fn new(limits: &'a Limits, cells_before: u64) -> Self {
        TableBuilder {
            limits,
            cells_before,
            cells: 0,
            positions: 0,
            row_numbers: Vec::new(),
            ascending: true,
            columns: Vec::new(),
        }
    }

    /// Most characters a cell may have.
    pub(crate) fn cell_chars(&self) -> u32 {
        self.limits.cell_chars
    }

    /// Sets a cell by source row (from 1) and column (from 0). Empty texts are no cells.
    pub(crate) fn text(&mut self, row: u32, column: u32, kind: CellKind, text: &str) -> Result<()> {
        if text.is_empty() && kind != CellKind::FormulaWithoutValue {
            return Ok(());
        }
        self.check_length(row, column, text)?;
        self.set(row, column, |builder| builder.text(kind, text))
    }

    /// Sets a cell to a string the workbook stores once.
    pub(crate) fn shared(&mut self, row: u32, column: u32, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.check_length(row, column, text)?;
        self.set(row, column, |builder| {
            builder.shared(text.as_ptr().addr(), text)
        })
    }

    /// Sets a cell to a number.
    pub(crate) fn number(&mut self, row: u32, column: u32, value: f64) -> Result<()> {
        self.set(row, column, |builder| {
            builder.number(value, false, |out| number::write_decimal(value, out))
        })
    }

    /// Sets a cell to a number that is shown as a date or time.
    pub(crate) fn date(
        &mut self,
        row: u32,
        column: u32,
        date: ExcelDateTime,
        epoch_1904: bool,
    ) -> Result<()> {
        // A column may show the same number as a time of day here and as a duration there; both
        // are dates to the cache and must not meet, so durations go without it.
        if date.is_duration() {
            let mut text = String::new();
            let kind = number::write_date(date, epoch_1904, &mut text);
            return self.text(row, column, kind, &text);
        }
        self.set(row, column, |builder| {
            builder.number(date.as_f64(), true, |out| {
                number::write_date(date, epoch_1904, out)
            })
        })
    }

    /// The finished table; rows that came out of order are sorted, rows that came in pieces are
    /// joined.
    pub(crate) fn finish(self) -> Result<Grid> {
        let rows = self.row_numbers.len();
        let positions = (rows as u64).saturating_mul(self.columns.len() as u64);
        if positions > self.limits.positions() {
            return Err(self.sparse());
        }
        let columns: Vec<RawColumn> = self
            .columns
            .into_iter()
            .map(|column| column.finish(rows))
            .collect();
        let mut grid = Grid {
            row_numbers: self.row_numbers,
            columns,
            cells: self.cells,
        };
        if !self.ascending {
            sort_rows(&mut grid);
        }
        Ok(grid)
    }

    fn check_length(&self, row: u32, column: u32, text: &str) -> Result<()> {
        let limit = self.limits.cell_chars as usize;
        if text.len() > limit && text.chars().count() > limit {
            return Err(Refusal::over("cell_too_long", limit).at(row, column));
        }
        Ok(())
    }

    fn set(
        &mut self,
        row: u32,
        column: u32,
        code: impl FnOnce(&mut ColumnBuilder) -> std::result::Result<u32, ColumnFull>,
    ) -> Result<()> {
        let index = self.row_index(row, column)?;
        if column >= self.limits.columns {
            return Err(Refusal::over("too_many_columns", self.limits.columns).at(row, column));
        }
        let position = column as usize;
        if position >= self.columns.len() {
            self.columns
                .resize_with(position + 1, ColumnBuilder::default);
        }
        let Some(builder) = self.columns.get_mut(position) else {
            return Ok(());
        };
        let code = code(builder).map_err(|ColumnFull| Refusal::over("too_much_text", "4 GiB"))?;
        let (grown, occupied) = builder.place(index, code);
        self.positions += grown as u64;
        if self.positions > self.limits.positions() {
            return Err(self.sparse().at(row, column));
        }
        if !occupied {
            self.cells += 1;
            if self.cells_before + self.cells > self.limits.cells {
                return Err(Refusal::over("too_many_cells", self.limits.cells).at(row, column));
            }
        }
        Ok(())
    }

    fn row_index(&mut self, row: u32, column: u32) -> Result<usize> {
        match self.row_numbers.last() {
            Some(last) if *last == row => return Ok(self.row_numbers.len() - 1),
            Some(last) if *last > row => self.ascending = false,
            _ => {}
        }
        if self.row_numbers.len() >= self.limits.rows as usize {
            return Err(Refusal::over("too_many_rows", self.limits.rows).at(row, column));
        }
        self.row_numbers.push(row);
        Ok(self.row_numbers.len() - 1)
    }

    fn sparse(&self) -> Refusal {
        Refusal::over("sparse_sheet", self.limits.positions())
            .fact("rows", self.row_numbers.len())
            .fact("columns", self.columns.len())
    }
}

fn sort_rows(grid: &mut Grid) {
    let mut order: Vec<usize> = (0..grid.row_numbers.len()).collect();
    order.sort_by_key(|index| grid.row_numbers.get(*index).copied());
    let mut row_numbers: Vec<u32> = Vec::with_capacity(order.len());
    // Where each source row, in sorted order, ends up.
    let mut targets = Vec::with_capacity(order.len());
    for index in &order {
        let number = grid.row_numbers.get(*index).copied().unwrap_or(0);
        if row_numbers.last() != Some(&number) {
            row_numbers.push(number);
        }
        targets.push(row_numbers.len() - 1);
    }
    for column in &mut grid.columns {
        let mut codes = vec![0; row_numbers.len()];
        for (index, target) in order.iter().zip(&targets) {
            let code = column.codes.get(*index).copied().unwrap_or(0);
            if code != 0
                && let Some(slot) = codes.get_mut(*target)
            {
                *slot = code;
            }
        }
        column.codes = codes;
    }
    grid.row_numbers = row_numbers;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(table: &mut TableBuilder, cells: &[(u32, u32, &str)]) -> Result<()> {
        for (row, column, text) in cells {
            table.text(*row, *column, CellKind::Text, text)?;
        }
        Ok(())
    }

    #[test]
    fn rows_in_any_order_end_up_sorted_and_joined() {
        let limits = Limits::default();
        let mut table = TableBuilder::new(&limits, 0);
        set(
            &mut table,
            &[(5, 0, "e"), (2, 1, "b"), (5, 1, "f"), (2, 0, "a")],
        )
        .unwrap();
        let grid = table.finish().unwrap();
        assert_eq!(grid.row_numbers, [2, 5]);
        assert_eq!(grid.columns[0].cell(0).1, "a");
        assert_eq!(grid.columns[0].cell(1).1, "e");
        assert_eq!(grid.columns[1].cell(0).1, "b");
        assert_eq!(grid.columns[1].cell(1).1, "f");
    }

    #[test]
    fn every_limit_has_its_code() {
        let limits = Limits {
            rows: 3,
            columns: 10,
            cells: 5,
            cell_chars: 4,
            ..Limits::default()
        };
        let code = |cells: &[(u32, u32, &str)]| {
            let mut table = TableBuilder::new(&limits, 0);
            set(&mut table, cells)
                .and_then(|()| table.finish().map(|_| ()))
                .err()
                .map(|refusal| refusal.code().to_owned())
        };
        assert_eq!(code(&[(1, 0, "四个字符"), (900_000, 0, "b")]), None);
        assert_eq!(
            code(&[(1, 0, "五个字符了")]).as_deref(),
            Some("cell_too_long")
        );
        assert_eq!(code(&[(1, 10, "a")]).as_deref(), Some("too_many_columns"));
        let rows = [(1, 0, "a"), (2, 0, "a"), (3, 0, "a"), (4, 0, "a")];
        assert_eq!(code(&rows).as_deref(), Some("too_many_rows"));
        let cells: Vec<_> = (0..6).map(|column| (1, column, "a")).collect();
        assert_eq!(code(&cells).as_deref(), Some("too_many_cells"));
        let corners = [(1, 0, "a"), (2, 0, "a"), (3, 9, "a")];
        assert_eq!(code(&corners).as_deref(), Some("sparse_sheet"));
    }
}
