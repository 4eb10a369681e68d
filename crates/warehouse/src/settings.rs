//! What settlement is computed from, read back as the words of the model: as it holds now, or as it
//! held at an earlier version.

use std::collections::BTreeMap;

use channelflow_model::DayRange;
use channelflow_model::settlement::{Payment, PolicyText, SettlementSettings, Shipment};

use crate::database::Tx;
use crate::master;
use crate::record_body::Recorded;
use crate::sql::Statement;
use crate::value::{Row, Value, values};
use crate::{Warehouse, WarehouseError, sql};

impl Warehouse {
    /// All settings of settlement at a version (`None`: now), from one consistent state.
    ///
    /// Customers, products and distributors are those of the master data now. As of a version they
    /// are the copies made when a month was last closed up to it; before the first closing there
    /// are none and the master data of now stands in.
    pub async fn settings(&self, as_of: Option<i64>) -> Result<SettlementSettings, WarehouseError> {
        let mut tx = self.read().await?;
        let version = version(&mut tx, as_of).await?;
        let mut settings = SettlementSettings {
            version,
            units: records(&mut tx, as_of).await?,
            seats: records(&mut tx, as_of).await?,
            groups: records(&mut tx, as_of).await?,
            attribution: records(&mut tx, as_of).await?,
            unattributed: records(&mut tx, as_of).await?,
            prices: records(&mut tx, as_of).await?,
            targets: records(&mut tx, as_of).await?,
            tiers: records(&mut tx, as_of).await?,
            areas: records(&mut tx, as_of).await?,
            policies: records(&mut tx, as_of).await?,
            ..SettlementSettings::default()
        };
        if as_of.is_some() {
            settings.customers = records(&mut tx, as_of).await?;
            settings.products = records(&mut tx, as_of).await?;
            settings.distributors = records(&mut tx, as_of).await?;
        }
        let copied = !settings.customers.is_empty()
            || !settings.products.is_empty()
            || !settings.distributors.is_empty();
        if !copied {
            settings.customers = master::select_customers(&mut tx).await?;
            settings.products = master::select_products(&mut tx).await?;
            settings.distributors = master::select_distributors(&mut tx).await?;
        }
        Ok(settings)
    }

    /// Every policy version that was ever imported, also those whose file left the folder since.
    pub async fn policies_ever(&self) -> Result<Vec<PolicyText>, WarehouseError> {
        let mut tx = self.read().await?;
        let bodies = tx
            .all(
                &sql::SELECT_RECORDS_EVER,
                values![PolicyText::KIND.as_str()],
                |row| Ok((row.text()?, row.json()?)),
            )
            .await?;
        // A version that left and came back was recorded twice; its text is the same.
        let bodies: BTreeMap<String, serde_json::Value> = bodies.into_iter().collect();
        let read = |(key, body): (String, serde_json::Value)| {
            serde_json::from_value(body).map_err(|error| WarehouseError::Unreadable {
                what: format!("the record `{key}`: {error}"),
            })
        };
        bodies.into_iter().map(read).collect()
    }

    /// Shipments of these days at a version (`None`: now), by document and line.
    pub async fn shipments(
        &self,
        range: DayRange,
        as_of: Option<i64>,
    ) -> Result<Vec<Shipment>, WarehouseError> {
        of_days(&mut self.read().await?, range, as_of).await
    }

    /// Payments of these days at a version (`None`: now), by document.
    pub async fn payments(
        &self,
        range: DayRange,
        as_of: Option<i64>,
    ) -> Result<Vec<Payment>, WarehouseError> {
        of_days(&mut self.read().await?, range, as_of).await
    }
}

/// The version asked for, if there is one; without asking the newest.
async fn version(tx: &mut Tx, as_of: Option<i64>) -> Result<i64, WarehouseError> {
    let newest = tx.integer(&sql::SETTINGS_VERSION, Vec::new()).await?;
    match as_of {
        Some(asked) if !(0..=newest).contains(&asked) => Err(WarehouseError::NotFound {
            what: "settings version",
            id: asked.to_string(),
        }),
        asked => Ok(asked.unwrap_or(newest)),
    }
}

async fn records<T: Recorded + Send>(
    tx: &mut Tx,
    as_of: Option<i64>,
) -> Result<Vec<T>, WarehouseError> {
    let kind = T::KIND.as_str();
    let found = match as_of {
        None => read(tx, &sql::READ_RECORDS, values![kind]).await?,
        Some(version) => read(tx, &sql::READ_RECORDS_AS_OF, values![kind, version]).await?,
    };
    Ok(in_key_order(found))
}

async fn of_days<T: Recorded + Send>(
    tx: &mut Tx,
    range: DayRange,
    as_of: Option<i64>,
) -> Result<Vec<T>, WarehouseError> {
    let version = version(tx, as_of).await?;
    let asked = values![T::KIND.as_str(), range.first, range.last, version];
    Ok(in_key_order(
        read(tx, &sql::READ_RECORDS_OF_DAYS, asked).await?,
    ))
}

/// The words a statement returns in one row.
async fn read<T: Recorded>(
    tx: &mut Tx,
    statement: &'static Statement,
    values: Vec<Value>,
) -> Result<Vec<T>, WarehouseError> {
    let mut words = tx
        .first(statement, values, Row::text)
        .await?
        .unwrap_or_default();
    words.insert(0, '[');
    words.push(']');
    serde_json::from_str(&words).map_err(|error| WarehouseError::Unreadable {
        what: format!("records of the kind `{}`: {error}", T::KIND.as_str()),
    })
}

/// Words in the order they are read back in: ids ascending.
pub fn in_key_order<T: Recorded>(words: Vec<T>) -> Vec<T> {
    in_order(words.into_iter().map(|word| (word.key(), word)).collect())
}

/// By the parts of their keys. Databases order texts by their own rules, so it is done here.
fn in_order<T>(mut found: Vec<(String, T)>) -> Vec<T> {
    // A separator below every character makes the order of texts that of their parts.
    for (key, _) in &mut found {
        *key = key.replace('|', "\0");
    }
    found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, word)| word).collect()
}
