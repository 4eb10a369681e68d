//! A rate that was counted, and how sure it is.

use serde::{Serialize, Serializer};

/// Standard deviations of a two-sided interval of 95 %.
const TWO_SIDED: f64 = 1.959_964;

/// The same of a one-sided bound.
const ONE_SIDED: f64 = 1.644_854;

/// So many of so many, and what that says about the rate behind it (Wilson's interval).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// How often it happened.
    pub hits: u64,
    /// How often it could have.
    pub of: u64,
}

impl Rate {
    /// Counts one more case.
    pub fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    /// The rate as seen; 0 without cases.
    pub fn rate(self) -> f64 {
        if self.of == 0 {
            0.0
        } else {
            real(self.hits) / real(self.of)
        }
    }

    /// The two-sided interval of 95 %.
    pub fn interval(self) -> (f64, f64) {
        self.wilson(TWO_SIDED)
    }

    /// The lower end of the one-sided interval of 95 %.
    pub fn at_least(self) -> f64 {
        self.wilson(ONE_SIDED).0
    }

    /// The upper end of the one-sided interval of 95 %.
    pub fn at_most(self) -> f64 {
        self.wilson(ONE_SIDED).1
    }

    fn wilson(self, z: f64) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (n, p, zz) = (real(self.of), self.rate(), z * z);
        let middle = p + zz / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + zz / (4.0 * n * n)).sqrt();
        let whole = 1.0 + zz / n;
        (
            ((middle - half) / whole).max(0.0),
            ((middle + half) / whole).min(1.0),
        )
    }

    /// The rate as seen with half a case more: nothing is certain because it was not seen yet.
    pub(crate) fn cautious(self) -> f64 {
        (real(self.hits) + 0.5) / (real(self.of) + 1.0)
    }

    pub(crate) fn with(self, other: Rate) -> Rate {
        Rate {
            hits: self.hits + other.hits,
            of: self.of + other.of,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of labels are small")]
fn real(count: u64) -> f64 {
    count as f64
}

impl Serialize for Rate {
    /// With its interval, so that nobody quotes the rate alone.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown {
            hits: u64,
            of: u64,
            rate: f64,
            interval: (f64, f64),
            at_least: f64,
        }
        Shown {
            hits: self.hits,
            of: self.of,
            rate: self.rate(),
            interval: self.interval(),
            at_least: self.at_least(),
        }
        .serialize(serializer)
    }
}
