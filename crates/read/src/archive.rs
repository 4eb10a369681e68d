//! Archives: a `.zip` or `.gz` that holds files we read. One level, no tricks.
//!
//! Members that hold no table (a letter, a picture) are passed over with a finding; a member that
//! should be readable and is not refuses the whole artifact, so that nothing is half-loaded.

use std::io::{Cursor, Read as _};

use channelflow_model::{Finding, Place, Severity};
use encoding_rs::GB18030;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::package::inflate;
use crate::reading::Reading;
use crate::refusal::{Refusal, Result};
use crate::sniff::{Kind, sniff};

/// More members than this are no delivery of a distributor.
const MEMBERS: usize = 10_000;

/// Unpacks a zip and reads its members in the order of its directory.
pub(crate) fn read_zip(
    reading: &mut Reading,
    zip: &mut ZipArchive<Cursor<&[u8]>>,
    read: fn(&mut Reading, &[u8]) -> Result<()>,
) -> Result<()> {
    if zip.has_duplicate_names() {
        return Err(Refusal::new("bad_archive_path").fact("path", "two members of the same name"));
    }
    if zip.len() > MEMBERS {
        return Err(Refusal::over("too_many_members", MEMBERS));
    }
    for index in 0..zip.len() {
        // Only the raw entry can be looked at without a password.
        let (name, encrypted, directory) = {
            let entry = zip.by_index_raw(index).map_err(Refusal::damaged)?;
            let directory = entry.is_dir() || entry.name_raw().ends_with(b"/");
            (member_name(entry.name_raw()), entry.encrypted(), directory)
        };
        check_path(&name)?;
        if directory || is_clutter(&name) {
            continue;
        }
        if encrypted {
            return Err(Refusal::new("encrypted").in_member(&name));
        }
        let file = zip.by_index(index).map_err(Refusal::damaged)?;
        let bytes = inflate(reading, file).map_err(|refusal| refusal.in_member(&name))?;
        reading.member = Some(name.clone());
        let outcome = read_member(reading, &bytes, read);
        reading.member = None;
        outcome.map_err(|refusal| refusal.in_member(&name))?;
    }
    if reading.tables.is_empty() {
        return Err(Refusal::new("archive_without_table"));
    }
    Ok(())
}

/// Unpacks a gzip stream and reads what is in it.
pub(crate) fn read_gzip(
    reading: &mut Reading,
    bytes: &[u8],
    read: fn(&mut Reading, &[u8]) -> Result<()>,
) -> Result<()> {
    let packed = bytes.len() as u64;
    let allowance = reading.entry_allowance(packed);
    let decoder = MultiGzDecoder::new(bytes);
    let mut unpacked = Vec::new();
    let result = decoder
        .take(allowance.saturating_add(1))
        .read_to_end(&mut unpacked);
    reading.expand(packed, unpacked.len() as u64)?;
    result.map_err(Refusal::damaged)?;
    read_member(reading, &unpacked, read)
}

fn read_member(
    reading: &mut Reading,
    bytes: &[u8],
    read: fn(&mut Reading, &[u8]) -> Result<()>,
) -> Result<()> {
    match sniff(bytes) {
        Kind::Gzip => Err(Refusal::new("nested_archive")),
        Kind::Unsupported("rar" | "7z" | "bzip2" | "xz" | "zstd") => {
            Err(Refusal::new("nested_archive"))
        }
        Kind::Unsupported(kind) if reading.member.is_some() => {
            let finding = Finding::new("member_skipped", Severity::Warning, Place::default());
            reading.note(finding.fact("type", kind));
            Ok(())
        }
        Kind::Empty if reading.member.is_some() => {
            let finding = Finding::new("member_skipped", Severity::Warning, Place::default());
            reading.note(finding.fact("type", "-"));
            Ok(())
        }
        _ => {
            reading.nested = true;
            let outcome = read(reading, bytes);
            reading.nested = false;
            outcome
        }
    }
}

/// Chinese Windows writes names in GBK without saying so.
fn member_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    name.replace('\\', "/")
}

fn check_path(name: &str) -> Result<()> {
    let outside = name.starts_with('/')
        || name.split('/').any(|part| part == "..")
        || name.chars().any(char::is_control)
        || matches!(name.as_bytes(), [_, b':', ..]);
    if outside || name.is_empty() {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        return Err(Refusal::new("bad_archive_path").fact("path", shown));
    }
    Ok(())
}

/// What operating systems leave in archives.
fn is_clutter(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.starts_with("__MACOSX/")
        || file == ".DS_Store"
        || file.eq_ignore_ascii_case("thumbs.db")
        || file.eq_ignore_ascii_case("desktop.ini")
        || file.starts_with("~$")
}
