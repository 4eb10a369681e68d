//! What a part rests on besides flow: shipments, payments, reports, and what was told before.

use channelflow_model::settlement::Shipment;
use channelflow_model::statement::StatementPart;
use channelflow_model::{Day, DayRange, Micros};
use channelflow_settle::figures::{Sums, decimal};
use channelflow_settle::policy::{self, GateOn};
use channelflow_warehouse::Stated;
use rust_decimal::Decimal;

use super::{Asked, FigureKind, Footing, Record, Report, Role, Source, ToldBefore, sums};

impl Asked<'_> {
    /// Shipments to the party on some days, as they were known then.
    pub(super) async fn shipments(&self, days: Option<DayRange>) -> anyhow::Result<Vec<Shipment>> {
        let Some(days) = days else {
            return Ok(Vec::new());
        };
        let warehouse = self.recorder.warehouse;
        let mut shipments = warehouse.shipments(days, self.as_of).await?;
        shipments.retain(|it| it.distributor_id == self.party);
        Ok(shipments)
    }

    /// Money paid in the span: the figures have every payment.
    pub(super) fn payments(&self) -> Footing {
        let mut footing = Footing::new(FigureKind::Payments, "");
        let payments = self.figures.payments.iter().flatten();
        footing.records.extend(payments.map(|payment| Record {
            role: if payment.on_time() {
                Role::OnTime
            } else {
                Role::Overdue
            },
            adds: sums(None, Some(payment.amount)),
            source: Source::Payment(payment.clone()),
        }));
        footing.stated.amount = match self.policy.basis.source {
            policy::Source::Paid => self.figures.basis.sold.amount,
            _ => None,
        };
        footing.close()
    }

    /// Every report expected of the span's months.
    pub(super) fn reports(&self) -> Footing {
        let recorder = self.recorder;
        let mut footing = Footing::new(FigureKind::Reports, "");
        let distributors = &self.books.master.distributors;
        let distributor = distributors.iter().find(|it| it.id == self.party);
        let expects = distributor.map_or(&[][..], |it| &it.expects);
        let of_party = recorder.inputs.parties.get(self.party);
        for month in &self.span {
            let days = recorder.company.period_rule.days_of(*month);
            let grace = i64::from(recorder.inputs.report_days);
            let due = days.and_then(|days| days.last.plus_days(grace));
            for kind in expects {
                let at = of_party.and_then(|it| it.first_reports.get(&(*month, *kind)));
                let at = at.filter(|at| **at <= self.settlement.at);
                let day = at.and_then(|at| Day::from_iso(at.get(..10)?));
                let role = match (at, day.zip(due)) {
                    (None, _) => Role::Missing,
                    (_, Some((day, due))) if day <= due => Role::InTime,
                    _ => Role::Late,
                };
                footing.records.push(Record {
                    role,
                    adds: Sums::default(),
                    source: Source::Report(Report {
                        period: *month,
                        kind: *kind,
                        received_at: at.cloned(),
                    }),
                });
            }
        }
        let looked_at = self.policy.rewards.iter().flat_map(|reward| {
            let gates = reward.gates.iter().map(|gate| gate.on);
            gates.chain(reward.multipliers.iter().map(|it| it.on))
        });
        let timely = looked_at.clone().all(|on| on != GateOn::UploadRate);
        footing.stated_value = if timely {
            self.figures.timeliness_rate
        } else {
            self.figures.upload_rate
        };
        let share = |role: &[Role]| {
            let of = footing.records.iter().filter(|it| role.contains(&it.role));
            let whole = Decimal::from(footing.records.len());
            Decimal::from(of.count()).checked_div(whole)
        };
        let in_time = share(&[Role::InTime]);
        let arrived = share(&[Role::InTime, Role::Late]);
        footing.found_value = if timely { in_time } else { arrived };
        footing.agrees =
            in_time == self.figures.timeliness_rate && arrived == self.figures.upload_rate;
        footing
    }

    /// What the party was told about the policy: for the span, or for the part that is corrected,
    /// and what the floor of the span before handed on.
    pub(super) fn told(&self) -> Vec<Footing> {
        let inputs = &self.recorder.inputs;
        let of_policy: Vec<&Stated> = inputs
            .stated_of(self.party)
            .iter()
            .filter(|it| {
                let id = it.policy.rsplit_once('@').map(|(id, _)| id);
                id == Some(self.policy.id.as_str())
            })
            .collect();
        let whole = self.policy.period.around(self.part.last);
        let same = |it: &&&Stated| it.policy == self.part.policy && whole.contains(&it.last);
        let mut all = Vec::new();
        let of_span = of_policy.iter().filter(same).copied();
        if self.part.prior {
            let stated = stated_for_correction(self.part);
            let of_span = of_span.collect::<Vec<_>>();
            all.push(self.told_in("", &of_span, stated, |it| {
                decimal(it.total) + decimal(it.carry)
            }));
        } else {
            let of_span: Vec<&Stated> = of_span.filter(|it| it.first == self.part.first).collect();
            let months = self.figures.sub_periods.iter().flatten();
            let months: Decimal = months.filter_map(|it| it.paid).sum();
            let stated = self.figures.already_paid + months;
            all.push(self.told_in("", &of_span, Some(stated), |it| decimal(it.total)));
            let before = of_policy
                .iter()
                .filter(|it| it.last < self.part.first && !it.prior);
            let newest = before.clone().map(|it| it.last).max();
            let carried: Vec<&Stated> = before
                .filter(|it| Some(it.last) == newest && it.carry != Micros::ZERO)
                .copied()
                .collect();
            let stated = Some(self.figures.carried_forward);
            all.push(self.told_in("carry", &carried, stated, |it| decimal(it.carry)));
        }
        all.retain(|footing| !footing.records.is_empty() || !footing.agrees);
        all
    }

    fn told_in(
        &self,
        name: &str,
        told: &[&Stated],
        stated: Option<Decimal>,
        amount: impl Fn(&Stated) -> Decimal,
    ) -> Footing {
        let mut footing = Footing::new(FigureKind::Told, name);
        footing.stated.amount = stated;
        let numbers = &self.recorder.numbers;
        footing.records.extend(told.iter().map(|it| Record {
            role: Role::Told,
            adds: Sums {
                quantity: None,
                amount: Some(amount(it)),
                assessed: None,
            },
            source: Source::Statement(ToldBefore {
                number: numbers.get(&it.statement_id).cloned().unwrap_or_default(),
                policy: it.policy.clone(),
                first: it.first,
                last: it.last,
                total: it.total,
                carry: it.carry,
            }),
        }));
        footing.close()
    }
}

/// What a correction took off: what comes out now less the difference.
pub fn stated_for_correction(part: &StatementPart) -> Option<Decimal> {
    let evaluation: serde_json::Value = part.evaluation.parse().ok()?;
    let number = |name: &str| -> Option<Decimal> { evaluation.get(name)?.as_str()?.parse().ok() };
    let difference: Decimal = part.lines.first()?.exact.parse().ok()?;
    number("total")?
        .checked_add(number("carry")?)?
        .checked_sub(difference)
}
