//! Which master names share rare pairs of characters with a text: an inverted index over
//! character bigrams, probed with the rarest ones first. Finds candidates; judges nothing.

use rustc_hash::FxHashMap;

/// Rarest bigrams of a text that are looked up; more cost time and find hardly anything new.
const PROBED: usize = 8;
/// Always looked up, however many rows have them.
const ALWAYS: usize = 3;
/// Rows looked at for one text; common bigrams beyond them are left out. A small index needs few,
/// a large one has more names that are nearly the same.
const BUDGET: std::ops::RangeInclusive<u32> = 2_000..=16_000;

/// Rows by the bigrams of their texts.
#[derive(Debug, Clone, Default)]
pub struct Grams {
    slots: FxHashMap<u64, u32>,
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// One over the length of each row's vector of weights.
    scale: Vec<f32>,
    total: u32,
}

/// Buffers a search reuses; one per thread.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    score: Vec<f32>,
    touched: Vec<u32>,
    grams: Vec<(u32, u32)>,
}

impl Grams {
    /// Indexes texts; row ids are their positions. A row may have several texts (aliases): give
    /// `(row, text)` pairs in any order, `rows` is the number of rows.
    pub fn new<'t>(rows: u32, texts: impl Iterator<Item = (u32, &'t str)> + Clone) -> Self {
        Grams::build(rows, texts.map(|(row, text)| (row, text.chars())))
    }

    fn build<C: Iterator<Item = char>>(
        rows: u32,
        texts: impl Iterator<Item = (u32, C)> + Clone,
    ) -> Self {
        let mut slots: FxHashMap<u64, u32> = FxHashMap::default();
        let mut counts: Vec<u32> = Vec::new();
        for (_, text) in texts.clone() {
            for gram in bigrams(text) {
                let next = u32::try_from(counts.len()).unwrap_or(u32::MAX);
                let slot = *slots.entry(gram).or_insert(next);
                match counts.get_mut(slot as usize) {
                    Some(count) => *count += 1,
                    None => counts.push(1),
                }
            }
        }
        let mut starts = Vec::with_capacity(counts.len() + 1);
        let mut sum = 0_u32;
        for count in &counts {
            starts.push(sum);
            sum += count;
        }
        starts.push(sum);
        let mut fill = starts.clone();
        let mut postings = vec![0_u32; sum as usize];
        let mut length = vec![0_f32; rows as usize];
        for (row, text) in texts {
            for gram in bigrams(text) {
                let Some(slot) = slots.get(&gram) else {
                    continue;
                };
                let Some(at) = fill.get_mut(*slot as usize) else {
                    continue;
                };
                if let Some(posting) = postings.get_mut(*at as usize) {
                    *posting = row;
                }
                *at += 1;
                let count = counts.get(*slot as usize).copied().unwrap_or(1);
                let weight = idf(rows, count);
                if let Some(length) = length.get_mut(row as usize) {
                    *length += weight * weight;
                }
            }
        }
        let scale = length.iter().map(|l| 1.0 / l.sqrt().max(1e-6)).collect();
        Grams {
            slots,
            starts,
            rows: postings,
            scale,
            total: rows,
        }
    }

    fn count(&self, slot: u32) -> u32 {
        let at = slot as usize;
        let from = self.starts.get(at).copied().unwrap_or(0);
        self.starts.get(at + 1).copied().unwrap_or(from) - from
    }

    /// Indexes texts that stand one after the other: row `n` is `starts[n]..starts[n + 1]`.
    pub fn of_chars(chars: &[char], starts: &[u32], rows: u32) -> Self {
        let texts = starts.windows(2).enumerate().map(|(row, range)| {
            let (from, to) = match range {
                [from, to] => (*from as usize, *to as usize),
                _ => (0, 0),
            };
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            (row, chars.get(from..to).unwrap_or_default())
        });
        Grams::build(rows, texts.map(|(row, text)| (row, text.iter().copied())))
    }

    /// The `most` rows most like the text, best first, appended to `out` with their likeness: the
    /// cosine of the two texts' weighted bigrams, from 0 to 1, seen through the bigrams probed.
    pub fn find(&self, text: &str, most: usize, probe: &mut Probe, out: &mut Vec<(u32, f32)>) {
        probe.grams.clear();
        let mut length = 0.0_f32;
        for gram in bigrams(text.chars()) {
            let count = self.slots.get(&gram).map_or(1, |slot| self.count(*slot));
            length += idf(self.total, count).powi(2);
            if let Some(slot) = self.slots.get(&gram) {
                let at = *slot as usize;
                let from = self.starts.get(at).copied().unwrap_or(0);
                let to = self.starts.get(at + 1).copied().unwrap_or(from);
                if !probe.grams.contains(&(to - from, *slot)) {
                    probe.grams.push((to - from, *slot));
                }
            }
        }
        probe.grams.sort_unstable();
        probe.score.resize(self.total as usize, 0.0);
        let budget = (self.total / 12).clamp(*BUDGET.start(), *BUDGET.end());
        let mut spent = 0_u32;
        for (at, (count, slot)) in probe.grams.iter().take(PROBED).enumerate() {
            spent = spent.saturating_add(*count);
            if at >= ALWAYS && spent > budget {
                break;
            }
            let weight = idf(self.total, *count);
            let weight = weight * weight;
            let from = self.starts.get(*slot as usize).copied().unwrap_or(0) as usize;
            for row in self
                .rows
                .get(from..from + *count as usize)
                .unwrap_or_default()
            {
                if let Some(score) = probe.score.get_mut(*row as usize) {
                    if *score == 0.0 {
                        probe.touched.push(*row);
                    }
                    *score += weight;
                }
            }
        }
        let length = 1.0 / length.sqrt().max(1e-6);
        let start = out.len();
        for row in probe.touched.drain(..) {
            if let Some(score) = probe.score.get_mut(row as usize) {
                let scale = self.scale.get(row as usize).copied().unwrap_or(0.0);
                out.push((row, *score * scale * length));
                *score = 0.0;
            }
        }
        let found = out.get_mut(start..).unwrap_or_default();
        if found.len() > most {
            found.select_nth_unstable_by(most, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            out.truncate(start + most);
        }
        if let Some(found) = out.get_mut(start..) {
            found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        }
    }
}

/// Rarity of a bigram: natural logarithm of rows per row that has it.
#[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
fn idf(rows: u32, count: u32) -> f32 {
    ((rows as f32 + 1.0) / (count as f32 + 0.5)).ln().max(0.05)
}

/// Pairs of neighbouring characters, with the edges of the text as characters of their own.
fn bigrams(text: impl Iterator<Item = char>) -> impl Iterator<Item = u64> {
    let mut last = u64::from('^' as u32);
    text.chain(std::iter::once('$')).map(move |c| {
        let gram = (last << 32) | u64::from(c as u32);
        last = u64::from(c as u32);
        gram
    })
}
