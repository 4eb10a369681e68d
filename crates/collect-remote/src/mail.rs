//! Attachments of a mailbox. Mails are read without being marked as read, and never deleted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use channelflow_collect::{
    Arrival, Collection, Collector, Cursor, Failure, Probe, SourceError, Version, Visit,
};
use channelflow_config::Description;
use channelflow_model::Sentence;
use channelflow_model::finding::{Finding, Severity};
use futures::future::BoxFuture;
use jiff::civil::Date;
use serde::Deserialize;

use crate::files::{Trouble, landing, waits};
use crate::imap::{Account, Head, Imap, Protection};
use crate::mail_message::{Attachment, Envelope, attachments, envelope};
use crate::mail_progress::Progress;
use crate::mail_rules::{Rule, RuleKeys, Rules, Verdict};
use crate::peer::Peer;
use crate::selection::{nanoseconds, said};
use crate::{filled, tls};

/// Mails whose headers are asked for at a time.
const BATCH: usize = 50;

/// Mails after which an arrival carries how far the mailbox was read: the text grows with the mails
/// of a visit, and a crash costs looking at so many again.
const MAILS_PER_CURSOR: usize = 20;

/// Mails a probe shows.
const SHOWN: usize = 20;

/// The keys of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    host: String,
    port: Option<u16>,
    tls: Protection,
    ca: Option<String>,
    user: String,
    password: String,
    #[serde(default = "inbox")]
    mailbox: String,
    since: Option<String>,
    timeout_seconds: Option<u64>,
    #[serde(default)]
    rule: Vec<RuleKeys>,
}

fn inbox() -> String {
    "INBOX".to_owned()
}

struct Mail {
    account: Account,
    mailbox: String,
    since: Option<Date>,
    rules: Rules,
}

/// The collector a description asks for.
pub(crate) fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let keys: Keys = description.read()?;
    let user = filled::text(description, &keys.user)?;
    let password = filled::secret(description, "password", &keys.password)?;
    let usual_port = if keys.tls == Protection::Implicit {
        993
    } else {
        143
    };
    let since = keys.since.as_deref().map(str::parse).transpose();
    let since = since.map_err(|error| description.wrong(format!("`since`: {error}")))?;
    if keys.rule.is_empty() {
        return Err(description.wrong("no `[[rule]]`"));
    }
    Ok(Arc::new(Mail {
        account: Account {
            peer: Peer {
                host: filled::text(description, &keys.host)?,
                port: keys.port.unwrap_or(usual_port),
                patience: filled::patience(keys.timeout_seconds),
                hidden: vec![user.clone(), password.clone()],
            },
            user,
            password,
            protection: keys.tls,
            tls: tls::client_config(description, keys.ca.as_deref())?,
        },
        mailbox: keys.mailbox,
        since,
        rules: Rules::new(description, &keys.rule)?,
    }))
}

impl Collector for Mail {
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection> {
        Box::pin(async move {
            let mut reading = Reading {
                mail: self,
                visit,
                collection: Collection::default(),
                progress: Progress::start(0),
                waiting: None,
                mails: 0,
            };
            let outcome = reading.all().await;
            reading.collection.failed = outcome.err();
            reading.mark();
            reading.collection
        })
    }

    fn acknowledge<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async move {
            let mut mails: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for name in names {
                if let Some((validity, uid)) = self.numbers(name) {
                    mails.entry(validity).or_default().insert(uid);
                }
            }
            if mails.is_empty() {
                return Ok(());
            }
            let mut imap = self.account.connect().await?;
            for (validity, uids) in mails {
                let uids: Vec<u32> = uids.into_iter().collect();
                if !imap.flag(&self.mailbox, validity, &uids).await? {
                    let peer = &self.account.peer;
                    let sentence = peer
                        .about("mail_not_flagged")
                        .fact("mailbox", &self.mailbox);
                    return Err(SourceError::new(Failure::Permanent, sentence));
                }
            }
            imap.leave().await;
            Ok(())
        })
    }

    fn probe<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>> {
        Box::pin(async move {
            let mut imap = self.account.connect().await?;
            imap.examine(&self.mailbox).await?;
            let uids: Vec<u32> = imap.search("ALL").await?.into_iter().collect();
            let last = uids.get(uids.len().saturating_sub(SHOWN)..);
            let mut found = Vec::new();
            for head in imap.heads(last.unwrap_or_default()).await? {
                let envelope = envelope(&head.header);
                let mail = if head.size <= visit.most_bytes {
                    imap.mail(&head).await?
                } else {
                    None
                };
                let names = mail.and_then(|mail| attachments(&mail)).unwrap_or_default();
                let names: Vec<String> = names.into_iter().map(|file| file.name).collect();
                let Envelope { from, subject } = envelope;
                found.push(format!("{from} | {subject} | {}", names.join(", ")));
            }
            imap.leave().await;
            Ok(Probe {
                found,
                ..Probe::default()
            })
        })
    }
}

