//! Stock, shipments and purchases behind price protection (价保) and price difference (补差).

use channelflow_model::{Day, DayRange, FlowKind, Micros};
use channelflow_settle::figures::{PriceCut, Sums, decimal};
use channelflow_settle::gather::TRANSIT_DAYS;
use channelflow_settle::policy::Shape;
use channelflow_warehouse::{FlowFilter, FlowRow};
use rust_decimal::Decimal;

use super::{Asked, FigureKind, Footing, Record, Role, Source, sums};

impl Asked<'_> {
    /// Price cuts of the part, each with the day before it. Figures keep prices, not days: the day
    /// is found by them again.
    fn cuts(&self) -> Vec<(&PriceCut, Day)> {
        let prices = &self.books.prepared().prices;
        let cuts = self.figures.price_cuts.as_deref().unwrap_or_default();
        let mut found: Vec<(&PriceCut, Day)> = Vec::with_capacity(cuts.len());
        for cut in cuts {
            let days = self.valid.iter().flat_map(DayRange::days);
            let day = days.filter_map(|day| day.plus_days(-1)).find(|before| {
                let at = |day: Option<Day>| prices.at(&cut.product, day?).map(decimal);
                let taken =
                    |(it, day): &(&PriceCut, Day)| it.product == cut.product && day == before;
                at(Some(*before)) == cut.old_price
                    && at(before.plus_days(1)) == cut.new_price
                    && !found.iter().any(taken)
            });
            found.extend(day.map(|day| (cut, day)));
        }
        found
    }

    /// Lines of a kind and product on some days, as stock and purchases are added up.
    async fn of_product(
        &self,
        kind: FlowKind,
        product: &str,
        days: DayRange,
    ) -> anyhow::Result<Vec<FlowRow>> {
        let filter = FlowFilter {
            kind: Some(kind),
            days: Some(days),
            ..self.filter()
        };
        let mut lines = Vec::new();
        self.read(&filter, &mut lines).await?;
        lines.retain(|line| line.product_id.as_deref() == Some(product));
        Ok(lines)
    }

    /// Stock of the day before every price cut.
    pub(super) async fn stock(&self) -> anyhow::Result<Vec<Footing>> {
        let mut all = Vec::new();
        for (cut, before) in self.cuts() {
            let mut footing = Footing::new(FigureKind::Stock, &cut.product);
            footing.days = DayRange::new(before, before);
            footing.stated.quantity = cut.stock;
            if let Some(days) = footing.days {
                let lines = self.of_product(FlowKind::Inventory, &cut.product, days);
                let lines = lines.await?.into_iter();
                footing.records = lines.map(|line| boxes(line, Role::Stock)).collect();
            }
            all.push(footing.close());
        }
        Ok(all)
    }

    /// Goods on the way then: what was shipped lately less what of that was reported as bought.
    pub(super) async fn transit(&self) -> anyhow::Result<Vec<Footing>> {
        let mut all = Vec::new();
        for (cut, before) in self.cuts() {
            let mut footing = Footing::new(FigureKind::Transit, &cut.product);
            let first = before.plus_days(1 - TRANSIT_DAYS);
            footing.days = first.and_then(|first| DayRange::new(first, before));
            footing.stated.quantity = cut.transit;
            let shipments = self.shipments(footing.days).await?.into_iter();
            let of_product = shipments.filter(|it| it.product_id == cut.product);
            footing.records.extend(of_product.map(|it| Record {
                role: Role::Shipped,
                adds: sums(Some(it.quantity), None),
                source: Source::Shipment(it),
            }));
            if let Some(days) = footing.days {
                let lines = self.of_product(FlowKind::Purchase, &cut.product, days);
                let lines = lines.await?.into_iter();
                footing.records.extend(lines.map(|line| {
                    let mut record = boxes(line, Role::Arrived);
                    record.adds.quantity = record.adds.quantity.map(|it| -it);
                    record
                }));
            }
            let mut footing = footing.close();
            let found = footing.found.quantity.map(|it| it.max(Decimal::ZERO));
            footing.agrees = cut.transit.is_none() || found == cut.transit;
            all.push(footing);
        }
        Ok(all)
    }

    /// What was bought in the days before, as far back as the policy looks.
    pub(super) async fn bought_recently(&self) -> anyhow::Result<Vec<Footing>> {
        let within = self.policy.rewards.iter().find_map(|it| match it.shape {
            Shape::PriceProtection { within_days } => within_days,
            _ => None,
        });
        let Some(within) = within else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (cut, before) in self.cuts() {
            let mut footing = Footing::new(FigureKind::BoughtRecently, &cut.product);
            let first = before.plus_days(1 - i64::from(within));
            footing.days = first.and_then(|first| DayRange::new(first, before));
            footing.stated.quantity = cut.bought_recently;
            if let Some(days) = footing.days {
                let lines = self.of_product(FlowKind::Purchase, &cut.product, days);
                let lines = lines.await?.into_iter();
                footing.records = lines.map(|line| boxes(line, Role::Bought)).collect();
            }
            all.push(footing.close());
        }
        Ok(all)
    }

    /// What the price a product was bought at comes from: our shipments in the span, or else what
    /// was reported as bought.
    pub(super) async fn bought_at(&self) -> anyhow::Result<Vec<Footing>> {
        let mut all = Vec::new();
        let shipments = self.shipments(self.valid).await?;
        for gap in self.figures.price_gaps.iter().flatten() {
            let mut footing = Footing::new(FigureKind::BoughtAt, &gap.product);
            footing.days = self.valid;
            footing.stated_value = gap.bought_price;
            let of_product = shipments.iter().filter(|it| it.product_id == gap.product);
            let shipped: i128 = of_product.clone().map(|it| i128::from(it.quantity.0)).sum();
            if shipped > 0 {
                footing.records.extend(of_product.map(|it| Record {
                    role: Role::Shipped,
                    adds: sums(Some(it.quantity), Some(it.amount)),
                    source: Source::Shipment(it.clone()),
                }));
            } else if let Some(days) = self.valid {
                let lines = self.of_product(FlowKind::Purchase, &gap.product, days);
                let lines = lines.await?.into_iter();
                footing.records.extend(lines.map(|line| {
                    let amount = line.amount.unwrap_or(Micros::ZERO);
                    let mut record = boxes(line, Role::Bought);
                    record.adds.amount = Some(decimal(amount));
                    record
                }));
            }
            let mut footing = footing.close();
            let Sums {
                quantity, amount, ..
            } = footing.found;
            let whole = quantity.filter(|it| *it > Decimal::ZERO);
            let paid = amount.filter(|it| *it > Decimal::ZERO);
            let price = paid
                .zip(whole)
                .and_then(|(paid, whole)| paid.checked_div(whole));
            footing.found_value = price;
            footing.agrees = price == gap.bought_price;
            all.push(footing);
        }
        Ok(all)
    }
}

/// A line of which the boxes count.
fn boxes(line: FlowRow, role: Role) -> Record {
    Record {
        role,
        adds: sums(Some(line.base_quantity.unwrap_or(Micros::ZERO)), None),
        source: Source::Line(Box::new(line)),
    }
}
