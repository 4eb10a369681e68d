//! `channelflow achieve PERIOD`: what was sold of what was asked for (指标达成).

use channelflow_model::settlement::Measure;
use channelflow_model::{Day, Sentence};
use channelflow_pipeline::achieve::{AchieveOptions, achieve, counting_points};
use channelflow_pipeline::achieve_text::{View, render, stored_rows};
use channelflow_pipeline::settle::Books;
use channelflow_settle::achieve::{Level, OrgView, PeriodBasis};
use channelflow_settle::classify::counting_point;
use channelflow_warehouse::{AchievementHead, Mode};
use clap::{Args, ValueEnum};

use super::settle::period_of;
use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `achieve`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The month, such as 2026-02
    period: String,
    /// Levels to show, separated by commas: company, region, province, district, post, person,
    /// product, `product_group`, distributor, customer [default: company down to post]
    #[arg(long, value_delimiter = ',')]
    by: Vec<String>,
    /// What is measured [default: what the targets are measured in]
    #[arg(long, value_enum)]
    measure: Option<MeasureWord>,
    /// Which sales count, such as terminal [default: what most targets name]
    #[arg(long)]
    point: Option<String>,
    /// Only this product group (品种)
    #[arg(long)]
    group: Option<String>,
    /// Roll up in the organisation of a day (as-is) instead of that of the time (as-was)
    #[arg(long, value_name = "DAY")]
    as_is: Option<String>,
    /// Count by the month sales happened in (实际年月) instead of the month they were booked in
    #[arg(long)]
    business: bool,
    /// Keep the result in the warehouse, for `mart_achievement`
    #[arg(long, conflicts_with = "business")]
    store: bool,
}

/// A measure as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum MeasureWord {
    /// Base units
    Quantity,
    /// Yuan by assessed price (考核金额)
    Assessed,
    /// Yuan as reported
    Amount,
}

impl MeasureWord {
    fn measure(self) -> Measure {
        match self {
            MeasureWord::Quantity => Measure::Quantity,
            MeasureWord::Assessed => Measure::Assessed,
            MeasureWord::Amount => Measure::Amount,
        }
    }
}

/// Computes and shows it.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let period = period_of(&arguments.period)?;
    let levels = levels(&arguments.by)?;
    if let Some(point) = &arguments.point
        && counting_point(point).is_err()
    {
        return Err(usage(
            Sentence::new("not_a_counting_point")
                .fact("found", point)
                .fact("known", counting_points().join(", ")),
        ));
    }
    let organisation = match &arguments.as_is {
        None => OrgView::AsWas,
        Some(text) => match Day::from_iso(text) {
            Some(day) => OrgView::AsIs(day),
            None => return Err(usage(Sentence::new("not_a_day").fact("found", text))),
        },
    };
    let session = if arguments.store {
        Session::open_locked(context).await?
    } else {
        Session::open(context).await?
    };
    let mut options = AchieveOptions::of_month(&session.company, period, session.today);
    options.organisation = organisation;
    options.counting_points.extend(arguments.point.clone());
    if arguments.business {
        options.basis = PeriodBasis::Business;
    }
    let mut view = View::organisation();
    if !levels.is_empty() {
        view.levels.clone_from(&levels);
        if !arguments.store {
            options.levels = levels;
        }
    }
    view.measure = arguments.measure.map(MeasureWord::measure);
    view.counting_point.clone_from(&arguments.point);
    view.product_group = arguments.group.clone().unwrap_or_default();
    let mut books = Books::of_month(&session.warehouse, period).await?;
    if let OrgView::AsIs(_) = organisation {
        // The organisation of a day after the month was closed is not in what was frozen then.
        let now = Books::open(&session.warehouse, None).await?;
        books.settings.units = now.settings.units;
        books.settings.seats = now.settings.seats;
    }
    let table = achieve(&session.company, &session.warehouse, &books, &options).await?;
    if arguments.store {
        let head = AchievementHead {
            period,
            organisation: match organisation {
                OrgView::AsWas => "as_was",
                OrgView::AsIs(_) => "as_is",
            },
            settings_version: books.settings.version,
            as_of_load: session.warehouse.newest_load().await?,
            at: &session.at,
        };
        let rows = stored_rows(&table);
        session
            .warehouse
            .store_achievement(head, &rows, Mode::Commit)
            .await?;
    }
    match session.format {
        Format::Json => output::json(&table)?,
        Format::Text => output::text(&render(&table, &view, session.lang))?,
    }
    Ok(Exit::Done)
}

fn levels(words: &[String]) -> anyhow::Result<Vec<Level>> {
    words
        .iter()
        .map(|word| {
            let known = Level::ALL.into_iter().find(|level| level.as_str() == word);
            known.ok_or_else(|| {
                let words: Vec<&str> = Level::ALL.iter().map(|level| level.as_str()).collect();
                usage(
                    Sentence::new("not_a_level")
                        .fact("found", word)
                        .fact("known", words.join(", ")),
                )
            })
        })
        .collect()
}
