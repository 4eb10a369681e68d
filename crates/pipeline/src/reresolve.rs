//! Stored lines resolved anew after aliases or master data changed: no file is read again.

use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_resolve::{Asked, Resolver};
use channelflow_warehouse::{
    Cause, Deciding, DecisionOutcome, Mode, Reresolved, StoredTable, Warehouse,
};

/// Which stored lines may resolve differently now.
#[derive(Debug, Clone, Copy)]
pub enum Affected {
    /// Held and ignored lines: after master entities were added.
    Held,
    /// Every line: after an alias or a master entity changed.
    All,
}

/// Resolves the affected lines with this master data and stores what came out differently, one
/// distributor at a time. The master data is an argument so that a preview can use what is not
/// stored yet. What a kill leaves undone the next run does, because it begins with the held lines.
pub async fn reresolve(
    warehouse: &Warehouse,
    master: &MasterData,
    affected: Affected,
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
            Affected::All => warehouse.current_tables(&distributor_id).await?,
        };
        let tables = resolve_stored(stored, &resolver, master);
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

/// Resolves anew, inside a decision, every line that names what these aliases ask for. An alias
/// outranks other keys, so a line accepted by its name may now mean something else.
pub async fn reresolve_in(
    deciding: &mut Deciding,
    touched: &[Alias],
    at: &str,
) -> anyhow::Result<()> {
    if touched.is_empty() {
        return Ok(());
    }
    let master = deciding.master().await?;
    let (resolver, _) = Resolver::new(&master);
    for distributor_id in deciding.loaders().await? {
        let here = |alias: &&Alias| {
            alias.distributor_id.is_empty() || alias.distributor_id == distributor_id
        };
        let asked = Asked::by(touched.iter().filter(here));
        if asked.is_empty() {
            continue;
        }
        let named = deciding.named(&distributor_id).await?;
        let parties = named
            .parties
            .iter()
            .filter(|(_, party)| asked.fits(AliasKind::Customer, &party.name, &party.code));
        let products = named
            .products
            .iter()
            .filter(|(_, product)| asked.fits(AliasKind::Product, &product.name, &product.code));
        let parties: Vec<i64> = parties.map(|(reference, _)| *reference).collect();
        let products: Vec<i64> = products.map(|(reference, _)| *reference).collect();
        if parties.is_empty() && products.is_empty() {
            continue;
        }
        let stored = deciding
            .lines_of(&distributor_id, &parties, &products)
            .await?;
        deciding
            .apply(&resolve_stored(stored, &resolver, &master), at)
            .await?;
    }
    Ok(())
}

/// The same resolve and check a delivery goes through.
pub fn resolve_stored(
    stored: Vec<StoredTable>,
    resolver: &Resolver,
    master: &MasterData,
) -> Vec<Reresolved> {
    stored
        .into_iter()
        .map(
            |StoredTable {
                 distributor_id,
                 line_ids,
                 flow,
             }| {
                let mut table = resolver.resolve(&distributor_id, flow);
                channelflow_check::check(&mut table, master);
                Reresolved {
                    distributor_id,
                    line_ids,
                    table,
                }
            },
        )
        .collect()
}
