//! `channelflow review import FILE.xlsx`: what was decided in a workbook, validated whole and
//! carried out whole. The same workbook again changes nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use channelflow_model::messages::{label, say};
use channelflow_model::raw::RawTable;
use channelflow_model::{Lang, Sentence, text};
use channelflow_pipeline::review::{WaitingName, name_key};
use channelflow_pipeline::review_decide::{self, Answer, Checker, Decided, Plan, Verdict};
use channelflow_read::{ReadOutcome, read_in_child};
use channelflow_warehouse::{NameAction, NameDecision};

use super::workbook::{COLUMNS, SCOPES, WORDS, name_cell};
use super::{Desk, who, words};
use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Decisions that are named before the rest is counted.
const SHOWN: usize = 20;

/// Reads, validates, carries out.
pub async fn execute(context: &Context, path: &Path, dry_run: bool) -> anyhow::Result<Exit> {
    let mode = mode(dry_run);
    let session = Session::open_for(context, mode).await?;
    let desk = Desk::open(session, None).await?;
    let lang = desk.session.lang;
    let table = read(&desk, path).await?;
    let filled = filled_rows(&table, path)?;
    let known = desk.session.warehouse.name_decisions().await?;
    let (plan, problems) = plan(&desk, &known, &filled);
    if !problems.is_empty() {
        print_problems(&desk, &problems)?;
        return Ok(Exit::Usage);
    }
    let who = who(&desk.session);
    let decided = review_decide::decide(&desk.session.warehouse, plan, who, mode).await?;
    if desk.session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": dry_run,
            "decisions": decided.decisions,
            "unchanged": decided.unchanged,
            "lines": decided.lines,
            "problems": [],
        }))?;
        return Ok(Exit::Done);
    }
    output::text(&summary(lang, &desk, &decided, dry_run))?;
    Ok(Exit::Done)
}

async fn read(desk: &Desk, path: &Path) -> anyhow::Result<RawTable> {
    let (company, owned) = (Arc::clone(&desk.session.company), path.to_owned());
    let ReadOutcome {
        tables,
        findings,
        refused,
    } = tokio::task::spawn_blocking(move || {
        read_in_child(&company.program, &owned, &company.limits)
    })
    .await
    .context("reading the workbook was interrupted")?
    .map_err(|error| match error {
        channelflow_read::ReadError::Open { source, .. } => usage(
            Sentence::new("file_not_readable")
                .fact("path", path.display())
                .because(&source),
        ),
        error @ channelflow_read::ReadError::Child { .. } => error.into(),
    })?;
    let lang = desk.session.lang;
    match tables.into_iter().next() {
        Some(table) if !refused => Ok(table),
        _ => {
            let cause = findings.first().map(|finding| finding.text(lang));
            Err(usage(
                Sentence::new("review_file_refused")
                    .fact("path", path.display())
                    .fact("cause", cause.unwrap_or_default()),
            ))
        }
    }
}

/// A row that a person filled in.
struct Filled {
    /// Row in the sheet, from 1.
    row: u32,
    decision: String,
    other_id: String,
    scope: String,
    note: String,
    /// The name as the row shows it.
    name: String,
    distributor: String,
    /// Key of the name and ids of the candidates; `None` when somebody changed them.
    hidden: Option<(String, Vec<String>)>,
}

