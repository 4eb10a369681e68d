//! Alias memory: what reported names and codes stand for, who decided it and when.
//!
//! An alias is never edited: setting another answer for the same name takes the old row back and
//! adds a new one. Not here: resolving the lines that pointed at it (`decision`).

use std::collections::HashMap;

use channelflow_model::Day;
use channelflow_model::master::{Alias, AliasKind};
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::sql::Statement;
use crate::value::{Row, Value, json_list, values};
use crate::{Warehouse, WarehouseError, sql};

/// What setting aliases did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasOutcome {
    /// Aliases for names nobody had decided; with their new numbers.
    pub added: Vec<Alias>,
    /// Aliases that answer a name differently now: the old row, then the new one.
    pub replaced: Vec<(Alias, Alias)>,
    /// Number of aliases that were there already.
    pub unchanged: u64,
}

/// Which aliases to list; empty: all in force.
#[derive(Debug, Clone, Default)]
pub struct AliasFilter {
    /// Customer or product.
    pub kind: Option<AliasKind>,
    /// Valid for this distributor (its own and those for all).
    pub distributor_id: Option<String>,
    /// Pointing at this master entity.
    pub target_id: Option<String>,
}

impl Warehouse {
    /// Sets aliases. An alias with the same scope (kind, distributor, name, code, spec, maker,
    /// unit, validity) and the same answer is left alone; with another answer it is replaced.
    /// Stored lines are left as they are: [`Warehouse::deciding`] sets aliases and resolves anew in
    /// one transaction.
    pub async fn set_aliases(
        &self,
        aliases: &[Alias],
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<AliasOutcome, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_ALIASES, Vec::new()).await?;
        let outcome = set(&mut tx, aliases, who, at).await?;
        tx.finish(mode).await?;
        Ok(outcome)
    }

    /// Takes an alias back; returns it.
    pub async fn take_back_alias(
        &self,
        alias_id: i64,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<Alias, WarehouseError> {
        let mut tx = self.write().await?;
        let alias = take_back(&mut tx, alias_id, who, at).await?;
        tx.finish(mode).await?;
        Ok(alias)
    }

    /// Aliases in force, by kind, distributor, name, code.
    pub async fn aliases(&self, filter: &AliasFilter) -> Result<Vec<Alias>, WarehouseError> {
        let mut tx = self.read().await?;
        select(&mut tx, filter).await
    }
}

/// Sets aliases. Whoever asks holds the lock on the table.
pub(crate) async fn set(
    tx: &mut Tx,
    aliases: &[Alias],
    who: &str,
    at: &str,
) -> Result<AliasOutcome, WarehouseError> {
    let known = select(tx, &AliasFilter::default()).await?;
    let mut in_force: HashMap<Scope, Alias> = known
        .into_iter()
        .map(|alias| (scope_of(&alias), alias))
        .collect();
    let mut next_id = tx.integer(&sql::NEXT_ALIAS_ID, Vec::new()).await?;
    let mut outcome = AliasOutcome::default();
    // Inserted together; an alias that a later row of the same file replaces must be there first.
    let mut pending: Vec<Vec<Value>> = Vec::new();
    let mut first_pending = next_id;
    for wanted in aliases {
        let mut alias = wanted.clone();
        if alias.decided_by.is_empty() {
            who.clone_into(&mut alias.decided_by);
        }
        if alias.decided_at.is_empty() {
            at.clone_into(&mut alias.decided_at);
        }
        let scope = scope_of(&alias);
        let old = in_force.remove(&scope);
        if let Some(old) = old.as_ref().filter(|old| same_answer(old, &alias)) {
            outcome.unchanged += 1;
            in_force.insert(scope, old.clone());
            continue;
        }
        if let Some(old) = &old {
            if old.alias_id >= first_pending {
                tx.insert_many(&sql::INSERT_ALIAS, std::mem::take(&mut pending))
                    .await?;
                first_pending = next_id;
            }
            tx.execute(&sql::TAKE_BACK_ALIAS, values![old.alias_id, who, at])
                .await?;
        }
        alias.alias_id = next_id;
        next_id += 1;
        pending.push(values_of(&alias));
        in_force.insert(scope, alias.clone());
        match old {
            Some(old) => outcome.replaced.push((old, alias)),
            None => outcome.added.push(alias),
        }
    }
    tx.insert_many(&sql::INSERT_ALIAS, pending).await?;
    Ok(outcome)
}

