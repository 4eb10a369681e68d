//! A connection to a mailbox, and the few commands that are needed of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_imap::error::Error;
use async_imap::types::{Capability, Fetch, Flag, Mailbox};
use async_imap::{Client, Session};
use channelflow_collect::SourceError;
use futures::TryStreamExt;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio_rustls::TlsConnector;

use crate::guarded::{Allowance, Guarded};
use crate::peer::Peer;

/// Bytes that may come before we are signed in.
const GREETING: u64 = 64 * 1024;

/// Bytes a short answer may have: a list of numbers, the headers of some mails. The library reads a
/// line again from its beginning with every few bytes that come, so this is kept small.
const SHORT_ANSWER: u64 = 4 << 20;

/// Around a mail: what the server says before and after it.
const MARGIN: u64 = 1 << 20;

/// Times the patience a whole command may take, however steadily its bytes drip.
const DRIPS: u32 = 40;

/// The flag of a mail that is registered. Mail programs show it or not; none takes it as read.
const DONE: &str = "$Channelflow";

/// How the connection is protected.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Protection {
    None,
    Starttls,
    Implicit,
}

/// An account.
pub(crate) struct Account {
    pub peer: Peer,
    pub user: String,
    pub password: String,
    pub protection: Protection,
    pub tls: Arc<rustls::ClientConfig>,
}

/// A mail before it is downloaded.
#[derive(Debug)]
pub(crate) struct Head {
    pub uid: u32,
    pub size: u64,
    /// When the server got it, seconds since 1970.
    pub received: i64,
    pub header: Vec<u8>,
}

/// A connection that is signed in.
pub(crate) struct Imap {
    peer: Peer,
    session: Session<Guarded>,
    allowance: Allowance,
}

impl Account {
    /// Connects and signs in.
    pub async fn connect(&self) -> Result<Imap, SourceError> {
        let allowance = Arc::new(AtomicU64::new(GREETING));
        let client = self.greeted(&allowance).await?;
        let signed_in = client.login(&self.user, &self.password).await;
        let session = signed_in.map_err(|(error, _)| match error {
            Error::No(told) if !told.contains("UNAVAILABLE") => self.peer.refused(),
            error => failure(&self.peer, &error),
        })?;
        let mut imap = Imap {
            peer: self.peer.clone(),
            session,
            allowance,
        };
        imap.introduce().await?;
        Ok(imap)
    }

    async fn greeted(&self, allowance: &Allowance) -> Result<Client<Guarded>, SourceError> {
        let peer = &self.peer;
        let guarded = |stream| Guarded::new(stream, Arc::clone(allowance), peer.patience);
        let stream = guarded(peer.connect().await?);
        if self.protection == Protection::Implicit {
            let stream = self.encrypted(stream).await?;
            let stream = Guarded::new(stream, Arc::clone(allowance), peer.patience);
            return greeting(Client::new(stream), peer).await;
        }
        let mut client = greeting(Client::new(stream), peer).await?;
        if self.protection == Protection::None {
            return Ok(client);
        }
        match client.run_command_and_check_ok("STARTTLS", None).await {
            Ok(()) => {}
            Err(Error::No(told) | Error::Bad(told)) => return Err(peer.insecure(told)),
            Err(error) => return Err(failure(peer, &error)),
        }
        let stream = self.encrypted(client.into_inner()).await?;
        let stream = Guarded::new(stream, Arc::clone(allowance), peer.patience);
        Ok(Client::new(stream))
    }

    async fn encrypted(
        &self,
        stream: Guarded,
    ) -> Result<tokio_rustls::client::TlsStream<Guarded>, SourceError> {
        let name = ServerName::try_from(self.peer.host.clone());
        let name = name.map_err(|error| self.peer.insecure(error))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        connector
            .connect(name, stream)
            .await
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::TimedOut => self.peer.too_slow(),
                _ => self.peer.insecure(error),
            })
    }
}

async fn greeting(
    mut client: Client<Guarded>,
    peer: &Peer,
) -> Result<Client<Guarded>, SourceError> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(peer.broken("no greeting")),
        Err(error) => Err(failure(peer, &Error::Io(error))),
    }
}

impl Imap {
    /// NetEase (网易) opens no mailbox for a program that does not say its name.
    async fn introduce(&mut self) -> Result<(), SourceError> {
        let capabilities = self.session.capabilities().await;
        let capabilities = capabilities.map_err(|error| failure(&self.peer, &error))?;
        if capabilities.has(&Capability::Atom("ID".to_owned())) {
            let name = [("name", Some("Channelflow")), ("version", Some("1"))];
            match self.session.id(name).await {
                Ok(_) | Err(Error::No(_) | Error::Bad(_)) => {}
                Err(error) => return Err(failure(&self.peer, &error)),
            }
        }
        Ok(())
    }

    /// Opens a mailbox so that nothing in it changes.
    pub async fn examine(&mut self, mailbox: &str) -> Result<Mailbox, SourceError> {
        self.expect(SHORT_ANSWER);
        match self.session.examine(mailbox).await {
            Ok(opened) => Ok(opened),
            Err(Error::No(_) | Error::Bad(_)) => Err(self.no_mailbox(mailbox).await),
            Err(error) => Err(failure(&self.peer, &error)),
        }
    }

