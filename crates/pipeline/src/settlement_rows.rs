//! Files of settlement to the words of `model`: every problem at once, each with its cell.
//!
//! An id that nobody knows is a problem of its cell. Not here: whether the words make sense together
//! (shares that sum to one, the tree of the organisation); see `settlement_run::deep_problems`.

use std::collections::HashSet;

use channelflow_model::finding::Finding;
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::{
    AssessedPrice, Attribution, AuthorisedArea, DistributorTier, GroupMember, Instrument, OrgUnit,
    Payment, Seat, SettlementSettings, Shipment, Span, Target, UnattributedRule, UnitLevel,
};
use channelflow_model::{Day, Micros};
use channelflow_warehouse::{NewRecord, Recorded, in_key_order};

use crate::settlement_kind::SettlementKind;
use crate::titled_rows::{TitledRows, numbers};

/// The rows of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlementRows {
    /// Units of the organisation.
    Units(Vec<OrgUnit>),
    /// Who holds a post.
    Seats(Vec<Seat>),
    /// Product groups.
    Groups(Vec<GroupMember>),
    /// Who is credited for a customer.
    Attribution(Vec<Attribution>),
    /// What happens to other sales.
    Unattributed(Vec<UnattributedRule>),
    /// Assessed prices.
    Prices(Vec<AssessedPrice>),
    /// Targets.
    Targets(Vec<Target>),
    /// Tiers of distributors.
    Tiers(Vec<DistributorTier>),
    /// Where distributors may sell.
    Areas(Vec<AuthorisedArea>),
    /// Shipments.
    Shipments(Vec<Shipment>),
    /// Payments.
    Payments(Vec<Payment>),
}

impl SettlementRows {
    /// The rows as the warehouse keeps them.
    pub fn records(&self) -> Vec<NewRecord> {
        fn of<T: Recorded>(rows: &[T]) -> Vec<NewRecord> {
            rows.iter().map(NewRecord::of).collect()
        }
        match self {
            SettlementRows::Units(rows) => of(rows),
            SettlementRows::Seats(rows) => of(rows),
            SettlementRows::Groups(rows) => of(rows),
            SettlementRows::Attribution(rows) => of(rows),
            SettlementRows::Unattributed(rows) => of(rows),
            SettlementRows::Prices(rows) => of(rows),
            SettlementRows::Targets(rows) => of(rows),
            SettlementRows::Tiers(rows) => of(rows),
            SettlementRows::Areas(rows) => of(rows),
            SettlementRows::Shipments(rows) => of(rows),
            SettlementRows::Payments(rows) => of(rows),
        }
    }

    /// Puts the rows in the place of what the settings have; shipments and payments are no part of
    /// them.
    pub fn replace_in(self, settings: &mut SettlementSettings) {
        match self {
            SettlementRows::Units(rows) => settings.units = in_key_order(rows),
            SettlementRows::Seats(rows) => settings.seats = in_key_order(rows),
            SettlementRows::Groups(rows) => settings.groups = in_key_order(rows),
            SettlementRows::Attribution(rows) => settings.attribution = in_key_order(rows),
            SettlementRows::Unattributed(rows) => settings.unattributed = in_key_order(rows),
            SettlementRows::Prices(rows) => settings.prices = in_key_order(rows),
            SettlementRows::Targets(rows) => settings.targets = in_key_order(rows),
            SettlementRows::Tiers(rows) => settings.tiers = in_key_order(rows),
            SettlementRows::Areas(rows) => settings.areas = in_key_order(rows),
            SettlementRows::Shipments(_) | SettlementRows::Payments(_) => {}
        }
    }
}

