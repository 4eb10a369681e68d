//! What can come between us and a whole list, and how it is said without saying a secret.

use channelflow_collect::{CollectError, Failure, SourceError};
use channelflow_model::Sentence;

/// Shown in the place of a secret.
const HIDDEN: &str = "[secret]";

/// Secrets shorter than this are not looked for: hiding every `1` would hide what is wrong.
const SHORTEST_SECRET: usize = 3;

/// Why a step did not succeed.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The session is over: sign in and begin this list again.
    SignedOut,
    /// The list changed while its pages were read: once more from its beginning, then this is said.
    Moved(Sentence),
    /// The visit should end.
    Stopped,
    /// Nothing this visit can do about it.
    Failed(SourceError),
}

impl Trouble {
    /// Something that another visit may not meet.
    pub(crate) fn transient(sentence: Sentence) -> Self {
        Trouble::Failed(SourceError::new(Failure::Transient, sentence))
    }

    /// The portal is not what the description expects.
    pub(crate) fn changed(sentence: Sentence) -> Self {
        Trouble::Failed(SourceError::new(Failure::Changed, sentence))
    }

    /// A person is needed.
    pub(crate) fn permanent(sentence: Sentence) -> Self {
        Trouble::Failed(SourceError::new(Failure::Permanent, sentence))
    }

    /// The account is refused.
    pub(crate) fn credentials(sentence: Sentence) -> Self {
        Trouble::Failed(SourceError::new(Failure::Credentials, sentence))
    }

    /// The landing area did not take an artifact.
    pub(crate) fn landing(error: &CollectError) -> Self {
        Trouble::permanent(Sentence::new("portal_landing").fact("error", error))
    }

    /// As the failure of a source; `None` when the visit was only stopped.
    pub(crate) fn into_error(self, secrets: &Secrets) -> Option<SourceError> {
        let error = match self {
            Trouble::Stopped => return None,
            Trouble::Failed(error) => error,
            Trouble::Moved(sentence) => SourceError::new(Failure::Transient, sentence),
            Trouble::SignedOut => {
                SourceError::new(Failure::Transient, Sentence::new("portal_signed_out_again"))
            }
        };
        Some(SourceError::new(
            error.failure,
            secrets.hidden_in(&error.sentence),
        ))
    }
}

/// Everything that came from outside the settings file and must never be shown.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Remembers a secret.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET && !self.0.iter().any(|known| known == secret) {
            self.0.push(secret.to_owned());
            // A longer secret may begin with a shorter one.
            self.0.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// A sentence in which no fact shows a secret: a portal may repeat what was typed.
    pub(crate) fn hidden_in(&self, sentence: &Sentence) -> Sentence {
        let mut hidden = Sentence::new(sentence.code());
        for (name, value) in sentence.facts() {
            if let std::borrow::Cow::Borrowed(name) = name {
                hidden = hidden.fact(name, self.hidden_in_text(value));
            }
        }
        hidden
    }

    /// A text in which no secret stands.
    pub(crate) fn hidden_in_text(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for secret in &self.0 {
            if shown.contains(secret.as_str()) {
                shown = shown.replace(secret.as_str(), HIDDEN);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_shows_a_secret() {
        let mut secrets = Secrets::default();
        for secret in ["hunter", "hunter22", "1"] {
            secrets.add(secret);
        }
        let said = Sentence::new("portal_sign_in_refused").fact("said", "no hunter22, no hunter 1");
        let error = Trouble::credentials(said).into_error(&secrets).unwrap();
        assert_eq!(error.sentence.facts()["said"], "no [secret], no [secret] 1");
    }
}
