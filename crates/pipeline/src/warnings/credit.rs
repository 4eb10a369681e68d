//! Targets nobody can reach and sales nobody is credited for; distributors that sell and earn
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::finding::Severity;
use channelflow_model::settlement::{
    FlowClass, Fold, Measure, Span, Target, TargetOwner, UnattributedRule, UnitLevel,
};
use channelflow_model::{FlowKind, Micros};
use channelflow_settle::classify::{buyer_class, has_value, line_class};
use channelflow_settle::reference::Prepared;
use channelflow_warehouse::{FoldFilter, Warehouse};

use super::{Look, Warning, total};

/// Customers that are named; the rest is summed.
const NAMED: usize = 10;

/// Posts with a target and no customer, units with a target and no post, in the running month.
pub(super) fn targets(look: &Look<'_>) -> Vec<Warning> {
    let Some(days) = look.inputs.rule.days_of(look.months.1) else {
        return Vec::new();
    };
    let month = Span {
        from: days.first,
        to: Some(days.last),
    };
    let settings = &look.books.settings;
    let prepared = look.books.prepared();
    let tree = prepared.org.tree(look.today);
    let rows = settings.attribution.iter();
    let mut credited: BTreeSet<&str> = rows
        .filter(|row| row.span.overlaps(month))
        .map(|row| row.post_id.as_str())
        .collect();
    let rules = settings.unattributed.iter();
    credited.extend(
        rules
            .filter(|rule| rule.span.overlaps(month))
            .map(|rule| rule.post_id.as_str()),
    );
    let mut with_posts: BTreeSet<&str> = BTreeSet::new();
    for post in tree.units(UnitLevel::Post) {
        with_posts.extend(tree.ancestors(post).into_iter().flatten());
    }
    let mut by_unit: BTreeMap<&str, Vec<&Target>> = BTreeMap::new();
    for target in &settings.targets {
        if let (TargetOwner::Unit(id), true) = (&target.owner, target.period == look.months.1) {
            by_unit.entry(id).or_default().push(target);
        }
    }
    let mut found = Vec::new();
    for (id, targets) in by_unit {
        let code = match tree.level(id) {
            Some(UnitLevel::Post) if !credited.contains(id) => "warn_target_without_customer",
            Some(UnitLevel::Post) => continue,
            _ if !with_posts.contains(id) => "warn_target_without_post",
            _ => continue,
        };
        let money = targets
            .iter()
            .filter(|target| target.measure != Measure::Quantity);
        let warning = Warning::new(code, Severity::Warning)
            .fact("unit", format!("{id} {}", prepared.org.name(id)).trim_end())
            .fact("period", look.months.1);
        found.push(Warning {
            // Targets of one unit in several measures are about the same sales.
            yuan: money.map(|target| target.value).max(),
            ..warning
        });
    }
    found
}

/// What the sales of the running month and the one before it come to.
#[derive(Default)]
struct Sales {
    by_distributor: BTreeMap<String, Vec<Micros>>,
    uncredited: BTreeMap<String, Vec<Micros>>,
}

/// Customers with sales nobody is credited for, distributors that earn no policy.
pub(super) async fn sales(warehouse: &Warehouse, look: &Look<'_>) -> anyhow::Result<Vec<Warning>> {
    let prepared = look.books.prepared();
    let roles: BTreeMap<&str, (&str, &str)> = look
        .books
        .master
        .customers
        .iter()
        .map(|it| (it.id.as_str(), (it.role.as_str(), it.province.as_str())))
        .collect();
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: Some(look.months),
        booking: None,
        distributors: None,
    };
    let mut sales = Sales::default();
    warehouse
        .folds(filter, &mut |stored| {
            add(&mut sales, &stored.decode()?, look, &prepared, &roles);
            Ok(())
        })
        .await?;
    let mut found = uncredited(look, &sales);
    found.extend(without_policy(look, &prepared, &sales));
    Ok(found)
}

