//! A statement with everything it rests on, ready to be written for finance: what the workbook and
//! the page both say, in words.
//!
//! Not here: what a page (`statement_html`) or a workbook (the command) looks like.

mod checked;

use std::collections::BTreeMap;

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::statement::{
    Settlement, Statement, StatementHead, StatementLine, StatementPart, StatementState,
};
use channelflow_model::{Micros, Period};
use channelflow_settle::Evaluation;
use channelflow_settle::evaluate::money;
use channelflow_warehouse::Warehouse;
use rust_decimal::Decimal;

use crate::capital::capitals;
use crate::company::Company;
use crate::settle::{FigureKind, Recorder, Records};
use crate::settle_text::span;
pub use checked::{Checked, RecordKind, checked, listed, sum_of_goals};

/// Collects the papers of one month.
pub struct Papers<'c> {
    company: &'c Company,
    warehouse: &'c Warehouse,
    recorder: Recorder<'c>,
    names: BTreeMap<String, String>,
}

/// A statement on paper.
pub struct Paper {
    /// The company that states it.
    pub company: String,
    /// Standard name of the distributor.
    pub party_name: String,
    /// Who, when, how much.
    pub head: StatementHead,
    /// The computation it came from.
    pub settlement: Settlement,
    /// What each policy gives.
    pub parts: Vec<PaperPart>,
}

/// What one policy gives, with its steps and records.
pub struct PaperPart {
    /// As stored.
    pub part: StatementPart,
    /// How it came about; `None`: written by a program this one does not understand.
    pub evaluation: Option<Evaluation>,
    /// What it rests on.
    pub records: Records,
}

/// Something a reader checks a paper by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A text.
    Text(String),
    /// A number of something.
    Number(i64),
    /// Date and time, ISO.
    Moment(String),
}

impl Fact {
    /// As it is printed.
    pub fn text(&self) -> String {
        match self {
            Fact::Text(text) => text.clone(),
            Fact::Number(number) => number.to_string(),
            Fact::Moment(at) => moment(at),
        }
    }
}

/// `2026-03-05 02:00:00` of an ISO date and time.
pub fn moment(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}

/// An exact amount with two decimals at least: `1,234.50`, `0.125`.
pub fn exact_money(amount: Micros) -> String {
    money(Decimal::new(amount.0, 6))
}

impl<'c> Papers<'c> {
    /// Opens the books of a month.
    pub async fn of_month(
        company: &'c Company,
        warehouse: &'c Warehouse,
        period: Period,
    ) -> anyhow::Result<Self> {
        let recorder = Recorder::of_month(company, warehouse, period).await?;
        let distributors = &recorder.books().master.distributors;
        let names = distributors
            .iter()
            .map(|it| (it.id.clone(), it.name.clone()));
        Ok(Papers {
            company,
            warehouse,
            names: names.collect(),
            recorder,
        })
    }

    /// A statement of the month with all its records.
    pub async fn paper(&self, mut statement: Statement) -> anyhow::Result<Paper> {
        let head = &statement.head;
        let settlement = self.warehouse.settlement(head.settlement_id).await?;
        let party_name = self.names.get(&head.party_id).cloned().unwrap_or_default();
        let found = self.recorder.records(&statement).await?;
        let parts = std::mem::take(&mut statement.parts).into_iter().zip(found);
        Ok(Paper {
            company: self.company.config.company.name.clone(),
            party_name,
            head: statement.head,
            settlement,
            parts: parts
                .map(|(part, records)| PaperPart {
                    evaluation: part.evaluation.parse().ok(),
                    part,
                    records,
                })
                .collect(),
        })
    }
}

impl Paper {
    /// `D01 北京京康医药有限公司`.
    pub fn party(&self) -> String {
        format!("{} {}", self.head.party_id, self.party_name)
            .trim_end()
            .to_owned()
    }

    /// Its state, with the mark of a provisional one.
    pub fn state(&self, lang: Lang) -> String {
        let state = word(lang, "statement_state", self.head.state.as_str());
        if self.head.provisional {
            say(lang, "paper_state_provisional", &[("state", &state)])
        } else {
            state
        }
    }

    /// Who set the state, when and why.
    pub fn decided(&self) -> String {
        let head = &self.head;
        let at = moment(&head.decided_at);
        let said = [head.decided_by.as_str(), at.as_str(), head.note.as_str()];
        let said: Vec<&str> = said.into_iter().filter(|it| !it.is_empty()).collect();
        said.join(" · ")
    }

