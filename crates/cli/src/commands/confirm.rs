//! `channelflow confirm PERIOD` (销量确认): ask posts, take their answers, record silence.
//!
//! Not here: when an answer is refused (`warehouse`), and what a post is credited for (`settle`).

use channelflow_model::messages::{label, say};
use channelflow_model::settlement::UnitLevel;
use channelflow_model::{Lang, Period, Sentence};
use channelflow_pipeline::settle::Books;
use channelflow_pipeline::table::{Align, Table, count};
use channelflow_warehouse::{Answer, Confirmation, Mode, NewAnswer, OnDay};
use clap::{ArgGroup, Args};

use crate::Format;
use crate::commands::appeal::period as read_period;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `confirm`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["post", "list", "default", "start"]))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag a person types"
)]
pub struct Arguments {
    /// The month, such as 2026-01
    period: String,
    /// Answer for this post (岗位): it agrees (已确认), unless --object is given
    #[arg(long)]
    post: Option<String>,
    /// The post does not agree, and why (有异议)
    #[arg(long, value_name = "TEXT", requires = "post")]
    object: Option<String>,
    /// The objection was dealt with, and how (已处理)
    #[arg(
        long,
        value_name = "TEXT",
        requires = "post",
        conflicts_with = "object"
    )]
    handle: Option<String>,
    /// List how posts stand
    #[arg(long)]
    list: bool,
    /// Record who did not answer in time as confirmed by default (默认确认)
    #[arg(long)]
    default: bool,
    /// Ask posts to confirm (待确认); those asked before are left alone
    #[arg(long)]
    start: bool,
    /// The posts to ask [default: every post of the organisation in that month]
    #[arg(long, value_delimiter = ',', requires = "start", value_name = "A,B")]
    posts: Vec<String>,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let period = read_period(&arguments.period)?;
    if arguments.list {
        let session = Session::open(context).await?;
        let known = session.warehouse.confirmations(period).await?;
        return show(&session, &known, None);
    }
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let warehouse = &session.warehouse;
    let (who, at) = (session.who.as_str(), session.at.as_str());
    let schedule = session.company.schedule();
    let on = OnDay {
        today: session.today,
        schedule: &schedule,
    };
    let (done, code) = if let Some(post_id) = &arguments.post {
        let answer = match (&arguments.object, &arguments.handle) {
            (Some(text), _) => Answer::Object(text),
            (None, Some(text)) => Answer::Handle(text),
            (None, None) => Answer::Confirm,
        };
        let new = NewAnswer {
            period,
            post_id,
            answer,
            who,
            at,
        };
        let answered = warehouse.answer_confirmation(&new, on, mode).await?;
        (vec![answered], "confirm_answered")
    } else if arguments.default {
        let recorded = warehouse
            .default_confirmations(period, session.today, who, at, mode)
            .await?;
        (recorded, "confirm_defaulted")
    } else {
        let mut posts: Vec<String> = arguments
            .posts
            .iter()
            .map(|post| post.trim().to_owned())
            .filter(|post| !post.is_empty())
            .collect();
        if posts.is_empty() {
            posts = posts_of(&session, period).await?;
        }
        if posts.is_empty() {
            return Err(usage(Sentence::new("confirm_nobody")));
        }
        let days = session.company.config.confirmation.deadline_days;
        let deadline = session.today.plus_days(days).unwrap_or(session.today);
        let asked = warehouse
            .start_confirmations(period, &posts, deadline, on, who, at, mode)
            .await?;
        (asked, "confirm_started")
    };
    show(&session, &done, Some((code, mode)))
}

/// Every post of the organisation on the last day of a month.
async fn posts_of(session: &Session, period: Period) -> anyhow::Result<Vec<String>> {
    let books = Books::of_month(&session.warehouse, period).await?;
    let Some(days) = session.company.period_rule.days_of(period) else {
        return Ok(Vec::new());
    };
    let units = books.settings.units.into_iter();
    let mut posts: Vec<String> = units
        .filter(|unit| unit.level == UnitLevel::Post && unit.span.contains(days.last))
        .map(|unit| unit.id)
        .collect();
    posts.sort();
    posts.dedup();
    Ok(posts)
}

/// Shows confirmations; after a change with a sentence that says what was done.
fn show(
    session: &Session,
    shown: &[Confirmation],
    done: Option<(&'static str, Mode)>,
) -> anyhow::Result<Exit> {
    let lang = session.lang;
    if session.format == Format::Json {
        match done {
            None => output::json(&shown)?,
            Some((_, mode)) => output::json(&serde_json::json!({
                "dry_run": mode == Mode::DryRun, "confirmations": shown
            }))?,
        }
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    if let Some((code, mode)) = done {
        let said = say(lang, code, &[("posts", &count(shown.len() as u64))]);
        if mode == Mode::DryRun {
            text.push_str(&say(lang, "confirm_preview", &[("said", &said)]));
        } else {
            text.push_str(&said);
        }
        text.push('\n');
    } else if shown.is_empty() {
        text.push_str(&label(lang, "confirm_none"));
        text.push('\n');
    }
    if !shown.is_empty() {
        text.push_str(&table(shown, lang));
    }
    output::text(&text)?;
    Ok(Exit::Done)
}

fn table(shown: &[Confirmation], lang: Lang) -> String {
    let titles = [
        "moved_post",
        "column_state",
        "column_deadline",
        "column_decided_by",
        "column_decided_at",
        "column_note",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
    ]);
    for it in shown {
        let state = if it.last.by_default {
            label(lang, "confirmation_by_default")
        } else {
            label(lang, &format!("confirmation_{}", it.last.state.as_str()))
        };
        table.row([
            it.post_id.clone(),
            state,
            it.deadline.to_string(),
            it.last.decided_by.clone(),
            it.last.decided_at.clone(),
            it.last.note.clone(),
        ]);
    }
    table.render("")
}