fn filled_rows(table: &RawTable, path: &Path) -> anyhow::Result<Vec<Filled>> {
    let mut columns: HashMap<&str, usize> = HashMap::new();
    for at in 0..table.columns.len() {
        let title = text::key(table.cell(0, at).1);
        let is =
            |lang, code: &str| text::key(&label(lang, &format!("review_sheet_{code}"))) == title;
        let known = COLUMNS
            .iter()
            .find(|(code, _)| is(Lang::Zh, code) || is(Lang::En, code));
        if let Some((code, _)) = known {
            columns.entry(*code).or_insert(at);
        }
    }
    for code in ["key", "decision", "name", "distributor"] {
        if !columns.contains_key(code) {
            return Err(usage(
                Sentence::new("review_not_our_workbook")
                    .fact("path", path.display())
                    .fact("column", label(Lang::En, &format!("review_sheet_{code}"))),
            ));
        }
    }
    let cell = |row: usize, code: &str| {
        let at = columns.get(code).copied();
        at.map(|at| table.cell(row, at).1.trim().to_owned())
            .unwrap_or_default()
    };
    let rows = (1..table.row_count()).map(|row| Filled {
        row: table.row_numbers.get(row).copied().unwrap_or(0),
        decision: cell(row, "decision"),
        other_id: cell(row, "other_id"),
        scope: cell(row, "scope"),
        note: cell(row, "note"),
        name: cell(row, "name"),
        distributor: cell(row, "distributor"),
        hidden: serde_json::from_str::<Vec<String>>(&cell(row, "key"))
            .ok()
            .and_then(|mut texts| {
                let ids = texts.split_off(texts.len().min(1));
                texts.pop().map(|key| (key, ids))
            }),
    });
    let answered = |row: &Filled| !(row.decision.is_empty() && row.other_id.is_empty());
    Ok(rows
        .filter(|row| answered(row) && word_of(&WORDS, &row.decision) != Some("skip"))
        .collect())
}

