//! `channelflow match`: names against a master file, without a company folder. Candidates,
//! decision and explanation of every name; figures on labelled names (`evaluate`); thresholds from
//! labelled names (`calibrate`). What is compared and how stands in `matching`.

mod cost;
mod kind;
mod labels;
mod resolve;
mod sheet;
mod show;

use std::fs::File;
use std::path::{Path, PathBuf};

use channelflow_matching::certify::{Certificate, default_thresholds};
use channelflow_matching::{Decision, Thresholds};
use channelflow_model::messages::{label, say};
use channelflow_model::{Lang, Sentence};
use clap::{Args, Subcommand};
use xxhash_rust::xxh3::xxh3_64;

use self::cost::Meter;
use self::kind::{Kind, Matcher, Scratch};
use self::resolve::{Answers, Desk};
use self::sheet::Sheet;
use crate::Format;
use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::Context;

/// Arguments of `match`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// What is matched
    #[arg(long, value_enum, required = true)]
    kind: Option<Kind>,
    /// Master file: `id,name` and attributes
    #[arg(long, value_name = "FILE", required = true)]
    master: Option<PathBuf>,
    /// File written by `match calibrate`; without it only identical names are accepted
    #[arg(long, value_name = "FILE")]
    thresholds: Option<PathBuf>,
    /// Names to resolve: `query_id,name` and attributes
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "name",
        requires = "out"
    )]
    names: Option<PathBuf>,
    /// CSV file to write
    #[arg(long, value_name = "FILE", requires = "names")]
    out: Option<PathBuf>,
    /// One name to explain here, part by part
    #[arg(long, conflicts_with_all = ["names", "out"])]
    name: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure on labelled names: precision, recall, coverage, with their intervals
    Evaluate(labels::EvaluateArguments),
    /// Choose on labelled names what may be accepted without a person
    Calibrate(labels::CalibrateArguments),
}

/// What is matched against what.
#[derive(Debug, Args)]
struct MasterArguments {
    /// What is matched
    #[arg(long, value_enum)]
    kind: Kind,
    /// Master file: `id,name` and attributes
    #[arg(long, value_name = "FILE")]
    master: PathBuf,
}

/// Carries it out.
pub fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let lang = lang_of(context);
    match &arguments.command {
        Some(Command::Evaluate(arguments)) => return labels::evaluate(context, arguments),
        Some(Command::Calibrate(arguments)) => return labels::calibrate(context, arguments),
        None => {}
    }
    // The command line was parsed: what is missing here was refused there.
    let (Some(kind), Some(master)) = (arguments.kind, arguments.master.clone()) else {
        return Ok(Exit::Usage);
    };
    let master = MasterArguments { kind, master };
    let thresholds = arguments.thresholds.as_deref();
    match (&arguments.name, &arguments.names, &arguments.out) {
        (Some(name), _, _) => one(&master, thresholds, name, context.format, lang),
        (None, Some(names), Some(out)) => all(&master, thresholds, names, out, lang),
        _ => Ok(Exit::Usage),
    }
}

/// The language asked for, or that of the company folder one happens to be in.
fn lang_of(context: &Context) -> Lang {
    let told = context
        .lang
        .or_else(|| channelflow_config::lang_of(&context.company));
    told.unwrap_or_default()
}

/// The master read, checked and indexed for some names.
struct Office {
    master: Sheet,
    matcher: Matcher,
    kind: Kind,
}

impl Office {
    fn open(
        arguments: &MasterArguments,
        names: &Sheet,
        meter: &mut Meter,
        lang: Lang,
    ) -> anyhow::Result<Self> {
        let kind = arguments.kind;
        let master = Sheet::open(&arguments.master, kind.master_fields(), lang)?;
        master.require(&["id", "name"], kind.master_fields())?;
        master.by_id("id")?;
        meter.phase("read", master.rows().len());
        let matcher = Matcher::new(kind, &master, names);
        meter.phase("index", master.rows().len());
        Ok(Office {
            master,
            matcher,
            kind,
        })
    }

    fn desk<'a>(&'a self, thresholds: &'a Thresholds) -> Desk<'a> {
        Desk {
            kind: self.kind,
            master: &self.master,
            matcher: &self.matcher,
            thresholds,
        }
    }
}

/// Reads a file of names or labels.
fn open_names(kind: Kind, path: &Path, needed: &[&str], lang: Lang) -> anyhow::Result<Sheet> {
    let fields = kind.name_fields();
    let names = Sheet::open(path, &fields, lang)?;
    names.require(needed, &fields)?;
    if names.has("query_id") {
        names.by_id("query_id")?;
    }
    Ok(names)
}