    /// What a reader must know before paying.
    pub fn notices(&self, lang: Lang) -> Vec<String> {
        let head = &self.head;
        let mut notices = Vec::new();
        match head.state {
            StatementState::Draft => notices.push(label(lang, "paper_notice_draft")),
            StatementState::Reversed => notices.push(label(lang, "paper_notice_reversed")),
            StatementState::Superseded => notices.push(label(lang, "paper_notice_superseded")),
            StatementState::Confirmed | StatementState::Paid => {}
        }
        if head.provisional {
            notices.push(label(lang, "paper_notice_provisional"));
        }
        if head.held_lines > 0 {
            let lines = &[("lines", &head.held_lines as &dyn std::fmt::Display)];
            notices.push(say(lang, "paper_notice_held", lines));
        }
        notices
    }

    /// The total in figures.
    pub fn total(&self, lang: Lang) -> String {
        let total = self.head.total.to_money();
        say(lang, "paper_total_yuan", &[("total", &total)])
    }

    /// The total in capitals, Chinese in either language.
    pub fn total_in_capitals(&self, lang: Lang) -> String {
        let words = capitals(self.head.total);
        say(lang, "paper_capitals_yuan", &[("words", &words)])
    }

    /// What it was computed from.
    pub fn how(&self, lang: Lang) -> Vec<(String, Fact)> {
        let settlement = &self.settlement;
        let facts = [
            ("paper_computed_at", Fact::Moment(settlement.at.clone())),
            ("paper_computed_by", Fact::Text(settlement.who.clone())),
            ("paper_settlement", Fact::Number(settlement.settlement_id)),
            (
                "paper_settings_version",
                Fact::Number(settlement.settings_version),
            ),
            ("paper_loads", Fact::Number(settlement.as_of_load)),
        ];
        let labelled = facts.map(|(code, fact)| (label(lang, code), fact));
        labelled.into()
    }

    /// Hashes of what it says and of what it rests on.
    pub fn hashes(&self, lang: Lang) -> Vec<(String, String)> {
        let mut hashes = vec![(
            label(lang, "paper_content_hash"),
            self.head.content_hash.clone(),
        )];
        for PaperPart { part, .. } in &self.parts {
            for (code, hash) in [
                ("paper_policy_hash", &part.policy_hash),
                ("paper_records_hash", &part.records_hash),
            ] {
                hashes.push((say(lang, code, &[("part", &part.part_no)]), hash.clone()));
            }
        }
        hashes
    }
}

impl PaperPart {
    /// Whether a line of it is held, and with it the whole part.
    pub fn is_held(&self) -> bool {
        self.part.lines.iter().any(|line| line.amount.is_none())
    }

    /// What the line adds to the total.
    pub fn counted(&self, line: &StatementLine) -> Option<Micros> {
        line.amount.filter(|_| !self.is_held())
    }

    /// The span, with the mark of a correction.
    pub fn span(&self, lang: Lang) -> String {
        let span = span(self.part.first, self.part.last);
        if self.part.prior {
            say(lang, "paper_span_prior", &[("span", &span)])
        } else {
            span
        }
    }

    /// Why a line is not in the total; empty: it is.
    pub fn reason(&self, line: &StatementLine, lang: Lang) -> String {
        if line.amount.is_some() {
            return if self.is_held() {
                label(lang, "paper_held_with_policy")
            } else {
                String::new()
            };
        }
        let lines = self.evaluation.iter().flat_map(|it| &it.lines);
        let own = lines
            .filter(|it| it.kind.as_str() == line.kind && it.name == line.name)
            .find_map(|it| it.held.as_ref());
        let whole = self.evaluation.as_ref().and_then(|it| it.held.as_ref());
        match own.or(whole) {
            Some(reason) => reason.text(lang),
            None => label(lang, &line.held),
        }
    }