fn add(
    sales: &mut Sales,
    fold: &Fold,
    look: &Look<'_>,
    prepared: &Prepared<'_>,
    roles: &BTreeMap<&str, (&str, &str)>,
) {
    let unattributed = &look.books.settings.unattributed;
    let mut sold = Vec::new();
    for entry in fold.entries.iter().filter(|entry| has_value(entry.flags)) {
        let (Some(customer), Some(product)) = (
            fold.customers.get(entry.customer as usize),
            fold.products.get(entry.product as usize),
        ) else {
            continue;
        };
        let (role, province) = roles.get(customer.as_str()).copied().unwrap_or_default();
        let class = line_class(buyer_class(role), entry.flags);
        if class.is_none_or(|class| class == FlowClass::Transfer) {
            continue;
        }
        sold.push(entry.amount);
        let credited = prepared.attributor.credited(customer, product, entry.day);
        let groups = || prepared.attributor.groups_of(product, entry.day);
        let decided = |rule: &UnattributedRule| {
            (rule.province.is_empty() || rule.province == province)
                && (rule.role.is_empty() || rule.role == role)
                && (rule.product_group.is_empty() || groups().contains(&&*rule.product_group))
                && rule.span.contains(entry.day)
        };
        if credited.is_empty() && !unattributed.iter().any(decided) {
            let amounts = sales.uncredited.entry(customer.clone()).or_default();
            amounts.push(entry.amount);
        }
    }
    let amounts = sales.by_distributor.entry(fold.distributor_id.clone());
    amounts.or_default().push(total(sold));
}

/// The customers with most yuan by name, the others together. Who attributes nothing is not
/// warned of everything.
fn uncredited(look: &Look<'_>, sales: &Sales) -> Vec<Warning> {
    if look.books.settings.attribution.is_empty() {
        return Vec::new();
    }
    let sums = sales.uncredited.iter();
    let mut sums: Vec<(Micros, &str)> = sums
        .map(|(customer, amounts)| (total(amounts.iter().copied()), customer.as_str()))
        .collect();
    sums.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    let name = |id: &str| {
        let customers = &look.books.master.customers;
        let found = customers.iter().find(|it| it.id == id);
        format!("{id} {}", found.map_or("", |it| it.name.as_str()))
    };
    let mut found: Vec<Warning> = sums
        .iter()
        .take(NAMED)
        .map(|(yuan, customer)| {
            months(
                look,
                Warning::new("warn_customer_uncredited", Severity::Warning),
            )
            .yuan(*yuan)
            .fact("customer", name(customer))
        })
        .collect();
    let rest = sums.get(NAMED..).unwrap_or_default();
    if !rest.is_empty() {
        let more = Warning::new("warn_customers_uncredited", Severity::Warning);
        // Their sum stands in the sentence: it is not one thing that goes before the others.
        let amount = total(rest.iter().map(|(yuan, _)| *yuan)).to_money();
        let more = months(look, more).fact("customers", rest.len());
        found.push(more.fact("amount", amount));
    }
    found
}

/// Distributors that earn no policy today although they sold, or were shipped to, lately.
fn without_policy(look: &Look<'_>, prepared: &Prepared<'_>, sales: &Sales) -> Vec<Warning> {
    let policies = look.books.terms.current();
    if policies.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for distributor in look.books.master.distributors.iter().filter(|it| it.active) {
        let id = distributor.id.as_str();
        let tier = prepared.tiers.at(id, look.today);
        let earns = policies
            .iter()
            .any(|it| it.holds().contains(look.today) && it.party.includes(id, tier));
        if earns {
            continue;
        }
        let sold = sales.by_distributor.get(id).into_iter().flatten();
        let sold = total(sold.copied());
        let (code, yuan) = if sold > Micros::ZERO {
            ("warn_distributor_sells", sold)
        } else {
            ("warn_distributor_shipped", shipped(look, id))
        };
        if yuan > Micros::ZERO {
            found.push(
                months(look, Warning::new(code, Severity::Warning))
                    .yuan(yuan)
                    .fact("distributor", look.distributor(id))
                    .fact("tier", tier),
            );
        }
    }
    found
}

/// Yuan shipped to a distributor in the running month and the one before it.
fn shipped(look: &Look<'_>, distributor: &str) -> Micros {
    let sum = look.shipped.get(distributor).copied().unwrap_or(0);
    Micros::from_i128(sum).unwrap_or(Micros(i64::MAX))
}

fn months(look: &Look<'_>, warning: Warning) -> Warning {
    warning
        .fact("first", look.months.0)
        .fact("last", look.months.1)
}