/// Takes an alias back; returns it.
pub(crate) async fn take_back(
    tx: &mut Tx,
    alias_id: i64,
    who: &str,
    at: &str,
) -> Result<Alias, WarehouseError> {
    let known = select(tx, &AliasFilter::default()).await?;
    let alias = known
        .into_iter()
        .find(|alias| alias.alias_id == alias_id)
        .ok_or_else(|| WarehouseError::NotFound {
            what: "alias in force",
            id: alias_id.to_string(),
        })?;
    tx.execute(&sql::TAKE_BACK_ALIAS, values![alias_id, who, at])
        .await?;
    Ok(alias)
}

/// What an alias is an answer for.
type Scope = (AliasKind, [String; 6], Option<Day>, Option<Day>);

fn scope_of(alias: &Alias) -> Scope {
    let texts = [
        &alias.distributor_id,
        &alias.name,
        &alias.code,
        &alias.spec,
        &alias.maker,
        &alias.unit,
    ]
    .map(Clone::clone);
    (alias.kind, texts, alias.valid_from, alias.valid_to)
}

fn same_answer(a: &Alias, b: &Alias) -> bool {
    a.target_id == b.target_id
        && a.ignore == b.ignore
        && a.factor_numerator == b.factor_numerator
        && a.factor_denominator == b.factor_denominator
}

fn values_of(alias: &Alias) -> Vec<Value> {
    values![
        alias.alias_id,
        alias.kind.as_str(),
        &alias.distributor_id,
        &alias.name,
        &alias.code,
        &alias.spec,
        &alias.maker,
        &alias.unit,
        &alias.target_id,
        alias.ignore,
        alias.factor_numerator,
        alias.factor_denominator,
        alias.valid_from,
        alias.valid_to,
        &alias.origin,
        &alias.decided_by,
        &alias.decided_at,
    ]
}

/// Aliases in force, by kind, distributor, name, code.
pub(crate) async fn select(
    tx: &mut Tx,
    filter: &AliasFilter,
) -> Result<Vec<Alias>, WarehouseError> {
    let values = values![
        filter.kind.map(AliasKind::as_str),
        filter.distributor_id.as_deref(),
        filter.target_id.as_deref(),
    ];
    let mut aliases = read(tx, &sql::SELECT_ALIASES, values).await?;
    aliases.sort_unstable_by(|a, b| {
        let by_kind = a.kind.as_str().cmp(b.kind.as_str());
        by_kind
            .then_with(|| a.distributor_id.cmp(&b.distributor_id))
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.code.cmp(&b.code))
            .then(a.alias_id.cmp(&b.alias_id))
    });
    Ok(aliases)
}

/// Aliases by number, also those that were taken back.
pub(crate) async fn select_by_id(
    tx: &mut Tx,
    ids: impl Iterator<Item = i64>,
) -> Result<Vec<Alias>, WarehouseError> {
    let values = values![json_list(ids)];
    let mut aliases = read(tx, &sql::SELECT_ALIASES_BY_ID, values).await?;
    aliases.sort_unstable_by_key(|alias| alias.alias_id);
    Ok(aliases)
}

async fn read(
    tx: &mut Tx,
    statement: &'static Statement,
    values: Vec<Value>,
) -> Result<Vec<Alias>, WarehouseError> {
    let kinds = [AliasKind::Customer, AliasKind::Product];
    let kind = |word: &str| kinds.into_iter().find(|kind| kind.as_str() == word);
    let read = |row: &mut Row| {
        Ok(Alias {
            alias_id: row.int()?,
            kind: row.word("kind of an alias", kind)?,
            distributor_id: row.text()?,
            name: row.text()?,
            code: row.text()?,
            spec: row.text()?,
            maker: row.text()?,
            unit: row.text()?,
            target_id: row.text()?,
            ignore: row.flag()?,
            factor_numerator: row.int()?,
            factor_denominator: row.int()?,
            valid_from: row.opt_day()?,
            valid_to: row.opt_day()?,
            origin: row.text()?,
            decided_by: row.text()?,
            decided_at: row.text()?,
        })
    };
    tx.all_packed((statement, 17), values, read).await
}
