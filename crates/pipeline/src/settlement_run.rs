//! Importing the files settlement is computed from: one by command, or those of the company's
//! `master` folder and its policies at the beginning of a run.
//!
//! A file is refused whole for any problem. The files of a run are validated together, as they will
//! be when all are stored, so that a post may move from one file to another in one night.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use channelflow_model::PeriodRule;
use channelflow_model::finding::{Finding, Severity};
use channelflow_model::master::MasterData;
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::SettlementSettings;
use channelflow_settle::reference::Reference;
use channelflow_settle::validate::validate;
use channelflow_warehouse::{
    ImportMeta, Mode, RecordImport, RecordKind, Warehouse, WarehouseError,
};

use crate::company::Company;
use crate::master::{in_file, read_table};
use crate::prepare::Job;
use crate::report::{MasterReport, RunReport};
use crate::run::RunOptions;
use crate::settlement_kind::SettlementKind;
use crate::settlement_policies::{self, Policies};
use crate::settlement_rows::{Known, SettlementRows, parse};

/// What importing one file did.
pub enum SettlementImport {
    /// Compared with what holds now; what should be known beside it.
    Stored(RecordImport, Vec<Finding>),
    /// Nothing was imported; every problem of the file.
    Refused(Vec<Finding>),
}

/// Who imports, when, and whether it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Importing<'a> {
    /// Who.
    pub who: &'a str,
    /// When, ISO date and time.
    pub at: &'a str,
    /// Whether it is kept.
    pub mode: Mode,
}

/// What settings mean together, beyond the cells they stand in: shares that sum to one, the tree
/// of the organisation, targets that add up. Applied to the settings as they would be after an
/// import, before anything is stored; an error refuses the import.
pub fn deep_problems(settings: &SettlementSettings, rule: PeriodRule) -> Vec<Finding> {
    let master = MasterData {
        customers: settings.customers.clone(),
        products: settings.products.clone(),
        distributors: settings.distributors.clone(),
        aliases: Vec::new(),
    };
    validate(&Reference::new(settings, &master), rule)
}

/// Reads, validates and imports one file. With several kinds its titles tell which it is.
pub async fn import_settlement(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    path: &Path,
    kinds: &[SettlementKind],
    importing: Importing<'_>,
) -> anyhow::Result<(SettlementKind, SettlementImport)> {
    let first = kinds.first().copied().unwrap_or(SettlementKind::Units);
    let file = match read(company, path).await? {
        Ok(file) => file,
        Err(problems) => return Ok((first, SettlementImport::Refused(problems))),
    };
    let kind = SettlementKind::told_by_titles(&file.table, kinds).unwrap_or(first);
    let mut settings = warehouse.settings(None).await?;
    let rows = match parse(&file.table, kind, &Known::of(&settings)) {
        Ok(rows) => rows,
        Err(problems) => {
            return Ok((kind, SettlementImport::Refused(in_file(problems, path))));
        }
    };
    let records = rows.records();
    rows.replace_in(&mut settings);
    let found = deep_problems(&settings, company.period_rule);
    if found.iter().any(is_error) {
        return Ok((kind, SettlementImport::Refused(found)));
    }
    let name = name_of(path);
    let meta = meta(&name, &file.sha256, importing);
    let stored = warehouse
        .import_records(kind.record_kind(), records, &meta, importing.mode)
        .await?;
    Ok((kind, SettlementImport::Stored(stored, found)))
}

/// Imports a file of shipments or payments that was collected.
pub async fn import_collected(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    job: &Job,
    kind: SettlementKind,
    importing: Importing<'_>,
) -> anyhow::Result<MasterReport> {
    let (_, imported) =
        import_settlement(company, warehouse, &job.path, &[kind], importing).await?;
    Ok(match imported {
        SettlementImport::Stored(stored, findings) => MasterReport {
            findings,
            ..line_of(&job.file, kind.as_str(), &stored)
        },
        SettlementImport::Refused(findings) => MasterReport {
            findings,
            ..MasterReport::new(&job.file, kind.as_str())
        },
    })
}

/// A file of a run that can be imported.
struct Valid {
    path: PathBuf,
    sha256: String,
    kind: SettlementKind,
    rows: SettlementRows,
}