/// Ids that rows may point at.
pub struct Known<'a> {
    pub(crate) customers: HashSet<&'a str>,
    pub(crate) products: HashSet<&'a str>,
    pub(crate) distributors: HashSet<&'a str>,
    pub(crate) units: HashSet<&'a str>,
    pub(crate) posts: HashSet<&'a str>,
    pub(crate) groups: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    /// The ids of the settings.
    pub fn of(settings: &'a SettlementSettings) -> Self {
        Known {
            customers: settings.customers.iter().map(|it| it.id.as_str()).collect(),
            products: settings.products.iter().map(|it| it.id.as_str()).collect(),
            distributors: settings
                .distributors
                .iter()
                .map(|it| it.id.as_str())
                .collect(),
            units: settings.units.iter().map(|it| it.id.as_str()).collect(),
            posts: settings
                .units
                .iter()
                .filter(|it| it.level == UnitLevel::Post)
                .map(|it| it.id.as_str())
                .collect(),
            groups: settings
                .groups
                .iter()
                .map(|it| it.group_id.as_str())
                .collect(),
        }
    }
}

/// Validates a table whose first row holds the column titles.
pub fn parse(
    table: &RawTable,
    kind: SettlementKind,
    known: &Known,
) -> Result<SettlementRows, Vec<Finding>> {
    let mut rows = TitledRows::new(table, kind.section(), kind.required())?;
    let parsed = match kind {
        SettlementKind::Units => SettlementRows::Units(rows.units()),
        SettlementKind::Seats => SettlementRows::Seats(rows.seats(known)),
        SettlementKind::Groups => SettlementRows::Groups(rows.groups(known)),
        SettlementKind::Attribution => SettlementRows::Attribution(rows.attribution(known)),
        SettlementKind::Unattributed => SettlementRows::Unattributed(rows.unattributed(known)),
        SettlementKind::Prices => SettlementRows::Prices(rows.prices(known)),
        SettlementKind::Targets => SettlementRows::Targets(rows.targets(known)),
        SettlementKind::Tiers => SettlementRows::Tiers(rows.tiers(known)),
        SettlementKind::Areas => SettlementRows::Areas(rows.areas(known)),
        SettlementKind::Shipments => SettlementRows::Shipments(rows.shipments(known)),
        SettlementKind::Payments => SettlementRows::Payments(rows.payments(known)),
    };
    if rows.problems.is_empty() {
        Ok(parsed)
    } else {
        Err(rows.problems)
    }
}

