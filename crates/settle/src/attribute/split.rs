//! Splitting a figure between posts so that the parts sum to the whole.
//!
//! Every part but the largest share's is rounded, half away from zero; the largest share takes
//! what is left, so the remainder is its own. Quantities are split to a millionth, money to a
//! cent. Not here: what the shares are.

use channelflow_model::Micros;

/// Smallest part of a quantity, in millionths.
pub(crate) const QUANTITY: i64 = 1;
/// Smallest part of money: a cent, in millionths of a yuan.
pub(crate) const MONEY: i64 = 10_000;

/// The parts of `whole` by `shares` (millionths that sum to a million), in multiples of `unit`
/// but for the part of the largest share, the first of equal ones. Calls `part` with every index.
pub(crate) fn split(whole: Micros, shares: &[i64], unit: i64, mut part: impl FnMut(usize, Micros)) {
    let mut largest = 0;
    let mut most = i64::MIN;
    for (index, share) in shares.iter().enumerate() {
        if *share > most {
            (largest, most) = (index, *share);
        }
    }
    let mut left = whole.0;
    for (index, share) in shares.iter().enumerate() {
        if index != largest {
            let rounded = share_of(whole.0, *share, unit);
            // Shares are above 0 and sum to one, so no part exceeds the whole.
            left = left.saturating_sub(rounded);
            part(index, Micros(rounded));
        }
    }
    if !shares.is_empty() {
        part(largest, Micros(left));
    }
}

/// `whole × share`, rounded half away from zero to a multiple of `unit`.
fn share_of(whole: i64, share: i64, unit: i64) -> i64 {
    let exact = i128::from(whole) * i128::from(share);
    let step = i128::from(Micros::SCALE) * i128::from(unit);
    let half = step / 2;
    let units = if exact < 0 {
        (exact - half) / step
    } else {
        (exact + half) / step
    };
    i64::try_from(units * i128::from(unit)).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::micros;

    #[test]
    fn the_remainder_goes_to_the_largest_share() {
        for (whole, shares, unit, parts) in [
            ("101", &["0.6", "0.4"][..], QUANTITY, &["60.6", "40.4"][..]),
            ("100.01", &["0.6", "0.4"], MONEY, &["60.01", "40"]),
            ("-100.01", &["0.6", "0.4"], MONEY, &["-60.01", "-40"]),
            ("0.01", &["0.5", "0.5"], MONEY, &["0", "0.01"]),
            (
                "100",
                &["0.333333", "0.333333", "0.333334"],
                MONEY,
                &["33.33", "33.33", "33.34"],
            ),
            ("0.000001", &["0.4", "0.6"], QUANTITY, &["0", "0.000001"]),
            ("7", &["1"], MONEY, &["7"]),
        ] {
            let shares: Vec<i64> = shares.iter().map(|share| micros(share).0).collect();
            let mut found = vec![Micros::ZERO; shares.len()];
            split(micros(whole), &shares, unit, |index, part| {
                if let Some(place) = found.get_mut(index) {
                    *place = part;
                }
            });
            let expected: Vec<Micros> = parts.iter().map(|part| micros(part)).collect();
            assert_eq!(found, expected, "{whole} by {shares:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(whole in any::<i64>(), cuts in prop::collection::btree_set(1i64..1_000_000, 0..6)) {
            let ends = cuts.iter().copied().chain([1_000_000]);
            let begins = [0].into_iter().chain(cuts.iter().copied());
            let shares: Vec<i64> = ends.zip(begins).map(|(end, begin)| end - begin).collect();
            for unit in [QUANTITY, MONEY] {
                let mut sum = 0i128;
                split(Micros(whole), &shares, unit, |_, part| sum += i128::from(part.0));
                prop_assert_eq!(sum, i128::from(whole));
            }
        }
    }
}
