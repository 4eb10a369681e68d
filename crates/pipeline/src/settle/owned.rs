//! Shipments to and payments by the parties that are computed. Not here: whether any of them changed
//! (`inputs`), which needs none of them.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::settlement::{Payment, Shipment};
use channelflow_warehouse::Warehouse;
use futures::{FutureExt as _, try_join};

use super::inputs::Inputs;
use super::sums::FEW_PARTIES;

/// By party.
#[derive(Default)]
pub(super) struct Owned {
    shipments: BTreeMap<String, Vec<Shipment>>,
    payments: BTreeMap<String, Vec<Payment>>,
}

impl Owned {
    /// Those of these parties, and of any other where it costs less than to leave them out.
    pub(super) async fn of(
        warehouse: &Warehouse,
        inputs: &Inputs,
        parties: &BTreeSet<&str>,
    ) -> anyhow::Result<Self> {
        let mut owned = Owned::default();
        let Some(days) = inputs.days else {
            return Ok(owned);
        };
        let (shipments, payments) = if parties.len() < FEW_PARTIES {
            let ids: Vec<&str> = parties.iter().copied().collect();
            let shipments = warehouse.owned(&ids, days).boxed();
            try_join!(shipments, warehouse.owned(&ids, days).boxed())?
        } else {
            let shipments = warehouse.shipments(days, None).boxed();
            try_join!(shipments, warehouse.payments(days, None).boxed())?
        };
        for shipment in shipments {
            let id = shipment.distributor_id.clone();
            owned.shipments.entry(id).or_default().push(shipment);
        }
        for payment in payments {
            let id = payment.distributor_id.clone();
            owned.payments.entry(id).or_default().push(payment);
        }
        Ok(owned)
    }

    /// In the order of their documents.
    pub(super) fn shipments(&self, party: &str) -> &[Shipment] {
        self.shipments.get(party).map_or(&[], Vec::as_slice)
    }

    /// In the order of their documents.
    pub(super) fn payments(&self, party: &str) -> &[Payment] {
        self.payments.get(party).map_or(&[], Vec::as_slice)
    }
}
