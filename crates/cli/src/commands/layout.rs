//! `channelflow layout list|show|accept|edit`: how distributors arrange their sheets. Accepting a
//! layout takes in the files that waited for it, from the landing area.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use channelflow_model::Layout;
use channelflow_model::layout::SignRule;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::adhoc::take_waiting;
use channelflow_pipeline::report::RunReport;
use channelflow_pipeline::report_text;
use channelflow_pipeline::standing::held;
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{LayoutState, Mode, NewLayout, StoredLayout};
use clap::Subcommand;

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

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
        /// Number of the layout
        layout: i64,
    },
    /// Accept a layout and take in the files that wait for it
    Accept {
        /// Number of the layout
        layout: i64,
    },
    /// Change a layout: which column is what, unit, sign rule
    Edit {
        /// Number of the layout
        layout: i64,
        /// The whole layout as TOML, as `layout show` prints it
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// What a return with a positive quantity means
        #[arg(long, value_name = "hold|negate|keep")]
        sign: Option<String>,
        /// Unit of quantities when no column says it
        #[arg(long)]
        unit: Option<String>,
    },
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { distributor } => list(context, distributor.as_deref()).await,
        Command::Show { layout } => show(context, *layout).await,
        Command::Accept { layout } => accept(context, *layout).await,
        Command::Edit {
            layout,
            file,
            sign,
            unit,
        } => {
            edit(
                context,
                *layout,
                file.as_deref(),
                sign.as_deref(),
                unit.clone(),
            )
            .await
        }
    }
}

async fn list(context: &Context, distributor: Option<&str>) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
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

async fn find(
    session: &Session,
    layout_id: i64,
) -> anyhow::Result<(StoredLayout, Vec<StoredLayout>)> {
    let layouts = session.warehouse.all_layouts().await?;
    let Some(stored) = layouts
        .iter()
        .find(|stored| stored.layout_id == layout_id)
        .cloned()
    else {
        return Err(usage(
            format!("there is no layout {layout_id}"),
            "`channelflow layout list` shows their numbers",
        ));
    };
    let siblings = layouts
        .into_iter()
        .filter(|other| {
            other.distributor_id == stored.distributor_id
                && other.layout.kind == stored.layout.kind
                && other.layout_id != layout_id
                && other.state == LayoutState::Accepted
        })
        .collect();
    Ok((stored, siblings))
}

async fn show(context: &Context, layout_id: i64) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let (stored, siblings) = find(&session, layout_id).await?;
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

async fn accept(context: &Context, layout_id: i64) -> anyhow::Result<Exit> {
    let session = Session::open_locked(context).await?;
    let (stored, _) = find(&session, layout_id).await?;
    session
        .warehouse
        .set_layout_state(
            layout_id,
            LayoutState::Accepted,
            &session.who,
            &session.at,
            Mode::Commit,
        )
        .await?;
    let company = &session.company.config.company.name;
    let mut report = RunReport::new(company, &session.at, false);
    let run_id = session
        .warehouse
        .start_run("layout accept", &session.at)
        .await?;
    report.run_id = Some(run_id);
    let taken = take_waiting(
        &session.company,
        &session.warehouse,
        &stored.distributor_id,
        run_id,
        &session.at,
    )
    .await?;
    for (file, restated) in taken {
        report.restatements.extend(restated);
        report.push(file);
    }
    (report.held, report.held_rows, report.held_amount) = held(&session.warehouse).await?;
    session
        .warehouse
        .finish_run(run_id, &session.at, &serde_json::to_value(&report)?)
        .await?;
    match session.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report_text::render(&report, session.lang))?,
    }
    Ok(Exit::Done)
}

async fn edit(
    context: &Context,
    layout_id: i64,
    file: Option<&Path>,
    sign: Option<&str>,
    unit: Option<String>,
) -> anyhow::Result<Exit> {
    let session = Session::open_locked(context).await?;
    let (stored, _) = find(&session, layout_id).await?;
    let mut layout = match file {
        None => stored.layout.clone(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?;
            let edited: Layout = toml::from_str(&text).map_err(|error| {
                usage(
                    format!("`{}` is not a layout: {error}", path.display()),
                    "start from what `channelflow layout show` prints",
                )
            })?;
            edited
        }
    };
    if let Some(word) = sign {
        layout.sign = match word {
            "hold" => SignRule::Hold,
            "negate" => SignRule::Negate,
            "keep" => SignRule::Keep,
            _ => {
                return Err(usage(
                    format!("`{word}` is no sign rule"),
                    "hold, negate or keep",
                ));
            }
        };
    }
    if unit.is_some() {
        layout.unit = unit;
    }
    if layout.kind != stored.layout.kind || layout.fingerprint != stored.layout.fingerprint {
        return Err(usage(
            "kind and fingerprint of a layout say which sheets it is for; they cannot be edited",
            "leave both lines as `channelflow layout show` prints them",
        ));
    }
    let new = NewLayout {
        distributor_id: &stored.distributor_id,
        layout: &layout,
        state: stored.state,
        submission_id: stored.submission_id,
    };
    session
        .warehouse
        .save_layout(new, &session.who, &session.at, Mode::Commit)
        .await?;
    let code = if stored.state == LayoutState::Accepted {
        "layout_edited"
    } else {
        "layout_edited_pending"
    };
    output::text(&format!(
        "{}\n",
        say(session.lang, code, &[("layout", &layout_id)])
    ))?;
    Ok(Exit::Done)
}
