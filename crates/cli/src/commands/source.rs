//! `channelflow source list|probe|learn`: the places data comes from.

use std::collections::BTreeMap;

use channelflow_collect::Probe;
use channelflow_config::SourceKind;
use channelflow_model::Sentence;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::table::{Align, Table, count};
use channelflow_warehouse::VisitRow;
use clap::Subcommand;
use serde::Serialize;

use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, open_company};

/// Arguments of `source`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the sources with their last visit (心跳)
    List,
    /// Sign in and show what is there; nothing is stored
    Probe {
        /// Name of the source
        name: String,
    },
    /// Propose the description of a portal from its pages
    Learn {
        /// Addresses or saved pages: the one to sign in, the one with the table
        #[arg(required = true)]
        pages: Vec<String>,
    },
}

/// A source in the list.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    kind: &'static str,
    distributor: Option<String>,
    state: &'static str,
    last_visit: Option<VisitRow>,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List => list(&Session::open(context).await?).await,
        Command::Probe { name } => probe(context, name).await,
        Command::Learn { pages } => {
            let lang = context.lang.unwrap_or_default();
            let description = channelflow_collect_portal::learn(pages, lang).await?;
            output::text(&description)?;
            Ok(Exit::Done)
        }
    }
}

async fn list(session: &Session) -> anyhow::Result<Exit> {
    let visits = session.warehouse.visits(1).await?;
    let mut last: BTreeMap<String, VisitRow> = visits
        .into_iter()
        .map(|visit| (visit.source.clone(), visit))
        .collect();
    let listed: Vec<Listed> = session
        .company
        .config
        .sources
        .iter()
        .map(|source| {
            let visit = last.remove(&source.name);
            Listed {
                name: source.name.clone(),
                kind: source.kind.word(),
                distributor: source.distributor.clone(),
                state: match &visit {
                    None => "not_visited",
                    Some(visit) if visit.finished_at.is_none() => "under_way",
                    Some(visit) if visit.finding.is_some() => "failed",
                    Some(_) => "read",
                },
                last_visit: visit,
            }
        })
        .collect();
    if session.format == Format::Json {
        output::json(&listed)?;
        return Ok(Exit::Done);
    }
    let mut rows = table(
        session.lang,
        [
            ("column_source_name", Align::Left),
            ("column_kind", Align::Left),
            ("column_distributor", Align::Left),
            ("column_visited", Align::Left),
            ("column_arrivals", Align::Right),
            ("column_stands", Align::Left),
        ],
    );
    for source in &listed {
        let visit = source.last_visit.as_ref();
        let at = visit.map(|it| it.finished_at.as_ref().unwrap_or(&it.started_at));
        let at = at.and_then(|at| at.get(..16)).unwrap_or("–");
        let finding = visit.and_then(|it| it.finding.as_ref());
        let mut state = word(session.lang, "source_state", source.state);
        if let Some(finding) = finding {
            state = format!("{state}: {}", finding.text(session.lang));
        }
        rows.row([
            source.name.clone(),
            word(session.lang, "source_kind", source.kind),
            source.distributor.clone().unwrap_or_default(),
            at.replace('T', " "),
            visit.map_or_else(|| "–".to_owned(), |it| count(it.arrivals)),
            state,
        ]);
    }
    output::text(&rows.render(""))?;
    let clean = listed.iter().all(|it| it.state == "read");
    Ok(if clean { Exit::Done } else { Exit::Attention })
}

async fn probe(context: &Context, name: &str) -> anyhow::Result<Exit> {
    let company = open_company(context)?;
    let sources = &company.config.sources;
    let Some(source) = sources.iter().find(|source| source.name == name) else {
        let known: Vec<&str> = sources.iter().map(|it| it.name.as_str()).collect();
        let known = known.join(", ");
        return Err(usage(
            Sentence::new("no_source")
                .fact("name", name)
                .fact("known", known),
        ));
    };
    let probe = if source.kind == SourceKind::Folder {
        let scan = channelflow_collect::scan_folder(&company.path(&source.path))?;
        Probe {
            found: scan.files.into_iter().map(|file| file.relative).collect(),
            ..Probe::default()
        }
    } else {
        crate::sources::probe(&company, source).await?
    };
    if context.format == Format::Json {
        output::json(&Probed::of(&probe))?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "{}\n",
        say(
            company.lang,
            "source_probed",
            &[("name", &name), ("found", &probe.found.len())]
        )
    );
    for found in &probe.found {
        text.push_str(&format!("  {found}\n"));
    }
    if !probe.rows.is_empty() {
        text.push_str(&format!("\n{}\n", label(company.lang, "source_first_rows")));
        text.push_str(&Table::of(&probe.rows).render("  "));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

/// A probe as JSON.
#[derive(Serialize)]
struct Probed<'p> {
    found: &'p [String],
    rows: &'p [Vec<String>],
    clock_ahead: Option<i64>,
}

impl<'p> Probed<'p> {
    fn of(probe: &'p Probe) -> Self {
        Probed {
            found: &probe.found,
            rows: &probe.rows,
            clock_ahead: probe.clock_ahead,
        }
    }
}