/// The thresholds given, compared with the master at hand; the shipped ones otherwise.
fn thresholds(office: &Office, path: Option<&Path>, lang: Lang) -> anyhow::Result<Thresholds> {
    let Some(path) = path else {
        output::note(&label(lang, "match_shipped_default"));
        return Ok(default_thresholds());
    };
    let bad = |cause: &dyn std::fmt::Display| {
        let found = Sentence::new("match_thresholds_bad").fact("path", path.display());
        usage(found.fact("cause", cause))
    };
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error))?;
    let certificate: Certificate = toml::from_str(&text).map_err(|error| bad(&error.message()))?;
    if certificate.kind != office.kind.as_str() {
        let found = Sentence::new("match_thresholds_kind")
            .fact("path", path.display())
            .fact("found", &certificate.kind)
            .fact("expected", office.kind.as_str());
        return Err(usage(found));
    }
    let (then, now) = (certificate.master_size, office.master.rows().len() as u64);
    let code = if now * 10 > then * 11 {
        "match_master_grown"
    } else if certificate.master_digest != digest(office.kind, &office.master) {
        "match_master_changed"
    } else {
        return Ok(certificate.thresholds());
    };
    let (then, now) = (show::count(then), show::count(now));
    output::note(&say(lang, code, &[("then", &then), ("now", &now)]));
    Ok(certificate.thresholds())
}

/// Tells one state of a master from another; the order of its rows does not matter.
fn digest(kind: Kind, master: &Sheet) -> String {
    let sum = master.rows().fold(0_u64, |sum, row| {
        let mut text = String::new();
        for (field, _) in kind.master_fields() {
            text.push_str(master.text(row, field));
            text.push('\u{1f}');
        }
        sum.wrapping_add(xxh3_64(text.as_bytes()))
    });
    format!("{sum:016x}")
}

/// Resolves a file of names into a file of answers.
fn all(
    arguments: &MasterArguments,
    given: Option<&Path>,
    names: &Path,
    out: &Path,
    lang: Lang,
) -> anyhow::Result<Exit> {
    let mut meter = Meter::start();
    let names = open_names(arguments.kind, names, &["query_id", "name"], lang)?;
    let office = Office::open(arguments, &names, &mut meter, lang)?;
    let thresholds = thresholds(&office, given, lang)?;
    let desk = office.desk(&thresholds);
    let rows: Vec<usize> = names.rows().collect();
    let answers = desk.answer_all(&names, &rows, Some(lang));
    meter.phase("match", answers.distinct());
    let counts = write(&desk, &names, &answers, out)?;
    meter.phase("write", names.rows().len());
    let [accept, review, none] = counts.map(show::count);
    output::note(&say(
        lang,
        "match_written",
        &[
            ("path", &out.display()),
            ("names", &show::count(names.rows().len() as u64)),
            ("accept", &accept),
            ("review", &review),
            ("none", &none),
        ],
    ));
    Ok(Exit::Done)
}

/// Writes the answers whole or not at all; returns how many were accepted, sent to review, and
/// left without a match.
fn write(
    desk: &Desk<'_>,
    names: &Sheet,
    answers: &Answers,
    out: &Path,
) -> anyhow::Result<[u64; 3]> {
    let cannot = |error: std::io::Error| cannot("file_not_writable", out)(error);
    let part = out.with_extension("part");
    let mut writer = csv::Writer::from_writer(File::create(&part).map_err(cannot)?);
    writer.write_record([
        "query_id",
        "decision",
        "master_id",
        "class",
        "score",
        "candidates",
        "explanation",
    ])?;
    let mut counts = [0_u64; 3];
    for (position, row) in names.rows().enumerate() {
        let Some(resolved) = answers.get(position) else {
            continue;
        };
        let answer = &resolved.answer;
        let ids: Vec<&str> = answer
            .ranked
            .candidates
            .iter()
            .map(|one| desk.id(one.row))
            .collect();
        let [accept, review, none] = &mut counts;
        let (count, id) = match answer.decision {
            Decision::Accept => (accept, ids.first().copied().unwrap_or("")),
            Decision::Review => (review, ""),
            Decision::None => (none, ""),
        };
        *count += 1;
        writer.write_record([
            names.text(row, "query_id"),
            answer.decision.as_str(),
            id,
            answer.ranked.class,
            &format!("{:.3}", answer.ranked.score),
            &ids.join(";"),
            &resolved.explanation,
        ])?;
    }
    writer.flush().map_err(cannot)?;
    drop(writer);
    std::fs::rename(&part, out).map_err(cannot)?;
    Ok(counts)
}

/// Explains one name part by part.
fn one(
    arguments: &MasterArguments,
    given: Option<&Path>,
    name: &str,
    format: Format,
    lang: Lang,
) -> anyhow::Result<Exit> {
    let names = Sheet::of_name(name);
    let office = Office::open(arguments, &names, &mut Meter::start(), lang)?;
    let thresholds = thresholds(&office, given, lang)?;
    let desk = office.desk(&thresholds);
    let (query, answer) = desk.answer(&names, names.rows().start, &mut Scratch::default());
    let explanation = desk.explain(&query, &answer, None, lang);
    let explained = show::explained(&desk, name, &query, &answer, explanation);
    match format {
        Format::Json => output::json(&explained)?,
        Format::Text => output::text(&show::explained_text(&explained, lang))?,
    }
    Ok(Exit::Done)
}