/// Imports what lies in the company's folders. `master` is the master data as it stands then.
pub async fn import_settlement_folder(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    options: &RunOptions,
    master: &MasterData,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    let folder = company.path(&company.config.master.path);
    let files: Vec<(SettlementKind, PathBuf)> = SettlementKind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, crate::master_run::file_named(&folder, kind.as_str())?)))
        .collect();
    let policies = settlement_policies::read_folder(&company.dir, company.period_rule)?;
    if files.is_empty() && policies.is_none() {
        return Ok(());
    }
    let importing = Importing {
        who: "run",
        at: &options.at,
        mode: options.mode,
    };
    let mut settings = warehouse.settings(None).await?;
    if options.mode == Mode::DryRun {
        settings.customers.clone_from(&master.customers);
        settings.products.clone_from(&master.products);
        settings.distributors.clone_from(&master.distributors);
    }
    let mut valid = Vec::new();
    for (kind, path) in files {
        let parsed = match read(company, &path).await? {
            Ok(file) => parse(&file.table, kind, &Known::of(&settings))
                .map(|rows| (file.sha256, rows))
                .map_err(|problems| in_file(problems, &path)),
            Err(problems) => Err(problems),
        };
        match parsed {
            Ok((sha256, rows)) => {
                rows.clone().replace_in(&mut settings);
                valid.push(Valid {
                    path,
                    sha256,
                    kind,
                    rows,
                });
            }
            Err(problems) => report.master.push(refused(&path, kind.as_str(), problems)),
        }
    }
    let policies = match policies {
        Some(Ok(policies)) => {
            settings.policies.clone_from(&policies.texts);
            Some(policies)
        }
        Some(Err(problems)) => {
            report
                .master
                .push(refused(Path::new("policies"), "policies", problems));
            None
        }
        None => None,
    };
    let sound = hold_together(&settings, company.period_rule, report);
    if !sound {
        valid.retain(|file| file.kind.record_kind().piles_up());
    }
    for file in valid {
        let name = name_of(&file.path);
        let meta = meta(&name, &file.sha256, importing);
        let stored = warehouse
            .import_records(
                file.kind.record_kind(),
                file.rows.records(),
                &meta,
                importing.mode,
            )
            .await?;
        report
            .master
            .push(line_of(&name, file.kind.as_str(), &stored));
    }
    if let (true, Some(policies)) = (sound, policies) {
        import_policies(warehouse, &policies, importing, report).await?;
    }
    Ok(())
}

/// Whether the settings make sense together; what is wrong with them goes into the report.
fn hold_together(settings: &SettlementSettings, rule: PeriodRule, report: &mut RunReport) -> bool {
    let found = deep_problems(settings, rule);
    if found.iter().any(is_error) {
        report
            .master
            .push(refused(Path::new(""), "settlement", found));
        return false;
    }
    report.findings.extend(found);
    true
}

async fn import_policies(
    warehouse: &Warehouse,
    policies: &Policies,
    importing: Importing<'_>,
    report: &mut RunReport,
) -> anyhow::Result<()> {
    let name = "policies";
    let meta = meta(name, &policies.sha256, importing);
    let stored = warehouse
        .import_records(
            RecordKind::Policy,
            policies.records(),
            &meta,
            importing.mode,
        )
        .await;
    report.master.push(match stored {
        Ok(stored) => {
            // Said once; `policy check` says it at any time.
            if stored.version.is_some() {
                report.findings.extend(policies.findings.iter().cloned());
            }
            line_of(name, name, &stored)
        }
        Err(WarehouseError::PolicyChanged { policy }) => {
            let problem = settlement_policies::changed(&policies.texts, &policy);
            refused(Path::new(name), name, vec![problem])
        }
        Err(error) => return Err(error.into()),
    });
    Ok(())
}

/// A file that was read.
struct ReadFile {
    table: RawTable,
    sha256: String,
}

async fn read(
    company: &Arc<Company>,
    path: &Path,
) -> anyhow::Result<Result<ReadFile, Vec<Finding>>> {
    let (shared, owned) = (Arc::clone(company), path.to_owned());
    let reading = move || -> anyhow::Result<_> {
        let sha256 = channelflow_collect::fingerprint(&owned)?.sha256;
        let table = read_table(&shared.program, &owned, &shared.limits)?;
        Ok(table
            .map(|table| ReadFile { table, sha256 })
            .map_err(|problems| in_file(problems, &owned)))
    };
    tokio::task::spawn_blocking(reading)
        .await
        .context("reading master data was interrupted")?
        .with_context(|| format!("`{}` cannot be read", path.display()))
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn meta<'a>(file_name: &'a str, sha256: &'a str, importing: Importing<'a>) -> ImportMeta<'a> {
    ImportMeta {
        file_name,
        sha256,
        by: importing.who,
        at: importing.at,
    }
}

fn refused(path: &Path, kind: &str, findings: Vec<Finding>) -> MasterReport {
    MasterReport {
        findings,
        ..MasterReport::new(&name_of(path), kind)
    }
}

fn line_of(file: &str, kind: &str, stored: &RecordImport) -> MasterReport {
    MasterReport {
        added: stored.diff.added.len() as u64,
        changed: stored.changed(),
        unchanged: stored.diff.unchanged,
        removed: stored.diff.absent.len() as u64,
        ..MasterReport::new(file, kind)
    }
}
