//! Answers for every row of a file of names: each distinct name is resolved once, on all cores,
//! and the order of the answers is that of the file.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};

use channelflow_matching::certify::mark_exact;
use channelflow_matching::explain::sentence;
use channelflow_matching::{Answer, Thresholds, decide};
use channelflow_model::Lang;
use indicatif::{ProgressBar, ProgressStyle};

use super::kind::{Kind, Matcher, Query, Scratch};
use super::sheet::Sheet;

/// So many names are taken at a time.
const CHUNK: usize = 256;

/// What is said about one distinct name.
pub struct Resolved {
    /// Candidates and decision.
    pub answer: Answer,
    /// Why, in one sentence; empty unless it was asked for.
    pub explanation: String,
}

/// Answers of all rows.
pub struct Answers {
    resolved: Vec<Resolved>,
    of_row: Vec<usize>,
}

impl Answers {
    /// The answer of the n-th row that was asked for, from 0.
    pub fn get(&self, position: usize) -> Option<&Resolved> {
        self.of_row
            .get(position)
            .and_then(|at| self.resolved.get(*at))
    }

    /// Distinct names.
    pub fn distinct(&self) -> usize {
        self.resolved.len()
    }
}

/// A master, its matcher, and what may be accepted.
pub struct Desk<'a> {
    /// What is matched.
    pub kind: Kind,
    /// The master file.
    pub master: &'a Sheet,
    /// Its index.
    pub matcher: &'a Matcher,
    /// What may be accepted.
    pub thresholds: &'a Thresholds,
}

impl Desk<'_> {
    /// The name of a row of the master.
    pub fn name(&self, row: u32) -> &str {
        self.master
            .text(row as usize + self.master.rows().start, "name")
    }

    /// The id of a row of the master.
    pub fn id(&self, row: u32) -> &str {
        self.master
            .text(row as usize + self.master.rows().start, "id")
    }

    /// One row of a file of names.
    pub fn answer(&self, names: &Sheet, row: usize, scratch: &mut Scratch) -> (Query, Answer) {
        let query = self.matcher.query(names, row);
        let mut ranked = self.matcher.rank(&query, scratch);
        if let Some(first) = ranked.candidates.first() {
            let master = self.name(first.row);
            mark_exact(&mut ranked, names.text(row, "name"), master);
        }
        (query, decide(ranked, self.thresholds))
    }

    /// Why this was answered; `scratch` is the one it was answered with, if it is still there.
    pub fn explain(
        &self,
        query: &Query,
        answer: &Answer,
        scratch: Option<&Scratch>,
        lang: Lang,
    ) -> String {
        let first = answer.ranked.candidates.first();
        let evidence = first.map(|first| match scratch {
            Some(scratch) => self.matcher.evidence_of_ranked(query, first.row, scratch),
            None => self.matcher.evidence(query, first.row),
        });
        let evidence = evidence.unwrap_or_default();
        sentence(lang, answer.decision, &answer.ranked, &evidence, |row| {
            self.name(row)
        })
    }

    /// These rows; with a language also why.
    pub fn answer_all(&self, names: &Sheet, asked: &[usize], explained: Option<Lang>) -> Answers {
        let mut positions: HashMap<String, usize> = HashMap::new();
        let mut rows: Vec<usize> = Vec::new();
        let of_row = asked
            .iter()
            .map(|row| {
                *positions
                    .entry(self.kind.context(names, *row))
                    .or_insert_with(|| {
                        rows.push(*row);
                        rows.len() - 1
                    })
            })
            .collect();
        drop(positions);
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let (next, bar) = (AtomicUsize::new(0), progress(rows.len()));
        let mut chunks = std::thread::scope(|scope| {
            let worker = || {
                let mut scratch = Scratch::default();
                let mut done = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(chunk) = rows.chunks(CHUNK).nth(at) else {
                        return done;
                    };
                    done.push((at, self.chunk(names, chunk, explained, &mut scratch)));
                    bar.inc(chunk.len() as u64);
                }
            };
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
            let mut chunks = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(done) => chunks.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            chunks
        });
        bar.finish_and_clear();
        chunks.sort_unstable_by_key(|(at, _)| *at);
        let resolved = chunks.into_iter().flat_map(|(_, done)| done).collect();
        Answers { resolved, of_row }
    }

    fn chunk(
        &self,
        names: &Sheet,
        rows: &[usize],
        explained: Option<Lang>,
        scratch: &mut Scratch,
    ) -> Vec<Resolved> {
        rows.iter()
            .map(|row| {
                let (query, answer) = self.answer(names, *row, scratch);
                let explanation =
                    explained.map(|lang| self.explain(&query, &answer, Some(scratch), lang));
                Resolved {
                    answer,
                    explanation: explanation.unwrap_or_default(),
                }
            })
            .collect()
    }
}

/// A bar on a terminal.
fn progress(names: usize) -> ProgressBar {
    if std::io::stderr().is_terminal() {
        ProgressBar::new(names as u64).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        )
    } else {
        ProgressBar::hidden()
    }
}
