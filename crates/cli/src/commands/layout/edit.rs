//! `channelflow layout edit`: a person corrects how a sheet is understood.

use std::path::{Path, PathBuf};

use channelflow_model::layout::{LayoutColumn, SignRule};
use channelflow_model::messages::say;
use channelflow_model::{Field, Layout, Sentence};
use channelflow_warehouse::{LayoutState, Mode, NewLayout};
use clap::Args;

use super::find;
use crate::exit::{Exit, cannot, usage};
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
        return Err(usage(Sentence::new("layout_fixed")));
    }
    if layout == stored.layout {
        return Err(usage(Sentence::new("nothing_to_change")));
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
        .map_err(cannot("file_not_readable", path))
        .map_err(usage)?;
    toml::from_str(&text).map_err(|error: toml::de::Error| {
        usage(
            Sentence::new("not_a_layout")
                .fact("path", path.display())
                .fact("cause", error.message()),
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
                return Err(usage(Sentence::new("not_a_sign_rule").fact("found", word)));
            }
        };
    }
    if let Some(unit) = &arguments.unit {
        layout.unit = Some(unit.clone());
    }
    if let Some(order) = &arguments.date_format {
        if !["ymd", "mdy", "dmy"].contains(&order.as_str()) {
            return Err(usage(
                Sentence::new("not_a_date_order").fact("found", order),
            ));
        }
        let Some(column) = layout
            .columns
            .iter_mut()
            .find(|column| column.field == Field::Date)
        else {
            return Err(usage(Sentence::new("no_date_column")));
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
            Sentence::new("not_an_assignment").fact("found", assignment),
        ));
    };
    let field: Field = field.parse().map_err(|_: String| {
        let fields: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
        usage(
            Sentence::new("not_a_field")
                .fact("found", field)
                .fact("known", fields.join(", ")),
        )
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
            Sentence::new("no_such_column")
                .fact("header", header)
                .fact("known", headers.join(", ")),
        ));
    };
    let position = u32::try_from(position)?;
    if layout.refused.iter().any(|refused| refused == header) {
        return Err(usage(
            Sentence::new("column_refused").fact("header", header),
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
