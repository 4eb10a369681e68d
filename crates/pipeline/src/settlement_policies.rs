//! Rebate policies as files: `policies/*.toml` of the company folder, imported whole and together.
//! What a policy means is `settle`'s.

use std::path::Path;

use anyhow::Context;
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::settlement::PolicyText;
use channelflow_warehouse::{NewRecord, Recorded};
use sha2::{Digest, Sha256};

/// The policies of a company.
pub struct Policies {
    /// By id and version.
    pub texts: Vec<PolicyText>,
    /// SHA-256 of all files, one after the other.
    pub sha256: String,
}

impl Policies {
    /// The policies as the warehouse keeps them.
    pub fn records(&self) -> Vec<NewRecord> {
        self.texts.iter().map(NewRecord::of).collect()
    }
}

/// Reads a policy file.
///
/// THE CALL SITE of the parser of policies: until it is there, only `id` and `version` are read.
pub fn parse_policy(file: &str, text: &str) -> Result<PolicyText, Vec<Finding>> {
    let table: toml::Table =
        toml::from_str(text).map_err(|error| vec![unreadable(file, error.message())])?;
    let id = table
        .get("id")
        .and_then(toml::Value::as_str)
        .unwrap_or_default();
    let version = match table.get("version") {
        Some(toml::Value::Integer(number)) => number.to_string(),
        Some(toml::Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let missing: Vec<Finding> = [("id", id), ("version", version.as_str())]
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(field, _)| {
            Finding::new("settings_policy_without", Severity::Error, in_file(file))
                .fact("field", field)
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    Ok(PolicyText {
        id: id.to_owned(),
        version,
        file: file.to_owned(),
        toml: text.to_owned(),
    })
}

/// Reads `policies/*.toml` of a folder; `None` without that folder. The inner error lists every
/// problem of every file.
pub fn read_folder(company: &Path) -> anyhow::Result<Option<Result<Policies, Vec<Finding>>>> {
    let folder = company.join("policies");
    if !folder.is_dir() {
        return Ok(None);
    }
    let shown = || format!("`{}` cannot be read", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(shown)? {
        let path = entry.with_context(shown)?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut texts: Vec<PolicyText> = Vec::new();
    let mut problems = Vec::new();
    let mut digest = Sha256::new();
    for path in paths {
        let bytes =
            std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        digest.update(&bytes);
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let read = match std::str::from_utf8(&bytes) {
            Ok(text) => parse_policy(&file, text),
            Err(error) => Err(vec![unreadable(&file, &error.to_string())]),
        };
        match read {
            Ok(policy) => match texts.iter().find(|known| known.key() == policy.key()) {
                Some(other) => problems.push(twice(&policy, other)),
                None => texts.push(policy),
            },
            Err(found) => problems.extend(found),
        }
    }
    let mut sha256 = String::with_capacity(64);
    for byte in digest.finalize() {
        sha256.push_str(&format!("{byte:02x}"));
    }
    Ok(Some(if problems.is_empty() {
        Ok(Policies {
            texts: channelflow_warehouse::in_key_order(texts),
            sha256,
        })
    } else {
        Err(problems)
    }))
}

/// The problem of a policy version that was imported before with another text.
pub fn changed(policies: &Policies, key: &str) -> Finding {
    let policy = policies.texts.iter().find(|policy| policy.key() == key);
    let place = policy.map(|policy| in_file(&policy.file));
    Finding::new(
        "settings_policy_changed",
        Severity::Error,
        place.unwrap_or_default(),
    )
    .fact("policy", key)
}

fn unreadable(file: &str, error: &str) -> Finding {
    Finding::new("settings_policy_unreadable", Severity::Error, in_file(file)).fact("error", error)
}

fn twice(policy: &PolicyText, other: &PolicyText) -> Finding {
    Finding::new(
        "settings_policy_twice",
        Severity::Error,
        in_file(&policy.file),
    )
    .fact("policy", policy.key())
    .fact("other", &other.file)
}

fn in_file(file: &str) -> Place {
    Place {
        file: Some(file.to_owned()),
        ..Place::default()
    }
}
