//! Which mails bring deliveries, of whom, and which of their attachments are taken.

use channelflow_config::Description;
use channelflow_model::Sentence;
use serde::Deserialize;

use crate::pattern::Pattern;

/// Endings of attachments no delivery has: pictures of signatures, business cards, invitations.
const NO_DELIVERY: [&str; 11] = [
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp", ".ics", ".vcf", ".p7s", ".asc",
];

/// `[[rule]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleKeys {
    from: Option<String>,
    subject: Option<String>,
    attachment: Option<String>,
    distributor: Option<String>,
    #[serde(default)]
    skip: bool,
}

/// A rule; what it does not name fits.
#[derive(Debug)]
pub(crate) struct Rule {
    from: Option<Pattern>,
    subject: Option<Pattern>,
    attachment: Option<Pattern>,
    distributor: Option<String>,
    skip: bool,
}

/// The rules, in order.
#[derive(Debug)]
pub(crate) struct Rules(Vec<Rule>);

/// What the rules say of a mail.
#[derive(Debug)]
pub(crate) enum Verdict<'r> {
    /// None fits.
    Unknown,
    /// It is not wanted.
    Skipped,
    /// These may take its attachments.
    Wanted(Vec<&'r Rule>),
}

impl Rules {
    /// From `[[rule]]` of a description.
    pub fn new(description: &Description<'_>, keys: &[RuleKeys]) -> Result<Self, Sentence> {
        let pattern = |written: &Option<String>| {
            let written = written.as_deref();
            written
                .map(|written| Pattern::text(description, written))
                .transpose()
        };
        let rules = keys.iter().map(|keys| {
            Ok(Rule {
                from: pattern(&keys.from)?,
                subject: pattern(&keys.subject)?,
                attachment: pattern(&keys.attachment)?,
                distributor: keys.distributor.clone(),
                skip: keys.skip,
            })
        });
        Ok(Rules(rules.collect::<Result<_, Sentence>>()?))
    }

    /// What is to be done with a mail: the first rule that fits decides whether it is wanted, any
    /// may take an attachment.
    pub fn judge(&self, from: &str, subject: &str) -> Verdict<'_> {
        let fitting: Vec<&Rule> = self
            .0
            .iter()
            .filter(|rule| fits(rule.from.as_ref(), from))
            .filter(|rule| fits(rule.subject.as_ref(), subject))
            .collect();
        match fitting.first() {
            None => Verdict::Unknown,
            Some(first) if first.skip => Verdict::Skipped,
            Some(_) => Verdict::Wanted(fitting.into_iter().filter(|rule| !rule.skip).collect()),
        }
    }
}

impl Rule {
    /// Whether it takes an attachment of this name.
    pub fn takes(&self, attachment: &str) -> bool {
        if let Some(pattern) = &self.attachment {
            return pattern.fits(attachment);
        }
        let lower = attachment.to_lowercase();
        !NO_DELIVERY.iter().any(|ending| lower.ends_with(ending))
    }

    /// Whose mail it is.
    pub fn distributor(&self, from: &str, subject: &str, attachment: &str) -> Option<String> {
        let captured = |pattern: &Option<Pattern>, text: &str| {
            let found = pattern.as_ref()?.distributor(text)?;
            Some(found.to_owned())
        };
        captured(&self.attachment, attachment)
            .or_else(|| captured(&self.subject, subject))
            .or_else(|| captured(&self.from, from))
            .or_else(|| self.distributor.clone())
    }
}

fn fits(pattern: Option<&Pattern>, text: &str) -> bool {
    pattern.is_none_or(|pattern| pattern.fits(text))
}
