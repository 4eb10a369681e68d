//! What a sheet is, before its lines are read: header, kind, layout, declared range; or why it is
//! no flow sheet.

use channelflow_model::finding::SheetPlace;
use channelflow_model::layout::{Layout, LayoutColumn};
use channelflow_model::{Field, Finding, FlowKind, Place, RawTable, Severity};

use crate::header::{self, Header};
use crate::kind::{self, Clues, NoKind};
use crate::meaning;
use crate::range::{self, Declared};
use crate::returns;
use crate::rows;
use crate::vocabulary::Vocabulary;
use crate::{FileContext, SheetState};

/// A sheet whose lines can be read.
pub(crate) struct Plan<'a> {
    pub(crate) table: &'a RawTable,
    pub(crate) place: SheetPlace,
    pub(crate) layout: Layout,
    pub(crate) header: Header,
    /// Columns of the layout with their position in this sheet.
    pub(crate) columns: Vec<(LayoutColumn, usize)>,
    pub(crate) declared: Declared,
    pub(crate) state: SheetState,
    /// What calls all its lines returns: its name, its title or its file.
    pub(crate) returns: Option<String>,
}

/// A sheet without lines, with what could be told about it.
#[derive(Default)]
pub(crate) struct Skip {
    pub(crate) kind: Option<FlowKind>,
    pub(crate) layout: Option<Layout>,
}

/// Plans a sheet; findings say what was noticed, or why the sheet is skipped.
pub(crate) fn plan<'a>(
    table: &'a RawTable,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
    findings: &mut Vec<Finding>,
) -> Result<Plan<'a>, Box<Skip>> {
    let place = place_of(table);
    let at = Place::sheet(&place);
    let Some(header) = header::find(table, context.layouts, vocabulary) else {
        let code = if table.row_count() == 0 {
            "empty_sheet"
        } else {
            "no_header"
        };
        findings.push(Finding::new(code, Severity::Warning, at));
        return Err(Box::default());
    };
    let fingerprint = Layout::fingerprint_of(&header.titles);
    let titles = title_texts(table, header.first_row);
    let files: Vec<&str> = table
        .member
        .as_deref()
        .into_iter()
        .chain([context.file_name])
        .collect();
    let clues = Clues {
        told: context.kind,
        sheet: &table.sheet,
        titles: &titles,
        files: &files,
    };
    let has_party = FlowKind::ALL
        .iter()
        .any(|kind| meaning::meaning(&header.titles, *kind, vocabulary).has(Field::PartyName));
    let sections = !has_party && rows::has_section_labels(table, &header, vocabulary);
    let kind = match kind_of(&header, &fingerprint, &clues, sections, context, vocabulary) {
        Ok(kind) => kind,
        Err(problem) => {
            findings.push(no_kind_finding(&problem, &header, at));
            let kind = match problem {
                NoKind::Missing(kind, _) => Some(kind),
                NoKind::Ambiguous | NoKind::Differs { .. } => None,
            };
            let layout = kind.map(|kind| new_layout(&header, kind, false, vocabulary));
            return Err(Box::new(Skip { kind, layout }));
        }
    };
    let of_kind = || {
        context
            .layouts
            .iter()
            .filter(move |layout| layout.kind == kind)
    };
    let (layout, state) = if let Some(known) = of_kind().find(|l| l.fingerprint == fingerprint) {
        (known.clone(), SheetState::Known)
    } else {
        let mut layout = new_layout(&header, kind, sections, vocabulary);
        note_choices(&header, &layout, vocabulary, &at, findings);
        match of_kind().next_back() {
            Some(previous) => {
                inherit(&mut layout, previous);
                findings.push(changed_finding(&layout, previous, at.clone()));
                let previous = previous.fingerprint.clone();
                (layout, SheetState::Changed { previous })
            }
            None => (layout, SheetState::New),
        }
    };
    let mut columns = meaning::locate(&layout, &header.titles);
    columns.retain(|(column, _)| !vocabulary.is_refused(&column.header));
    let here = |field: Field| columns.iter().any(|(column, _)| column.field == field);
    let missing: Vec<Field> = Field::ALL
        .iter()
        .copied()
        .filter(|field| field.is_key(kind) && !here(*field) && layout.section != Some(*field))
        .collect();
    if !missing.is_empty() {
        let problem = NoKind::Missing(kind, missing);
        findings.push(no_kind_finding(&problem, &header, at));
        return Err(Box::new(Skip {
            kind: Some(kind),
            layout: Some(layout),
        }));
    }
    if !layout.refused.is_empty() {
        let refused = Finding::new("refused_columns", Severity::Warning, at.clone());
        findings.push(refused.fact("columns", quoted(&layout.refused)));
    }
    note_hidden(table, &columns, &at, findings);
    let declared = range::declared(table, header.first_row, &files, vocabulary);
    Ok(Plan {
        table,
        place,
        layout,
        header,
        columns,
        declared,
        state,
        returns: returns::named(&clues, vocabulary),
    })
}

