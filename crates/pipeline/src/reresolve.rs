//! Stored lines resolved anew after aliases or master data changed: no file is read again.

use std::collections::BTreeSet;

use channelflow_model::master::MasterData;
use channelflow_resolve::Resolver;
use channelflow_warehouse::{Cause, DecisionOutcome, Mode, Reresolved, StoredTable, Warehouse};

/// Which stored lines may resolve differently now.
#[derive(Debug, Clone, Copy)]
pub enum Affected<'a> {
    /// Held and ignored lines: after master entities were added.
    Held,
    /// Every line of these distributors: after aliases of theirs changed. An alias outranks other
    /// keys, so a line accepted by its name may now mean something else.
    AllOf(&'a BTreeSet<String>),
    /// Every line: after an alias for all distributors or a master entity changed.
    All,
}

/// Resolves the affected lines with this master data and stores what came out differently, one
/// distributor at a time. The master data is an argument so that a preview can use what is not
/// stored yet. What a kill leaves undone the next run does, because it begins with the held lines.
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
    let mut sum = DecisionOutcome::default();
    for distributor_id in warehouse.loaders().await? {
        let stored = match affected {
            Affected::Held => warehouse.held_tables(Some(&distributor_id)).await?,
            Affected::AllOf(distributors) if !distributors.contains(&distributor_id) => continue,
            Affected::AllOf(_) | Affected::All => warehouse.current_tables(&distributor_id).await?,
        };
        let tables = resolve_stored(stored, &resolver, master)?;
        if tables.is_empty() {
            continue;
        }
        let outcome = warehouse
            .apply_resolutions(cause, &tables, run_id, at, mode)
            .await?;
        sum.load_id = outcome.load_id.or(sum.load_id);
        sum.accepted += outcome.accepted;
        sum.held += outcome.held;
        sum.ignored += outcome.ignored;
        sum.changed += outcome.changed;
        sum.unchanged += outcome.unchanged;
        sum.gone += outcome.gone;
        sum.reversals += outcome.reversals;
        sum.late_lines += outcome.late_lines;
    }
    Ok(sum)
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
