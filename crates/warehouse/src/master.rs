//! The company's customers, products and distributors: importing them whole, reading them back.
//!
//! An import adds and differences; what is missing in the file stays and is reported, because lines
//! may point at it. Not here: aliases (`alias`) and resolving lines anew (`decision`).

use std::collections::BTreeMap;

use channelflow_model::FlowKind;
use channelflow_model::master::{Customer, Distributor, MasterData, Product};
use serde::{Deserialize, Serialize};

use crate::alias::{self, AliasFilter};
use crate::database::Tx;
use crate::delivery::Mode;
use crate::sql::Statement;
use crate::value::{Row, Value, values};
use crate::{Warehouse, WarehouseError, sql};

/// One field of one master entity that an import changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The entity.
    pub id: String,
    /// Name of the field.
    pub field: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportDiff {
    /// Ids that are new.
    pub added: Vec<String>,
    /// Fields that changed.
    pub changed: Vec<FieldChange>,
    /// Number of entities that are the same.
    pub unchanged: u64,
    /// Ids the warehouse has and the file does not: kept.
    pub absent: Vec<String>,
}

impl Warehouse {
    /// All master data and the aliases in force.
    pub async fn master(&self) -> Result<MasterData, WarehouseError> {
        select(&mut self.read().await?).await
    }

    /// A number that is another one whenever customers, products or distributors are: as they are
    /// now, or as a settings version has them (-1 for copies, which never change).
    pub async fn master_version(&self, as_of: Option<i64>) -> Result<i64, WarehouseError> {
        let mut tx = self.read().await?;
        tx.integer(&sql::MASTER_VERSION, values![as_of]).await
    }

    /// Adds and differences customers.
    pub async fn import_customers(
        &self,
        customers: &[Customer],
        mode: Mode,
    ) -> Result<ImportDiff, WarehouseError> {
        let mut tx = self.write().await?;
        let known = select_customers(&mut tx).await?;
        let (diff, changed) = compare(&known, customers, |customer| &customer.id, customer_fields);
        let rows = changed.into_iter().map(|it| {
            values![
                &it.id,
                &it.name,
                &it.role,
                &it.level,
                &it.province,
                &it.city,
                &it.county,
                &it.address,
                &it.tax_id,
                &it.code,
                it.active,
            ]
        });
        store(&mut tx, &sql::UPSERT_CUSTOMER, rows.collect()).await?;
        tx.finish(mode).await?;
        Ok(diff)
    }

    /// Adds and differences products.
    pub async fn import_products(
        &self,
        products: &[Product],
        mode: Mode,
    ) -> Result<ImportDiff, WarehouseError> {
        let mut tx = self.write().await?;
        let known = select_products(&mut tx).await?;
        let (diff, changed) = compare(&known, products, |product| &product.id, product_fields);
        let rows = changed.into_iter().map(|it| {
            values![
                &it.id,
                &it.name,
                &it.trade_name,
                &it.spec,
                &it.form,
                &it.maker,
                &it.approval_no,
                &it.barcode,
                &it.code,
                &it.base_unit,
                it.case_size,
                it.units_per_base,
                &it.small_unit,
                it.price,
                it.active,
            ]
        });
        store(&mut tx, &sql::UPSERT_PRODUCT, rows.collect()).await?;
        tx.finish(mode).await?;
        Ok(diff)
    }

    /// Adds and differences distributors.
    pub async fn import_distributors(
        &self,
        distributors: &[Distributor],
        mode: Mode,
    ) -> Result<ImportDiff, WarehouseError> {
        let mut tx = self.write().await?;
        let known = select_distributors(&mut tx).await?;
        let (diff, changed) = compare(
            &known,
            distributors,
            |distributor| &distributor.id,
            distributor_fields,
        );
        let rows = changed.into_iter().map(|it| {
            values![
                &it.id,
                &it.name,
                &it.aliases,
                &it.tier,
                &it.province,
                &it.city,
                kinds_json(&it.expects),
                it.active,
            ]
        });
        store(&mut tx, &sql::UPSERT_DISTRIBUTOR, rows.collect()).await?;
        tx.finish(mode).await?;
        Ok(diff)
    }
}

/// Stores what an import changed; whoever computed something from the master data can tell.
async fn store(
    tx: &mut Tx,
    upsert: &'static Statement,
    rows: Vec<Vec<Value>>,
) -> Result<(), WarehouseError> {
    if !rows.is_empty() {
        tx.execute(&sql::TICK_MASTER, Vec::new()).await?;
    }
    tx.insert_many(upsert, rows).await
}

/// All master data and the aliases in force.
pub(crate) async fn select(tx: &mut Tx) -> Result<MasterData, WarehouseError> {
    Ok(MasterData {
        customers: select_customers(tx).await?,
        products: select_products(tx).await?,
        distributors: select_distributors(tx).await?,
        aliases: alias::select(tx, &AliasFilter::default()).await?,
    })
}

/// Customers by id.
pub(crate) async fn select_customers(tx: &mut Tx) -> Result<Vec<Customer>, WarehouseError> {
    let all = tx.all_packed((&sql::SELECT_CUSTOMERS, 11), Vec::new(), read_customer);
    let mut customers = all.await?;
    customers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(customers)
}

