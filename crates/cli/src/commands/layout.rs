//! `channelflow layout list|show|accept|edit`: how distributors arrange their sheets. Accepting a
//! layout takes in the files that waited for it, from the landing area.

mod edit;

use channelflow_model::messages::{label, say};
use channelflow_model::{Layout, Sentence};
use channelflow_pipeline::adhoc::{Taking, take_waiting};
use channelflow_pipeline::report::RunReport;
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{LayoutState, Mode, StoredLayout};
use clap::Subcommand;

use crate::Format;
use crate::commands::load::finish;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `layout`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List layouts; those that wait for a person first
    List {
        /// Of this distributor
        #[arg(long, short)]
        distributor: Option<String>,
    },
    /// Show a layout as TOML, and how it differs from the accepted one
    Show {
        /// Number or fingerprint of the layout
        layout: String,
    },
    /// Accept a layout and take in the files that wait for it
    Accept {
        /// Number or fingerprint of the layout
        layout: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Change a layout: which column is what, unit, sign rule, date order
    Edit(edit::Arguments),
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { distributor } => list(context, distributor.as_deref()).await,
        Command::Show { layout } => show(context, layout).await,
        Command::Accept { layout, dry_run } => accept(context, layout, mode(*dry_run)).await,
        Command::Edit(arguments) => edit::execute(context, arguments).await,
    }
}

async fn list(context: &Context, distributor: Option<&str>) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    session.check_distributor(distributor).await?;
    let mut layouts = session.warehouse.all_layouts().await?;
    layouts.retain(|stored| distributor.is_none_or(|id| stored.distributor_id == id));
    layouts.sort_by_key(|stored| stored.state != LayoutState::Pending);
    if session.format == Format::Json {
        output::json(&layouts)?;
        return Ok(Exit::Done);
    }
    let titles = [
        "column_number",
        "column_distributor",
        "column_kind",
        "column_state",
        "column_headers",
    ]
    .map(|code| label(session.lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
    ]);
    for stored in layouts {
        table.row([
            stored.layout_id.to_string(),
            stored.distributor_id,
            label(session.lang, &format!("kind_{}", stored.layout.kind)),
            label(session.lang, &format!("layout_{}", stored.state.as_str())),
            stored.layout.headers.join(" "),
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

/// The layout a person named by number or fingerprint, and the accepted ones beside it.
async fn find(session: &Session, named: &str) -> anyhow::Result<(StoredLayout, Vec<StoredLayout>)> {
    let layouts = session.warehouse.all_layouts().await?;
    let found: Vec<&StoredLayout> = layouts
        .iter()
        .filter(|stored| {
            stored.layout_id.to_string() == named || stored.layout.fingerprint == named
        })
        .collect();
    let stored = match found.as_slice() {
        [only] => StoredLayout::clone(only),
        [] => {
            return Err(usage(Sentence::new("no_layout").fact("named", named)));
        }
        several => {
            let numbers: Vec<String> = several
                .iter()
                .map(|stored| stored.layout_id.to_string())
                .collect();
            return Err(usage(
                Sentence::new("several_layouts")
                    .fact("named", named)
                    .fact("numbers", numbers.join(", ")),
            ));
        }
    };
    let siblings = layouts
        .into_iter()
        .filter(|other| {
            other.distributor_id == stored.distributor_id
                && other.layout.kind == stored.layout.kind
                && other.layout_id != stored.layout_id
                && other.state == LayoutState::Accepted
        })
        .collect();
    Ok((stored, siblings))
}

async fn show(context: &Context, named: &str) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let (stored, siblings) = find(&session, named).await?;
    if session.format == Format::Json {
        output::json(&stored)?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "# {}\n",
        say(
            session.lang,
            "layout_heading",
            &[
                ("layout", &stored.layout_id),
                ("distributor", &stored.distributor_id),
                (
                    "state",
                    &label(session.lang, &format!("layout_{}", stored.state.as_str()))
                ),
            ],
        )
    );
    text.push_str(&toml::to_string_pretty(&stored.layout)?);
    for sibling in siblings {
        let gone = missing_in(&sibling.layout, &stored.layout);
        let new = missing_in(&stored.layout, &sibling.layout);
        text.push_str(&format!(
            "# {}\n",
            say(
                session.lang,
                "layout_difference",
                &[
                    ("layout", &sibling.layout_id),
                    ("gone", &gone),
                    ("new", &new)
                ],
            )
        ));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

/// Headers that `has` has and `lacks` lacks.
fn missing_in(has: &Layout, lacks: &Layout) -> String {
    let missing: Vec<&str> = has
        .headers
        .iter()
        .filter(|header| !header.is_empty() && !lacks.headers.contains(header))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        "–".to_owned()
    } else {
        missing.join(", ")
    }
}

async fn accept(context: &Context, named: &str, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let (stored, _) = find(&session, named).await?;
    let (layout_id, state) = (stored.layout_id, LayoutState::Accepted);
    let (who, at) = (session.who.as_str(), session.at.as_str());
    session
        .warehouse
        .set_layout_state(layout_id, state, who, at, mode)
        .await?;
    let company = &session.company.config.company.name;
    let mut report = RunReport::new(company, at, mode == Mode::DryRun);
    if mode == Mode::Commit {
        report.run_id = Some(session.warehouse.start_run("layout accept", at).await?);
    }
    let taking = Taking {
        run_id: report.run_id,
        at,
        mode,
        again: false,
        layout: (mode == Mode::DryRun).then_some((&*stored.distributor_id, &stored.layout)),
    };
    let taken = take_waiting(
        &session.company,
        &session.warehouse,
        &stored.distributor_id,
        &taking,
    )
    .await?;
    for (file, restated) in taken {
        report.restatements.extend(restated);
        report.push(file);
    }
    finish(&session, report).await
}
