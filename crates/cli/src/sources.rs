//! The collectors of the company's sources. This is the only place that names them all.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use channelflow_collect::{Collector, Known, Landing, Probe, Visit};
use channelflow_config::{Description, Source, SourceKind, Values};
use channelflow_model::Sentence;
use channelflow_pipeline::collect::Collectors;
use channelflow_pipeline::company::Company;

use crate::session::now;

/// A collector for every source that is not a folder, or why there is none.
pub fn collectors(company: &Company) -> Collectors {
    company
        .config
        .sources
        .iter()
        .filter(|source| source.kind != SourceKind::Folder)
        .map(|source| (source.name.clone(), collector(company, source)))
        .collect()
}

/// The collector of one source.
pub fn collector(company: &Company, source: &Source) -> Result<Arc<dyn Collector>, Sentence> {
    let path = company.path(&source.path);
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
    let values = Values::resolve(&source.with, &company.dir, &environment)?;
    let description = Description {
        source: &source.name,
        file: &source.path,
        text: &text,
        dir: &company.dir,
        values: &values,
    };
    match source.kind {
        SourceKind::Folder => Err(Sentence::new("source_no_collector").fact("kind", "folder")),
        SourceKind::Portal => channelflow_collect_portal::open(&description),
        SourceKind::Database => channelflow_collect_db::open(&description),
        SourceKind::Mail => channelflow_collect_remote::open_mail(&description),
        SourceKind::Sftp => channelflow_collect_remote::open_sftp(&description),
        SourceKind::Ftp => channelflow_collect_remote::open_ftp(&description),
        SourceKind::ObjectStore => channelflow_collect_remote::open_object_store(&description),
        SourceKind::Webdav => channelflow_collect_remote::open_webdav(&description),
    }
}

/// Reaches a source and shows what is there; nothing is stored.
pub async fn probe(company: &Company, source: &Source) -> anyhow::Result<Probe> {
    let scratch = tempfile::tempdir()?;
    let (_, today) = now()?;
    let visit = Visit {
        known: &Known::default(),
        landing: &Landing::new(scratch.path())?,
        today,
        most_bytes: company.config.limits.artifact_bytes,
        stop: &Arc::new(AtomicBool::new(false)),
    };
    let collector = collector(company, source)?;
    let probed = collector.probe(&visit).await;
    probed.map_err(|error| error.sentence.into())
}

/// A variable of the environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Sentence {
    Sentence::new("source_unreadable")
        .fact("path", path.display())
        .because(error)
}
