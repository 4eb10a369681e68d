//! What a company lets rules decide: the rule classes of its settings with their certificates,
//! checked. Not here: deciding (`rule_accept`), and which class an audit suspends (`audit`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use channelflow_config::{ConfigProblems, FILE_NAME, Matching, Problem, Written};
use channelflow_matching::certify::{Certificate, DEFAULT, TARGET_SURE};
use channelflow_matching::{Thresholds, customer, product};
use channelflow_model::master::AliasKind;
use channelflow_model::{Day, Sentence};

/// What a rule can decide.
pub(crate) const KINDS: [AliasKind; 2] = [AliasKind::Customer, AliasKind::Product];

/// What may be decided without a person: the settings with their certificates.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    customers: Option<Certificate>,
    products: Option<Certificate>,
    /// Classes the company accepts.
    pub accept: BTreeSet<String>,
}

impl Rules {
    /// Reads the certificates that the settings name.
    pub fn open(dir: &Path, settings: &Matching) -> Result<Self, ConfigProblems> {
        let mut problems = Vec::new();
        let mut read = |written: &Option<Written<PathBuf>>, kind| {
            let written = written.as_ref()?;
            match certificate(dir, &written.value, kind) {
                Ok(certificate) => Some(certificate),
                Err(found) => {
                    problems.push(problem(written.line, found));
                    None
                }
            }
        };
        let customers = read(&settings.customers, AliasKind::Customer);
        let products = read(&settings.products, AliasKind::Product);
        for class in &settings.accept {
            if !is_class(&class.value) {
                let found = Sentence::new("settings_unknown_class").fact("found", &class.value);
                problems.push(problem(class.line, found));
            }
        }
        if problems.is_empty() {
            let accept = settings.accept.iter().map(|class| class.value.clone());
            Ok(Rules {
                customers,
                products,
                accept: accept.collect(),
            })
        } else {
            problems.sort_by_key(|problem| problem.line);
            Err(ConfigProblems(problems))
        }
    }

    #[cfg(test)]
    pub(crate) fn of(customers: Certificate, accept: &[&str]) -> Self {
        Rules {
            customers: Some(customers),
            products: None,
            accept: accept.iter().map(|class| (*class).to_owned()).collect(),
        }
    }

    /// The certificate of a kind.
    pub fn certificate(&self, kind: AliasKind) -> Option<&Certificate> {
        match kind {
            AliasKind::Customer => self.customers.as_ref(),
            AliasKind::Product => self.products.as_ref(),
        }
    }

    /// The classes of a kind that are accepted, with their lowest scores. A certificate that rests
    /// on too few labels to be sure of its precision certifies only the very same name.
    pub(crate) fn thresholds(&self, kind: AliasKind) -> Thresholds {
        let Some(certificate) = self.certificate(kind) else {
            return Thresholds::default();
        };
        let sure = certificate.precision_at_least >= TARGET_SURE;
        let mut thresholds = certificate.thresholds();
        thresholds.0.retain(|class, _| {
            self.accept.contains(class) && (sure || DEFAULT.contains(&class.as_str()))
        });
        thresholds
    }
}

fn problem(line: usize, found: Sentence) -> Problem {
    Problem {
        file: FILE_NAME.to_owned(),
        line: Some(line),
        found,
        suggestion: None,
    }
}

fn is_class(word: &str) -> bool {
    let known = [&DEFAULT[..], customer::classes(), product::classes()];
    known.iter().any(|classes| classes.contains(&word))
}

fn certificate(dir: &Path, path: &Path, kind: AliasKind) -> Result<Certificate, Sentence> {
    let bad = |cause: &dyn std::fmt::Display| {
        let found = Sentence::new("settings_certificate_bad").fact("path", path.display());
        found.fact("cause", cause)
    };
    let text = match std::fs::read_to_string(dir.join(path)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Sentence::new("settings_certificate_missing").fact("path", path.display()));
        }
        Err(error) => return Err(bad(&error)),
    };
    let certificate: Certificate = toml::from_str(&text).map_err(|error| bad(&error.message()))?;
    if certificate.kind != kind.as_str() {
        return Err(Sentence::new("settings_certificate_kind")
            .fact("path", path.display())
            .fact("found", &certificate.kind)
            .fact("expected", kind.as_str()));
    }
    if certificate.date.len() != 10 || Day::from_iso(&certificate.date).is_none() {
        return Err(bad(&format!("date = `{}`", certificate.date)));
    }
    Ok(certificate)
}
