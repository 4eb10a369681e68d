//! The words of settlement as records: their kind, and the key that makes a row the same record in
//! the next file.
//!
//! A key is the parts that identify the word, joined by `|`; what may change under the same key is
//! everything else. First days belong to the key, so that a new row for a later time leaves the
//! earlier one as it was.

use channelflow_model::Day;
use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, AuthorisedArea, DistributorTier, GroupMember, OrgUnit, Payment,
    PolicyText, Seat, Shipment, Target, TargetOwner, UnattributedRule,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::record::RecordKind;

/// A word that is kept as records.
pub trait Recorded: Serialize + DeserializeOwned {
    /// Its kind.
    const KIND: RecordKind;

    /// What makes it the same record in the next file.
    fn key(&self) -> String;

    /// Day of a shipment or payment.
    fn day(&self) -> Option<Day> {
        None
    }

    /// The distributor it belongs to, if it belongs to one.
    fn distributor_id(&self) -> Option<&str> {
        None
    }
}

/// Parts joined by `|`; one inside a part is written `\|`.
fn joined(parts: &[&str]) -> String {
    let mut key = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            key.push('|');
        }
        if part.contains(['|', '\\']) {
            key.push_str(&part.replace('\\', "\\\\").replace('|', "\\|"));
        } else {
            key.push_str(part);
        }
    }
    key
}

impl Recorded for OrgUnit {
    const KIND: RecordKind = RecordKind::OrgUnit;

    fn key(&self) -> String {
        joined(&[&self.id, &self.span.from.to_string()])
    }
}

impl Recorded for Seat {
    const KIND: RecordKind = RecordKind::Seat;

    fn key(&self) -> String {
        joined(&[&self.post_id, &self.person_id, &self.span.from.to_string()])
    }
}

impl Recorded for GroupMember {
    const KIND: RecordKind = RecordKind::ProductGroup;

    fn key(&self) -> String {
        let from = self.span.from.to_string();
        joined(&[&self.group_id, &self.product_id, &from])
    }
}

impl Recorded for Attribution {
    const KIND: RecordKind = RecordKind::Attribution;

    fn key(&self) -> String {
        joined(&[
            &self.customer_id,
            &self.product_group,
            &self.post_id,
            &self.span.from.to_string(),
        ])
    }
}

impl Recorded for UnattributedRule {
    const KIND: RecordKind = RecordKind::UnattributedRule;

    fn key(&self) -> String {
        joined(&[&self.id])
    }
}

impl Recorded for AssessedPrice {
    const KIND: RecordKind = RecordKind::Price;

    fn key(&self) -> String {
        joined(&[&self.product_id, &self.from.to_string()])
    }
}

impl Recorded for Target {
    const KIND: RecordKind = RecordKind::Target;

    fn key(&self) -> String {
        let (kind, owner) = match &self.owner {
            TargetOwner::Unit(id) => ("unit", id),
            TargetOwner::Distributor(id) => ("distributor", id),
            TargetOwner::Base(id) => ("base", id),
        };
        joined(&[
            &self.period.to_string(),
            kind,
            owner,
            &self.product_group,
            self.measure.as_str(),
            &self.counting_point,
        ])
    }
}

impl Recorded for DistributorTier {
    const KIND: RecordKind = RecordKind::Tier;

    fn key(&self) -> String {
        joined(&[&self.distributor_id, &self.span.from.to_string()])
    }

    fn distributor_id(&self) -> Option<&str> {
        Some(&self.distributor_id)
    }
}

impl Recorded for AuthorisedArea {
    const KIND: RecordKind = RecordKind::Area;

    fn key(&self) -> String {
        joined(&[
            &self.distributor_id,
            &self.province,
            &self.city,
            &self.product_group,
            &self.span.from.to_string(),
        ])
    }

    fn distributor_id(&self) -> Option<&str> {
        Some(&self.distributor_id)
    }
}

impl Recorded for Shipment {
    const KIND: RecordKind = RecordKind::Shipment;

    fn key(&self) -> String {
        joined(&[&self.doc_no, &self.line_no])
    }

    fn day(&self) -> Option<Day> {
        Some(self.day)
    }

    fn distributor_id(&self) -> Option<&str> {
        Some(&self.distributor_id)
    }
}

impl Recorded for Payment {
    const KIND: RecordKind = RecordKind::Payment;

    fn key(&self) -> String {
        joined(&[&self.doc_no])
    }

    fn day(&self) -> Option<Day> {
        Some(self.day)
    }

    fn distributor_id(&self) -> Option<&str> {
        Some(&self.distributor_id)
    }
}

impl Recorded for PolicyText {
    const KIND: RecordKind = RecordKind::Policy;

    fn key(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }
}

impl Recorded for Customer {
    const KIND: RecordKind = RecordKind::Customer;

    fn key(&self) -> String {
        joined(&[&self.id])
    }
}

impl Recorded for Product {
    const KIND: RecordKind = RecordKind::Product;

    fn key(&self) -> String {
        joined(&[&self.id])
    }
}

impl Recorded for Distributor {
    const KIND: RecordKind = RecordKind::Distributor;

    fn key(&self) -> String {
        joined(&[&self.id])
    }

    fn distributor_id(&self) -> Option<&str> {
        Some(&self.id)
    }
}
