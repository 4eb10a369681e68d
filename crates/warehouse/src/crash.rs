//! Named steps at which a test may kill the program, to prove that a kill never leaves half a load.
//!
//! `CHANNELFLOW_CRASH_AT=before_commit` kills at the first time the step is reached,
//! `before_commit:3` at the third. The kill is SIGKILL: nothing unwinds, nothing is flushed.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

static TARGET: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
    let text = std::env::var("CHANNELFLOW_CRASH_AT").ok()?;
    match text.split_once(':') {
        Some((name, count)) => Some((name.to_owned(), count.parse().ok()?)),
        None => Some((text, 1)),
    }
});
static REACHED: AtomicU64 = AtomicU64::new(0);

/// Steps of a load, in order.
pub const CRASH_POINTS: [&str; 7] = [
    "after_submission",
    "after_dictionaries",
    "mid_lines",
    "after_lines",
    "after_snapshots",
    "before_commit",
    "after_commit",
];

/// Steps of a decision about reported names, in order.
pub const DECISION_CRASH_POINTS: [&str; 3] =
    ["decision_recorded", "decision_applied", "decision_stored"];

/// Steps of an import of what settlement is computed from, in order.
pub const RECORD_CRASH_POINTS: [&str; 2] = ["records_ended", "records_opened"];

/// Kills the program if it was asked to die at this step.
pub fn crash_point(name: &str) {
    let Some((target, count)) = TARGET.as_ref() else {
        return;
    };
    if target != name || REACHED.fetch_add(1, Ordering::SeqCst) + 1 != *count {
        return;
    }
    let _ = std::process::Command::new("kill")
        .args(["-9", &std::process::id().to_string()])
        .status();
    // Without a `kill` program: abort neither unwinds nor flushes either.
    std::process::abort();
}
