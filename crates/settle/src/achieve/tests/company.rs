//! A small company to settle: two regions, three posts, two groups, four customers.

use channelflow_model::master::{Customer, Distributor, MasterData, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, DistributorTier, Entry, Fold, GroupMember, Measure, OrgUnit, Seat,
    Target, TargetOwner, UnattributedRule, UnitLevel,
};
use channelflow_model::{FlowKind, LineFlags, Micros, Period, PeriodRule};

use super::super::{
    Achievement, AchievementTable, Level, OrgView, PeriodBasis, Question, Row, SpanKind,
};
use crate::reference::{Prepared, Reference};
use crate::testing::{credit, day, member, micros, seat, unit};

pub(crate) struct Company {
    pub(crate) master: MasterData,
    pub(crate) units: Vec<OrgUnit>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) groups: Vec<GroupMember>,
    pub(crate) attributions: Vec<Attribution>,
    pub(crate) unattributed: Vec<UnattributedRule>,
    pub(crate) prices: Vec<AssessedPrice>,
    pub(crate) targets: Vec<Target>,
    pub(crate) tiers: Vec<DistributorTier>,
}

const ALWAYS: &str = "2024-01-01..";

impl Company {
    /// Posts A and B in region N, post C in region S; customers a, b and c are theirs alone, d is
    /// A's and B's 60 to 40, e is nobody's.
    pub(crate) fn new() -> Self {
        let customer = |id: &str, role: &str| Customer {
            id: id.to_owned(),
            name: format!("{id}."),
            role: role.to_owned(),
            province: "河北".to_owned(),
            ..Customer::default()
        };
        let product = |id: &str, price: Option<&str>| Product {
            id: id.to_owned(),
            price: price.map(micros),
            ..Product::default()
        };
        let distributor = |id: &str, tier: &str| Distributor {
            id: id.to_owned(),
            tier: tier.to_owned(),
            ..Distributor::default()
        };
        Company {
            master: MasterData {
                customers: vec![
                    customer("a", "hospital"),
                    customer("b", "pharmacy"),
                    customer("c", "hospital"),
                    customer("d", "hospital"),
                    customer("e", "hospital"),
                    customer("w", "distributor"),
                ],
                products: vec![
                    product("p", Some("10")),
                    product("q", Some("2.5")),
                    product("free", None),
                ],
                distributors: vec![distributor("one", "一级"), distributor("two", "二级")],
                aliases: Vec::new(),
            },
            units: vec![
                unit("CO", UnitLevel::Company, "", ALWAYS),
                unit("N", UnitLevel::Region, "CO", ALWAYS),
                unit("S", UnitLevel::Region, "CO", ALWAYS),
                unit("A", UnitLevel::Post, "N", ALWAYS),
                unit("B", UnitLevel::Post, "N", ALWAYS),
                unit("C", UnitLevel::Post, "S", ALWAYS),
            ],
            seats: vec![seat("A", "ann", ALWAYS), seat("B", "bob", ALWAYS)],
            groups: vec![member("g", "p", ALWAYS), member("h", "q", ALWAYS)],
            attributions: vec![
                credit("a", "", "A", "1", ALWAYS),
                credit("b", "", "B", "1", ALWAYS),
                credit("c", "", "C", "1", ALWAYS),
                credit("d", "", "A", "0.6", ALWAYS),
                credit("d", "", "B", "0.4", ALWAYS),
                credit("w", "", "C", "1", ALWAYS),
            ],
            unattributed: Vec::new(),
            prices: Vec::new(),
            targets: Vec::new(),
            tiers: Vec::new(),
        }
    }

    pub(crate) fn reference(&self) -> Reference<'_> {
        Reference {
            master: &self.master,
            units: &self.units,
            seats: &self.seats,
            groups: &self.groups,
            attributions: &self.attributions,
            unattributed: &self.unattributed,
            prices: &self.prices,
            targets: &self.targets,
            tiers: &self.tiers,
        }
    }

    /// A target in yuan or boxes at `terminal`.
    pub(crate) fn target(
        &mut self,
        period: &str,
        unit: &str,
        group: &str,
        measure: Measure,
        value: &str,
    ) {
        self.targets.push(Target {
            period: Period::from_iso(period).unwrap(),
            owner: TargetOwner::Unit(unit.to_owned()),
            product_group: group.to_owned(),
            measure,
            counting_point: "terminal".to_owned(),
            value: micros(value),
        });
    }

    /// The table of the folds.
    pub(crate) fn table(&self, question: &Question, folds: &[Fold]) -> AchievementTable {
        let prepared = Prepared::new(self.reference());
        let mut achievement = Achievement::new(&prepared, question.clone()).unwrap();
        for fold in folds {
            achievement.add(fold).unwrap();
        }
        achievement.finish().unwrap()
    }
}

pub(crate) fn question(period: &str) -> Question {
    let period = Period::from_iso(period).unwrap();
    let rule = PeriodRule::default();
    Question {
        period,
        basis: PeriodBasis::Booking,
        organisation: OrgView::AsWas,
        rule,
        progress_day: rule.days_of(period).unwrap().last,
        counting_points: vec!["terminal".to_owned()],
        levels: Level::ALL.to_vec(),
    }
}

/// An entry on one line: distributor, customer, product, day, boxes, yuan.
pub(crate) type Sale<'s> = (&'s str, &'s str, &'s str, &'s str, &'s str, &'s str);

/// Folds of sales that are booked when they happened.
pub(crate) fn sales(sales: &[Sale<'_>]) -> Vec<Fold> {
    sales
        .iter()
        .map(|sale| fold(*sale, None, LineFlags::default()))
        .collect()
}

/// A fold of one entry.
pub(crate) fn fold(
    (distributor, customer, product, on, quantity, amount): Sale<'_>,
    booking: Option<&str>,
    flags: LineFlags,
) -> Fold {
    let business = PeriodRule::default().period_of(day(on));
    Fold {
        distributor_id: distributor.to_owned(),
        kind: FlowKind::Sale,
        business_period: business,
        booking_period: booking.map_or(business, |period| Period::from_iso(period).unwrap()),
        customers: vec![customer.to_owned()],
        products: vec![product.to_owned()],
        entries: vec![Entry {
            customer: 0,
            product: 0,
            day: day(on),
            flags,
            lines: 1,
            quantity: micros(quantity),
            amount: micros(amount),
        }],
    }
}

/// The row of all products at `terminal`.
pub(crate) fn row<'t>(
    table: &'t AchievementTable,
    level: Level,
    id: &str,
    span: SpanKind,
    measure: Measure,
) -> &'t Row {
    table
        .rows
        .iter()
        .find(|row| {
            (row.level, row.id.as_str(), row.span, row.measure) == (level, id, span, measure)
                && row.product_group.is_empty()
                && row.counting_point == "terminal"
        })
        .expect("there is such a row")
}

/// Actuals of a level in the month, as `id value`, without zeros.
pub(crate) fn actuals(table: &AchievementTable, level: Level, measure: Measure) -> String {
    let rows = table.rows.iter().filter(|row| {
        row.level == level
            && row.span == SpanKind::Month
            && row.measure == measure
            && row.product_group.is_empty()
            && row.counting_point == "terminal"
            && row.actual != Micros::ZERO
    });
    let shown: Vec<String> = rows
        .map(|row| format!("{} {}", row.id, row.actual))
        .collect();
    shown.join(", ")
}
