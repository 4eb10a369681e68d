//! `channelflow org import|show`: the organisation (组织) and who holds its posts (岗位任职).

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::messages::{label, say, word};
use channelflow_model::settlement::{OrgUnit, Seat, SettlementSettings, UnitLevel};
use channelflow_model::{Day, Lang, Sentence};
use channelflow_pipeline::settlement_kind::SettlementKind;
use clap::{Subcommand, ValueEnum};

use crate::Format;
use crate::commands::settings_import::{self, Arguments};
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `org`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import all units or all seats from a CSV or Excel file: validated whole, differences shown
    Import {
        /// The file and how it is imported
        #[command(flatten)]
        arguments: Arguments,
        /// What the file holds; without it its titles tell
        #[arg(long, value_enum)]
        kind: Option<Kind>,
    },
    /// Show the organisation as a tree, with who holds each post
    Show {
        /// As it stands on this day, such as 2026-01-31; today without it
        #[arg(long, value_name = "DAY")]
        at: Option<String>,
    },
}

/// What a file of the organisation holds.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// Units (组织)
    Units,
    /// Seats (岗位任职)
    Seats,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import { arguments, kind } => {
            let kinds: &[SettlementKind] = match kind {
                Some(Kind::Units) => &[SettlementKind::Units],
                Some(Kind::Seats) => &[SettlementKind::Seats],
                None => &[SettlementKind::Units, SettlementKind::Seats],
            };
            settings_import::import(context, arguments, kinds).await
        }
        Command::Show { at } => show(context, at.as_deref()).await,
    }
}

/// The day named, or today.
pub fn day_of(session: &Session, named: Option<&str>) -> anyhow::Result<Day> {
    let Some(named) = named else {
        return Ok(session.today);
    };
    Day::from_iso(named).ok_or_else(|| usage(Sentence::new("not_a_day").fact("found", named)))
}

async fn show(context: &Context, at: Option<&str>) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let day = day_of(&session, at)?;
    let settings = session.warehouse.settings(None).await?;
    let tree = Tree::on(&settings, day);
    if session.format == Format::Json {
        let units: Vec<serde_json::Value> = tree
            .in_order()
            .into_iter()
            .map(|(depth, unit)| {
                serde_json::json!({
                    "id": unit.id,
                    "name": unit.name,
                    "level": unit.level,
                    "parent": unit.parent,
                    "depth": depth,
                    "holders": tree.holders(unit).collect::<Vec<_>>(),
                })
            })
            .collect();
        output::json(&serde_json::json!({ "day": day.to_string(), "units": units }))?;
        return Ok(Exit::Done);
    }
    if tree.units.is_empty() {
        output::note(&say(session.lang, "org_none", &[("day", &day)]));
        return Ok(Exit::Done);
    }
    output::text(&tree.text(session.lang))?;
    Ok(Exit::Done)
}

/// The organisation on one day.
struct Tree<'a> {
    units: Vec<&'a OrgUnit>,
    below: BTreeMap<&'a str, Vec<&'a OrgUnit>>,
    seats: Vec<&'a Seat>,
}

impl<'a> Tree<'a> {
    fn on(settings: &'a SettlementSettings, day: Day) -> Self {
        let units: Vec<&OrgUnit> = settings
            .units
            .iter()
            .filter(|unit| unit.span.contains(day))
            .collect();
        let standing: BTreeSet<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
        let mut below: BTreeMap<&str, Vec<&OrgUnit>> = BTreeMap::new();
        for unit in &units {
            // A unit whose parent does not stand is shown at the top rather than not at all.
            let parent = standing.get(unit.parent.as_str()).copied().unwrap_or("");
            below.entry(parent).or_default().push(unit);
        }
        let seats = settings
            .seats
            .iter()
            .filter(|seat| seat.span.contains(day))
            .collect();
        Tree {
            units,
            below,
            seats,
        }
    }

    /// Every unit with its depth, parents first. One that is its own ancestor stands at the top.
    fn in_order(&self) -> Vec<(usize, &'a OrgUnit)> {
        let mut shown = Vec::new();
        let mut seen = BTreeSet::new();
        let tops = self.below.get("").into_iter().flatten();
        for top in tops.chain(&self.units) {
            let mut waiting = vec![(0, *top)];
            while let Some((depth, unit)) = waiting.pop() {
                if !seen.insert(unit.id.as_str()) {
                    continue;
                }
                shown.push((depth, unit));
                let below = self.below.get(unit.id.as_str()).into_iter().flatten();
                waiting.extend(below.rev().map(|unit| (depth + 1, *unit)));
            }
        }
        shown
    }

    fn holders(&self, unit: &'a OrgUnit) -> impl Iterator<Item = &'a Seat> {
        self.seats
            .iter()
            .copied()
            .filter(|seat| seat.post_id == unit.id)
    }

    fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        for (depth, unit) in self.in_order() {
            let indent = "  ".repeat(depth);
            let level = word(lang, "level", unit.level.as_str());
            text.push_str(&format!("{indent}{} {} · {level}", unit.id, unit.name));
            let holders: Vec<String> = self
                .holders(unit)
                .map(|seat| format!("{} {}", seat.person_id, seat.person_name))
                .collect();
            if !holders.is_empty() {
                text.push_str(&format!(" · {}", holders.join(", ")));
            } else if unit.level == UnitLevel::Post {
                text.push_str(&format!(" · {}", label(lang, "org_vacant")));
            }
            text.push('\n');
        }
        text
    }
}
