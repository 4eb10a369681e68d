//! What settlement is computed from, kept as versions: records are opened and closed, never edited.
//!
//! An import is compared with what holds now; what differs makes one version. Not here: the words
//! themselves and their keys (`record_body`), reading them back (`settings`), and whether they make
//! sense together (`settle`).

use std::collections::HashMap;

use channelflow_model::Day;
use serde::{Deserialize, Serialize};

use crate::crash::crash_point;
use crate::database::Tx;
use crate::delivery::Mode;
use crate::master::{self, ImportDiff};
use crate::record_body::Recorded;
use crate::record_diff::{Comparison, compare};
use crate::value::{Row, Value, values};
use crate::{Warehouse, WarehouseError, sql};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Units of the organisation.
    OrgUnit,
    /// Who holds a post.
    Seat,
    /// Products of product groups.
    ProductGroup,
    /// Who is credited for a customer.
    Attribution,
    /// What happens to sales nobody is attributed to.
    UnattributedRule,
    /// Assessed prices.
    Price,
    /// Targets.
    Target,
    /// Tiers of distributors.
    Tier,
    /// Where distributors may sell.
    Area,
    /// Shipments: they pile up.
    Shipment,
    /// Payments: they pile up.
    Payment,
    /// Rebate policies.
    Policy,
    /// Customers as they were when a month was closed.
    Customer,
    /// Products as they were when a month was closed.
    Product,
    /// Distributors as they were when a month was closed.
    Distributor,
}

impl RecordKind {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordKind::OrgUnit => "org_unit",
            RecordKind::Seat => "seat",
            RecordKind::ProductGroup => "product_group",
            RecordKind::Attribution => "attribution",
            RecordKind::UnattributedRule => "unattributed_rule",
            RecordKind::Price => "price",
            RecordKind::Target => "target",
            RecordKind::Tier => "tier",
            RecordKind::Area => "area",
            RecordKind::Shipment => "shipment",
            RecordKind::Payment => "payment",
            RecordKind::Policy => "policy",
            RecordKind::Customer => "customer",
            RecordKind::Product => "product",
            RecordKind::Distributor => "distributor",
        }
    }

    /// Whether a file only adds to what is there. Any other file is the whole set: what it lacks
    /// ends.
    pub fn piles_up(self) -> bool {
        matches!(self, RecordKind::Shipment | RecordKind::Payment)
    }
}

/// A record to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// What makes it the same record in the next file.
    pub key: String,
    /// Day of a shipment or payment.
    pub day: Option<Day>,
    /// Whose it is; empty: nobody's in particular.
    pub distributor_id: String,
    /// The word as a JSON object.
    pub body: serde_json::Value,
}

impl NewRecord {
    /// The record of a word.
    pub fn of<T: Recorded>(it: &T) -> Self {
        NewRecord {
            key: it.key(),
            day: it.day(),
            distributor_id: it.distributor_id().unwrap_or_default().to_owned(),
            // Null, which no import takes, for what is not JSON; the words of the model all are.
            body: serde_json::to_value(it).unwrap_or_default(),
        }
    }
}

/// Where an import comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportMeta<'a> {
    /// File name.
    pub file_name: &'a str,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: &'a str,
    /// Who imports it.
    pub by: &'a str,
    /// When, ISO date and time.
    pub at: &'a str,
}

/// What an import of records did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordImport {
    /// The differences by key. `absent` are records that end with this import; nothing is absent
    /// from a file that only adds.
    pub diff: ImportDiff,
    /// Rows of the file, one per key.
    pub rows: u64,
    /// The version it made; `None` when nothing changed.
    pub version: Option<i64>,
}

impl RecordImport {
    /// Records that changed, whatever the number of their fields.
    pub fn changed(&self) -> u64 {
        let mut ids: Vec<&str> = self.diff.changed.iter().map(|it| it.id.as_str()).collect();
        ids.dedup();
        ids.len() as u64
    }
}

/// One import that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsVersion {
    /// Its number, in the order the imports were stored.
    pub version: i64,
    /// What was imported: the word of a [`RecordKind`].
    pub kind: String,
    /// File name; empty for master data copied when a month was closed.
    pub file_name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Rows of the file.
    pub rows: u64,
    /// New records.
    pub added: u64,
    /// Records that changed.
    pub changed: u64,
    /// Records that ended.
    pub removed: u64,
    /// Who imported it.
    pub imported_by: String,
    /// When.
    pub imported_at: String,
}

impl Warehouse {
    /// Imports all records of a kind, or adds to those that pile up; of two rows with one key the
    /// last counts. A policy version with another text than before is refused whole
    /// ([`WarehouseError::PolicyChanged`]).
    pub async fn import_records(
        &self,
        kind: RecordKind,
        rows: Vec<NewRecord>,
        meta: &ImportMeta<'_>,
        mode: Mode,
    ) -> Result<RecordImport, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_RECORDS, Vec::new()).await?;
        let done = import(&mut tx, kind, rows, meta).await?;
        tx.finish(mode).await?;
        Ok(done)
    }

    /// Every version, oldest first.
    pub async fn versions(&self) -> Result<Vec<SettingsVersion>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(&sql::SELECT_VERSIONS, Vec::new(), |row| {
            Ok(SettingsVersion {
                version: row.int()?,
                kind: row.text()?,
                file_name: row.text()?,
                sha256: row.text()?,
                rows: row.small()?,
                added: row.small()?,
                changed: row.small()?,
                removed: row.small()?,
                imported_by: row.text()?,
                imported_at: row.text()?,
            })
        })
        .await
    }
}

