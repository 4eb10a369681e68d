//! Stored lines resolved anew after aliases or master data changed: no file is read again.

use channelflow_model::master::MasterData;
use channelflow_resolve::Resolver;
use channelflow_warehouse::{Cause, DecisionOutcome, Mode, Reresolved, StoredTable, Warehouse};

/// Which stored lines may resolve differently now.
#[derive(Debug, Clone, Copy)]
pub enum Affected<'a> {
    /// Held and ignored lines: after something was added.
    Held,
    /// Held and ignored lines, and those these aliases decided: after aliases were replaced or
    /// taken back.
    HeldAndAliases(&'a [i64]),
}

/// Resolves the affected lines with this master data and stores what came out differently, in one
/// load. The master data is an argument so that a preview can use what is not stored yet.
pub async fn reresolve(
    warehouse: &Warehouse,
    master: &MasterData,
    affected: Affected<'_>,
    cause: Cause,
    run_id: Option<i64>,
    at: &str,
    mode: Mode,
) -> anyhow::Result<DecisionOutcome> {
    let (resolver, _) = Resolver::new(master);
    let mut stored = warehouse.held_tables(None).await?;
    if let Affected::HeldAndAliases(aliases) = affected
        && !aliases.is_empty()
    {
        stored.extend(warehouse.alias_lines(aliases).await?);
    }
    let tables = resolve_stored(stored, &resolver, master)?;
    if tables.is_empty() {
        return Ok(DecisionOutcome::default());
    }
    Ok(warehouse
        .apply_resolutions(cause, &tables, run_id, at, mode)
        .await?)
}

/// The same resolve and check a delivery goes through.
pub fn resolve_stored(
    stored: Vec<StoredTable>,
    resolver: &Resolver,
    master: &MasterData,
) -> anyhow::Result<Vec<Reresolved>> {
    stored
        .into_iter()
        .map(
            |StoredTable {
                 distributor_id,
                 line_ids,
                 flow,
             }| {
                let mut table = resolver.resolve(&distributor_id, flow);
                channelflow_check::check(&mut table, master)?;
                Ok(Reresolved {
                    distributor_id,
                    line_ids,
                    table,
                })
            },
        )
        .collect()
}