/// Customers by id, with nothing but what policies ask about: role, province and city.
pub(crate) async fn select_buyers(tx: &mut Tx) -> Result<Vec<Customer>, WarehouseError> {
    let read = |row: &mut Row| {
        Ok(Customer {
            id: row.text()?,
            role: row.text()?,
            province: row.text()?,
            city: row.text()?,
            ..Customer::default()
        })
    };
    let all = tx.all_packed((&sql::SELECT_BUYERS, 4), Vec::new(), read);
    let mut customers = all.await?;
    customers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Ok(customers)
}

/// Products by id.
pub(crate) async fn select_products(tx: &mut Tx) -> Result<Vec<Product>, WarehouseError> {
    tx.all(&sql::SELECT_PRODUCTS, Vec::new(), read_product)
        .await
}

/// Distributors by id.
pub(crate) async fn select_distributors(tx: &mut Tx) -> Result<Vec<Distributor>, WarehouseError> {
    tx.all(&sql::SELECT_DISTRIBUTORS, Vec::new(), read_distributor)
        .await
}

/// Compares by id. Returns the difference and the entities to store, one per id (the last wins).
fn compare<'n, T>(
    known: &[T],
    new: &'n [T],
    id: fn(&T) -> &String,
    fields: fn(&T) -> Vec<(&'static str, String)>,
) -> (ImportDiff, Vec<&'n T>) {
    let stored: BTreeMap<&String, &T> = known.iter().map(|entity| (id(entity), entity)).collect();
    let wanted: BTreeMap<&String, &'n T> = new.iter().map(|entity| (id(entity), entity)).collect();
    let mut diff = ImportDiff::default();
    let mut changed = Vec::new();
    for (key, entity) in &wanted {
        let Some(old) = stored.get(key) else {
            diff.added.push((*key).clone());
            changed.push(*entity);
            continue;
        };
        let differences: Vec<FieldChange> = fields(old)
            .into_iter()
            .zip(fields(entity))
            .filter(|((_, old), (_, new))| old != new)
            .map(|((field, old), (_, new))| FieldChange {
                id: (*key).clone(),
                field: field.to_owned(),
                old,
                new,
            })
            .collect();
        if differences.is_empty() {
            diff.unchanged += 1;
        } else {
            diff.changed.extend(differences);
            changed.push(*entity);
        }
    }
    diff.absent = stored
        .keys()
        .filter(|key| !wanted.contains_key(**key))
        .map(|key| (*key).clone())
        .collect();
    (diff, changed)
}

fn customer_fields(it: &Customer) -> Vec<(&'static str, String)> {
    vec![
        ("name", it.name.clone()),
        ("role", it.role.clone()),
        ("level", it.level.clone()),
        ("province", it.province.clone()),
        ("city", it.city.clone()),
        ("county", it.county.clone()),
        ("address", it.address.clone()),
        ("tax_id", it.tax_id.clone()),
        ("code", it.code.clone()),
        ("active", it.active.to_string()),
    ]
}

fn product_fields(it: &Product) -> Vec<(&'static str, String)> {
    vec![
        ("name", it.name.clone()),
        ("trade_name", it.trade_name.clone()),
        ("spec", it.spec.clone()),
        ("form", it.form.clone()),
        ("maker", it.maker.clone()),
        ("approval_no", it.approval_no.clone()),
        ("barcode", it.barcode.clone()),
        ("code", it.code.clone()),
        ("base_unit", it.base_unit.clone()),
        ("case_size", it.case_size.to_string()),
        ("units_per_base", it.units_per_base.to_string()),
        ("small_unit", it.small_unit.clone()),
        (
            "price",
            it.price.map_or_else(String::new, |price| price.to_string()),
        ),
        ("active", it.active.to_string()),
    ]
}

fn distributor_fields(it: &Distributor) -> Vec<(&'static str, String)> {
    vec![
        ("name", it.name.clone()),
        ("aliases", it.aliases.clone()),
        ("tier", it.tier.clone()),
        ("province", it.province.clone()),
        ("city", it.city.clone()),
        ("expects", kinds_json(&it.expects)),
        ("active", it.active.to_string()),
    ]
}

fn kinds_json(kinds: &[FlowKind]) -> String {
    let words: Vec<String> = kinds.iter().map(|kind| format!("\"{kind}\"")).collect();
    format!("[{}]", words.join(","))
}

fn read_customer(row: &mut Row) -> Result<Customer, WarehouseError> {
    Ok(Customer {
        id: row.text()?,
        name: row.text()?,
        role: row.text()?,
        level: row.text()?,
        province: row.text()?,
        city: row.text()?,
        county: row.text()?,
        address: row.text()?,
        tax_id: row.text()?,
        code: row.text()?,
        active: row.flag()?,
    })
}

fn read_product(row: &mut Row) -> Result<Product, WarehouseError> {
    Ok(Product {
        id: row.text()?,
        name: row.text()?,
        trade_name: row.text()?,
        spec: row.text()?,
        form: row.text()?,
        maker: row.text()?,
        approval_no: row.text()?,
        barcode: row.text()?,
        code: row.text()?,
        base_unit: row.text()?,
        case_size: row.int()?,
        units_per_base: row.int()?,
        small_unit: row.text()?,
        price: row.opt_micros()?,
        active: row.flag()?,
    })
}

fn read_distributor(row: &mut Row) -> Result<Distributor, WarehouseError> {
    Ok(Distributor {
        id: row.text()?,
        name: row.text()?,
        aliases: row.text()?,
        tier: row.text()?,
        province: row.text()?,
        city: row.text()?,
        expects: row.json()?,
        active: row.flag()?,
    })
}