/// Copies the master data and returns the version that holds then. Whoever asks closes a month in
/// the same transaction. Aliases need no copy: stored lines point at the alias that answered for
/// them, an alias is never edited, and lines booked in a closed month do not move.
pub(crate) async fn freeze(tx: &mut Tx, who: &str, at: &str) -> Result<i64, WarehouseError> {
    tx.execute(&sql::LOCK_RECORDS, Vec::new()).await?;
    let meta = ImportMeta {
        file_name: "",
        sha256: "",
        by: who,
        at,
    };
    let customers = master::select_customers(tx).await?;
    import(tx, RecordKind::Customer, records(&customers), &meta).await?;
    let products = master::select_products(tx).await?;
    import(tx, RecordKind::Product, records(&products), &meta).await?;
    let distributors = master::select_distributors(tx).await?;
    import(tx, RecordKind::Distributor, records(&distributors), &meta).await?;
    tx.integer(&sql::SETTINGS_VERSION, Vec::new()).await
}

fn records<T: Recorded>(words: &[T]) -> Vec<NewRecord> {
    words.iter().map(NewRecord::of).collect()
}

/// Whoever asks holds the lock.
async fn import(
    tx: &mut Tx,
    kind: RecordKind,
    rows: Vec<NewRecord>,
    meta: &ImportMeta<'_>,
) -> Result<RecordImport, WarehouseError> {
    if let Some(row) = rows.iter().find(|row| !row.body.is_object()) {
        return Err(WarehouseError::Misuse {
            what: format!("the record `{}` is no JSON object", row.key),
        });
    }
    if kind == RecordKind::Policy {
        refuse_changed_policies(tx, &rows).await?;
    }
    let current = current(tx, kind, &rows).await?;
    let Comparison {
        diff,
        rows,
        opened,
        ended,
    } = compare(&current, rows, !kind.piles_up())?;
    if opened.is_empty() && ended.is_empty() {
        return Ok(RecordImport {
            diff,
            rows,
            version: None,
        });
    }
    let version = tx.integer(&sql::SETTINGS_VERSION, Vec::new()).await? + 1;
    let (added, removed) = (diff.added.len() as u64, diff.absent.len() as u64);
    let changed = opened.len() as u64 - added;
    tx.execute(
        &sql::INSERT_VERSION,
        values![
            version,
            kind.as_str(),
            meta.file_name,
            meta.sha256,
            rows,
            added,
            changed,
            removed,
            meta.by,
            meta.at,
        ],
    )
    .await?;
    if !ended.is_empty() {
        let keys = serde_json::Value::from(ended).to_string();
        tx.execute(&sql::CLOSE_RECORDS, values![kind.as_str(), keys, version])
            .await?;
    }
    crash_point("records_ended");
    let word = kind.as_str();
    let opened: Vec<Vec<Value>> = opened
        .into_iter()
        .map(|(record, body)| {
            values![
                word,
                record.key,
                record.day,
                record.distributor_id,
                body,
                version
            ]
        })
        .collect();
    tx.insert_many(&sql::INSERT_RECORD, opened).await?;
    crash_point("records_opened");
    Ok(RecordImport {
        diff,
        rows,
        version: Some(version),
    })
}

/// Bodies that hold now, by key: all of a whole set; of what piles up only those the file names.
async fn current(
    tx: &mut Tx,
    kind: RecordKind,
    rows: &[NewRecord],
) -> Result<HashMap<String, String>, WarehouseError> {
    let read = |row: &mut Row| Ok((row.text()?, row.text()?));
    let found = if kind.piles_up() {
        let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
        let keys = serde_json::Value::from(keys).to_string();
        tx.all(
            &sql::SELECT_RECORDS_BY_KEY,
            values![kind.as_str(), keys],
            read,
        )
        .await?
    } else {
        tx.all(&sql::SELECT_RECORDS, values![kind.as_str()], read)
            .await?
    };
    Ok(found.into_iter().collect())
}

/// A statement names the policy version it was made with, so that version says the same for ever,
/// also after its file was away for a time.
async fn refuse_changed_policies(tx: &mut Tx, rows: &[NewRecord]) -> Result<(), WarehouseError> {
    let ever: HashMap<String, serde_json::Value> = tx
        .all(
            &sql::SELECT_RECORDS_EVER,
            values![RecordKind::Policy.as_str()],
            |row| Ok((row.text()?, row.json()?)),
        )
        .await?
        .into_iter()
        .collect();
    for row in rows {
        let text = |body: &serde_json::Value| body.get("toml").cloned();
        if ever
            .get(&row.key)
            .is_some_and(|known| text(known) != text(&row.body))
        {
            return Err(WarehouseError::PolicyChanged {
                policy: row.key.clone(),
            });
        }
    }
    Ok(())
}