/// A plan by a layout that is given, for explaining one row of a file loaded before.
pub(crate) fn plan_as<'a>(
    table: &'a RawTable,
    layout: &Layout,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Option<Plan<'a>> {
    let layouts = [layout.clone()];
    let header = header::find(table, &layouts, vocabulary)?;
    let mut columns = meaning::locate(layout, &header.titles);
    columns.retain(|(column, _)| !vocabulary.is_refused(&column.header));
    let files: Vec<&str> = table
        .member
        .as_deref()
        .into_iter()
        .chain([context.file_name])
        .collect();
    let declared = range::declared(table, header.first_row, &files, vocabulary);
    let titles = title_texts(table, header.first_row);
    let clues = Clues {
        told: Some(layout.kind),
        sheet: &table.sheet,
        titles: &titles,
        files: &files,
    };
    Some(Plan {
        table,
        place: place_of(table),
        layout: layout.clone(),
        header,
        columns,
        declared,
        state: SheetState::Known,
        returns: returns::named(&clues, vocabulary),
    })
}

/// Where a table stands in its file.
pub(crate) fn place_of(table: &RawTable) -> SheetPlace {
    SheetPlace {
        member: table.member.clone(),
        sheet: table.sheet.clone(),
        sheet_index: table.sheet_index,
    }
}