impl Mail {
    /// Name of an attachment in checkpoints and reports.
    fn name(&self, validity: u32, uid: u32, attachment: &str) -> String {
        format!("{}/{validity}/{uid}/{attachment}", self.mailbox)
    }

    /// The numbers in such a name.
    fn numbers(&self, name: &str) -> Option<(u32, u32)> {
        let rest = name
            .strip_prefix(self.mailbox.as_str())?
            .strip_prefix('/')?;
        let (validity, rest) = rest.split_once('/')?;
        let (uid, _) = rest.split_once('/')?;
        Some((validity.parse().ok()?, uid.parse().ok()?))
    }
}

/// One visit to a mailbox.
struct Reading<'r> {
    mail: &'r Mail,
    visit: &'r Visit<'r>,
    collection: Collection,
    progress: Progress,
    /// Mails that are still to be looked at; `None` before anybody asked.
    waiting: Option<VecDeque<u32>>,
    /// Mails that brought something since an arrival carried how far we are.
    mails: usize,
}

impl Reading<'_> {
    async fn all(&mut self) -> Result<(), SourceError> {
        let mut waits = waits();
        loop {
            let left = self.waiting.as_ref().map(VecDeque::len);
            let Err(error) = self.over_one_connection().await else {
                return Ok(());
            };
            if error.failure != Failure::Transient {
                return Err(error);
            }
            if self.waiting.as_ref().map(VecDeque::len) != left {
                // It got on: that was not the same failure again.
                waits = crate::files::waits();
            }
            let Some(wait) = waits.next() else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn over_one_connection(&mut self) -> Result<(), SourceError> {
        let mut imap = self.mail.account.connect().await?;
        let mailbox = imap.examine(&self.mail.mailbox).await?;
        let validity = mailbox.uid_validity.unwrap_or_default();
        if self.waiting.is_none() || validity != self.progress.validity {
            self.begin(&mut imap, validity).await?;
        }
        while !self.visit.is_stopped() {
            let waiting = self.waiting.iter().flatten();
            let batch: Vec<u32> = waiting.take(BATCH).copied().collect();
            if batch.is_empty() {
                break;
            }
            let heads = imap.heads(&batch).await?;
            for uid in batch {
                if self.visit.is_stopped() {
                    break;
                }
                // A mail somebody deleted meanwhile brings nothing.
                match heads.iter().find(|head| head.uid == uid) {
                    Some(head) => self.one(&mut imap, head).await?,
                    None => self.progress.brings(uid, 0),
                }
                if let Some(waiting) = &mut self.waiting {
                    waiting.pop_front();
                }
            }
        }
        imap.leave().await;
        Ok(())
    }

    /// Finds out which mails are to be looked at.
    async fn begin(&mut self, imap: &mut Imap, validity: u32) -> Result<(), SourceError> {
        let known = &self.visit.known;
        let stored = known.cursors.get(&self.mail.mailbox);
        let stored = stored.and_then(|text| Progress::read(text));
        self.progress = match stored {
            Some(stored) if stored.validity == validity => stored,
            Some(_) => {
                let finding = said("mail_renumbered", Severity::Info, &self.mail.mailbox);
                let finding = finding.fact("mailbox", &self.mail.mailbox);
                self.collection.findings.push(finding);
                Progress::start(validity)
            }
            None => Progress::start(validity),
        };
        let mut arrived: BTreeMap<u32, usize> = BTreeMap::new();
        for name in known.files.keys() {
            if let Some((of, uid)) = self.mail.numbers(name)
                && of == validity
            {
                *arrived.entry(uid).or_default() += 1;
            }
        }
        self.progress.close(&arrived);
        let since = self.mail.since.map_or(String::new(), |since| {
            format!(" SINCE {}", since.strftime("%d-%b-%Y"))
        });
        let next = self.progress.highest.saturating_add(1);
        let mut uids = imap.search(&format!("UID {next}:*{since}")).await?;
        // The last mail always fits `n:*`, however small its number.
        uids.retain(|uid| *uid >= next);
        uids.extend(self.progress.open());
        self.waiting = Some(uids.into_iter().collect());
        Ok(())
    }

    async fn one(&mut self, imap: &mut Imap, head: &Head) -> Result<(), SourceError> {
        let Envelope { from, subject } = envelope(&head.header);
        let about = |code, severity| {
            let place = self.mail.name(self.progress.validity, head.uid, "");
            said(code, severity, place.trim_end_matches('/'))
                .fact("from", &from)
                .fact("subject", &subject)
        };
        let rules = match self.mail.rules.judge(&from, &subject) {
            Verdict::Wanted(rules) => rules,
            Verdict::Skipped => {
                self.progress.brings(head.uid, 0);
                return Ok(());
            }
            Verdict::Unknown => {
                let finding = about("mail_no_rule", Severity::Warning);
                self.collection.findings.push(finding);
                self.progress.brings(head.uid, 0);
                return Ok(());
            }
        };
        if head.size > self.visit.most_bytes {
            let finding = about("mail_too_large", Severity::Error)
                .fact("bytes", head.size)
                .fact("most", self.visit.most_bytes);
            self.collection.findings.push(finding);
            self.progress.leaves(head.uid);
            return Ok(());
        }
        let Some(raw) = imap.mail(head).await? else {
            self.progress.brings(head.uid, 0);
            return Ok(());
        };
        let Some(files) = attachments(&raw) else {
            let finding = about("mail_unreadable", Severity::Error);
            self.collection.findings.push(finding);
            self.progress.brings(head.uid, 0);
            return Ok(());
        };
        let (taken, findings) = chosen(files, &rules, (&from, &subject), &about);
        self.collection.findings.extend(findings);
        self.land(head, taken)
    }

    fn land(&mut self, head: &Head, taken: Vec<Taken>) -> Result<(), SourceError> {
        let count = taken.len();
        let mut refused = false;
        for Taken { folder, file } in taken {
            let name = self.mail.name(self.progress.validity, head.uid, &file.name);
            let version = Version {
                size: file.bytes.len() as u64,
                mtime_ns: nanoseconds(head.received),
            };
            if self.visit.is_known(&name, version) {
                self.collection.seen_before += 1;
                continue;
            }
            match self.store(&name, &file) {
                Ok(artifact) => self.collection.arrivals.push(Arrival {
                    name,
                    folder,
                    version,
                    artifact,
                    cursor: None,
                }),
                Err(Trouble::Landing(error)) => {
                    landing(error, &name, &mut self.collection)?;
                    refused = true;
                }
                Err(_) => refused = true,
            }
        }
        if refused {
            self.progress.leaves(head.uid);
        } else {
            self.progress.brings(head.uid, count);
        }
        self.mails += usize::from(count > 0);
        if self.mails >= MAILS_PER_CURSOR {
            self.mark();
        }
        Ok(())
    }

    fn store(
        &self,
        name: &str,
        file: &Attachment,
    ) -> Result<channelflow_collect::Artifact, Trouble> {
        let mut incoming = self.visit.landing.receive(name, self.visit.most_bytes)?;
        incoming.take(&file.bytes)?;
        Ok(incoming.finish()?)
    }

    /// Lets the last arrival carry how far we are. It is the last attachment of its mail, so that
    /// none is passed when the program dies between two of them.
    fn mark(&mut self) {
        if let Some(last) = self.collection.arrivals.last_mut() {
            last.cursor = Some(Cursor {
                resource: self.mail.mailbox.clone(),
                value: self.progress.to_string(),
            });
        }
        self.mails = 0;
    }
}

/// An attachment that is taken, and whose it is.
struct Taken {
    folder: Option<String>,
    file: Attachment,
}

/// What of a mail is taken, and what is to be said about the rest.
fn chosen(
    files: Vec<Attachment>,
    rules: &[&Rule],
    (from, subject): (&str, &str),
    about: &dyn Fn(&'static str, Severity) -> Finding,
) -> (Vec<Taken>, Vec<Finding>) {
    let mut taken = Vec::new();
    let mut findings = Vec::new();
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    for file in files {
        if file.name.eq_ignore_ascii_case("winmail.dat") {
            findings.push(about("mail_winmail", Severity::Warning));
            continue;
        }
        let Some(rule) = rules.iter().find(|rule| rule.takes(&file.name)) else {
            continue;
        };
        if file.bytes.is_empty() {
            let finding = about("mail_empty_attachment", Severity::Warning);
            findings.push(finding.fact("attachment", &file.name));
            continue;
        }
        taken.push(Taken {
            folder: rule.distributor(from, subject, &file.name),
            file,
        });
    }
    if taken.is_empty() && findings.is_empty() {
        let finding = about("mail_nothing_fits", Severity::Warning);
        findings.push(finding.fact("attachments", names.join(", ")));
    }
    (taken, findings)
}