    /// What it rests on: the kind of figure, how many records it has, and their yuan where they
    /// have any. The basis also when there are no records at all; its months and groups are in it.
    pub fn bases(&self, lang: Lang) -> Vec<(String, u64, Option<Decimal>)> {
        let mut kinds: BTreeMap<FigureKind, (u64, Option<Decimal>)> = BTreeMap::new();
        for footing in listed(self) {
            let (records, yuan) = kinds.entry(footing.figure).or_default();
            *records += footing.records.len() as u64;
            let measured = match footing.figure {
                FigureKind::Target | FigureKind::ApprovedBase => footing.found.assessed,
                _ => None,
            };
            let amount = footing.found.amount.or(measured);
            let amount = amount.filter(|_| !footing.records.is_empty());
            if let Some(amount) = amount {
                let sum = yuan.unwrap_or_default();
                *yuan = Some(sum.checked_add(amount).unwrap_or(sum));
            }
        }
        kinds.retain(|_, (records, _)| *records > 0);
        if kinds.is_empty() {
            kinds.insert(FigureKind::Basis, (0, Some(Decimal::ZERO)));
        }
        let kinds = kinds.into_iter();
        kinds
            .map(|(kind, (records, yuan))| (word(lang, "figure", kind.as_str()), records, yuan))
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use channelflow_model::statement::JsonText;

    use super::*;

    fn line(line_no: i64, name: &str, amount: Option<i64>) -> StatementLine {
        StatementLine {
            line_no,
            kind: "reward".to_owned(),
            name: name.to_owned(),
            exact: amount.map_or_else(String::new, |yuan| yuan.to_string()),
            amount: amount.and_then(Micros::from_units),
            held: String::new(),
        }
    }

    /// A part with one line per name and amount.
    pub(crate) fn part(name: &str, lines: &[(&str, Option<i64>)]) -> PaperPart {
        let month = Period::new(2026, 2).unwrap();
        let lines = lines.iter().zip(1..);
        PaperPart {
            part: StatementPart {
                part_no: 1,
                policy: "P@1".to_owned(),
                policy_name: name.to_owned(),
                policy_hash: "ab".repeat(32),
                first: month,
                last: month,
                prior: true,
                total: Micros::ZERO,
                carry: Micros::ZERO,
                records_hash: "cd".repeat(32),
                figures: JsonText::default(),
                evaluation: JsonText::default(),
                lines: lines
                    .map(|((name, amount), no)| line(no, name, *amount))
                    .collect(),
            },
            evaluation: None,
            records: Records::default(),
        }
    }

    /// A draft of these parts.
    pub(crate) fn paper(parts: Vec<PaperPart>) -> Paper {
        let period = Period::new(2026, 2).unwrap();
        Paper {
            company: "某药业".to_owned(),
            party_name: "某商业".to_owned(),
            head: StatementHead {
                statement_id: 1,
                number: "2026-02-D01-1".to_owned(),
                party_id: "D01".to_owned(),
                period,
                state: StatementState::Draft,
                total: Micros(12_345_600_000),
                held_lines: 1,
                provisional: true,
                settlement_id: 7,
                content_hash: "ef".repeat(32),
                inputs_hash: String::new(),
                decided_by: "王会计".to_owned(),
                decided_at: "2026-03-05T02:00:00+08:00".to_owned(),
                note: String::new(),
            },
            settlement: Settlement {
                settlement_id: 7,
                period,
                at: "2026-03-05T02:00:00+08:00".to_owned(),
                who: "王会计".to_owned(),
                settings_version: 3,
                as_of_load: 9,
                provisional: true,
                gates: serde_json::Value::Null,
            },
            parts,
        }
    }

    #[test]
    fn what_is_not_counted_says_why() {
        let held = part("一", &[("a", Some(5)), ("b", None)]);
        let [a, b] = held.part.lines.as_slice() else {
            panic!("two lines")
        };
        assert_eq!((held.counted(a), held.counted(b)), (None, None));
        assert_eq!(held.reason(a, Lang::Zh), "同一政策有待定行，暂不计入");
        let whole = part("二", &[("a", Some(5))]);
        let line = whole.part.lines.first().unwrap();
        assert_eq!(whole.counted(line), Micros::from_units(5));
        assert_eq!(whole.reason(line, Lang::En), "");
        assert_eq!(whole.span(Lang::Zh), "2026-02（以前期间调整）");
    }

    #[test]
    fn a_paper_says_what_to_know_before_paying() {
        let paper = paper(vec![]);
        assert_eq!(paper.state(Lang::Zh), "草稿（暂定）");
        assert_eq!(paper.notices(Lang::En).len(), 3);
        assert_eq!(paper.total(Lang::Zh), "人民币 12,345.60 元");
        assert_eq!(
            paper.total_in_capitals(Lang::En),
            "人民币壹万贰仟叁佰肆拾伍元陆角整"
        );
        assert_eq!(paper.decided(), "王会计 · 2026-03-05 02:00:00");
        assert_eq!(exact_money(Micros(1_234_567_800)), "1,234.5678");
    }
}
