//! A mailbox as its owner sees it, and the mails that arrive in it.

use async_imap::Session;
use futures::TryStreamExt;
use tokio::net::TcpStream;

use crate::world::service;

pub const USER: &str = "flow@yskz.example";
pub const PASSWORD: &str = "planted-imap-password";

pub fn port() -> u16 {
    service("CHANNELFLOW_TEST_IMAP").parse().unwrap()
}

/// The mailbox as its owner sees it.
pub struct Owner {
    session: Session<TcpStream>,
    mailbox: String,
}

impl Owner {
    /// With an empty mailbox of this name.
    pub async fn of(mailbox: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port())).await.unwrap();
        let mut client = async_imap::Client::new(stream);
        client.read_response().await.unwrap();
        let session = client.login(USER, PASSWORD).await.map_err(|(e, _)| e);
        let mut session = session.unwrap();
        // Dovecot takes its time when several ask at once.
        for _ in 0..50 {
            let _ = session.delete(mailbox).await;
            if session.create(mailbox).await.is_ok() {
                return Owner {
                    session,
                    mailbox: mailbox.to_owned(),
                };
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the mailbox cannot be made");
    }

    /// A mail with attachments of these names arrives.
    pub async fn gets(&mut self, from: &str, subject: &str, files: &[(&str, &[u8])]) {
        let names: Vec<String> = files
            .iter()
            .map(|(name, _)| format!("filename=\"{name}\""))
            .collect();
        let files: Vec<(&[u8], &[u8])> = names
            .iter()
            .zip(files)
            .map(|(name, (_, content))| (name.as_bytes(), *content))
            .collect();
        self.gets_raw(mail(from, subject.as_bytes(), &files)).await;
    }

    /// A mail of these bytes arrives.
    pub async fn gets_raw(&mut self, mail: impl AsRef<[u8]>) {
        let arriving = self.session.append(&self.mailbox, None, None, mail);
        arriving.await.unwrap();
    }

    /// Flags of every mail.
    pub async fn flags(&mut self) -> Vec<Vec<String>> {
        self.session.examine(&self.mailbox).await.unwrap();
        let fetched = self.session.fetch("1:*", "(FLAGS)").await.unwrap();
        let mails: Vec<_> = fetched.try_collect().await.unwrap();
        mails
            .iter()
            .map(|mail| {
                let flags = mail.flags().map(|flag| format!("{flag:?}"));
                flags.filter(|flag| flag != "Recent").collect()
            })
            .collect()
    }

    pub async fn deletes_first(&mut self) {
        self.session.select(&self.mailbox).await.unwrap();
        let stored = self.session.store("1", "+FLAGS (\\Deleted)").await.unwrap();
        stored.try_collect::<Vec<_>>().await.unwrap();
        let gone = self.session.expunge().await.unwrap();
        gone.try_collect::<Vec<_>>().await.unwrap();
    }
}

/// A mail with attachments: a header line for each name, and its bytes.
pub fn mail(from: &str, subject: &[u8], attachments: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut mail = format!("From: Li <{from}>\r\nTo: us@example.com\r\nSubject: ").into_bytes();
    mail.extend_from_slice(subject);
    mail.extend_from_slice(
        b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n\
          --b\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n",
    );
    for (disposition, content) in attachments {
        mail.extend_from_slice(b"--b\r\nContent-Type: application/octet-stream\r\n");
        mail.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n");
        mail.extend_from_slice(b"Content-Disposition: attachment; ");
        mail.extend_from_slice(disposition);
        mail.extend_from_slice(b"\r\n\r\n");
        for line in base64(content).as_bytes().chunks(76) {
            mail.extend_from_slice(line);
            mail.extend_from_slice(b"\r\n");
        }
    }
    mail.extend_from_slice(b"--b--\r\n");
    mail
}

pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let group = group[0] << 16 | group[1] << 8 | group[2];
        for digit in 0..4_usize {
            if digit <= chunk.len() {
                let index = (group >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}
