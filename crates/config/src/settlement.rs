//! `[settlement]`: quality gates and deadlines. What they do is known by `pipeline`.

use channelflow_model::Micros;

use crate::document::Section;

/// What happens when a quality gate is missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissed {
    /// Statements are computed and marked provisional.
    Provisional,
    /// Nothing is computed.
    Refuse,
}

/// `[settlement]`. Shares are millionths of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Least share of the yuan shipped that went to distributors which reported sales.
    pub min_coverage: Micros,
    /// Least share of the yuan of sales that count.
    pub min_matched: Micros,
    /// Most share of the rows of sales that wait.
    pub max_held: Micros,
    /// Most share of unexplained boxes; `None`: not measured.
    pub max_balance: Option<Micros>,
    /// What a missed gate does.
    pub on_missed: OnMissed,
    /// Days after the end of a month in which its reports are in time.
    pub report_days: u32,
    /// Days before the end of a policy in which it is warned of.
    pub warn_days: u32,
    /// Days after the end of a month in which its statements should be confirmed.
    pub confirm_days: u32,
}

impl Default for Settlement {
    fn default() -> Self {
        Settlement {
            min_coverage: Micros(900_000),
            min_matched: Micros(950_000),
            max_held: Micros(50_000),
            max_balance: None,
            on_missed: OnMissed::Provisional,
            report_days: 5,
            warn_days: 30,
            confirm_days: 20,
        }
    }
}

pub(crate) fn read(section: &mut Section<'_>) -> Settlement {
    let default = Settlement::default();
    Settlement {
        min_coverage: section
            .share("min_coverage")
            .unwrap_or(default.min_coverage),
        min_matched: section.share("min_matched").unwrap_or(default.min_matched),
        max_held: section.share("max_held").unwrap_or(default.max_held),
        max_balance: section.share("max_balance"),
        on_missed: section.choice(
            "on_missed",
            default.on_missed,
            &[
                ("provisional", OnMissed::Provisional),
                ("refuse", OnMissed::Refuse),
            ],
        ),
        report_days: section.number("report_days", default.report_days, 0, 365),
        warn_days: section.number("warn_days", default.warn_days, 0, 3650),
        confirm_days: section.number("confirm_days", default.confirm_days, 0, 365),
    }
}
