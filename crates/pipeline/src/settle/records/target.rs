//! What a basis is measured against, and the parts of it that are judged for themselves: targets,
//! approved bases, months of a span and groups of a mix.

use channelflow_model::Period;
use channelflow_model::settlement::{Measure, Target, TargetOwner};
use channelflow_settle::figures::{Basis, Sums};
use channelflow_settle::gather::targets_behind;
use channelflow_settle::policy::{Reward, Shape};
use rust_decimal::Decimal;

use super::counted::{Counted, net_of, of_all};
use super::{Asked, FigureKind, Footing, Record, Role, Source};

impl Asked<'_> {
    /// The targets of the span's months, as they held then.
    pub(super) async fn target(&self) -> anyhow::Result<Vec<Footing>> {
        let own = |owner: &TargetOwner| matches!(owner, TargetOwner::Distributor(_));
        Ok(vec![
            self.behind(FigureKind::Target, self.figures.target, own)
                .await?,
        ])
    }

    /// The base a person approved for the span, if anybody did.
    pub(super) async fn approved_base(&self) -> anyhow::Result<Vec<Footing>> {
        let base = |owner: &TargetOwner| matches!(owner, TargetOwner::Base(_));
        let stated = self.figures.approved_base;
        let footing = self.behind(FigureKind::ApprovedBase, stated, base).await?;
        let any = stated.is_some() || !footing.records.is_empty();
        Ok(any.then_some(footing).into_iter().collect())
    }

    async fn behind(
        &self,
        figure: FigureKind,
        stated: Option<Sums>,
        wanted: impl Fn(&TargetOwner) -> bool,
    ) -> anyhow::Result<Footing> {
        let version = self.targets_version();
        let mut imported = self.recorder.imported_targets(self.party, version).await?;
        imported.retain(|it| wanted(&it.target.owner));
        let targets: Vec<&Target> = imported.iter().map(|it| &it.target).collect();
        let rule = self.recorder.company.period_rule;
        let (counted, found) = targets_behind(self.policy, &targets, rule, &self.span);
        // A month without one makes the figure unknown; months that pay are judged one by one.
        let pays = self.policy.rewards.iter().any(Reward::pays_parts);
        let judged = |measure: Measure| {
            found.is_some_and(|sums| sums.of(measure).is_some())
                || pays && figure == FigureKind::Target && measure == self.policy.money()
        };
        let mut footing = Footing::new(figure, "");
        for it in imported.iter().filter(|it| judged(it.target.measure)) {
            let value = counted.iter().find(|(target, _)| **target == it.target);
            if let Some((_, value)) = value {
                footing.records.push(Record {
                    role: Role::Counted,
                    adds: in_measure(it.target.measure, *value),
                    source: Source::Target(it.clone()),
                });
            }
        }
        footing.agrees = stated == found;
        footing.stated = stated.unwrap_or_default();
        footing.found = found.unwrap_or_default();
        Ok(footing)
    }

    /// Version of the settings the part was computed with: that of its statement; for a correction
    /// the one its span was closed with, if it was closed then.
    fn targets_version(&self) -> i64 {
        let version = self.settlement.settings_version;
        let frozen = self.recorder.inputs.frozen.get(&self.part.last);
        let frozen = frozen.copied().flatten().filter(|_| self.part.prior);
        frozen.map_or(version, |frozen| frozen.min(version))
    }

    /// What every month of a span that pays parts is judged by.
    pub(super) fn months(&self, counted: &Counted) -> Vec<Footing> {
        let money = self.policy.money();
        let yuan = |value: Option<Decimal>| match value {
            Some(value) => in_measure(money, value),
            None => Sums::default(),
        };
        let months = self.figures.sub_periods.iter().flatten().map(|month| {
            let of_month = Period::from_iso(&month.name);
            let (mut records, sums) = counted.those(|at, _| Some(at) == of_month);
            records.retain(|record| net_of(record.role));
            let net = sums.all().net().sums(self.policy.tax_rate()).of(money);
            let net = net.filter(|_| !self.figures.not_reported.contains(&month.name));
            Footing {
                stated: yuan(month.actual),
                found: yuan(net),
                agrees: month.actual == net,
                records,
                ..Footing::new(FigureKind::Month, &month.name)
            }
        });
        months.collect()
    }

    /// What every group of a mix counts.
    pub(super) fn groups(&self, counted: &Counted) -> Vec<Footing> {
        let groups = self.figures.groups.iter().map(|group| {
            let (records, sums) = counted.those(|_, sums| sums.groups().contains_key(&group.id));
            let known = sums.groups().get(&group.id);
            let basis = known.map_or(Basis::NOTHING, |sums| sums.basis(self.policy.tax_rate()));
            let basis = self.if_reported(basis);
            let mixed = |reward: &&Reward| match &reward.shape {
                Shape::Mix { groups, .. } => groups.iter().any(|it| it.id == group.id),
                _ => false,
            };
            let rewards = self.policy.rewards.iter().filter(mixed);
            Footing {
                rewards: rewards.map(|reward| reward.id.clone()).collect(),
                stated: of_all(&group.basis),
                found: of_all(&basis),
                agrees: basis == group.basis,
                records,
                ..Footing::new(FigureKind::Group, &group.id)
            }
        });
        groups.collect()
    }
}

/// A value in one measure alone.
fn in_measure(measure: Measure, value: Decimal) -> Sums {
    let mut sums = Sums::default();
    match measure {
        Measure::Quantity => sums.quantity = Some(value),
        Measure::Amount => sums.amount = Some(value),
        Measure::Assessed => sums.assessed = Some(value),
    }
    sums
}
