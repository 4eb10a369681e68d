//! Returns that no document type tells: a sheet that is called one (`退货`), and a column of
//! returned quantities beside the sold ones. Neither is added up on a guess: the first makes its
//! positive lines contradictory, the second is named. Not here: what a document type means; that
//! is `sign`.

use channelflow_model::{Finding, FlowKind, Micros, Place, Severity};

use crate::kind::{self, Clues};
use crate::number::{self, Numbers};
use crate::rows::{Classified, Row};
use crate::sheet::Plan;
use crate::vocabulary::Vocabulary;

/// The name of a sheet, its title or its file that calls all its lines returns. The first of them
/// that names a return or a kind decides: in `销售退货.xlsx` the sheet `销售` has sales.
pub(crate) fn named(clues: &Clues<'_>, vocabulary: &Vocabulary) -> Option<String> {
    let titles = clues.plain_titles();
    let texts = [&[clues.sheet][..], titles.as_slice(), clues.files];
    for texts in texts {
        if let Some(text) = texts.iter().find(|text| vocabulary.names_return(text)) {
            return Some((*text).to_owned());
        }
        if kind::named(texts, vocabulary).is_some() {
            return None;
        }
    }
    None
}

/// Whether the lines of a sheet that is called a return show no sign of their own: all of them are
/// positive.
pub(crate) fn is_unsigned(
    plan: &Plan<'_>,
    codes: &[u32],
    quantity: &Numbers,
    classified: &Classified,
) -> bool {
    let below_zero = |row: usize| {
        let code = codes.get(row).copied().unwrap_or(0);
        let value = quantity.cell(code).value();
        value.is_some_and(|value| value < Micros::ZERO)
    };
    plan.returns.is_some() && !classified.lines().any(below_zero)
}

/// Names a column of returned quantities that no line uses, if it says anything.
pub(crate) fn note_left_out(
    plan: &Plan<'_>,
    classified: &Classified,
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) {
    if plan.layout.kind == FlowKind::Inventory {
        return;
    }
    for (position, title) in plan.header.titles.iter().enumerate() {
        let used = plan.columns.iter().any(|(_, column)| *column == position);
        if used || !vocabulary.is_return_column(title) {
            continue;
        }
        let says = |index: usize| {
            let (kind, text) = plan.table.cell(index, position);
            let (number, _) = number::read(kind, text, true, vocabulary);
            !matches!(
                number,
                number::Number::Empty | number::Number::Value(Micros::ZERO)
            )
        };
        let rows = classified.rows.iter().enumerate();
        let lines = rows
            .filter(|(_, class)| **class == Row::Line)
            .filter(|(index, _)| says(index + classified.first_row))
            .count();
        if lines > 0 {
            let at = Place::sheet(&plan.place).at_column(crate::texts::index(position));
            findings.push(
                Finding::new("returns_left_out", Severity::Warning, at)
                    .fact("column", title)
                    .fact("lines", lines),
            );
        }
    }
}
