//! Flow lines, rows of appeals, shipments and returned goods a basis is made of.

use channelflow_model::appeal::{AppealKind, AppealRow, AppealState};
use channelflow_model::settlement::{Entry, Fold};
use channelflow_model::{FlowKind, LineFlags, Micros, Period};
use channelflow_settle::figures::{Basis, Part, Sums};
use channelflow_settle::gather::Moved;
use channelflow_settle::policy::{self, Late, Returns};
use channelflow_warehouse::{
    AppealFilter, FlowFilter, FlowRow, FoldFilter, LineStatus, PairedReturn,
};

use super::counted::{Counted, net_of, of_all};
use super::{Asked, FigureKind, Footing, Source};
use crate::settle::build::{Settling, span_name};
use crate::settle::inputs::back;
use crate::settle::returns::{PAIRED_SINCE, moved, moves};
use crate::settle::sums::alerted;

/// Months before a span that growth looks at.
const YEAR: usize = 12;

impl Asked<'_> {
    /// What the policy counts in the span; `counted` is what [`Asked::counted_in`] found there.
    pub(super) fn basis(&self, counted: &mut Counted) -> Footing {
        if self.policy.basis.source == policy::Source::Paid {
            let mut footing = self.payments();
            footing.figure = FigureKind::Basis;
            return footing;
        }
        let stated = &self.figures.basis;
        let basis = counted.total.all().basis(self.policy.tax_rate());
        let basis = self.if_reported(basis);
        Footing {
            stated: of_all(stated),
            found: of_all(&basis),
            agrees: basis == *stated,
            records: counted.all(),
            ..Footing::new(FigureKind::Basis, "")
        }
    }

    /// A basis, unless a month of it was not reported: what came is not the whole, so nothing is known
    /// of what was sold.
    pub(super) fn if_reported(&self, basis: Basis) -> Basis {
        if self.figures.not_reported.is_empty() {
            return basis;
        }
        Basis {
            sold: Sums::default(),
            returned: None,
            ..basis
        }
    }

    /// The same in the months a year before.
    pub(super) async fn last_year(&self) -> anyhow::Result<Footing> {
        let before: Vec<Period> = self.span.iter().map(|month| back(*month, YEAR)).collect();
        let counted = self.counted_in(&before, false).await?;
        let net = counted.total.all().net().sums(self.policy.tax_rate());
        let mut records = counted.records;
        records.retain(|record| net_of(record.role));
        Ok(Footing {
            agrees: self.figures.last_year.is_none_or(|stated| stated == net),
            stated: self.figures.last_year.unwrap_or_default(),
            found: net,
            records,
            ..Footing::new(FigureKind::LastYear, "")
        })
    }

    /// Everything that counts in these months; `each`: with what each record adds.
    pub(super) async fn counted_in(
        &self,
        months: &[Period],
        each: bool,
    ) -> anyhow::Result<Counted> {
        let rate = self.policy.tax_rate();
        let mut counted = Counted::new(each);
        let kind = match self.policy.basis.source {
            policy::Source::Sale => FlowKind::Sale,
            policy::Source::Purchase => FlowKind::Purchase,
            policy::Source::Paid => return Ok(counted),
            policy::Source::Shipment => {
                for shipment in self.shipments(self.valid).await? {
                    let rule = self.recorder.company.period_rule;
                    let found = self
                        .gatherer
                        .of_shipments(&[&shipment], rule, &[self.number]);
                    counted.add(found, months, rate, || Source::Shipment(shipment));
                }
                return Ok(counted);
            }
        };
        let returned = self.paired_returns().await?;
        for line in self.lines(kind, months).await? {
            let goes = returned.iter().find(|it| it.line_id == line.line_id);
            if goes.is_some_and(|it| self.leaves(it, months)) {
                continue;
            }
            let found = self.gatherer.of_fold(&fold(&line), &[self.number]);
            counted.add(found, months, rate, || Source::Line(Box::new(line)));
        }
        if self.policy.basis.returns == Returns::Retier {
            for line in &returned {
                let comes = moved(self.party, line, line.sale_period, false);
                let found = self.gatherer.of_moved(&comes, &[self.number]);
                if found.iter().any(|(_, month, _)| months.contains(month)) {
                    let row = self.recorder.warehouse.line(line.line_id).await?.line;
                    counted.add(found, months, rate, || Source::Line(Box::new(row)));
                }
            }
        }
        for (row, moved) in self.appeals(kind).await? {
            let found = self.gatherer.of_moved(&moved, &[self.number]);
            counted.add(found, months, rate, || Source::Appeal(Box::new(row)));
        }
        Ok(counted)
    }

    /// Lines of a kind that may count in these months, as they stood then.
    async fn lines(&self, kind: FlowKind, months: &[Period]) -> anyhow::Result<Vec<FlowRow>> {
        let rule = self.recorder.company.period_rule;
        let mut lines = Vec::new();
        for month in months {
            let mut filter = FlowFilter {
                kind: Some(kind),
                ..self.filter()
            };
            match self.policy.basis.late {
                Late::Retier => filter.days = rule.days_of(*month),
                Late::Current => filter.booking_period = Some(*month),
            }
            self.read(&filter, &mut lines).await?;
        }
        Ok(lines)
    }

    /// Lines of the party that count, as they stood then.
    pub(super) fn filter(&self) -> FlowFilter {
        FlowFilter {
            distributor_id: Some(self.party.to_owned()),
            kind: None,
            days: None,
            booking_period: None,
            status: Some(LineStatus::Accepted),
            as_of_load: Some(self.settlement.as_of_load),
        }
    }

    /// Adds lines of a filter; what is booked after the month of the statement is not in it.
    pub(super) async fn read(
        &self,
        filter: &FlowFilter,
        lines: &mut Vec<FlowRow>,
    ) -> anyhow::Result<()> {
        let period = self.settlement.period;
        let mut receive = |line: FlowRow| {
            if line.booking_period <= period {
                lines.push(line);
            }
            Ok(())
        };
        let warehouse = self.recorder.warehouse;
        warehouse.flow_rows(filter, &mut receive).await?;
        Ok(())
    }

    /// Rows of approved appeals, and of alerts that were open, as they stood then.
    async fn appeals(&self, kind: FlowKind) -> anyhow::Result<Vec<(AppealRow, Moved)>> {
        if kind != FlowKind::Sale {
            return Ok(Vec::new());
        }
        let (warehouse, at) = (self.recorder.warehouse, self.settlement.at.as_str());
        let filter = FoldFilter {
            kind,
            business: None,
            booking: Some((Period::FIRST, self.settlement.period)),
            distributors: Some(&[self.party]),
        };
        let mut found = Vec::new();
        for row in warehouse.appeal_rows(filter).await? {
            let decided = if row.pair == 1 {
                AppealState::Approved
            } else {
                AppealState::TakenBack
            };
            let detail = warehouse.appeal(row.appeal_id).await?;
            let mut decisions = detail.decisions.iter();
            if decisions.any(|it| it.state == decided && it.decided_at.as_str() <= at) {
                let moved = moved_by(&row);
                found.push((row, moved));
            }
        }
        for appeal in warehouse.appeals(&AppealFilter::default()).await? {
            let open = appeal.opened_at.as_str() <= at
                && (appeal.decided_at.is_empty() || appeal.decided_at.as_str() > at);
            let own = appeal.distributor_id == self.party && appeal.flow_kind == kind;
            if !own || !open || appeal.kind != AppealKind::Alert || !appeal.line_counts {
                continue;
            }
            let line = warehouse.line(appeal.line_id).await?.line;
            for moved in alerted(&appeal, &line) {
                if moved.booking_period <= self.settlement.period {
                    found.push((row_of(appeal.appeal_id, appeal.line_id, &moved), moved));
                }
            }
        }
        Ok(found)
    }

    /// Returns that belong to an earlier span the party was told about, for a policy that moves them.
    async fn paired_returns(&self) -> anyhow::Result<Vec<PairedReturn>> {
        if !moves(self.policy.basis.returns) {
            return Ok(Vec::new());
        }
        let recorder = self.recorder;
        let rule = recorder.company.period_rule;
        let first = rule.days_of(back(recorder.inputs.period, PAIRED_SINCE));
        let days = first.zip(rule.days_of(recorder.inputs.period));
        let days =
            days.and_then(|(first, last)| channelflow_model::DayRange::new(first.first, last.last));
        let Some(days) = days else {
            return Ok(Vec::new());
        };
        let settling = Settling {
            warehouse: recorder.warehouse,
            inputs: &recorder.inputs,
            books: self.books,
            rule,
            running: false,
            beside: None,
        };
        let warehouse = recorder.warehouse;
        let mut paired = warehouse
            .returns_of_earlier_months(self.party, days)
            .await?;
        paired.retain(|line| {
            line.booking_period <= recorder.inputs.period
                && settling.belongs_before(self.party, self.policy, line)
        });
        Ok(paired)
    }

    /// Whether a return is taken off the month it happened in, one of these.
    fn leaves(&self, line: &PairedReturn, months: &[Period]) -> bool {
        let goes = moved(self.party, line, line.business_period, true);
        let found = self.gatherer.of_moved(&goes, &[self.number]);
        found.iter().any(|(_, month, _)| months.contains(month))
    }

    /// Goods that came back in the span from spans before it, by span, for a flat cost.
    pub(super) async fn returned_before(&self) -> anyhow::Result<Vec<Footing>> {
        let rate = self.policy.tax_rate();
        let mut all = Vec::new();
        let paired = self.paired_returns().await?;
        for prior in &self.figures.prior {
            let mut footing = Footing::new(FigureKind::ReturnedBefore, &prior.period);
            let mut counted = Counted::default();
            for line in &paired {
                let around = self.policy.period.around(line.sale_period);
                let now = self.span.contains(&line.business_period);
                if !now || span_name(&around) != prior.period {
                    continue;
                }
                let back = moved(self.party, line, line.sale_period, false);
                let found = self.gatherer.of_moved(&back, &[self.number]);
                let months: Vec<Period> = found.iter().map(|(_, month, _)| *month).collect();
                if !found.is_empty() {
                    let row = self.recorder.warehouse.line(line.line_id).await?.line;
                    counted.add(found, &months, rate, || Source::Line(Box::new(row)));
                }
            }
            let came_back = counted.total.all().basis(rate).returned;
            footing.stated = prior.returned;
            footing.found = came_back.unwrap_or_default();
            footing.records = counted.records;
            footing.agrees = footing.found == prior.returned;
            all.push(footing);
        }
        Ok(all)
    }
}