    async fn no_mailbox(&mut self, mailbox: &str) -> SourceError {
        let listing = async {
            let names = self.session.list(Some(""), Some("*")).await?;
            names
                .map_ok(|name| name.name().to_owned())
                .try_collect::<Vec<_>>()
                .await
        };
        let found = listing.await.unwrap_or_default().join(", ");
        let mut error = self.peer.missing(mailbox);
        error.sentence = self
            .peer
            .about("mail_no_mailbox")
            .fact("mailbox", mailbox)
            .fact("found", found);
        error
    }

    /// The numbers of the mails that fit, in order.
    pub async fn search(&mut self, query: &str) -> Result<BTreeSet<u32>, SourceError> {
        self.expect(SHORT_ANSWER);
        let found = self.session.uid_search(query).await;
        let found = found.map_err(|error| failure(&self.peer, &error))?;
        Ok(found.into_iter().collect())
    }

    /// The headers of these mails, in order.
    pub async fn heads(&mut self, uids: &[u32]) -> Result<Vec<Head>, SourceError> {
        self.expect(SHORT_ANSWER);
        let query = "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])";
        let fetched = self.fetch(&numbers(uids), query).await?;
        let mut heads: Vec<Head> = fetched
            .iter()
            .filter_map(|mail| {
                Some(Head {
                    uid: mail.uid.filter(|uid| uids.contains(uid))?,
                    size: mail.size.unwrap_or_default().into(),
                    received: mail
                        .internal_date()
                        .map(|date| date.timestamp())
                        .unwrap_or_default(),
                    header: mail.header().unwrap_or_default().to_owned(),
                })
            })
            .collect();
        heads.sort_by_key(|head| head.uid);
        heads.dedup_by_key(|head| head.uid);
        Ok(heads)
    }

    /// A whole mail; `None` when it is gone.
    pub async fn mail(&mut self, head: &Head) -> Result<Option<Vec<u8>>, SourceError> {
        let uid = head.uid;
        // Some servers tell the size as they keep it, not as they send it.
        self.expect(head.size.saturating_mul(2).saturating_add(MARGIN));
        // PEEK: whoever reads the mailbox still sees what is new.
        let fetched = self.fetch(&uid.to_string(), "(UID BODY.PEEK[])").await?;
        let mail = fetched.iter().find(|mail| mail.uid == Some(uid));
        Ok(mail.and_then(Fetch::body).map(<[u8]>::to_owned))
    }

    async fn fetch(&mut self, uids: &str, query: &str) -> Result<Vec<Fetch>, SourceError> {
        let (peer, session) = (&self.peer, &mut self.session);
        let fetching = async {
            let stream = session.uid_fetch(uids, query).await?;
            stream.try_collect::<Vec<_>>().await
        };
        let longest: Duration = peer.patience * DRIPS;
        let fetched = tokio::time::timeout(longest, fetching).await;
        fetched
            .map_err(|_| peer.too_slow())?
            .map_err(|error| failure(peer, &error))
    }

    /// Sets the flag of registered mails; whether the mailbox lets us.
    pub async fn flag(
        &mut self,
        mailbox: &str,
        validity: u32,
        uids: &[u32],
    ) -> Result<bool, SourceError> {
        self.expect(SHORT_ANSWER);
        let selected = self.session.select(mailbox).await;
        let selected = selected.map_err(|error| failure(&self.peer, &error))?;
        if selected.uid_validity != Some(validity) {
            // Numbered anew: these numbers are other mails now.
            return Ok(true);
        }
        let permitted = |flag: &Flag<'_>| selected.permanent_flags.contains(flag);
        let own = Flag::Custom(DONE.into());
        let flag = if permitted(&Flag::MayCreate) || permitted(&own) {
            DONE
        } else if permitted(&Flag::Flagged) {
            "\\Flagged"
        } else {
            return Ok(false);
        };
        let query = format!("+FLAGS.SILENT ({flag})");
        let peer = &self.peer;
        let storing = async {
            let answers = self.session.uid_store(numbers(uids), query).await?;
            answers.try_for_each(|_| async { Ok(()) }).await
        };
        match storing.await {
            Ok(()) => Ok(true),
            Err(Error::No(_)) => Ok(false),
            Err(error) => Err(failure(peer, &error)),
        }
    }

    /// Says goodbye; who does not answer is left.
    pub async fn leave(mut self) {
        let _ = self.session.logout().await;
    }

    /// How much the next answer may bring.
    fn expect(&self, most: u64) {
        self.allowance.store(most, Ordering::Relaxed);
    }
}

fn numbers(uids: &[u32]) -> String {
    let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
    uids.join(",")
}

fn failure(peer: &Peer, error: &Error) -> SourceError {
    match error {
        Error::Io(error) => match error.kind() {
            std::io::ErrorKind::TimedOut => peer.too_slow(),
            // Too much, or nothing a mail server says: the library calls that "other".
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::Other => peer.unexpected(error),
            _ => peer.broken(error),
        },
        Error::Bad(_) | Error::Parse(_) | Error::Validate(_) => peer.unexpected(error),
        _ => peer.broken(error),
    }
}
