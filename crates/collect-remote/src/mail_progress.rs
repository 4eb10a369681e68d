//! How far a mailbox was read: `UIDVALIDITY HIGHEST`, and below the highest number the mails that
//! have to be looked at again, `UID` or `UID/ATTACHMENTS`.
//!
//! The text is stored when an artifact is registered, and it speaks of mails whose artifacts were
//! registered before or not at all: a mail stays in it until as many of its attachments are known
//! as it brought. So no order of registering, failing and crashing loses a mail.

use std::collections::BTreeMap;
use std::fmt;

/// How far a mailbox was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Which numbering the server uses.
    pub validity: u32,
    /// No mail beyond this one was looked at.
    pub highest: u32,
    /// Mails to look at again, with the attachments they brought; 0 where they were left.
    open: BTreeMap<u32, usize>,
}

impl Progress {
    /// Nothing was read.
    pub fn start(validity: u32) -> Self {
        Progress {
            validity,
            highest: 0,
            open: BTreeMap::new(),
        }
    }

    /// From its text; `None` when it is no such text.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut progress = Progress::start(words.next()?.parse().ok()?);
        progress.highest = words.next()?.parse().ok()?;
        for word in words {
            let (uid, count) = word.split_once('/').unwrap_or((word, "0"));
            progress.open.insert(uid.parse().ok()?, count.parse().ok()?);
        }
        Some(progress)
    }

    /// Closes the mails of which every attachment is known.
    pub fn close(&mut self, known: &BTreeMap<u32, usize>) {
        self.open.retain(|uid, brought| {
            let arrived = known.get(uid).copied().unwrap_or_default();
            *brought == 0 || arrived < *brought
        });
    }

    /// Mails to look at again.
    pub fn open(&self) -> impl Iterator<Item = u32> {
        self.open.keys().copied()
    }

    /// A mail was looked at and brings so many attachments.
    pub fn brings(&mut self, uid: u32, attachments: usize) {
        self.highest = self.highest.max(uid);
        if attachments == 0 {
            self.open.remove(&uid);
        } else {
            self.open.insert(uid, attachments);
        }
    }

    /// A mail was left where it is.
    pub fn leaves(&mut self, uid: u32) {
        self.highest = self.highest.max(uid);
        self.open.insert(uid, 0);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.validity, self.highest)?;
        for (uid, brought) in &self.open {
            match brought {
                0 => write!(formatter, " {uid}")?,
                brought => write!(formatter, " {uid}/{brought}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_stays_open_until_all_it_brought_is_known() {
        let mut progress = Progress::start(7);
        progress.brings(1, 0);
        progress.brings(2, 2);
        progress.leaves(3);
        progress.brings(4, 1);
        let text = progress.to_string();
        assert_eq!(text, "7 4 2/2 3 4/1");

        let mut read = Progress::read(&text).unwrap();
        assert_eq!(read, progress);
        read.close(&BTreeMap::from([(2, 1), (4, 1)]));
        assert_eq!(read.open().collect::<Vec<_>>(), [2, 3]);
        assert_eq!(read.highest, 4);
        for wrong in ["", "7", "x 1", "7 4 2/x"] {
            assert_eq!(Progress::read(wrong), None, "{wrong}");
        }
    }
}
