//! The records behind the figures of a statement: for every figure a part rests on, exactly the
//! flow lines, rows of appeals, shipments, payments, reports and earlier statements that make it
//! up, as they stood when it was computed, and whether they still come to what is stored.
//!
//! Not here: what a figure is (`settle::gather`); every record is put to the same questions again.

mod counted;
mod elsewhere;
mod flow;
mod price;
mod target;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use channelflow_model::statement::{Settlement, Statement, StatementLine, StatementPart};
use channelflow_model::{DayRange, Micros, Period};
use channelflow_settle::figures::{Figures, Sums, decimal};
use channelflow_settle::gather::Gatherer;
use channelflow_settle::policy::{GateOn, Policy, Returns, Reward, Shape, TierOn};
use channelflow_warehouse::{ImportedTarget, Warehouse};
use serde::Serialize;

use self::counted::Counted;
pub use self::elsewhere::stated_for_correction;
pub use self::words::{FigureKind, Footing, Record, Report, Role, Source, ToldBefore};
use super::tasks::months;
use super::{Books, Inputs};
use crate::company::Company;

/// Standard names of what records only have ids of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    customers: BTreeMap<String, String>,
    products: BTreeMap<String, (String, String)>,
}

impl Names {
    /// Name of a customer; empty when it is not known.
    pub fn customer(&self, id: &str) -> &str {
        self.customers.get(id).map_or("", String::as_str)
    }

    /// Name and spec of a product; empty when it is not known.
    pub fn product(&self, id: &str) -> (&str, &str) {
        let known = self.products.get(id);
        known.map_or(("", ""), |(name, spec)| (name, spec))
    }

    /// Those of all rows of appeals and all shipments.
    fn of(figures: &[Footing], books: &Books) -> Self {
        let mut names = Names::default();
        let sources = figures.iter().flat_map(|it| &it.records);
        for source in sources.map(|record| &record.source) {
            let (customer, product) = match source {
                Source::Appeal(row) => (row.customer_id.as_str(), row.product_id.as_str()),
                Source::Shipment(it) => ("", it.product_id.as_str()),
                _ => continue,
            };
            names.customers.entry(customer.to_owned()).or_default();
            names.products.entry(product.to_owned()).or_default();
        }
        if names == Names::default() {
            return names;
        }
        for it in &books.master.customers {
            if let Some(name) = names.customers.get_mut(&it.id) {
                name.clone_from(&it.name);
            }
        }
        for it in &books.master.products {
            if let Some(name) = names.products.get_mut(&it.id) {
                *name = (it.name.clone(), it.spec.clone());
            }
        }
        names
    }
}

/// What a part of a statement rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Records {
    /// Figure by figure.
    pub figures: Vec<Footing>,
    /// Names of what rows of appeals and shipments only have ids of.
    #[serde(skip)]
    pub names: Names,
}

impl Records {
    /// Only what a line of the part rests on: a reward on what it looks at, what was told before on
    /// that, anything else on all of it.
    #[must_use]
    pub fn of_line(mut self, line: &StatementLine) -> Self {
        self.figures.retain(|it| match line.kind.as_str() {
            "reward" | "deduction" => it.rewards.contains(&line.name),
            "already_paid" | "carried_forward" => it.figure == FigureKind::Told,
            _ => true,
        });
        self
    }

    /// How many flow lines are among them.
    pub fn lines(&self) -> usize {
        let lines = self.all().filter_map(|(_, record)| match &record.source {
            Source::Line(line) => Some(line.line_id),
            _ => None,
        });
        lines.collect::<BTreeSet<i64>>().len()
    }

    /// All records, with their figure.
    pub fn all(&self) -> impl Iterator<Item = (&Footing, &Record)> {
        let figures = self.figures.iter();
        figures.flat_map(|it| it.records.iter().map(move |record| (it, record)))
    }
}

/// Collects records of the statements of one month.
pub struct Recorder<'c> {
    company: &'c Company,
    warehouse: &'c Warehouse,
    books: Books,
    inputs: Inputs,
    /// Numbers of all statements.
    numbers: BTreeMap<i64, String>,
    /// Targets by party and version: every part of a statement asks for them.
    targets: Mutex<BTreeMap<(String, i64), Vec<ImportedTarget>>>,
}

