//! The other side of a connection: where it is, how long it may take, and the sentences about it.
//!
//! Whatever a server or library said goes through [`Peer::told`], which takes out user and password:
//! servers like to repeat them.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use channelflow_collect::{Failure, SourceError};
use channelflow_model::Sentence;
use tokio::net::TcpStream;

/// What is shown of a cause; servers can be talkative.
const LONGEST_CAUSE: usize = 300;

/// A server and the account we have there.
#[derive(Clone)]
pub(crate) struct Peer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How long a connection, an answer or the next bytes may take.
    pub patience: Duration,
    /// User names and passwords, which no sentence may show.
    pub hidden: Vec<String>,
}

impl Peer {
    /// A connection, within the time it may take.
    pub async fn connect(&self) -> Result<TcpStream, SourceError> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let stream = self
            .within(connecting)
            .await?
            .map_err(|error| self.unreachable(error))?;
        // Commands are short and each waits for its answer.
        stream
            .set_nodelay(true)
            .map_err(|error| self.unreachable(error))?;
        Ok(stream)
    }

    /// Waits no longer than a step may take.
    pub async fn within<T>(&self, step: impl Future<Output = T>) -> Result<T, SourceError> {
        tokio::time::timeout(self.patience, step)
            .await
            .map_err(|_| self.too_slow())
    }

    /// It does not answer in time.
    pub fn too_slow(&self) -> SourceError {
        let sentence = self
            .about("remote_slow")
            .fact("seconds", self.patience.as_secs());
        SourceError::new(Failure::Transient, sentence)
    }

    /// No connection.
    pub fn unreachable(&self, cause: impl Display) -> SourceError {
        self.because(Failure::Transient, "remote_unreachable", &cause.to_string())
    }

    /// The connection broke, or the server is busy.
    pub fn broken(&self, cause: impl Display) -> SourceError {
        self.because(Failure::Transient, "remote_broken", &cause.to_string())
    }

    /// The account is not accepted.
    pub fn refused(&self) -> SourceError {
        SourceError::new(Failure::Credentials, self.about("remote_refused"))
    }

    /// No encrypted connection comes about; trying again does not help.
    pub fn insecure(&self, cause: impl Display) -> SourceError {
        self.because(Failure::Permanent, "remote_insecure", &cause.to_string())
    }

    /// It answers what we do not expect.
    pub fn unexpected(&self, cause: impl Display) -> SourceError {
        self.because(Failure::Changed, "remote_unexpected", &cause.to_string())
    }

    /// The folder, bucket or mailbox of the description is not there.
    pub fn missing(&self, path: &str) -> SourceError {
        let sentence = self.about("remote_missing").fact("path", path);
        SourceError::new(Failure::Changed, sentence)
    }

    /// A list or answer does not end.
    pub fn endless(&self, most: u64) -> SourceError {
        let sentence = self.about("remote_endless").fact("most", most);
        SourceError::new(Failure::Changed, sentence)
    }

    /// A sentence with host and port.
    pub fn about(&self, code: &'static str) -> Sentence {
        Sentence::new(code)
            .fact("host", &self.host)
            .fact("port", self.port)
    }

    fn because(&self, failure: Failure, code: &'static str, cause: &str) -> SourceError {
        let sentence = self.about(code).fact("cause", self.told(cause));
        SourceError::new(failure, sentence)
    }

    /// What somebody else said, without account and in one short line.
    pub fn told(&self, text: &str) -> String {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Short ones are no secret, and replacing them would garble every word they occur in.
        for hidden in self.hidden.iter().filter(|hidden| hidden.len() >= 3) {
            text = text.replace(hidden.as_str(), "[secret]");
        }
        if text.chars().count() > LONGEST_CAUSE {
            text = text.chars().take(LONGEST_CAUSE).collect::<String>() + "…";
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_without_the_account_and_in_one_line() {
        let peer = Peer {
            host: "ftp.example".to_owned(),
            port: 21,
            patience: Duration::from_secs(1),
            hidden: vec!["yskz".to_owned(), "hunter2".to_owned()],
        };
        let error = peer.broken("530 user yskz\r\n  with hunter2 is unknown");
        assert_eq!(
            error.sentence.facts()["cause"],
            "530 user [secret] with [secret] is unknown"
        );
        assert_eq!(error.sentence.facts()["host"], "ftp.example");
        assert!(peer.told(&"x".repeat(5000)).len() < 400);
    }
}
