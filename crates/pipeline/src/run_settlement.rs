//! What a run does after loading: the achievement of the newest month that is over, and drafts of its
//! statements. Without settings of settlement it does nothing; a closed month is left alone.

use channelflow_model::messages::{Lang, label, say};
use channelflow_model::statement::{Settlement, Statement, StatementHead};
use channelflow_model::{Day, Period};
use channelflow_settle::achieve::{AchievementTable, Level};
use channelflow_warehouse::{AchievementHead, Mode, StatementFilter, Warehouse};
use serde::{Deserialize, Serialize};

use crate::achieve::{AchieveOptions, achieve_and_settle};
use crate::achieve_text::{View, render, stored_rows};
use crate::company::Company;
use crate::settle::{Books, SettleOptions, SettleOutcome};
use crate::settle_text::{render_outcome, render_statement};

/// How many statements a report shows whole.
const SHOWN: usize = 2;

/// Achievement and statements of a month, as a run left them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementReport {
    /// The month.
    pub period: Period,
    /// Achievement of the organisation, down to posts.
    pub achievement: AchievementTable,
    /// What settling did.
    pub outcome: SettleOutcome,
    /// Statements of the month.
    pub statements: Vec<StatementHead>,
    /// The largest of them, whole.
    pub largest: Vec<ShownStatement>,
}

/// A statement with what is needed to show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownStatement {
    /// Standard name of the party.
    pub party_name: String,
    /// The computation it came from.
    pub settlement: Settlement,
    /// The statement.
    pub statement: Statement,
}

/// Computes and stores both.
pub async fn after_loading(
    company: &Company,
    warehouse: &Warehouse,
    today: Day,
    at: &str,
) -> anyhow::Result<Option<SettlementReport>> {
    let now = company.period_rule.period_of(today);
    let periods = warehouse.periods().await?;
    let over = periods.iter().filter(|row| row.period < now);
    let newest = over.max_by_key(|row| row.period);
    let Some(period) = newest.filter(|row| !row.closed).map(|row| row.period) else {
        return Ok(None);
    };
    let books = Books::of_month(warehouse, period).await?;
    if books.settings.version == 0 {
        return Ok(None);
    }
    let as_of_load = warehouse.newest_load().await?;
    let options = AchieveOptions::of_month(company, period, today);
    let settling = SettleOptions {
        period,
        who: "run".to_owned(),
        at: at.to_owned(),
        mode: Mode::Commit,
        afresh: false,
    };
    let (mut achievement, outcome) =
        achieve_and_settle(company, warehouse, &books, (&options, &settling)).await?;
    let head = AchievementHead {
        period,
        organisation: "as_was",
        settings_version: books.settings.version,
        as_of_load,
        at,
    };
    let rows = stored_rows(&achievement);
    warehouse
        .store_achievement(head, &rows, Mode::Commit)
        .await?;
    achievement.rows.retain(|row| row.level <= Level::Post);

    let filter = StatementFilter {
        period: Some(period),
        ..StatementFilter::default()
    };
    let statements = warehouse.statements(filter).await?;
    let mut by_size: Vec<&StatementHead> = statements.iter().collect();
    by_size.sort_by_key(|head| (std::cmp::Reverse(head.total.abs()), &head.number));
    let mut largest = Vec::new();
    for head in by_size.into_iter().take(SHOWN) {
        let party = books.master.distributors.iter();
        let party = party.clone().find(|it| it.id == head.party_id);
        largest.push(ShownStatement {
            party_name: party.map(|it| it.name.clone()).unwrap_or_default(),
            settlement: warehouse.settlement(head.settlement_id).await?,
            statement: warehouse.statement(&head.number).await?,
        });
    }
    Ok(Some(SettlementReport {
        period,
        achievement,
        outcome,
        statements,
        largest,
    }))
}

/// As text for a terminal or a mail.
pub fn text(report: &SettlementReport, lang: Lang) -> String {
    let mut text = render(&report.achievement, &View::organisation(), lang);
    text.push('\n');
    text.push_str(&render_outcome(
        &report.outcome,
        &report.statements,
        false,
        lang,
    ));
    if report.statements.len() > report.largest.len() && !report.largest.is_empty() {
        let shown = report.largest.len();
        text.push_str(&format!(
            "\n{}\n",
            say(lang, "settle_largest", &[("shown", &shown)])
        ));
    }
    for shown in &report.largest {
        text.push('\n');
        text.push_str(&render_statement(
            &shown.statement,
            &shown.settlement,
            &shown.party_name,
            false,
            lang,
        ));
    }
    text
}

/// Title of the section.
pub fn title(report: &SettlementReport, lang: Lang) -> String {
    format!("{} {}", label(lang, "settle_section"), report.period)
}
