//! `channelflow price import|list`: assessed prices (考核价).

use std::collections::BTreeMap;

use channelflow_model::Day;
use channelflow_model::messages::{label, word};
use channelflow_model::settlement::AssessedPrice;
use channelflow_pipeline::settlement_kind::SettlementKind;
use channelflow_pipeline::table::Align;
use clap::Subcommand;

use crate::Format;
use crate::commands::settings_import::{self, Arguments, table};
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `price`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import all prices from a CSV or Excel file: validated whole, differences shown
    Import(Arguments),
    /// List every price of every product, and which is in force today
    List,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import(arguments) => {
            settings_import::import(context, arguments, &[SettlementKind::Prices]).await
        }
        Command::List => list(context).await,
    }
}

async fn list(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let settings = session.warehouse.settings(None).await?;
    let states = states(&settings.prices, session.today);
    if session.format == Format::Json {
        let rows: Vec<serde_json::Value> = settings
            .prices
            .iter()
            .zip(states)
            .map(|(price, state)| {
                serde_json::json!({
                    "product_id": price.product_id,
                    "from": price.from.to_string(),
                    "price": price.price,
                    "state": state,
                })
            })
            .collect();
        output::json(&rows)?;
        return Ok(Exit::Done);
    }
    if settings.prices.is_empty() {
        output::note(&label(lang, "price_none"));
        return Ok(Exit::Done);
    }
    let mut table = table(
        lang,
        [
            ("flow_product_id", Align::Left),
            ("flow_product_name", Align::Left),
            ("flow_spec", Align::Left),
            ("column_from", Align::Left),
            ("column_price", Align::Right),
            ("column_state", Align::Left),
        ],
    );
    let products: BTreeMap<&str, _> = settings
        .products
        .iter()
        .map(|product| (product.id.as_str(), product))
        .collect();
    for (price, state) in settings.prices.iter().zip(states) {
        let product = products.get(price.product_id.as_str());
        table.row([
            price.product_id.clone(),
            product
                .map(|product| product.name.clone())
                .unwrap_or_default(),
            product
                .map(|product| product.spec.clone())
                .unwrap_or_default(),
            price.from.to_string(),
            price.price.to_string(),
            word(lang, "price", state),
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

/// What each price is on a day. Prices ascend by product and first day, so the last one that has
/// begun and was not revoked is in force.
fn states(prices: &[AssessedPrice], today: Day) -> Vec<&'static str> {
    let mut in_force: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, price) in prices.iter().enumerate() {
        if price.from <= today && !price.revoked {
            in_force.insert(price.product_id.as_str(), at);
        }
    }
    prices
        .iter()
        .enumerate()
        .map(|(at, price)| {
            if price.revoked {
                "revoked"
            } else if price.from > today {
                "later"
            } else if in_force.get(price.product_id.as_str()) == Some(&at) {
                "in_force"
            } else {
                "earlier"
            }
        })
        .collect()
}
