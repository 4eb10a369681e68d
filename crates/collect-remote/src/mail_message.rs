//! A mail taken apart: sender, subject, attachments byte for byte as they were sent.
//!
//! The library turns texts into UTF-8, which would change a CSV file in GBK; so the bytes of every
//! part are taken from the mail itself and only its transfer encoding is undone.

use std::collections::HashSet;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::mail_names::{file_name, has_hanzi, readable};

/// Mails inside mails are opened so deep.
const DEEPEST: usize = 4;

/// A name longer than this is cut: no file system keeps it.
const LONGEST_NAME: usize = 120;

/// Who sent a mail, and what about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The address, without the name before it.
    pub from: String,
    /// The subject.
    pub subject: String,
}

/// An attachment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// Its file name, unique in the mail.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads the header of a mail.
pub(crate) fn envelope(header: &[u8]) -> Envelope {
    let header = readable(header);
    let parser = MessageParser::default();
    let Some(message) = parser.parse_headers(header.as_ref()) else {
        return Envelope::default();
    };
    let sender = message.from().and_then(|from| from.first());
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Envelope {
        from: sender
            .and_then(|sender| sender.address())
            .map(line)
            .unwrap_or_default(),
        subject: message.subject().map(line).unwrap_or_default(),
    }
}

/// The attachments of a mail and of the mails in it; `None` when it is no mail.
pub(crate) fn attachments(raw: &[u8]) -> Option<Vec<Attachment>> {
    let mut found = Vec::new();
    open(raw, 0, &mut found)?;
    let mut names = HashSet::new();
    for attachment in &mut found {
        let name = std::mem::take(&mut attachment.name);
        attachment.name = unique(&name, &mut names);
    }
    Some(found)
}

fn open(raw: &[u8], depth: usize, found: &mut Vec<Attachment>) -> Option<()> {
    let message = MessageParser::default().parse(raw)?;
    for part in &message.parts {
        match &part.body {
            PartType::Multipart(_) => {}
            PartType::Message(inner) if depth < DEEPEST => {
                // Its offsets may count from its own beginning, so it is taken apart alone.
                open(inner.raw_message(), depth + 1, found);
            }
            body => {
                let name = name(&message, part);
                let is_text = matches!(body, PartType::Text(_) | PartType::Html(_));
                let name = match name {
                    Some(name) => name,
                    // The text of the mail itself.
                    None if is_text || matches!(body, PartType::InlineBinary(_)) => continue,
                    None => format!("unnamed-{}", found.len() + 1),
                };
                let bytes = bytes(&message, part);
                found.push(Attachment { name, bytes });
            }
        }
    }
    Some(())
}

/// The bytes of a part as they were before the mail program packed them.
fn bytes(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let (from, to) = (part.offset_body as usize, part.offset_end as usize);
    let packed = message.raw_message().get(from..to).unwrap_or_default();
    let unpacked = match part.encoding {
        Encoding::Base64 => base64_decode(packed),
        Encoding::QuotedPrintable => quoted_printable_decode(packed),
        Encoding::None => Some(packed.to_owned()),
    };
    // What cannot be undone strictly the library undid as well as it could.
    unpacked.unwrap_or_else(|| part.contents().to_owned())
}

fn name(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let name = part.attachment_name()?;
    if name.is_ascii() || (has_hanzi(name) && !name.contains(char::REPLACEMENT_CHARACTER)) {
        return clean(name);
    }
    // The library may not have understood it.
    let (from, to) = (part.offset_header as usize, part.offset_body as usize);
    let header = message.raw_message().get(from..to).unwrap_or_default();
    clean(&file_name(header)?)
}

/// The last part of a path, without what no file name has.
fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut name: String = last.chars().filter(|c| !c.is_control()).collect();
    let length = name.chars().count();
    if length > LONGEST_NAME {
        // The ending tells what it is.
        name = name.chars().skip(length - LONGEST_NAME).collect();
    }
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

fn unique(name: &str, names: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !names.insert(candidate.clone()) {
        candidate = match name.rsplit_once('.') {
            Some((stem, ending)) => format!("{stem} ({number}).{ending}"),
            None => format!("{name} ({number})"),
        };
        number += 1;
    }
    candidate
}