/// A part with everything its records are found by.
struct Asked<'a> {
    recorder: &'a Recorder<'a>,
    books: &'a Books,
    gatherer: &'a Gatherer<'a>,
    settlement: &'a Settlement,
    party: &'a str,
    part: &'a StatementPart,
    span: Vec<Period>,
    /// Days of the span on which the policy holds.
    valid: Option<DayRange>,
    number: usize,
    policy: &'a Policy,
    figures: Figures,
    /// Version of shipments and payments that was the newest when it was computed.
    as_of: Option<i64>,
}

impl<'c> Recorder<'c> {
    /// Opens the books of a month.
    pub async fn of_month(
        company: &'c Company,
        warehouse: &'c Warehouse,
        period: Period,
    ) -> anyhow::Result<Self> {
        let heads = warehouse.statements(channelflow_warehouse::StatementFilter::default());
        let numbers = heads.await?.into_iter();
        Ok(Recorder {
            numbers: numbers.map(|it| (it.statement_id, it.number)).collect(),
            books: Books::of_month(warehouse, period).await?,
            inputs: Inputs::load(company, warehouse, period).await?,
            company,
            warehouse,
            targets: Mutex::default(),
        })
    }

    /// Targets and approved bases of a party at a version.
    async fn imported_targets(
        &self,
        party: &str,
        version: i64,
    ) -> anyhow::Result<Vec<ImportedTarget>> {
        let key = (party.to_owned(), version);
        let known = || self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(targets) = known().get(&key) {
            return Ok(targets.clone());
        }
        let targets = self.warehouse.imported_targets(party, version).await?;
        known().insert(key, targets.clone());
        Ok(targets)
    }

    /// The books of the month.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What every part of a statement of the month rests on, in their order.
    pub async fn records(&self, statement: &Statement) -> anyhow::Result<Vec<Records>> {
        let settlement = self.warehouse.settlement(statement.head.settlement_id);
        let settlement = settlement.await?;
        let as_of = self.version_at(&settlement.at).await?;
        let mut all = vec![Records::default(); statement.parts.len()];
        // A correction was computed by the books its span was closed with.
        let mut by_books: BTreeMap<Option<i64>, Vec<usize>> = BTreeMap::new();
        for (at, part) in statement.parts.iter().enumerate() {
            let version = if part.prior {
                self.inputs.frozen.get(&part.last).copied().flatten()
            } else {
                self.books.terms.as_of
            };
            by_books.entry(version).or_default().push(at);
        }
        for (version, parts) in by_books {
            let then;
            let books = if version == self.books.terms.as_of {
                &self.books
            } else {
                then = Books::open(self.warehouse, version).await?;
                &then
            };
            let prepared = books.prepared();
            let gatherer = Gatherer::new(&books.terms.policies, &prepared);
            for at in parts {
                let (Some(part), Some(found)) = (statement.parts.get(at), all.get_mut(at)) else {
                    continue;
                };
                let by = (books, &gatherer, &settlement, as_of);
                if let Some(asked) = self.asked(&statement.head.party_id, part, by)? {
                    *found = asked.records().await?;
                }
            }
        }
        Ok(all)
    }

    fn asked<'a>(
        &'a self,
        party: &'a str,
        part: &'a StatementPart,
        (books, gatherer, settlement, as_of): (
            &'a Books,
            &'a Gatherer<'a>,
            &'a Settlement,
            Option<i64>,
        ),
    ) -> anyhow::Result<Option<Asked<'a>>> {
        let numbered = books.terms.number_of(&part.policy);
        let Some((number, policy)) =
            numbered.and_then(|at| Some((at, books.terms.policies.get(at)?)))
        else {
            return Ok(None);
        };
        let rule = self.company.period_rule;
        let days = rule.days_of(part.first).zip(rule.days_of(part.last));
        let valid = days.and_then(|(first, last)| {
            let last = policy.valid.to.map_or(last.last, |to| to.min(last.last));
            DayRange::new(first.first.max(policy.valid.from), last)
        });
        Ok(Some(Asked {
            recorder: self,
            books,
            gatherer,
            settlement,
            party,
            part,
            span: months(part.first, part.last),
            valid,
            number,
            policy,
            figures: part.figures.parse()?,
            as_of,
        }))
    }

    /// Newest version of the settings when something was computed. Shipments and payments are
    /// those of that moment also for a month whose books are frozen.
    async fn version_at(&self, at: &str) -> anyhow::Result<Option<i64>> {
        let versions = self.warehouse.versions().await?;
        let before = versions.iter().filter(|it| it.imported_at.as_str() <= at);
        Ok(Some(before.map(|it| it.version).max().unwrap_or(0)))
    }
}