/// A line as a fold of its own.
fn fold(line: &FlowRow) -> Fold {
    let mut flags = LineFlags(line.flags.0 & LineFlags::IDENTITY.0);
    if line.amount.is_none() {
        flags = LineFlags(flags.0 | LineFlags::NO_AMOUNT.0);
    }
    Fold {
        distributor_id: line.distributor_id.clone(),
        kind: line.kind,
        business_period: line.business_period,
        booking_period: line.booking_period,
        customers: vec![line.customer_id.clone().unwrap_or_default()],
        products: vec![line.product_id.clone().unwrap_or_default()],
        entries: vec![Entry {
            customer: 0,
            product: 0,
            day: line.day,
            flags,
            lines: 1,
            quantity: line.base_quantity.unwrap_or(Micros::ZERO),
            amount: line.amount.unwrap_or(Micros::ZERO),
        }],
    }
}

/// A row of an appeal as settlement counts it.
fn moved_by(row: &AppealRow) -> Moved {
    Moved {
        distributor_id: row.distributor_id.clone(),
        business_period: row.business_period,
        booking_period: row.booking_period,
        customer_id: row.customer_id.clone(),
        product_id: row.product_id.clone(),
        entry: Entry {
            customer: 0,
            product: 0,
            day: row.day,
            flags: row.flags,
            lines: row.sign,
            quantity: row.quantity,
            amount: row.amount,
        },
        part: row.excluded.then_some(Part::Excluded),
    }
}

/// What an open alert moves, as the rows of an approved one say it.
fn row_of(appeal_id: i64, line_id: i64, moved: &Moved) -> AppealRow {
    AppealRow {
        appeal_id,
        pair: 0,
        sign: moved.entry.lines,
        line_id,
        distributor_id: moved.distributor_id.clone(),
        flow_kind: FlowKind::Sale,
        business_period: moved.business_period,
        booking_period: moved.booking_period,
        customer_id: moved.customer_id.clone(),
        product_id: moved.product_id.clone(),
        day: moved.entry.day,
        flags: moved.entry.flags,
        post_id: String::new(),
        excluded: moved.part.is_some(),
        quantity: moved.entry.quantity,
        amount: moved.entry.amount,
    }
}
