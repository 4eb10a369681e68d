//! `match evaluate` and `match calibrate`: labelled names are names with the column `gold_id`,
//! the id that is right, several separated by `;`, empty when the master has no right answer.

use std::collections::BTreeSet;
use std::path::PathBuf;

use channelflow_matching::Thresholds;
use channelflow_matching::certify::{Judged, certify};
use channelflow_matching::evaluate::{Case, Evaluation, evaluate as count_up};
use channelflow_model::messages::say;
use channelflow_model::{Lang, Sentence};
use clap::Args;
use serde::Serialize;

use super::cost::Meter;
use super::resolve::{Answers, Desk};
use super::sheet::{Sheet, list};
use super::{MasterArguments, Office, digest, lang_of, open_names, show, thresholds};
use crate::Format;
use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::{Context, now};

/// Which labelled names.
#[derive(Debug, Args)]
struct LabelArguments {
    /// Labelled names: names with `gold_id`, empty where nothing is right
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Only rows with this value in the column `split`
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
}

/// Arguments of `match evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    #[command(flatten)]
    master: MasterArguments,
    #[command(flatten)]
    labels: LabelArguments,
    /// File written by `match calibrate`; without it only identical names are accepted
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
}

/// Arguments of `match calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArguments {
    #[command(flatten)]
    master: MasterArguments,
    #[command(flatten)]
    labels: LabelArguments,
    /// File of thresholds to write [default: customer-thresholds.toml, product-thresholds.toml …]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Labelled names and what was answered.
struct Labelled<'a> {
    names: &'a Sheet,
    /// Rows that are looked at, with the rows of the master that are right.
    rows: Vec<(usize, Vec<u32>)>,
    groups: Vec<String>,
    answers: Answers,
}

impl<'a> Labelled<'a> {
    fn new(desk: &Desk<'_>, names: &'a Sheet, rows: Vec<usize>) -> anyhow::Result<Self> {
        let rows = with_gold(desk.master, names, rows)?;
        let groups = rows
            .iter()
            .map(|(row, _)| format!("{}|{}", names.text(*row, "label"), names.text(*row, "dirt")))
            .collect();
        let taken: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        Ok(Labelled {
            answers: desk.answer_all(names, &taken, None),
            names,
            rows,
            groups,
        })
    }

    fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let labels = self.rows.iter().zip(&self.groups).enumerate();
        labels.filter_map(|(position, ((_, gold), groups))| {
            Some(Case {
                answer: &self.answers.get(position)?.answer,
                gold,
                groups,
            })
        })
    }
}

/// The rows of a split.
fn split(names: &Sheet, wanted: Option<&str>, lang: Lang) -> anyhow::Result<Vec<usize>> {
    let present: BTreeSet<&str> = names.rows().map(|row| names.text(row, "split")).collect();
    let found = list(present.into_iter());
    let Some(wanted) = wanted else {
        if names.has("split") {
            output::note(&say(lang, "match_split_unused", &[("splits", &found)]));
        }
        return Ok(names.rows().collect());
    };
    let rows: Vec<usize> = names
        .rows()
        .filter(|row| names.text(*row, "split") == wanted)
        .collect();
    if rows.is_empty() {
        return Err(usage(
            Sentence::new("match_split_empty")
                .fact("path", &names.path)
                .fact("split", wanted)
                .fact("found", found),
        ));
    }
    Ok(rows)
}

/// Looks the right ids up in the master.
fn with_gold(
    master: &Sheet,
    names: &Sheet,
    rows: Vec<usize>,
) -> anyhow::Result<Vec<(usize, Vec<u32>)>> {
    let known = master.by_id("id")?;
    rows.into_iter()
        .map(|row| {
            let ids = names.text(row, "gold_id").split(';').map(str::trim);
            let gold: Result<Vec<u32>, _> = ids
                .filter(|id| !id.is_empty())
                .map(|id| {
                    let position = known.get(id).map(|row| row - master.rows().start);
                    position.and_then(|at| u32::try_from(at).ok()).ok_or(id)
                })
                .collect();
            match gold {
                Ok(gold) => Ok((row, gold)),
                Err(id) => Err(usage(
                    Sentence::new("match_gold_unknown")
                        .fact("path", &names.path)
                        .fact("row", names.row_number(row))
                        .fact("id", id)
                        .fact("master", &master.path),
                )),
            }
        })
        .collect()
}

/// What `match evaluate` found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What was matched.
    pub kind: &'static str,
    /// Entities of the master.
    pub master_size: u64,
    /// Harmonic mean of precision and recall of automatic acceptance.
    pub f1: f64,
    /// The figures.
    #[serde(flatten)]
    pub found: Evaluation,
    /// Every name that was accepted wrongly.
    pub wrong_names: Vec<Wrong>,
}

