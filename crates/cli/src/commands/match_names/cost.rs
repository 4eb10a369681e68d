//! What a phase cost, logged with `CHANNELFLOW_LOG=info`: CPU seconds of this process and memory,
//! where the system tells them (Linux).

use std::time::Instant;

/// Clock ticks per second in `/proc`; the kernel's ABI, whatever its own clock.
const TICKS: f64 = 100.0;

/// Meters one phase after another.
pub struct Meter {
    begun: Instant,
    cpu: f64,
}

impl Meter {
    /// Begins the first phase.
    pub fn start() -> Self {
        Meter {
            begun: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    /// Logs the phase that ends here and begins the next.
    pub fn phase(&mut self, phase: &'static str, names: usize) {
        let next = Meter::start();
        tracing::info!(
            phase,
            names,
            cpu_seconds = next.cpu - self.cpu,
            wall_seconds = next.begun.duration_since(self.begun).as_secs_f64(),
            resident_mb = status_mb("VmRSS:"),
            peak_mb = status_mb("VmHWM:"),
            "match"
        );
        *self = next;
    }
}

/// User and system time of this process, its threads included and its children not.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in brackets and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}

fn status_mb(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024 / 1_000_000
}
