//! Folds in key order: made from the sums of a load, and two of them added up in one pass. Pure.

use std::cmp::Ordering;

use channelflow_model::settlement::Entry;
use channelflow_model::{Day, LineFlags, Micros};

use super::bytes::Parts;
use super::changes::{Entries, Texts};

/// Sums by key as a fold: texts and entries ascending.
pub(super) fn in_order(texts: &Texts, sums: &Entries) -> Parts {
    let (customers, customer_places) = ranked(texts, sums.keys().map(|key| key.0));
    let (products, product_places) = ranked(texts, sums.keys().map(|key| key.1));
    let place = |places: &[u32], number: u32| places.get(number as usize).copied().unwrap_or(0);
    let mut entries: Vec<Entry> = sums
        .iter()
        .filter_map(|((customer, product, day, flags), sum)| {
            Some(Entry {
                customer: place(&customer_places, *customer),
                product: place(&product_places, *product),
                day: Day::from_number(*day)?,
                flags: LineFlags((*flags).into()),
                lines: sum.lines,
                quantity: Micros(sum.quantity),
                amount: Micros(sum.amount),
            })
        })
        .collect();
    entries.sort_unstable_by_key(key);
    Parts {
        customers,
        products,
        entries,
    }
}

fn key(entry: &Entry) -> (u32, u32, Day, u32) {
    (entry.customer, entry.product, entry.day, entry.flags.0)
}

/// The texts of these numbers, ascending, and the place of each number among them.
fn ranked(texts: &Texts, numbers: impl Iterator<Item = u32>) -> (Vec<String>, Vec<u32>) {
    let mut used: Vec<u32> = numbers.collect();
    used.sort_unstable();
    used.dedup();
    let mut sorted: Vec<(String, u32)> = used
        .into_iter()
        .map(|number| (texts.text(number).to_string(), number))
        .collect();
    sorted.sort_unstable();
    let most = sorted.iter().map(|(_, number)| *number).max();
    let mut places = vec![0; most.map_or(0, |most| most as usize + 1)];
    for ((_, number), place) in sorted.iter().zip(0..) {
        if let Some(slot) = places.get_mut(*number as usize) {
            *slot = place;
        }
    }
    (sorted.into_iter().map(|(text, _)| text).collect(), places)
}

/// The sum of two folds; entries that come to nothing are still in it.
pub(super) fn merge(mut stored: Parts, mut changed: Parts) -> Parts {
    let customers = one_list(
        &mut stored,
        &mut changed,
        |parts| &mut parts.customers,
        |entry| &mut entry.customer,
    );
    let products = one_list(
        &mut stored,
        &mut changed,
        |parts| &mut parts.products,
        |entry| &mut entry.product,
    );
    let mut entries = Vec::with_capacity(stored.entries.len() + changed.entries.len());
    let mut changed = changed.entries.into_iter().peekable();
    for mut entry in stored.entries {
        while let Some(before) = changed.next_if(|next| key(next) < key(&entry)) {
            entries.push(before);
        }
        if let Some(change) = changed.next_if(|next| key(next) == key(&entry)) {
            entry.lines = entry.lines.wrapping_add(change.lines);
            entry.quantity = Micros(entry.quantity.0.wrapping_add(change.quantity.0));
            entry.amount = Micros(entry.amount.0.wrapping_add(change.amount.0));
        }
        entries.push(entry);
    }
    entries.extend(changed);
    Parts {
        customers,
        products,
        entries,
    }
}

