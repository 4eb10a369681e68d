//! `channelflow appeal add|approve|refuse|withdraw|take-back|list|show` (申诉).
//!
//! Not here: how appeals are shown (`show`), and what may be filed or decided (`warehouse`).

mod show;

use channelflow_model::appeal::{AppealKind, AppealState};
use channelflow_model::messages::{label, say};
use channelflow_model::{Lang, Micros, Period, Sentence};
use channelflow_warehouse::{AppealAction, Mode, NewAppeal, OnDay};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

pub use self::show::warn_of_stale;

/// Arguments of `appeal`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say that a line, or a part of it, is to count differently (提交申诉)
    Add(Box<Add>),
    /// Approve an appeal: its pair of rows counts from now on (通过)
    Approve {
        /// Number of the appeal
        appeal: i64,
        /// What is to be remembered about it
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Refuse an appeal (驳回)
    Refuse {
        /// Number of the appeal
        appeal: i64,
        /// Why
        #[arg(long)]
        note: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Withdraw an appeal nobody has decided yet (撤回)
    Withdraw {
        /// Number of the appeal
        appeal: i64,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Take an approval back by a second pair of rows, while its month is open (撤销)
    TakeBack {
        /// Number of the appeal
        appeal: i64,
        /// Why
        #[arg(long)]
        note: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// List appeals, and warn of approved ones whose line is gone
    List {
        /// Whose line counts in this month, or that count or are to count in it
        #[arg(long)]
        period: Option<String>,
        /// In this state
        #[arg(long, value_parser = states())]
        state: Option<AppealState>,
    },
    /// Show an appeal, its line with the original cells, its decisions and its rows
    Show {
        /// Number of the appeal
        appeal: i64,
    },
}

/// Arguments of `appeal add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Number of the line, as views, exports and the feed show it
    line: i64,
    /// Why it is to count differently
    #[arg(long, value_parser = kinds())]
    kind: AppealKind,
    /// Base units it is about, without sign; the whole line unless told
    #[arg(long)]
    quantity: Option<String>,
    /// Customer it is to count for (客户)
    #[arg(long)]
    to_customer: Option<String>,
    /// Product it is to count as (品规)
    #[arg(long)]
    to_product: Option<String>,
    /// Distributor it is to count for (经销商)
    #[arg(long)]
    to_distributor: Option<String>,
    /// Post that is to be credited (岗位)
    #[arg(long)]
    to_post: Option<String>,
    /// Month it is to count in (计入年月), such as 2026-01; the first open one unless told
    #[arg(long)]
    to_period: Option<String>,
    /// Why, in your words
    #[arg(long)]
    reason: String,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Words of a list with what they mean in both languages.
pub fn words<const N: usize>(group: &str, known: [&'static str; N]) -> PossibleValuesParser {
    PossibleValuesParser::new(known.map(|word| {
        let code = format!("{group}_{word}");
        let (en, zh) = (label(Lang::En, &code), label(Lang::Zh, &code));
        let help = if en.contains(&zh) {
            en
        } else {
            format!("{en} ({zh})")
        };
        PossibleValue::new(word).help(help)
    }))
}

fn kinds() -> impl TypedValueParser<Value = AppealKind> {
    words("appeal_kind", AppealKind::ALL.map(AppealKind::as_str))
        .try_map(|word| AppealKind::from_word(&word).ok_or("no such kind"))
}

fn states() -> impl TypedValueParser<Value = AppealState> {
    words("appeal_state", AppealState::ALL.map(AppealState::as_str))
        .try_map(|word| AppealState::from_word(&word).ok_or("no such state"))
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    let (appeal, action, note, dry_run) = match command {
        Command::Add(arguments) => return add(context, arguments).await,
        Command::List { period, state } => {
            return show::list(context, period.as_deref(), *state).await;
        }
        Command::Show { appeal } => return show::one(context, *appeal).await,
        Command::Approve {
            appeal,
            note,
            dry_run,
        } => (*appeal, AppealAction::Approve, note.as_str(), *dry_run),
        Command::Refuse {
            appeal,
            note,
            dry_run,
        } => (*appeal, AppealAction::Refuse, note.as_str(), *dry_run),
        Command::Withdraw { appeal, dry_run } => (*appeal, AppealAction::Withdraw, "", *dry_run),
        Command::TakeBack {
            appeal,
            note,
            dry_run,
        } => (*appeal, AppealAction::TakeBack, note.as_str(), *dry_run),
    };
    decide(context, appeal, action, note, mode(dry_run)).await
}

async fn add(context: &Context, arguments: &Add) -> anyhow::Result<Exit> {
    let quantity: Option<Micros> = match &arguments.quantity {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| usage(Sentence::new("not_a_quantity").fact("found", text)))?,
        ),
    };
    let to_period = arguments.to_period.as_deref().map(period).transpose()?;
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let schedule = session.company.schedule();
    let on = OnDay {
        today: session.today,
        schedule: &schedule,
    };
    let new = NewAppeal {
        kind: arguments.kind,
        line_id: arguments.line,
        quantity,
        to_customer: arguments.to_customer.as_deref(),
        to_product: arguments.to_product.as_deref(),
        to_distributor: arguments.to_distributor.as_deref(),
        to_post: arguments.to_post.as_deref(),
        to_period,
        reason: &arguments.reason,
        who: &session.who,
        at: &session.at,
    };
    let appeal = session.warehouse.add_appeal(&new, on, mode).await?;
    let dry_run = mode == Mode::DryRun;
    if session.format == Format::Json {
        output::json(&serde_json::json!({"dry_run": dry_run, "appeal": appeal}))?;
        return Ok(Exit::Done);
    }
    let code = if dry_run {
        "appeal_would_be_filed"
    } else {
        "appeal_filed"
    };
    let lang = session.lang;
    output::text(&format!(
        "{}\n",
        say(
            lang,
            code,
            &[
                ("appeal", &appeal.appeal_id),
                ("line", &appeal.line_id),
                ("quantity", &appeal.quantity),
                ("moves", &show::moves(&appeal, lang)),
            ],
        )
    ))?;
    Ok(Exit::Done)
}

async fn decide(
    context: &Context,
    appeal: i64,
    action: AppealAction,
    note: &str,
    mode: Mode,
) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let detail = session
        .warehouse
        .decide_appeal(appeal, action, note, &session.who, &session.at, mode)
        .await?;
    let dry_run = mode == Mode::DryRun;
    if session.format == Format::Json {
        let mut shown = serde_json::to_value(&detail)?;
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("dry_run".to_owned(), dry_run.into());
        }
        output::json(&shown)?;
        return Ok(Exit::Done);
    }
    let code = if dry_run {
        "appeal_would_be_decided"
    } else {
        "appeal_decided"
    };
    let lang = session.lang;
    let state = show::state_of(detail.appeal.state, lang);
    let mut text = say(lang, code, &[("appeal", &appeal), ("state", &state)]);
    text.push('\n');
    text.push_str(&show::rows(&detail.rows, lang));
    output::text(&text)?;
    Ok(Exit::Done)
}

/// A month as a person writes it.
pub fn period(text: &str) -> anyhow::Result<Period> {
    Period::from_iso(text).ok_or_else(|| usage(Sentence::new("not_a_period").fact("found", text)))
}
