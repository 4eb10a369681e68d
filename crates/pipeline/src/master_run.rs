//! Importing master data files: one file by command, or the company's `master` folder at the
//! beginning of a run.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use channelflow_model::finding::Finding;
use channelflow_model::master::{Alias, MasterData};
use channelflow_warehouse::{AliasOutcome, ImportDiff, Mode, Warehouse};

use crate::company::Company;
use crate::master::{MasterKind, MasterRows, read_file};
use crate::report::{MasterReport, RunReport};
use crate::run::RunOptions;
use crate::settlement_run::import_settlement_folder;

/// What importing one file did.
pub enum Imported {
    /// Entities compared with the warehouse.
    Entities(ImportDiff),
    /// Aliases compared with the warehouse.
    Aliases(AliasOutcome),
    /// Nothing was imported; every problem of the file.
    Refused(Vec<Finding>),
}

/// Reads, validates and imports one file.
pub async fn import_file(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    path: &Path,
    kind: MasterKind,
    who: &str,
    at: &str,
    mode: Mode,
) -> anyhow::Result<(Imported, Option<MasterRows>)> {
    let rows = match read_rows(company, path, kind).await? {
        Ok(rows) => rows,
        Err(findings) => return Ok((Imported::Refused(findings), None)),
    };
    let imported = match &rows {
        MasterRows::Customers(customers) => {
            Imported::Entities(warehouse.import_customers(customers, mode).await?)
        }
        MasterRows::Products(products) => {
            Imported::Entities(warehouse.import_products(products, mode).await?)
        }
        MasterRows::Distributors(distributors) => {
            Imported::Entities(warehouse.import_distributors(distributors, mode).await?)
        }
        MasterRows::Aliases(aliases) => {
            Imported::Aliases(warehouse.set_aliases(aliases, who, at, mode).await?)
        }
    };
    Ok((imported, Some(rows)))
}

/// Reads and validates one file; the inner error lists every problem of it.
pub async fn read_rows(
    company: &Arc<Company>,
    path: &Path,
    kind: MasterKind,
) -> anyhow::Result<Result<MasterRows, Vec<Finding>>> {
    let (shared, owned) = (Arc::clone(company), path.to_owned());
    tokio::task::spawn_blocking(move || read_file(&shared.program, &owned, kind, &shared.limits))
        .await
        .context("reading master data was interrupted")?
        .with_context(|| format!("`{}` cannot be read", path.display()))
}

/// Imports what lies in the company's master folder, what settlement is computed from included, and
/// returns the master data as it stands
/// then. In a preview the rows are laid over what the warehouse has, so that files are resolved
/// as they would be.
pub async fn import_folder(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    report: &mut RunReport,
) -> anyhow::Result<MasterData> {
    let mut previewed = Vec::new();
    let folder = company.path(&company.config.master.path);
    for kind in MasterKind::ALL {
        let Some(path) = file_named(&folder, kind.as_str()) else {
            continue;
        };
        let (imported, rows) = import_file(
            company,
            warehouse,
            &path,
            kind,
            "run",
            &options.at,
            options.mode,
        )
        .await?;
        report.master.push(report_of(&path, kind, imported));
        previewed.extend(rows);
    }
    let mut master = warehouse.master().await?;
    if options.mode == Mode::DryRun {
        for rows in previewed {
            lay_over(&mut master, rows);
        }
    }
    import_settlement_folder(company, warehouse, options, &master, report).await?;
    Ok(master)
}

/// `customers.csv` or `customers.xlsx` in the folder.
pub(crate) fn file_named(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    ["csv", "xlsx", "xls"]
        .into_iter()
        .map(|extension| folder.join(name).with_extension(extension))
        .find(|path| path.is_file())
}

/// The report's line about one file.
pub fn report_of(path: &Path, kind: MasterKind, imported: Imported) -> MasterReport {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut line = MasterReport::new(&file, kind.as_str());
    match imported {
        Imported::Entities(diff) => {
            let mut changed: Vec<&str> = diff
                .changed
                .iter()
                .map(|change| change.id.as_str())
                .collect();
            changed.dedup();
            line.changed = changed.len() as u64;
            line.added = diff.added.len() as u64;
            line.unchanged = diff.unchanged;
            line.absent = diff.absent.len() as u64;
        }
        Imported::Aliases(outcome) => {
            line.added = outcome.added.len() as u64;
            line.changed = outcome.replaced.len() as u64;
            line.unchanged = outcome.unchanged;
        }
        Imported::Refused(findings) => line.findings = findings,
    }
    line
}

/// Master data as it would be after an import.
pub fn lay_over(master: &mut MasterData, rows: MasterRows) {
    fn merge<T>(old: &mut Vec<T>, new: Vec<T>, id: impl Fn(&T) -> &str) {
        for entry in new {
            match old.binary_search_by(|known| id(known).cmp(id(&entry))) {
                Ok(at) => {
                    if let Some(known) = old.get_mut(at) {
                        *known = entry;
                    }
                }
                Err(at) => old.insert(at, entry),
            }
        }
    }
    match rows {
        MasterRows::Customers(rows) => merge(&mut master.customers, rows, |row| &row.id),
        MasterRows::Products(rows) => merge(&mut master.products, rows, |row| &row.id),
        MasterRows::Distributors(rows) => merge(&mut master.distributors, rows, |row| &row.id),
        MasterRows::Aliases(rows) => {
            for alias in rows {
                lay_over_alias(master, alias);
            }
        }
    }
}

/// An alias replaces the one with the same scope.
fn lay_over_alias(master: &mut MasterData, alias: Alias) {
    fn scope(alias: &Alias) -> [&str; 6] {
        [
            &alias.distributor_id,
            &alias.name,
            &alias.code,
            &alias.spec,
            &alias.maker,
            &alias.unit,
        ]
    }
    master.aliases.retain(|known| {
        known.kind != alias.kind
            || scope(known) != scope(&alias)
            || (known.valid_from, known.valid_to) != (alias.valid_from, alias.valid_to)
    });
    master.aliases.push(alias);
}
