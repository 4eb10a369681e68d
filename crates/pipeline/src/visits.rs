//! Which sources a run visits when, and what came of it. An ordinary run visits every source once;
//! a nightly one follows its plan.

use std::collections::BTreeMap;

use channelflow_collect::Failure;
use channelflow_config::{Nightly, Source};
use channelflow_model::finding::{Finding, Place, Severity};
use serde::{Deserialize, Serialize};

use crate::clock::civil;
use crate::flight::Visited;
use crate::plan::{Night, Step};
use crate::report::RunReport;
use crate::run::RunOptions;

/// How a source stands at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// Read to its end.
    Read,
    /// Not read, or not to its end; a finding says why.
    Failed,
    /// Not visited: its hours did not come, or the run was stopped.
    NotVisited,
}

impl SourceState {
    /// The word in JSON and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceState::Read => "read",
            SourceState::Failed => "failed",
            SourceState::NotVisited => "not_visited",
        }
    }
}

/// A source in the report of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// What it is: `folder`, `portal` …
    pub kind: String,
    /// How it stands.
    pub state: SourceState,
    /// Whether it missed its deadline.
    pub late: bool,
    /// Visits in this run.
    pub tries: u32,
    /// Artifacts it brought.
    pub arrivals: u64,
    /// Files that were dealt with before.
    pub seen_before: u64,
    /// When it was last visited, ISO.
    pub at: Option<String>,
}

/// The visits of one run.
pub struct Visits {
    sources: Vec<Source>,
    night: Option<Night>,
    begun: bool,
    reports: BTreeMap<String, SourceReport>,
    failures: BTreeMap<String, Finding>,
}

impl Visits {
    /// Of a run over these sources, or those of them it is told, by the plan if there is one.
    pub fn new(sources: &[Source], plan: Option<&Nightly>, options: &RunOptions) -> Self {
        let mut sources = sources.to_vec();
        if let Some(only) = &options.only {
            sources.retain(|source| only.contains_key(&source.name));
        }
        Visits {
            night: plan.map(|plan| Night::begin(plan, &sources, options.clock.civil())),
            sources,
            begun: false,
            reports: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    /// What is to be done next, beside the visits under way. Sources to visit count as being visited
    /// until `note`.
    pub fn next(&mut self, options: &RunOptions) -> Step<Source> {
        let Some(night) = &mut self.night else {
            let first = !std::mem::replace(&mut self.begun, true);
            return if first {
                Step::Visit(self.sources.clone())
            } else {
                Step::Over
            };
        };
        if options.is_stopped() {
            return Step::Over;
        }
        match night.next(&self.sources, options.clock.civil()) {
            Step::Visit(names) => {
                for name in &names {
                    night.set_out(name);
                }
                let due = |source: &&Source| names.contains(&source.name);
                Step::Visit(self.sources.iter().filter(due).cloned().collect())
            }
            Step::WaitUntil(at) => Step::WaitUntil(at),
            Step::Over => Step::Over,
        }
    }

    /// Notes what a visit brought; why it failed is said at the end, if no later one succeeds.
    pub fn note(&mut self, visited: &Visited) {
        let (source, collection) = (&visited.source, &visited.collection);
        let failed = collection.failed.as_ref();
        let passing = failed.map(|error| error.failure == Failure::Transient);
        let at = visited.at.clone();
        if let Some(night) = &mut self.night
            && let Some(ended) = civil(&at)
        {
            night.visited(&source.name, ended, passing);
        }
        let report = self
            .reports
            .entry(source.name.clone())
            .or_insert_with(|| unvisited(source));
        report.tries += 1;
        report.arrivals += collection.arrivals.len() as u64;
        report.seen_before = collection.seen_before;
        report.at = Some(at);
        if let Some(error) = failed {
            report.state = SourceState::Failed;
            let finding = Finding::said(&error.sentence, Severity::Error, place(source));
            self.failures.insert(source.name.clone(), finding);
        } else {
            report.state = SourceState::Read;
            self.failures.remove(&source.name);
        }
    }

    /// Puts every source into the report, with what failed and what came too late.
    pub fn finish(mut self, options: &RunOptions, report: &mut RunReport) {
        let now = options.clock.civil();
        for source in &self.sources {
            let mut shown = self
                .reports
                .remove(&source.name)
                .unwrap_or_else(|| unvisited(source));
            report.findings.extend(self.failures.remove(&source.name));
            shown.late = self
                .night
                .as_ref()
                .is_some_and(|night| night.is_late(source, now));
            if let (true, Some(deadline)) = (shown.late, source.times.deadline) {
                let late = Finding::new("source_late", Severity::Error, place(source));
                report.findings.push(late.fact("deadline", deadline));
            }
            if shown.state == SourceState::NotVisited && self.night.is_some() {
                let unseen = Finding::new("source_not_visited", Severity::Warning, place(source));
                report.findings.push(unseen);
            }
            report.sources.push(shown);
        }
    }
}

fn unvisited(source: &Source) -> SourceReport {
    SourceReport {
        name: source.name.clone(),
        kind: source.kind.word().to_owned(),
        state: SourceState::NotVisited,
        late: false,
        tries: 0,
        arrivals: 0,
        seen_before: 0,
        at: None,
    }
}

/// A source as the place of a finding.
pub(crate) fn place(source: &Source) -> Place {
    Place {
        file: Some(source.name.clone()),
        ..Place::default()
    }
}
