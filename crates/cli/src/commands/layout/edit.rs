//! `channelflow layout edit`: a person corrects how a sheet is understood.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use channelflow_model::layout::{LayoutColumn, SignRule};
use channelflow_model::messages::say;
use channelflow_model::{Field, Layout};
use channelflow_warehouse::{LayoutState, Mode, NewLayout};
use clap::Args;

use super::find;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `layout edit`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Number or fingerprint of the layout
    layout: String,
    /// The whole layout as TOML, as `layout show` prints it
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Which column carries a field, such as `party_name=客户名称`; `FIELD=` for none
    #[arg(long = "column", value_name = "FIELD=HEADER")]
    columns: Vec<String>,
    /// What a return with a positive quantity means
    #[arg(long, value_name = "hold|negate|keep")]
    sign: Option<String>,
    /// Unit of quantities when no column says it
    #[arg(long)]
    unit: Option<String>,
    /// Order of day, month and year in the date column
    #[arg(long, value_name = "ymd|mdy|dmy")]
    date_format: Option<String>,
    /// Fields written once per group and blank below, such as `party_name`
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    grouped: Vec<Field>,
    /// Show the layout as it would be and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Changes the layout; it applies from the next file on.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode(arguments.dry_run)).await?;
    let (stored, _) = find(&session, &arguments.layout).await?;
    let mut layout = match &arguments.file {
        None => stored.layout.clone(),
        Some(path) => read(path)?,
    };
    change(&mut layout, arguments)?;
    if layout.kind != stored.layout.kind || layout.fingerprint != stored.layout.fingerprint {
        return Err(usage(
            "kind and fingerprint of a layout say which sheets it is for; they cannot be edited",
            "leave both lines as `channelflow layout show` prints them",
        ));
    }
    if layout == stored.layout {
        return Err(usage(
            "nothing was asked to change",
            "see `channelflow layout edit --help`",
        ));
    }
    if arguments.dry_run {
        output::text(&toml::to_string_pretty(&layout)?)?;
        return Ok(Exit::Done);
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
        say(session.lang, code, &[("layout", &stored.layout_id)])
    ))?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> anyhow::Result<Layout> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("`{}` cannot be read", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        usage(
            format!("`{}` is not a layout: {error}", path.display()),
            "start from what `channelflow layout show` prints",
        )
    })
}

fn change(layout: &mut Layout, arguments: &Arguments) -> anyhow::Result<()> {
    for assignment in &arguments.columns {
        assign(layout, assignment)?;
    }
    if let Some(word) = &arguments.sign {
        layout.sign = match word.as_str() {
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
    if let Some(unit) = &arguments.unit {
        layout.unit = Some(unit.clone());
    }
    if let Some(order) = &arguments.date_format {
        if !["ymd", "mdy", "dmy"].contains(&order.as_str()) {
            return Err(usage(
                format!("`{order}` is no date order"),
                "ymd, mdy or dmy",
            ));
        }
        let Some(column) = layout
            .columns
            .iter_mut()
            .find(|column| column.field == Field::Date)
        else {
            return Err(usage(
                "this layout has no date column",
                "name it with --column date=…",
            ));
        };
        column.date_format = Some(order.clone());
    }
    if !arguments.grouped.is_empty() {
        layout.grouped.clone_from(&arguments.grouped);
    }
    Ok(())
}

/// `FIELD=HEADER`: that column carries the field and no other.
fn assign(layout: &mut Layout, assignment: &str) -> anyhow::Result<()> {
    let Some((field, header)) = assignment.split_once('=') else {
        return Err(usage(
            format!("`{assignment}` is no assignment"),
            "write FIELD=HEADER",
        ));
    };
    let field: Field = field.parse().map_err(|error: String| {
        let fields: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
        usage(error, format!("fields are: {}", fields.join(", ")))
    })?;
    layout.columns.retain(|column| column.field != field);
    if header.is_empty() {
        return Ok(());
    }
    let Some(position) = layout.headers.iter().position(|known| known == header) else {
        let headers: Vec<&str> = layout
            .headers
            .iter()
            .map(String::as_str)
            .filter(|known| !known.is_empty())
            .collect();
        return Err(usage(
            format!("the sheet has no column `{header}`"),
            format!("its columns are: {}", headers.join(", ")),
        ));
    };
    let position = u32::try_from(position)?;
    if layout.refused.iter().any(|refused| refused == header) {
        return Err(usage(
            format!("column `{header}` is about doctors or patients and is never stored"),
            "leave it out",
        ));
    }
    layout.columns.retain(|column| column.position != position);
    layout.columns.push(LayoutColumn {
        field,
        header: header.to_owned(),
        position,
        unit: None,
        date_format: None,
    });
    layout.columns.sort_by_key(|column| column.position);
    Ok(())
}