/// The texts of both, ascending; the entries of both refer to them afterwards.
fn one_list(
    stored: &mut Parts,
    changed: &mut Parts,
    texts: impl Fn(&mut Parts) -> &mut Vec<String>,
    reference: impl Fn(&mut Entry) -> &mut u32,
) -> Vec<String> {
    let mut both = Vec::new();
    let mut places = [Vec::new(), Vec::new()];
    let mut left = std::mem::take(texts(stored)).into_iter().peekable();
    let mut right = std::mem::take(texts(changed)).into_iter().peekable();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.cmp(right),
        };
        let place = u32::try_from(both.len()).unwrap_or(u32::MAX);
        let [of_stored, of_changed] = &mut places;
        let mut text = None;
        if order.is_le() {
            of_stored.push(place);
            text = left.next();
        }
        if order.is_ge() {
            of_changed.push(place);
            text = right.next();
        }
        both.extend(text);
    }
    let [of_stored, of_changed] = places;
    for (parts, places) in [(stored, of_stored), (changed, of_changed)] {
        for entry in &mut parts.entries {
            let reference = reference(entry);
            *reference = places.get(*reference as usize).copied().unwrap_or(0);
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bytes::{Encoded, decode, encode, tests::as_wide};
    use super::super::changes::{Counted, FoldChanges};
    use super::*;

    type Line = (u8, u8, i32, i64, i64);

    fn fold(lines: &[Line], times: i32) -> Parts {
        let mut changes = FoldChanges::default();
        for (customer, product, day, quantity, amount) in lines {
            let counted = Counted {
                kind: 0,
                business: 202_603,
                booking: 202_603,
                customer: &format!("C{customer}"),
                product: &format!("P{product}"),
                day: 20_260_301 + day,
                flags: 0,
                reversal: false,
                quantity: *quantity,
                amount: Some(*amount),
            };
            changes.count("a", &counted, times);
        }
        changes.parts().into_values().next().unwrap_or_default()
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        let quantity = prop_oneof![
            (-50_i64..50).prop_map(|whole| whole * 1_000_000),
            any::<i64>()
        ];
        let amount = prop_oneof![
            (-9_999_i64..9_999).prop_map(|cents| cents * 10_000),
            any::<i64>()
        ];
        proptest::collection::vec((0_u8..6, 0_u8..4, 0_i32..3, quantity, amount), 0..40)
    }

    #[test]
    fn whole_numbers_take_few_bytes() {
        let fold = fold(
            &[
                (1, 1, 0, 3_000_000, 59_980_000),
                (1, 2, 0, 250_000_000, 1_230_000),
            ],
            1,
        );
        let Encoded { entries, bytes, .. } = encode(fold).unwrap();
        // A head of 20, texts of 6 each, a day of 4; then the columns, each with a head of 10:
        // nothing, 1 byte, nothing, nothing, nothing, 1 byte, 2 bytes an entry.
        assert_eq!((entries, bytes.len()), (2, 20 + 3 * 6 + 4 + 7 * 10 + 2 * 4));
    }

    proptest! {
        #[test]
        fn bytes_say_what_was_encoded(lines in lines()) {
            let fold = fold(&lines, 1);
            if let Some(encoded) = encode(fold.clone()) {
                let decoded = decode(&encoded.bytes).unwrap();
                prop_assert_eq!(&decode(&as_wide(&fold)).unwrap(), &decoded);
                prop_assert_eq!(encode(decoded).unwrap(), encoded);
            }
        }

        #[test]
        fn adding_a_part_is_counting_the_whole(first in lines(), second in lines()) {
            let whole = [first.clone(), second.clone()].concat();
            let merged = merge(fold(&first, 1), fold(&second, 1));
            prop_assert_eq!(encode(merged), encode(fold(&whole, 1)));
        }

        #[test]
        fn taking_off_leaves_what_never_was(first in lines(), second in lines()) {
            let whole = [first.clone(), second.clone()].concat();
            let left = merge(fold(&whole, 1), fold(&second, -1));
            prop_assert_eq!(encode(left), encode(fold(&first, 1)));
        }

        #[test]
        fn damaged_bytes_are_refused_or_read_never_a_panic(lines in lines(), at in any::<prop::sample::Index>(), to: u8, cut in any::<prop::sample::Index>()) {
            if let Some(Encoded { mut bytes, .. }) = encode(fold(&lines, 1)) {
                prop_assert!(decode(&bytes[..cut.index(bytes.len())]).is_none());
                let at = at.index(bytes.len());
                bytes[at] = to;
                let _ = decode(&bytes);
            }
        }
    }
}
