//! OOXML and ODF packages: unpacked once, under the limits, into memory.
//!
//! Every part a reader needs is inflated here. What `calamine` reads it gets as a second,
//! uncompressed zip: it meets no zip bomb. Parts with a document type are refused; pictures and
//! macros stay packed.

use std::io::{Cursor, Read, Write};

use memchr::memmem;
use zip::read::ZipFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::reading::Reading;
use crate::refusal::{Refusal, Result};

/// The unpacked parts of a package, by path.
pub(crate) struct Package {
    parts: Vec<(String, Vec<u8>)>,
}

/// What kind of zip this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Xlsx,
    Xlsb,
    Ods,
    Foreign(&'static str),
    Archive,
}

/// Opens the directory of a zip; a broken one is a damaged file.
pub(crate) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>> {
    ZipArchive::new(Cursor::new(bytes)).map_err(Refusal::damaged)
}

/// Recognises the content by the names in the directory.
pub(crate) fn content(zip: &mut ZipArchive<Cursor<&[u8]>>) -> Content {
    let names: Vec<String> = zip
        .file_names_raw()
        .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
        .collect();
    let has = |wanted: &str| {
        names
            .iter()
            .any(|name| name.replace('\\', "/").trim_start_matches('/') == wanted)
    };
    if has("xl/workbook.bin") {
        return Content::Xlsb;
    }
    if has("xl/workbook.xml") {
        return Content::Xlsx;
    }
    if has("word/document.xml") {
        return Content::Foreign("docx");
    }
    if has("ppt/presentation.xml") {
        return Content::Foreign("pptx");
    }
    if has("mimetype") && has("content.xml") {
        let mut mimetype = String::new();
        let read = zip
            .by_name("mimetype")
            .map(|file| file.take(100).read_to_string(&mut mimetype));
        if read.is_ok() && mimetype.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
            return Content::Ods;
        }
        return Content::Foreign("OpenDocument, not a spreadsheet");
    }
    // Workbooks whose main part has another name say so in their content types.
    let types = zip
        .file_names_raw()
        .position(|name| name == b"[Content_Types].xml");
    if let Some(index) = types {
        let mut text = String::new();
        let read = zip
            .by_index(index)
            .map(|file| file.take(1 << 20).read_to_string(&mut text));
        return if read.is_ok() && (text.contains("spreadsheetml") || text.contains("ms-excel")) {
            Content::Xlsx
        } else {
            Content::Foreign("office document without a workbook")
        };
    }
    Content::Archive
}

impl Package {
    /// Unpacks the parts that readers of workbooks need.
    pub(crate) fn unpack(
        reading: &mut Reading,
        zip: &mut ZipArchive<Cursor<&[u8]>>,
    ) -> Result<Self> {
        if zip.has_duplicate_names() {
            return Err(Refusal::damaged("two parts have the same name"));
        }
        let mut parts = Vec::new();
        for index in 0..zip.len() {
            let file = zip.by_index(index).map_err(Refusal::damaged)?;
            let name = String::from_utf8_lossy(file.name_raw()).replace('\\', "/");
            if !is_needed(&name) {
                continue;
            }
            let part = inflate(reading, file)?;
            if is_xml(&name) {
                refuse_declarations(&part)?;
            }
            parts.push((name, part));
        }
        Ok(Package { parts })
    }

    /// The package as a zip without compression, in which some parts may be replaced.
    pub(crate) fn stored(&self, replace: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, part) in &self.parts {
            let replaced = replace(name);
            writer
                .start_file(name.as_str(), options)
                .and_then(|()| Ok(writer.write_all(replaced.as_deref().unwrap_or(part))?))
                .map_err(Refusal::damaged)?;
        }
        Ok(writer.finish().map_err(Refusal::damaged)?.into_inner())
    }

    /// A part by its path, in any case.
    pub(crate) fn part(&self, path: &str) -> Option<&[u8]> {
        let path = path.trim_start_matches('/');
        let (_, part) = self
            .parts
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(path))?;
        Some(part)
    }

    /// The part whose path ends so, in any case.
    pub(crate) fn part_ending(&self, end: &str) -> Option<&[u8]> {
        let ends = |name: &str| {
            let start = name.len().checked_sub(end.len());
            let tail = start.and_then(|start| name.get(start..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        };
        let (_, part) = self.parts.iter().find(|(name, _)| ends(name))?;
        Some(part)
    }

    /// A part as text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.part(path)?).ok()
    }
}

/// Inflates one entry of a zip, never beyond the limits.
pub(crate) fn inflate<R: Read>(reading: &mut Reading, file: ZipFile<'_, R>) -> Result<Vec<u8>> {
    if file.encrypted() {
        return Err(Refusal::new("encrypted"));
    }
    let packed = file.compressed_size();
    let allowance = reading.entry_allowance(packed);
    let declared = file.size();
    if declared > allowance {
        reading.expand(packed, declared)?;
    }
    let mut unpacked = Vec::with_capacity(usize::try_from(declared.min(allowance)).unwrap_or(0));
    let mut limited = file.take(allowance.saturating_add(1));
    let result = limited.read_to_end(&mut unpacked);
    reading.expand(packed, unpacked.len() as u64)?;
    result.map_err(Refusal::damaged)?;
    Ok(unpacked)
}

fn is_xml(name: &str) -> bool {
    matches!(extension(name).as_str(), "xml" | "rels")
}

fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map_or(String::new(), |(_, extension)| {
            extension.to_ascii_lowercase()
        })
}

fn is_needed(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let needless = [
        "/media/",
        "/drawings/",
        "vbaproject",
        "/printersettings/",
        "/embeddings/",
    ];
    (is_xml(name) || extension(name) == "bin" || lower == "mimetype")
        && !needless.iter().any(|part| lower.contains(part))
        && !lower.starts_with("pictures/")
}

/// No workbook needs a document type; those that have one want entities expanded.
fn refuse_declarations(part: &[u8]) -> Result<()> {
    let head = part.get(..4 << 10).unwrap_or(part);
    if memmem::find(head, b"<!DOCTYPE").is_some() || memmem::find(head, b"<!ENTITY").is_some() {
        return Err(Refusal::new("xml_entity"));
    }
    Ok(())
}