/// Texts of the rows above a header.
pub(crate) fn title_texts(table: &RawTable, rows: usize) -> Vec<String> {
    let cells = (0..rows)
        .flat_map(|row| (0..table.columns.len()).map(move |column| table.cell(row, column).1));
    cells
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The kind: words first, then a layout a person accepted, then the columns.
fn kind_of(
    header: &Header,
    fingerprint: &str,
    clues: &Clues<'_>,
    sections: bool,
    context: &FileContext<'_>,
    vocabulary: &Vocabulary,
) -> Result<FlowKind, NoKind> {
    let accepted: Vec<FlowKind> = context
        .layouts
        .iter()
        .filter(|layout| layout.fingerprint == fingerprint)
        .map(|layout| layout.kind)
        .collect();
    match (kind::by_words(clues, vocabulary), accepted.as_slice()) {
        (Some(kind), accepted) if accepted.contains(&kind) => Ok(kind),
        (None, [kind]) => Ok(*kind),
        _ => kind::decide(header, clues, sections, vocabulary),
    }
}

fn new_layout(header: &Header, kind: FlowKind, sections: bool, vocabulary: &Vocabulary) -> Layout {
    let meaning = meaning::meaning(&header.titles, kind, vocabulary);
    let section = (sections && kind != FlowKind::Inventory && !meaning.has(Field::PartyName))
        .then_some(Field::PartyName);
    Layout {
        kind,
        fingerprint: Layout::fingerprint_of(&header.titles),
        header_rows: if header.rows == 2 { 2 } else { 1 },
        sign: channelflow_model::layout::SignRule::default(),
        unit: None,
        grouped: Vec::new(),
        section,
        headers: header.titles.clone(),
        columns: meaning.columns,
        refused: meaning.refused,
    }
}

/// What a person decided about the previous layout is proposed for the changed one.
fn inherit(layout: &mut Layout, previous: &Layout) {
    layout.sign = previous.sign;
    layout.unit.clone_from(&previous.unit);
    layout.grouped.clone_from(&previous.grouped);
    for column in &mut layout.columns {
        let same = |old: &&LayoutColumn| old.field == column.field && old.header == column.header;
        if let Some(old) = previous.columns.iter().find(same) {
            column.date_format.clone_from(&old.date_format);
        }
    }
}

/// Says which of two columns was chosen, which column holds several facts, and which carry nothing
/// this program knows.
fn note_choices(
    header: &Header,
    layout: &Layout,
    vocabulary: &Vocabulary,
    at: &Place,
    findings: &mut Vec<Finding>,
) {
    let meaning = meaning::meaning(&header.titles, layout.kind, vocabulary);
    for (field, chosen, others) in &meaning.doubles {
        // Another quantity is another number of boxes; another date or code rarely matters.
        let severity = match field {
            Field::Quantity => Severity::Warning,
            _ => Severity::Info,
        };
        let finding = Finding::new("two_columns", severity, at.clone());
        findings.push(
            finding
                .fact("field", field)
                .fact("chosen", chosen)
                .fact("others", quoted(others)),
        );
    }
    if let Some(title) = &meaning.composite {
        let finding = Finding::new("composite_column", Severity::Warning, at.clone());
        findings.push(finding.fact("column", title));
    }
    let unused: Vec<String> = header
        .titles
        .iter()
        .filter(|title| !title.is_empty())
        .filter(|title| !layout.columns.iter().any(|column| column.header == **title))
        .filter(|title| !layout.refused.contains(title))
        .cloned()
        .collect();
    if !unused.is_empty() {
        let finding = Finding::new("columns_unused", Severity::Info, at.clone());
        findings.push(finding.fact("columns", quoted(&unused)));
    }
}

fn note_hidden(
    table: &RawTable,
    columns: &[(LayoutColumn, usize)],
    at: &Place,
    findings: &mut Vec<Finding>,
) {
    if table.hidden {
        findings.push(Finding::new("hidden_sheet", Severity::Warning, at.clone()));
    }
    if !table.hidden_rows.is_empty() {
        let finding = Finding::new("hidden_rows", Severity::Warning, at.clone());
        findings.push(finding.fact("rows", table.hidden_rows.len()));
    }
    let hidden: Vec<String> = columns
        .iter()
        .filter(|(_, position)| is_hidden_column(table, *position))
        .map(|(column, _)| column.header.clone())
        .collect();
    if !hidden.is_empty() {
        let finding = Finding::new("hidden_columns", Severity::Warning, at.clone());
        findings.push(finding.fact("columns", quoted(&hidden)));
    }
}

/// Whether the column at this position is hidden.
pub(crate) fn is_hidden_column(table: &RawTable, position: usize) -> bool {
    u32::try_from(position)
        .is_ok_and(|position| table.hidden_columns.binary_search(&position).is_ok())
}

fn no_kind_finding(problem: &NoKind, header: &Header, at: Place) -> Finding {
    match problem {
        NoKind::Ambiguous => Finding::new("kind_ambiguous", Severity::Error, at)
            .fact("columns", quoted(&header.titles)),
        NoKind::Missing(kind, fields) => {
            let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
            Finding::new("missing_column", Severity::Error, at)
                .fact("kind", kind)
                .fact("fields", quoted(&fields))
                .fact("columns", quoted(&header.titles))
        }
        NoKind::Differs { told, named } => Finding::new("kind_differs", Severity::Error, at)
            .fact("told", told)
            .fact("named", named),
    }
}

fn changed_finding(layout: &Layout, previous: &Layout, at: Place) -> Finding {
    let not_in = |own: &[String], other: &[String]| -> Vec<String> {
        let only = own
            .iter()
            .filter(|title| !title.is_empty() && !other.contains(title));
        only.cloned().collect()
    };
    Finding::new("layout_changed", Severity::Error, at)
        .fact("kind", layout.kind)
        .fact("added", quoted(&not_in(&layout.headers, &previous.headers)))
        .fact(
            "removed",
            quoted(&not_in(&previous.headers, &layout.headers)),
        )
        .fact("previous", &previous.fingerprint)
        .fact("fingerprint", &layout.fingerprint)
}

/// `` `a`, `b` ``; a dash for none. Long lists are cut.
fn quoted(texts: &[String]) -> String {
    const SHOWN: usize = 20;
    let named: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
    let mut shown: Vec<String> = named
        .iter()
        .take(SHOWN)
        .map(|text| format!("`{text}`"))
        .collect();
    if named.is_empty() {
        return "–".to_owned();
    }
    if named.len() > SHOWN {
        shown.push(format!("… (+{})", named.len() - SHOWN));
    }
    shown.join(", ")
}