/// A name that was accepted wrongly.
#[derive(Debug, Serialize)]
pub struct Wrong {
    /// Its id, if it has one.
    pub query_id: String,
    /// The name.
    pub name: String,
    /// The name it was taken for.
    pub got: String,
    /// The names that are right.
    pub gold: Vec<String>,
    /// Rule class.
    pub class: &'static str,
    /// Its score.
    pub score: f32,
    /// The sentence the reviewer would have read.
    pub explanation: String,
}

/// Measures.
pub fn evaluate(context: &Context, arguments: &EvaluateArguments) -> anyhow::Result<Exit> {
    let lang = lang_of(context);
    let mut meter = Meter::start();
    let names = open_labels(&arguments.master, &arguments.labels, lang)?;
    let rows = split(&names, arguments.labels.split.as_deref(), lang)?;
    let office = Office::open(&arguments.master, &names, &mut meter, lang)?;
    let thresholds = thresholds(&office, arguments.thresholds.as_deref(), lang)?;
    let desk = office.desk(&thresholds);
    let labelled = Labelled::new(&desk, &names, rows)?;
    meter.phase("match", labelled.answers.distinct());
    let found = count_up(labelled.cases());
    let report = Report {
        kind: desk.kind.as_str(),
        master_size: desk.master.rows().len() as u64,
        f1: found.total.f1(),
        wrong_names: found
            .wrong
            .iter()
            .filter_map(|position| wrong(&desk, &labelled, *position, lang))
            .collect(),
        found,
    };
    match context.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&show::evaluation(&report, lang))?,
    }
    Ok(Exit::Done)
}

fn open_labels(
    master: &MasterArguments,
    labels: &LabelArguments,
    lang: Lang,
) -> anyhow::Result<Sheet> {
    let mut needed = vec!["name", "gold_id"];
    if labels.split.is_some() {
        needed.push("split");
    }
    open_names(master.kind, &labels.labels, &needed, lang)
}

fn wrong(desk: &Desk<'_>, labelled: &Labelled<'_>, position: usize, lang: Lang) -> Option<Wrong> {
    let (row, gold) = labelled.rows.get(position)?;
    let answer = &labelled.answers.get(position)?.answer;
    Some(Wrong {
        query_id: labelled.names.text(*row, "query_id").to_owned(),
        name: labelled.names.text(*row, "name").to_owned(),
        got: desk.name(answer.ranked.candidates.first()?.row).to_owned(),
        gold: gold.iter().map(|row| desk.name(*row).to_owned()).collect(),
        class: answer.ranked.class,
        score: answer.ranked.score,
        explanation: desk.explain(
            &desk.matcher.query(labelled.names, *row),
            answer,
            None,
            lang,
        ),
    })
}

/// Chooses thresholds and writes them.
pub fn calibrate(context: &Context, arguments: &CalibrateArguments) -> anyhow::Result<Exit> {
    let lang = lang_of(context);
    let mut meter = Meter::start();
    let names = open_labels(&arguments.master, &arguments.labels, lang)?;
    let rows = split(&names, arguments.labels.split.as_deref(), lang)?;
    let office = Office::open(&arguments.master, &names, &mut meter, lang)?;
    let thresholds = Thresholds::default();
    let desk = office.desk(&thresholds);
    let labelled = Labelled::new(&desk, &names, rows)?;
    meter.phase("match", labelled.answers.distinct());
    let judged: Vec<Judged<'_>> = labelled.cases().filter_map(Case::judged).collect();
    let mut certificate = certify(labelled.rows.len() as u64, &judged);
    desk.kind.as_str().clone_into(&mut certificate.kind);
    certificate.date = now()?.1.to_string();
    certificate.master_size = desk.master.rows().len() as u64;
    certificate.master_digest = digest(desk.kind, desk.master);
    let text = format!(
        "# Written by `channelflow match calibrate`. What is accepted without a person, and what\n\
         # that rests on; a class without a threshold stays with a person.\n\n{}",
        toml::to_string(&certificate)?
    );
    let out = arguments.out.clone();
    let out = out.unwrap_or_else(|| format!("{}-thresholds.toml", certificate.kind).into());
    std::fs::write(&out, text).map_err(cannot("file_not_writable", &out))?;
    match context.format {
        Format::Json => output::json(&certificate)?,
        Format::Text => output::text(&show::certificate(&certificate, lang))?,
    }
    let precision = show::percent(1.0 - show::share(certificate.errors, certificate.accepted));
    output::note(&say(
        lang,
        "match_calibrated",
        &[
            ("path", &out.display()),
            ("labels", &show::count(certificate.labels)),
            ("accepted", &show::count(certificate.accepted)),
            ("errors", &show::count(certificate.errors)),
            ("precision", &precision),
            ("at_least", &show::percent(certificate.precision_at_least)),
        ],
    ));
    Ok(Exit::Done)
}
