//! Rebate policies as files: TOML, or a sheet of fields and values. Read one by one by command, or
//! all of the company's `policies` folder together at the beginning of a run.
//!
//! A file is refused whole for any problem of its text; policies are refused together when checking
//! them finds an error. What a policy means, and what is wrong with it, is `settle`'s.

use std::path::Path;

use anyhow::Context;
use channelflow_model::PeriodRule;
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::PolicyText;
use channelflow_settle::Policy;
use channelflow_settle::policy::{Problem, check, from_rows};
use channelflow_warehouse::{NewRecord, Recorded};
use sha2::{Digest, Sha256};

use crate::company::Company;
use crate::master::{in_file as in_file_at, read_table};

/// The policies of a company.
pub struct Policies {
    /// By id and version.
    pub texts: Vec<PolicyText>,
    /// SHA-256 of all files, one after the other.
    pub sha256: String,
    /// What checking them all together found, no errors among it.
    pub findings: Vec<Finding>,
}

impl Policies {
    /// The policies as the warehouse keeps them.
    pub fn records(&self) -> Vec<NewRecord> {
        self.texts.iter().map(NewRecord::of).collect()
    }
}

/// A policy that was read: as it is kept, and what it says.
#[derive(Debug, Clone)]
pub struct ReadPolicy {
    /// As it is kept; the text of a sheet is the TOML it stands for.
    pub text: PolicyText,
    /// What it says.
    pub policy: Policy,
}

/// Reads the text of a policy file; every problem with its line.
pub fn parse_policy(file: &str, text: &str) -> Result<ReadPolicy, Vec<Finding>> {
    match Policy::parse(file, text) {
        Ok(policy) => Ok(read(policy, file, text.to_owned())),
        Err(problems) => Err(findings(&problems)),
    }
}

/// Reads a policy from the rows of a sheet; every problem with its row.
pub fn parse_sheet(file: &str, table: &RawTable) -> Result<ReadPolicy, Vec<Finding>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (at, number) in table.row_numbers.iter().enumerate() {
        // Rows that were not kept still count, so that a problem names the row of the file.
        let number = usize::try_from(*number).unwrap_or(at + 1);
        rows.resize(number.max(rows.len() + 1), Vec::new());
        let cells = (0..table.columns.len()).map(|column| table.cell(at, column).1.to_owned());
        if let Some(row) = rows.last_mut() {
            row.extend(cells);
        }
    }
    match from_rows(file, &rows) {
        Ok(imported) => Ok(read(imported.policy, file, imported.toml)),
        Err(problems) => Err(findings(&problems)),
    }
}

/// Reads a policy file: TOML by its ending, anything else as a sheet, in the reading child. The
/// outer error is the machinery's.
pub fn read_policy(
    company: &Company,
    path: &Path,
) -> anyhow::Result<Result<ReadPolicy, Vec<Finding>>> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if path.extension().is_some_and(|ending| ending == "toml") {
        let bytes = std::fs::read(path).with_context(|| cannot_read(path))?;
        return Ok(parse_bytes(&file, &bytes));
    }
    let table = read_table(&company.program, path, &company.limits)
        .with_context(|| cannot_read(path))?
        .map_err(|problems| in_file_at(problems, path));
    Ok(table.and_then(|table| parse_sheet(&file, &table)))
}

/// Reads `policies/*.toml` of a folder; `None` without that folder. The inner error lists every
/// problem of every file, or every error that checking them together found.
pub fn read_folder(
    company: &Path,
    rule: PeriodRule,
) -> anyhow::Result<Option<Result<Policies, Vec<Finding>>>> {
    let folder = company.join("policies");
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| cannot_read(&folder))? {
        let path = entry.with_context(|| cannot_read(&folder))?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut policies: Vec<ReadPolicy> = Vec::new();
    let mut problems = Vec::new();
    let mut digest = Sha256::new();
    for path in paths {
        let bytes = std::fs::read(&path).with_context(|| cannot_read(&path))?;
        digest.update(&bytes);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        match parse_bytes(&file, &bytes) {
            Ok(read) => {
                let key = read.text.key();
                match policies.iter().find(|known| known.text.key() == key) {
                    Some(other) => problems.push(twice(&read.text, &other.text)),
                    None => policies.push(read),
                }
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Ok(Some(Err(problems)));
    }
    let (texts, policies): (Vec<PolicyText>, Vec<Policy>) = policies
        .into_iter()
        .map(|read| (read.text, read.policy))
        .unzip();
    let findings = check(&policies, rule);
    if findings.iter().any(is_error) {
        return Ok(Some(Err(findings.into_iter().filter(is_error).collect())));
    }
    let mut sha256 = String::with_capacity(64);
    for byte in digest.finalize() {
        sha256.push_str(&format!("{byte:02x}"));
    }
    Ok(Some(Ok(Policies {
        texts: channelflow_warehouse::in_key_order(texts),
        sha256,
        findings,
    })))
}

/// The problem of a policy version that was imported before with another text.
pub fn changed(policies: &[PolicyText], key: &str) -> Finding {
    let policy = policies.iter().find(|policy| policy.key() == key);
    let place = policy.map(|policy| in_file(&policy.file));
    Finding::new(
        "settings_policy_changed",
        Severity::Error,
        place.unwrap_or_default(),
    )
    .fact("policy", key)
}

/// The problem of a policy version that stands in two files.
pub(crate) fn twice(policy: &PolicyText, other: &PolicyText) -> Finding {
    Finding::new(
        "settings_policy_twice",
        Severity::Error,
        in_file(&policy.file),
    )
    .fact("policy", policy.key())
    .fact("other", &other.file)
}

fn parse_bytes(file: &str, bytes: &[u8]) -> Result<ReadPolicy, Vec<Finding>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_policy(file, text.trim_start_matches('\u{feff}')),
        Err(error) => Err(vec![
            Finding::new("settings_policy_unreadable", Severity::Error, in_file(file))
                .fact("error", error),
        ]),
    }
}

fn read(policy: Policy, file: &str, toml: String) -> ReadPolicy {
    ReadPolicy {
        text: PolicyText {
            id: policy.id.clone(),
            version: policy.version.to_string(),
            file: file.to_owned(),
            toml,
        },
        policy,
    }
}

/// Problems of a text as findings: what could be written instead follows as one of its own.
fn findings(problems: &[Problem]) -> Vec<Finding> {
    let mut found = Vec::new();
    for problem in problems {
        let place = Place {
            row: problem.line.and_then(|line| u32::try_from(line).ok()),
            ..in_file(&problem.file)
        };
        found.push(Finding::said(
            &problem.found,
            Severity::Error,
            place.clone(),
        ));
        if let Some(suggestion) = &problem.suggestion {
            found.push(Finding::said(suggestion, Severity::Info, place));
        }
    }
    found
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn cannot_read(path: &Path) -> String {
    format!("`{}` cannot be read", path.display())
}

fn in_file(file: &str) -> Place {
    Place {
        file: Some(file.to_owned()),
        ..Place::default()
    }
}
