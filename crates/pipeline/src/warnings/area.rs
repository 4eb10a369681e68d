//! Sales outside the authorised area (授权区域) of their seller on their day: evidence of diversion
//! (窜货, domain rule R1), never a verdict. Nothing is left out of a rebate for it: that is what an
//! appeal of the kind `alert` says.

use std::collections::BTreeMap;

use channelflow_model::finding::Severity;
use channelflow_model::master::Customer;
use channelflow_model::settlement::{AuthorisedArea, Fold};
use channelflow_model::{Day, FlowKind, LineFlags, Micros};
use channelflow_settle::figures::decimal;
use channelflow_settle::round::to_micros;
use channelflow_warehouse::{FoldFilter, Warehouse};
use rust_decimal::Decimal;

use super::{Look, Warning};

/// Boxes and yuan, net of what came back, by seller and buyer.
type Outside = BTreeMap<(String, String), (Decimal, Decimal)>;

/// Sales of the running month and the one before it to customers outside the area.
pub(super) async fn outside(
    warehouse: &Warehouse,
    look: &Look<'_>,
) -> anyhow::Result<Vec<Warning>> {
    let settings = &look.books.settings;
    if settings.areas.is_empty() {
        return Ok(Vec::new());
    }
    let customers = look.books.master.customers.iter();
    let customers: BTreeMap<&str, &Customer> = customers.map(|it| (it.id.as_str(), it)).collect();
    let filter = FoldFilter {
        kind: FlowKind::Sale,
        business: Some(look.months),
        booking: None,
        distributors: None,
    };
    let mut outside = Outside::new();
    warehouse
        .folds(filter, &mut |stored| {
            add(&mut outside, &stored.decode()?, look, &customers);
            Ok(())
        })
        .await?;
    let warning = |((seller, buyer), (boxes, yuan)): ((String, String), (Decimal, Decimal))| {
        let name = customers.get(buyer.as_str()).map(|it| {
            let place = format!("{} {}", it.province, it.city);
            format!("{} ({})", it.name, place.trim_end())
        });
        Warning::new("warn_outside_area", Severity::Warning)
            .yuan(to_micros(yuan).unwrap_or(Micros(i64::MAX)))
            .fact("distributor", look.distributor(&seller))
            .fact("customer", format!("{buyer} {}", name.unwrap_or_default()))
            .fact("quantity", boxes.normalize())
            .fact("first", look.months.0)
            .fact("last", look.months.1)
    };
    // What all came back is no sale any more.
    outside.retain(|_, (boxes, yuan)| *boxes > Decimal::ZERO || *yuan > Decimal::ZERO);
    Ok(outside.into_iter().map(warning).collect())
}

fn add(outside: &mut Outside, fold: &Fold, look: &Look<'_>, customers: &BTreeMap<&str, &Customer>) {
    let seller = fold.distributor_id.as_str();
    let areas = look.books.settings.areas.iter();
    let areas: Vec<&AuthorisedArea> = areas.filter(|it| it.distributor_id == seller).collect();
    if areas.is_empty() {
        return;
    }
    for entry in &fold.entries {
        let (Some(customer), Some(product)) = (
            fold.customers.get(entry.customer as usize),
            fold.products.get(entry.product as usize),
        ) else {
            continue;
        };
        let Some(buyer) = customers.get(customer.as_str()) else {
            continue;
        };
        if entry.flags.has(LineFlags::STOCK_ADJUSTMENT)
            || may_sell(look, &areas, buyer, product, entry.day)
        {
            continue;
        }
        let key = (seller.to_owned(), customer.clone());
        let sums = outside.entry(key).or_default();
        sums.0 = sums.0.saturating_add(decimal(entry.quantity));
        sums.1 = sums.1.saturating_add(decimal(entry.amount));
    }
}

/// Whether a sale lies inside the area, or nothing says so: no area is named for the product on
/// that day, or nobody knows where the customer is.
fn may_sell(
    look: &Look<'_>,
    areas: &[&AuthorisedArea],
    buyer: &Customer,
    product: &str,
    day: Day,
) -> bool {
    let in_group = |group: &str| {
        let mut groups = look.books.settings.groups.iter();
        groups.any(|it| it.group_id == group && it.product_id == product && it.span.contains(day))
    };
    let mut of_product = areas.iter().filter(|area| {
        area.span.contains(day) && (area.product_group.is_empty() || in_group(&area.product_group))
    });
    let Some(first) = of_product.next() else {
        return true;
    };
    let covers = |area: &AuthorisedArea| {
        let city = area.city.is_empty() || buyer.city.is_empty() || area.city == buyer.city;
        area.province == buyer.province && city
    };
    buyer.province.is_empty() || covers(first) || of_product.any(|area| covers(area))
}
