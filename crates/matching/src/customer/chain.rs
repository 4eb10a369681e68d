//! The places a text begins with: province, city, county, each inside the one before.

use super::places::{Codes, gazetteer};

/// Places at the start of a text, each inside the one before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chain {
    /// Its length in characters.
    pub(super) len: usize,
    /// Where its last link begins.
    pub(super) last: usize,
    /// What it may mean.
    pub(super) codes: Codes,
    /// Whether its last link is written in short form.
    pub(super) short: bool,
}

/// The chain of places at the start of a text. A short form that goes on as a town or a brand is
/// none: 永寿镇 is not the county 永寿, 海晏堂 not 海晏, 解放军 not the district 解放.
pub(super) fn place_chain(text: &[char]) -> Chain {
    let mut chain = Chain::default();
    loop {
        let rest = text.get(chain.len..).unwrap_or_default();
        let mut step = None;
        gazetteer().all_at(rest, |len, place| {
            let met = if chain.codes.is_empty() {
                place.any
            } else {
                place.any.meet(&chain.codes)
            };
            if met.is_empty() {
                return;
            }
            let full = place
                .full
                .as_slice()
                .iter()
                .any(|c| met.as_slice().contains(c));
            let after = rest.get(len..).unwrap_or_default();
            if full || !goes_on(after) {
                // A county that became a city or a district keeps its place; a county beside a
                // city of the same name (信阳县, 信阳市) is another place, which is not known here.
                let renamed = matches!(after, ['县' | '市' | '区', ..]) && !full;
                let counties = met.as_slice().iter().all(|code| !code.is_multiple_of(100));
                if !renamed {
                    step = Some((len, met, !full));
                } else if counties {
                    step = Some((len + 1, met, false));
                }
            }
        });
        let Some((len, codes, short)) = step else {
            return chain;
        };
        chain = Chain {
            len: chain.len + len,
            last: chain.len,
            codes,
            short,
        };
    }
}

/// Whether a text goes on so that the place before it is part of a longer word.
fn goes_on(rest: &[char]) -> bool {
    matches!(
        rest,
        ['镇' | '乡' | '堂' | '军', ..] | ['街', '道', ..] | ['苏', '木', ..]
    )
}