impl TitledRows<'_> {
    /// An id that must be known.
    pub(crate) fn reference(
        &mut self,
        row: usize,
        field: &'static str,
        known: &HashSet<&str>,
        unknown: &'static str,
    ) -> String {
        let id = self.required(row, field);
        self.check_known(row, field, &id, known, unknown);
        id
    }

    /// An id that may be missing, but not unknown.
    pub(crate) fn reference_if_any(
        &mut self,
        row: usize,
        field: &'static str,
        known: &HashSet<&str>,
        unknown: &'static str,
    ) -> String {
        let id = self.text(row, field);
        self.check_known(row, field, &id, known, unknown);
        id
    }

    fn check_known(
        &mut self,
        row: usize,
        field: &'static str,
        id: &str,
        known: &HashSet<&str>,
        unknown: &'static str,
    ) {
        if !id.is_empty() && !known.contains(id) {
            self.problem(unknown, row, field, id);
        }
    }

    /// Two rows with one key are a problem of the second.
    pub(crate) fn once<T: Recorded>(
        &mut self,
        row: usize,
        field: &'static str,
        word: &T,
        seen: &mut HashSet<String>,
    ) {
        let key = word.key();
        if !seen.insert(key.clone()) {
            self.problem("settings_row_twice", row, field, &key);
        }
    }

    fn units(&mut self) -> Vec<OrgUnit> {
        let mut seen = HashSet::new();
        let ids: Vec<String> = self.body().map(|row| self.text(row, "id")).collect();
        let ids: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let mut units = Vec::new();
        for row in self.body() {
            let level = self.word(row, "level", "word_level");
            let level = UnitLevel::ALL
                .into_iter()
                .find(|known| Some(known.as_str()) == level)
                .unwrap_or(UnitLevel::Post);
            let unit = OrgUnit {
                id: self.required(row, "id"),
                name: self.required(row, "name"),
                level,
                parent: self.reference_if_any(row, "parent", &ids, "settings_unknown_unit"),
                span: self.span(row),
            };
            self.once(row, "id", &unit, &mut seen);
            units.push(unit);
        }
        units
    }

    fn seats(&mut self, known: &Known) -> Vec<Seat> {
        let mut seen = HashSet::new();
        let mut seats = Vec::new();
        for row in self.body() {
            let seat = Seat {
                post_id: self.reference(row, "post_id", &known.posts, "settings_unknown_post"),
                person_id: self.required(row, "person_id"),
                person_name: self.text(row, "person_name"),
                span: self.span(row),
            };
            self.once(row, "post_id", &seat, &mut seen);
            seats.push(seat);
        }
        seats
    }

    fn groups(&mut self, known: &Known) -> Vec<GroupMember> {
        let mut seen = HashSet::new();
        let mut members = Vec::new();
        for row in self.body() {
            let products = &known.products;
            let member = GroupMember {
                group_id: self.required(row, "group_id"),
                group_name: self.text(row, "group_name"),
                product_id: self.reference(row, "product_id", products, "settings_unknown_product"),
                span: self.span(row),
            };
            self.once(row, "product_id", &member, &mut seen);
            members.push(member);
        }
        members
    }

    /// The product group of a row; empty: all products.
    pub(crate) fn group(&mut self, row: usize, known: &Known) -> String {
        self.reference_if_any(
            row,
            "product_group",
            &known.groups,
            "settings_unknown_group",
        )
    }

    fn distributor(&mut self, row: usize, known: &Known) -> String {
        let code = "settings_unknown_distributor";
        self.reference(row, "distributor_id", &known.distributors, code)
    }

    fn attribution(&mut self, known: &Known) -> Vec<Attribution> {
        let mut seen = HashSet::new();
        let mut rows = Vec::new();
        for row in self.body() {
            let unknown = "settings_unknown_customer";
            let credited = Attribution {
                customer_id: self.reference(row, "customer_id", &known.customers, unknown),
                product_group: self.group(row, known),
                post_id: self.reference(row, "post_id", &known.posts, "settings_unknown_post"),
                share: self.share(row, "share"),
                span: self.span(row),
            };
            self.once(row, "customer_id", &credited, &mut seen);
            rows.push(credited);
        }
        rows
    }

    fn unattributed(&mut self, known: &Known) -> Vec<UnattributedRule> {
        let mut seen = HashSet::new();
        let mut rules = Vec::new();
        for row in self.body() {
            let (posts, unknown) = (&known.posts, "settings_unknown_post");
            let rule = UnattributedRule {
                id: self.unique_id(row, &mut seen),
                priority: self.whole(row, "priority"),
                province: self.text(row, "province"),
                role: self.text(row, "role"),
                product_group: self.group(row, known),
                post_id: self.reference_if_any(row, "post_id", posts, unknown),
                span: self.span(row),
            };
            rules.push(rule);
        }
        rules
    }

    fn prices(&mut self, known: &Known) -> Vec<AssessedPrice> {
        let mut seen = HashSet::new();
        let mut prices = Vec::new();
        for row in self.body() {
            let products = &known.products;
            let price = AssessedPrice {
                product_id: self.reference(row, "product_id", products, "settings_unknown_product"),
                from: self.required_day(row, "valid_from"),
                price: self.required_number(row, "price"),
                revoked: self.flag(row, "revoked", false),
            };
            if price.price < Micros::ZERO {
                self.problem("master_bad_price", row, "price", &price.price.to_string());
            }
            self.once(row, "product_id", &price, &mut seen);
            prices.push(price);
        }
        prices
    }

    fn tiers(&mut self, known: &Known) -> Vec<DistributorTier> {
        let mut seen = HashSet::new();
        let mut tiers = Vec::new();
        for row in self.body() {
            let tier = DistributorTier {
                distributor_id: self.distributor(row, known),
                tier: self.required(row, "tier"),
                span: self.span(row),
            };
            self.once(row, "distributor_id", &tier, &mut seen);
            tiers.push(tier);
        }
        tiers
    }

    fn areas(&mut self, known: &Known) -> Vec<AuthorisedArea> {
        let mut seen = HashSet::new();
        let mut areas = Vec::new();
        for row in self.body() {
            let area = AuthorisedArea {
                distributor_id: self.distributor(row, known),
                province: self.required(row, "province"),
                city: self.text(row, "city"),
                product_group: self.group(row, known),
                span: self.span(row),
            };
            self.once(row, "distributor_id", &area, &mut seen);
            areas.push(area);
        }
        areas
    }

    fn shipments(&mut self, known: &Known) -> Vec<Shipment> {
        let mut seen = HashSet::new();
        let mut shipments = Vec::new();
        for row in self.body() {
            let products = &known.products;
            let shipment = Shipment {
                doc_no: self.required(row, "doc_no"),
                line_no: self.text(row, "line_no"),
                day: self.required_day(row, "day"),
                distributor_id: self.distributor(row, known),
                product_id: self.reference(row, "product_id", products, "settings_unknown_product"),
                lot: self.text(row, "lot"),
                quantity: self.required_number(row, "quantity"),
                amount: self.required_number(row, "amount"),
            };
            self.once(row, "doc_no", &shipment, &mut seen);
            shipments.push(shipment);
        }
        shipments
    }

    fn payments(&mut self, known: &Known) -> Vec<Payment> {
        let mut seen = HashSet::new();
        let mut payments = Vec::new();
        for row in self.body() {
            let instrument = self.word(row, "instrument", "word_instrument");
            let instrument = Instrument::ALL
                .into_iter()
                .find(|known| Some(known.as_str()) == instrument);
            let payment = Payment {
                doc_no: self.required(row, "doc_no"),
                distributor_id: self.distributor(row, known),
                day: self.required_day(row, "day"),
                due: self.day(row, "due"),
                amount: self.required_number(row, "amount"),
                instrument: instrument.unwrap_or(Instrument::Wire),
                tenor_days: self.tenor(row, instrument),
            };
            self.once(row, "doc_no", &payment, &mut seen);
            payments.push(payment);
        }
        payments
    }

    /// Days until a bill falls due. Months count 30 days, as terms of bills are agreed.
    fn tenor(&mut self, row: usize, instrument: Option<Instrument>) -> i64 {
        let value = self.text(row, "tenor");
        let days = if value.is_empty() {
            Some(0)
        } else {
            tenor_days(&value)
        };
        match (days, instrument) {
            (None, _) => self.problem("settings_bad_tenor", row, "tenor", &value),
            (Some(0), Some(Instrument::Bill)) => {
                self.problem("settings_bill_without_tenor", row, "tenor", &value);
            }
            (Some(1..), Some(Instrument::Wire | Instrument::Cheque | Instrument::Credit)) => {
                self.problem("settings_tenor_without_bill", row, "tenor", &value);
            }
            _ => {}
        }
        days.unwrap_or(0)
    }

    fn required_day(&mut self, row: usize, field: &'static str) -> Day {
        self.required(row, field);
        self.day(row, field).unwrap_or(Span::ALWAYS.from)
    }

    pub(crate) fn required_number(&mut self, row: usize, field: &'static str) -> Micros {
        self.required(row, field);
        self.number(row, field).unwrap_or(Micros::ZERO)
    }
}

/// `180`, `180天`, `6个月`, `6 months`.
fn tenor_days(text: &str) -> Option<i64> {
    let text = text.to_lowercase();
    for (ending, days) in [
        ("个月", 30),
        ("月", 30),
        ("months", 30),
        ("month", 30),
        ("天", 1),
        ("日", 1),
        ("days", 1),
        ("", 1),
    ] {
        if let Some(count) = text.strip_suffix(ending) {
            return match numbers(count, &[])?[..] {
                [count] => Some(i64::from(count) * days),
                _ => None,
            };
        }
    }
    None
}
