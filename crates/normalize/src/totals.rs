//! Totals rows as control totals: what the distributor's own sum says against the sum of its lines.
//!
//! Sums are of the numbers as they stand in the file, before any rule about signs, and include
//! rows that carry nothing. A mismatch is a finding; the lines stay as they are.

use channelflow_model::{Finding, Micros, Place, Severity};

use crate::ControlTotal;
use crate::column::Column;
use crate::number::Numbers;
use crate::rows::{Classified, Row, Total};
use crate::sheet::Plan;
use crate::texts::index;

/// A number column that is summed.
pub(crate) struct Summed<'n> {
    pub(crate) column: &'n Column<'n>,
    pub(crate) numbers: &'n Numbers,
}

impl Summed<'_> {
    fn value(&self, row: usize) -> Option<Micros> {
        self.numbers.cell(self.column.code(row)).value()
    }
}

/// Running sums of one column.
#[derive(Default, Clone, Copy)]
struct Sums {
    all: i128,
    since_part: i128,
    since_whole: i128,
    since_any: i128,
}

impl Sums {
    fn add(&mut self, value: Micros) {
        for sum in [
            &mut self.all,
            &mut self.since_part,
            &mut self.since_whole,
            &mut self.since_any,
        ] {
            *sum += i128::from(value.0);
        }
    }

    /// The sum a total of this kind stands for. Files nest subtotals and repeat grand totals per
    /// group, so the nearest sums are tried before it is called a mismatch.
    fn expected(&self, total: Total, stated: Micros) -> i128 {
        let tried = match total {
            Total::Part => [self.since_part, self.since_any, self.since_whole, self.all],
            Total::Whole => [self.all, self.since_whole, self.since_part, self.since_any],
        };
        let equal = tried.iter().find(|sum| **sum == i128::from(stated.0));
        equal.or(tried.first()).copied().unwrap_or(0)
    }

    fn close(&mut self, total: Total) {
        self.since_any = 0;
        self.since_part = 0;
        if total == Total::Whole {
            self.since_whole = 0;
        }
    }
}

/// Compares every total with the lines above it and decides what unlabelled numbers are.
pub(crate) fn control(
    plan: &Plan<'_>,
    summed: &[Summed<'_>],
    classified: &mut Classified,
    findings: &mut Vec<Finding>,
) -> Vec<ControlTotal> {
    let is_line = |row: &Row| *row == Row::Line;
    let last_line = classified.rows.iter().rposition(is_line);
    let line_count = classified.rows.iter().filter(|row| is_line(row)).count();
    let has_totals = classified
        .rows
        .iter()
        .any(|row| matches!(row, Row::Total(_) | Row::Unlabelled));
    let mut controls = Vec::new();
    if !has_totals {
        return controls;
    }
    let mut sums = vec![Sums::default(); summed.len()];
    // Grand totals above the first line, with their column and what they say.
    let mut above: Vec<(usize, usize, Micros)> = Vec::new();
    let mut any_line = false;
    let first_row = classified.first_row;
    for (offset, class) in classified.rows.iter_mut().enumerate() {
        let row = first_row + offset;
        if *class == Row::Unlabelled {
            let closes = line_count >= 2 && last_line.is_none_or(|last| offset > last);
            let mut stated = 0;
            let mut equal = true;
            for (summed, sums) in summed.iter().zip(&sums) {
                if let Some(value) = summed.value(row) {
                    stated += 1;
                    equal &= [sums.all, sums.since_any].contains(&i128::from(value.0));
                }
            }
            let is_total = closes && equal && stated > 0;
            *class = if is_total {
                Row::Total(Total::Whole)
            } else {
                Row::Line
            };
        }
        match *class {
            Row::Line => {
                any_line = true;
                for (sums, summed) in sums.iter_mut().zip(summed) {
                    sums.add(summed.value(row).unwrap_or_default());
                }
            }
            Row::Total(Total::Whole) if !any_line && line_count > 0 => {
                let stated = summed.iter().map(|summed| summed.value(row)).enumerate();
                above.extend(stated.filter_map(|(at, stated)| Some((at, row, stated?))));
            }
            Row::Total(total) => {
                for (sums, summed) in sums.iter_mut().zip(summed) {
                    if let Some(stated) = summed.value(row) {
                        let computed = sums.expected(total, stated);
                        controls.extend(compare(plan, row, summed.column, stated, computed));
                    }
                    sums.close(total);
                }
            }
            Row::Unlabelled | Row::RepeatedHeader | Row::SectionLabel | Row::Outside => {}
        }
    }
    for (at, row, stated) in above {
        if let (Some(summed), Some(sums)) = (summed.get(at), sums.get(at)) {
            controls.extend(compare(plan, row, summed.column, stated, sums.all));
        }
    }
    for control in controls
        .iter()
        .filter(|control| control.stated != control.computed)
    {
        findings.push(
            Finding::new("total_mismatch", Severity::Warning, control.place.clone())
                .fact("field", control.field)
                .fact("stated", control.stated)
                .fact("computed", control.computed),
        );
    }
    controls
}

fn compare(
    plan: &Plan<'_>,
    row: usize,
    column: &Column<'_>,
    stated: Micros,
    computed: i128,
) -> Option<ControlTotal> {
    let row = plan.table.row_numbers.get(row).copied().unwrap_or(0);
    let place = Place::sheet(&plan.place)
        .at_row(row)
        .at_column(index(column.position));
    Some(ControlTotal {
        place,
        field: column.layout.field,
        stated,
        computed: Micros::from_i128(computed)?,
    })
}
