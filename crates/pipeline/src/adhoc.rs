//! Files named by a person: loaded now, or tried without storing anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::Context;
use channelflow_collect::Version;
use channelflow_model::{FlowKind, Layout};
use channelflow_resolve::Resolver;
use channelflow_warehouse::{Mode, SubmissionFilter, SubmissionRow, SubmissionState, Warehouse};

use crate::company::Company;
use crate::intake::{Intake, take_in, take_same};
use crate::prepare::{Job, Reference, prepare};
use crate::report::{FileReport, RestatementReport};
use crate::run::accepted_layouts;

/// What a person said about a file.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Whose it is.
    pub distributor: Option<String>,
    /// What it reports.
    pub kind: Option<FlowKind>,
}

/// A file to load once: its bytes go to the landing area first, unless nothing is to be stored.
pub fn job_of(company: &Company, path: &Path, told: &Told, mode: Mode) -> anyhow::Result<Job> {
    let artifact = match mode {
        Mode::Commit => {
            channelflow_collect::Landing::new(&company.path(&company.config.landing.path))?
                .store(path)
        }
        Mode::DryRun => channelflow_collect::fingerprint(path),
    }
    .with_context(|| format!("`{}` cannot be taken in", path.display()))?;
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .map(|folder| folder.to_string_lossy().into_owned());
    let mtime_ns = std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or(0);
    Ok(Job {
        source: "-".to_owned(),
        path: artifact.path,
        file: path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        folder,
        told: told.distributor.clone(),
        kind: told.kind,
        artifact: artifact.sha256,
        bytes: artifact.bytes,
        version: Version {
            size: artifact.bytes,
            mtime_ns,
        },
        cursor: None,
        afresh: false,
    })
}

/// How a file is taken in.
pub struct Taking<'a> {
    /// The run; `None` in a preview.
    pub run_id: Option<i64>,
    /// Now, ISO.
    pub at: &'a str,
    /// Stored or rolled back.
    pub mode: Mode,
    /// Whether the same bytes are compared again.
    pub again: bool,
    /// A layout to read with beside the accepted ones, and whose it is: what a preview of
    /// accepting it needs.
    pub layout: Option<(&'a str, &'a Layout)>,
}

/// Loads or tries one file with the warehouse's present master data.
pub async fn take_file(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    mut job: Job,
    taking: &Taking<'_>,
) -> anyhow::Result<(FileReport, Vec<RestatementReport>)> {
    let master = warehouse.master().await?;
    let (resolver, _) = Resolver::new(&master);
    job.afresh |= taking.again;
    let reference = Arc::new(Reference {
        master,
        resolver,
        contents: warehouse.contents().await?,
    });
    let mut layouts = accepted_layouts(warehouse).await?;
    if let Some((distributor_id, layout)) = taking.layout {
        layouts
            .entry(distributor_id.to_owned())
            .or_default()
            .push(layout.clone());
    }
    let layouts = Arc::new(layouts);
    let prepare_file = async |job: Job| {
        let (company, reference) = (Arc::clone(company), Arc::clone(&reference));
        let layouts = Arc::clone(&layouts);
        tokio::task::spawn_blocking(move || prepare(&company, &reference, &layouts, job))
            .await
            .context("preparing the file was interrupted")?
    };
    let mut prepared = prepare_file(job).await?;
    let intake = Intake {
        run_id: taking.run_id,
        at: taking.at,
        mode: taking.mode,
        checkpoint: false,
        again: taking.again,
    };
    if let Some(report) = take_same(warehouse, &prepared, intake).await? {
        return Ok((report, Vec::new()));
    }
    if prepared.same_as.is_some() {
        let job = Job {
            afresh: true,
            ..prepared.job
        };
        prepared = prepare_file(job).await?;
    }
    take_in(company, warehouse, prepared, intake).await
}

/// Takes in the files of a distributor that waited for a layout, oldest first, from the landing
/// area. Those that still do not fit keep waiting.
pub async fn take_waiting(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    distributor_id: &str,
    taking: &Taking<'_>,
) -> anyhow::Result<Vec<(FileReport, Vec<RestatementReport>)>> {
    let filter = SubmissionFilter {
        distributor_id: Some(distributor_id.to_owned()),
        state: Some(SubmissionState::HeldLayout),
        ..SubmissionFilter::default()
    };
    let mut waiting = warehouse.submissions(&filter).await?;
    waiting.sort_by_key(|submission| submission.submission_id);
    let mut taken = Vec::new();
    let mut seen = BTreeSet::new();
    for submission in waiting {
        let loaded = warehouse
            .find_artifact(distributor_id, &submission.artifact)
            .await?;
        if loaded.is_some() || !seen.insert(submission.artifact.clone()) {
            continue;
        }
        let job = job_of_submission(company, submission)?;
        taken.push(take_file(company, warehouse, job, taking).await?);
    }
    Ok(taken)
}

/// The file of a submission, from the landing area.
pub fn job_of_submission(company: &Company, submission: SubmissionRow) -> anyhow::Result<Job> {
    let landing = channelflow_collect::Landing::new(&company.path(&company.config.landing.path))?;
    let bytes = u64::try_from(submission.bytes).unwrap_or(0);
    Ok(Job {
        source: submission.source,
        path: landing.path_of(&submission.artifact),
        file: submission.file_name,
        folder: None,
        told: Some(submission.distributor_id),
        kind: None,
        artifact: submission.artifact,
        bytes,
        version: Version {
            size: bytes,
            mtime_ns: 0,
        },
        cursor: None,
        afresh: false,
    })
}
