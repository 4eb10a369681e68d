//! What settlement is computed from, read back as the words of the model: as it holds now, or as it
//! held at an earlier version.

use std::collections::BTreeMap;

use channelflow_model::settlement::{Payment, PolicyText, SettlementSettings, Shipment, Target};
use channelflow_model::{DayRange, Period, PeriodRule};
use serde::Serialize;

use crate::database::Tx;
use crate::master;
use crate::quality::yuan;
use crate::record::RecordKind;
use crate::record_body::Recorded;
use crate::sql::Statement;
use crate::value::{Row, Value, values};
use crate::{Warehouse, WarehouseError, sql};

/// How much of the settings is asked for: reading tens of thousands of records costs more than what
/// is computed from them for a few parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// Policies, tiers and distributors: who earns what.
    Terms,
    /// And what statements are computed from whoever they are for: product groups, prices, products,
    /// and of customers what policies ask about. Targets are asked for by distributor.
    Statements,
    /// Everything.
    Whole,
}

/// What happened to shipments or payments of a distributor and accounting month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Whose.
    pub distributor_id: String,
    /// The month.
    pub period: Period,
    /// How many there are now.
    pub records: i64,
    /// Versions that opened one last, and ended one last (0: none): others whenever a record is.
    pub versions: (i64, i64),
}

/// A target with the import that brought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportedTarget {
    /// The target.
    #[serde(flatten)]
    pub target: Target,
    /// The version of the settings it came with.
    pub version: i64,
    /// The file it stood in.
    pub file_name: String,
    /// Who imported it.
    pub imported_by: String,
    /// When, ISO date and time.
    pub imported_at: String,
}

impl Warehouse {
    /// All settings of settlement at a version (`None`: now), from one consistent state.
    ///
    /// Customers, products and distributors are those of the master data now. As of a version they
    /// are the copies made when a month was last closed up to it; before the first closing there
    /// are none and the master data of now stands in.
    pub async fn settings(&self, as_of: Option<i64>) -> Result<SettlementSettings, WarehouseError> {
        self.settings_of(Extent::Whole, as_of).await
    }

    /// The same as far as it is needed; the lists that are not asked for are empty.
    pub async fn settings_of(
        &self,
        extent: Extent,
        as_of: Option<i64>,
    ) -> Result<SettlementSettings, WarehouseError> {
        let mut tx = self.read().await?;
        let version = version(&mut tx, as_of).await?;
        let mut settings = SettlementSettings {
            version,
            tiers: records(&mut tx, as_of).await?,
            policies: records(&mut tx, as_of).await?,
            ..SettlementSettings::default()
        };
        if extent >= Extent::Statements {
            settings.groups = records(&mut tx, as_of).await?;
            settings.prices = records(&mut tx, as_of).await?;
        }
        match extent {
            Extent::Terms | Extent::Statements => {}
            Extent::Whole => {
                settings.targets = records(&mut tx, as_of).await?;
                settings.units = records(&mut tx, as_of).await?;
                settings.seats = records(&mut tx, as_of).await?;
                settings.attribution = records(&mut tx, as_of).await?;
                settings.unattributed = records(&mut tx, as_of).await?;
                settings.areas = records(&mut tx, as_of).await?;
            }
        }
        let copied = tx.integer(&sql::MASTER_VERSION, values![as_of]).await? < 0;
        if copied {
            settings.distributors = records(&mut tx, as_of).await?;
        } else {
            settings.distributors = master::select_distributors(&mut tx).await?;
        }
        match (extent, copied) {
            (Extent::Terms, _) => {}
            (_, true) => {
                settings.customers = records(&mut tx, as_of).await?;
                settings.products = records(&mut tx, as_of).await?;
            }
            (_, false) => {
                settings.customers = match extent {
                    Extent::Whole => master::select_customers(&mut tx).await?,
                    _ => master::select_buyers(&mut tx).await?,
                };
                settings.products = master::select_products(&mut tx).await?;
            }
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

    /// Targets of these distributors and the bases their growth is measured from, at a version; of
    /// all distributors for `None`.
    pub async fn distributor_targets(
        &self,
        distributors: Option<&[&str]>,
        version: i64,
    ) -> Result<Vec<Target>, WarehouseError> {
        let mut tx = self.read().await?;
        let mut asked = values![Target::KIND.as_str(), version];
        let statement = match distributors {
            None => &sql::READ_DISTRIBUTOR_TARGETS,
            Some(ids) => {
                asked.push(serde_json::Value::from(ids).to_string().into());
                &sql::READ_TARGETS_OF
            }
        };
        Ok(in_key_order(read(&mut tx, statement, asked).await?))
    }

    /// Targets of a distributor and the bases its growth is measured from, at a version, each with the
    /// import that brought it.
    pub async fn imported_targets(
        &self,
        distributor_id: &str,
        version: i64,
    ) -> Result<Vec<ImportedTarget>, WarehouseError> {
        let mut tx = self.read().await?;
        let asked = values![Target::KIND.as_str(), version, distributor_id];
        let read = |row: &mut Row| {
            let imported = ImportedTarget {
                target: row.json()?,
                version: row.int()?,
                file_name: row.text()?,
                imported_by: row.text()?,
                imported_at: row.text()?,
            };
            Ok((imported.target.key(), imported))
        };
        let found = tx.all(&sql::TARGETS_WITH_IMPORT, asked, read).await?;
        Ok(in_order(found))
    }

    /// Shipments or payments of these days and distributors as they are now.
    pub async fn owned<T: Recorded + Send>(
        &self,
        distributors: &[&str],
        range: DayRange,
    ) -> Result<Vec<T>, WarehouseError> {
        let mut tx = self.read().await?;
        let version = version(&mut tx, None).await?;
        let ids = serde_json::Value::from(distributors).to_string();
        let asked = values![T::KIND.as_str(), range.first, range.last, version, ids];
        Ok(in_key_order(
            read(&mut tx, &sql::READ_OWNED_RECORDS, asked).await?,
        ))
    }

    /// What happened to shipments or payments of these days, by distributor and month.
    pub async fn touched(
        &self,
        kind: RecordKind,
        range: DayRange,
        rule: PeriodRule,
    ) -> Result<Vec<Touched>, WarehouseError> {
        let mut tx = self.read().await?;
        let cutoff = i64::from(rule.cutoff_day);
        let asked = values![kind.as_str(), range.first, range.last, cutoff];
        let read = |row: &mut Row| {
            let (distributor_id, period, versions) = (row.text()?, row.period()?, row.text()?);
            let mut numbers = versions.split(' ').map(str::parse);
            let mut next = || {
                let number = numbers.next().and_then(Result::ok);
                number.ok_or_else(|| WarehouseError::Unreadable {
                    what: format!("`{versions}`, the versions of {distributor_id} {period}"),
                })
            };
            Ok(Touched {
                records: next()?,
                versions: (next()?, next()?),
                distributor_id,
                period,
            })
        };
        tx.all_packed((&sql::RECORDS_TOUCHED, 3), asked, read).await
    }

    /// Yuan shipped on these days, by distributor: millionths, exact beyond the range of one amount.
    pub async fn shipped(&self, range: DayRange) -> Result<BTreeMap<String, i128>, WarehouseError> {
        let mut tx = self.read().await?;
        let read = |row: &mut Row| Ok((row.text()?, yuan(row)?));
        let asked = values![range.first, range.last];
        let sums = tx.all_packed((&sql::SHIPPED, 3), asked, read).await?;
        Ok(sums.into_iter().collect())
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