impl Asked<'_> {
    async fn records(&self) -> anyhow::Result<Records> {
        let mut figures = Vec::new();
        // What the basis is made of; its months and groups come behind it.
        let mut counted = Counted::default();
        let looked_at = self.looked_at();
        let some = [FigureKind::Month, FigureKind::Group];
        let each = some.iter().any(|figure| looked_at.contains_key(figure));
        for (figure, rewards) in looked_at {
            let mut found = match figure {
                FigureKind::Basis => {
                    counted = self.counted_in(&self.span, each).await?;
                    vec![self.basis(&mut counted)]
                }
                FigureKind::Month => self.months(&counted),
                FigureKind::Group => self.groups(&counted),
                FigureKind::Target => self.target().await?,
                FigureKind::ApprovedBase => self.approved_base().await?,
                FigureKind::LastYear => vec![self.last_year().await?],
                FigureKind::ReturnedBefore => self.returned_before().await?,
                FigureKind::Payments => vec![self.payments()],
                FigureKind::Stock => self.stock().await?,
                FigureKind::Transit => self.transit().await?,
                FigureKind::BoughtRecently => self.bought_recently().await?,
                FigureKind::BoughtAt => self.bought_at().await?,
                FigureKind::Reports => vec![self.reports()],
                FigureKind::Told => self.told(),
            };
            // Groups know which mix they are of.
            for footing in found.iter_mut().filter(|it| it.rewards.is_empty()) {
                footing.rewards.clone_from(&rewards);
            }
            figures.extend(found);
        }
        let names = Names::of(&figures, self.books);
        Ok(Records { figures, names })
    }

    /// Figures the policy looks at, with the rewards that do.
    fn looked_at(&self) -> BTreeMap<FigureKind, Vec<String>> {
        let mut all: BTreeMap<FigureKind, Vec<String>> = BTreeMap::new();
        for reward in &self.policy.rewards {
            for figure in looked_at(reward) {
                let rewards = all.entry(figure).or_default();
                if !rewards.contains(&reward.id) {
                    rewards.push(reward.id.clone());
                }
            }
        }
        if let Returns::Flat { .. } = self.policy.basis.returns {
            all.insert(FigureKind::ReturnedBefore, Vec::new());
        }
        all.insert(FigureKind::Told, Vec::new());
        all
    }
}

/// Figures a reward looks at.
fn looked_at(reward: &Reward) -> Vec<FigureKind> {
    use FigureKind::{
        ApprovedBase, Basis, BoughtAt, BoughtRecently, Group, LastYear, Month, Payments, Reports,
        Stock, Target, Transit,
    };
    let mut figures = match reward.shape {
        Shape::PerUnit { .. } | Shape::EveryFull { .. } | Shape::Percent { .. } => vec![Basis],
        Shape::Tiers { on, .. } => match on {
            TierOn::Basis => vec![Basis],
            TierOn::Achievement => vec![Basis, Target],
        },
        Shape::Growth { .. } => vec![Basis, LastYear, ApprovedBase],
        Shape::Mix { .. } => vec![Basis, Group],
        Shape::Timeliness { .. } | Shape::BillDiscount { .. } => vec![Payments],
        Shape::PriceProtection { within_days } => {
            let mut figures = vec![Stock, Transit];
            figures.extend(within_days.map(|_| BoughtRecently));
            figures
        }
        Shape::PriceDifference => vec![Basis, BoughtAt],
        Shape::Excess { .. } => vec![Basis, Target],
        Shape::SubPeriods { .. } => vec![Basis, Month, Target],
    };
    let gates = reward.gates.iter().map(|gate| gate.on);
    for on in gates.chain(reward.multipliers.iter().map(|it| it.on)) {
        figures.extend(match on {
            GateOn::Basis | GateOn::CoveredTerminals => vec![Basis],
            GateOn::Achievement => vec![Basis, Target],
            GateOn::Growth => vec![Basis, LastYear, ApprovedBase],
            GateOn::UploadRate | GateOn::TimelinessRate => vec![Reports],
        });
    }
    figures
}

/// Quantity and amount as a record has them.
fn sums(quantity: Option<Micros>, amount: Option<Micros>) -> Sums {
    Sums {
        quantity: quantity.map(decimal),
        amount: amount.map(decimal),
        assessed: None,
    }
}