/// The code a word of either language stands for.
fn word_of(codes: &[&'static str], found: &str) -> Option<&'static str> {
    let found = text::key(found);
    let says =
        |lang, code: &str| text::key(&label(lang, &format!("review_answer_{code}"))) == found;
    codes
        .iter()
        .find(|code| **code == found || says(Lang::Zh, code) || says(Lang::En, code))
        .copied()
}

/// What is wrong, by row.
type Problems = Vec<(u32, Sentence)>;

fn plan(desk: &Desk, known: &[NameDecision], filled: &[Filled]) -> (Plan, Problems) {
    let who = who(&desk.session);
    let mut problems = Problems::new();
    let mut checker = Checker::new(&desk.master, known);
    let waiting: HashMap<&str, &WaitingName> = desk
        .names
        .iter()
        .map(|name| (name.key.as_str(), name))
        .collect();
    let mut already = 0;
    let mut finder = None;
    for row in filled {
        let read = row
            .hidden
            .as_ref()
            .ok_or_else(|| Sentence::new("review_row_key_changed").fact("name", &row.name))
            .and_then(|(key, ids)| Ok((key, verdict(row, ids)?, is_global(row)?)));
        let (key, verdict, global) = match read {
            Ok(read) => read,
            Err(problem) => {
                problems.push((row.row, problem));
                continue;
            }
        };
        let Some(name) = waiting.get(key.as_str()) else {
            if said_already(known, row, key, &verdict) {
                already += 1;
            } else {
                let gone = Sentence::new("review_row_not_waiting")
                    .fact("name", row.name.replace('\n', " "))
                    .fact("distributor", &row.distributor);
                problems.push((row.row, gone));
            }
            continue;
        };
        if text::key(&name_cell(name)) != text::key(&row.name) {
            let changed = Sentence::new("review_row_name_changed")
                .fact("found", row.name.replace('\n', " "))
                .fact("name", name_cell(name).replace('\n', " "));
            problems.push((row.row, changed));
            continue;
        }
        let mut name = (*name).clone();
        if verdict == Verdict::New {
            finder
                .get_or_insert_with(|| desk.finder(&desk.names))
                .fill(&mut name);
        }
        let answer = Answer {
            name: &name,
            verdict,
            global,
            note: row.note.clone(),
        };
        if let Err(problem) = checker.add(&answer, who) {
            problems.push((row.row, problem));
        }
    }
    (checker.plan().with_unchanged(already), problems)
}

fn verdict(row: &Filled, ids: &[String]) -> Result<Verdict, Sentence> {
    let other = || Verdict::Choose(row.other_id.clone());
    let contradicts = || {
        Sentence::new("review_row_two_answers")
            .fact("decision", &row.decision)
            .fact("other", &row.other_id)
    };
    if row.decision.is_empty() {
        return Ok(other());
    }
    if let Ok(number) = row.decision.parse::<usize>() {
        let found = number.checked_sub(1).and_then(|at| ids.get(at));
        let id = found.ok_or_else(|| {
            Sentence::new("review_no_candidate")
                .fact("name", row.name.replace('\n', " "))
                .fact("number", number)
        })?;
        if !row.other_id.is_empty() && row.other_id != *id {
            return Err(contradicts());
        }
        return Ok(Verdict::Choose(id.clone()));
    }
    let verdict = match word_of(&WORDS, &row.decision) {
        Some("none") => Verdict::NoneOf(ids.to_vec()),
        Some("ignore") => Verdict::Ignore,
        Some("new") => Verdict::New,
        _ => {
            let known = WORDS.map(|code| label(Lang::En, &format!("review_answer_{code}")));
            return Err(Sentence::new("review_row_no_answer")
                .fact("found", &row.decision)
                .fact("known", format!("1–5, {}", known.join(", "))));
        }
    };
    if !row.other_id.is_empty() {
        return Err(contradicts());
    }
    Ok(verdict)
}

fn is_global(row: &Filled) -> Result<bool, Sentence> {
    if row.scope.is_empty() {
        return Ok(false);
    }
    if let Some(code) = word_of(&SCOPES, &row.scope) {
        return Ok(code == "all");
    }
    let known = SCOPES.map(|code| label(Lang::En, &format!("review_answer_{code}")));
    Err(Sentence::new("review_row_no_answer")
        .fact("found", &row.scope)
        .fact("known", known.join(", ")))
}

/// Whether a decision that holds says about this name what the row says.
fn said_already(known: &[NameDecision], row: &Filled, key: &str, verdict: &Verdict) -> bool {
    let distributor = row.distributor.split(' ').next().unwrap_or_default();
    known
        .iter()
        .filter(|decision| decision.taken_back_at.is_none())
        .filter(|decision| {
            let of = &decision.distributor_id;
            of.is_empty() || of == distributor
        })
        .filter(|decision| name_key(decision, distributor) == key)
        .any(|decision| match verdict {
            Verdict::Choose(id) => {
                decision.action == NameAction::Choose && decision.target_id == *id
            }
            Verdict::NoneOf(_) => decision.action == NameAction::None,
            Verdict::Ignore => decision.action == NameAction::Ignore,
            Verdict::New => decision.action == NameAction::New,
        })
}

fn print_problems(desk: &Desk, problems: &Problems) -> anyhow::Result<()> {
    let lang = desk.session.lang;
    if desk.session.format == Format::Json {
        let shown: Vec<_> = problems
            .iter()
            .map(|(row, said)| {
                serde_json::json!({ "row": row, "problem": said.text(lang), "hint": said.hint(lang) })
            })
            .collect();
        return output::json(&serde_json::json!({ "problems": shown }));
    }
    for (row, said) in problems {
        let row = say(lang, "place_row", &[("row", row)]);
        output::note(&format!("{row}: {}", said.text(lang)));
        if let Some(hint) = said.hint(lang) {
            output::note(&format!("  {}: {hint}", label(lang, "report_hint")));
        }
    }
    let problems = problems.len();
    output::note(&say(
        lang,
        "review_import_refused",
        &[("problems", &problems)],
    ));
    Ok(())
}

fn summary(lang: Lang, desk: &Desk, decided: &Decided, dry_run: bool) -> String {
    let mut text = String::new();
    for decision in decided.decisions.iter().take(SHOWN) {
        text.push_str(&format!(
            "  {}\n",
            words::said(lang, decision, &desk.master)
        ));
    }
    if decided.decisions.len() > SHOWN {
        let rest = decided.decisions.len() - SHOWN;
        text.push_str(&format!(
            "  {}\n",
            say(lang, "report_more", &[("rest", &rest)])
        ));
    }
    let of = |action| {
        let of_action = decided
            .decisions
            .iter()
            .filter(|known| known.action == action);
        of_action.count()
    };
    let code = if dry_run {
        "review_would_import"
    } else {
        "review_imported"
    };
    text.push_str(&say(
        lang,
        code,
        &[
            ("choose", &of(NameAction::Choose)),
            ("none", &of(NameAction::None)),
            ("ignore", &of(NameAction::Ignore)),
            ("new", &of(NameAction::New)),
            ("unchanged", &decided.unchanged),
            ("effect", &words::effect(lang, &decided.lines)),
        ],
    ));
    text.push('\n');
    text
}
