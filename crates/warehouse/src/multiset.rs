//! The lines of a day as a sorted multiset of content hashes: hashing, packing, difference.
//! Pure; nothing here knows a database.

use xxhash_rust::xxh3::Xxh3;

/// Content hash and line number of a stored line.
pub(crate) type Entry = (i64, i64);

/// What a new multiset changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Stored lines that stay.
    pub kept: Vec<Entry>,
    /// Stored lines that the new multiset does not have.
    pub removed: Vec<Entry>,
    /// Positions of new lines that were not stored.
    pub added: Vec<u32>,
}

/// Hash of a multiset. The hashes must be sorted, so their first order does not matter and their
/// counts do.
pub(crate) fn hash_of(sorted: impl IntoIterator<Item = i64>) -> i64 {
    let mut hasher = Xxh3::new();
    for hash in sorted {
        hasher.update(&hash.to_le_bytes());
    }
    hasher.digest().cast_signed()
}

/// What has to be opened and closed so that `old` becomes `new`. Both are sorted; `new` has
/// positions instead of line numbers. Of equal lines the oldest stay.
pub(crate) fn difference(old: &[Entry], new: &[(i64, u32)]) -> Difference {
    let mut difference = Difference::default();
    let mut stored = old.iter().copied().peekable();
    for &(hash, position) in new {
        while let Some(entry) = stored.next_if(|(stored, _)| *stored < hash) {
            difference.removed.push(entry);
        }
        match stored.next_if(|(stored, _)| *stored == hash) {
            Some(entry) => difference.kept.push(entry),
            None => difference.added.push(position),
        }
    }
    difference.removed.extend(stored);
    difference
}

/// Entries as stored: 16 bytes each, little-endian.
pub(crate) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 16);
    for (hash, line_id) in entries {
        bytes.extend_from_slice(&hash.to_le_bytes());
        bytes.extend_from_slice(&line_id.to_le_bytes());
    }
    bytes
}

/// Entries from their stored form; `None` when it is cut.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (words, []) = bytes.as_chunks::<8>() else {
        return None;
    };
    let (pairs, []) = words.as_chunks::<2>() else {
        return None;
    };
    Some(
        pairs
            .iter()
            .map(|[hash, line_id]| (i64::from_le_bytes(*hash), i64::from_le_bytes(*line_id)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_lines_are_counted_not_merged() {
        let old = [(5, 100), (7, 101), (7, 102), (9, 103)];
        let new = [(5, 0), (7, 1), (8, 2), (9, 3), (9, 4)];
        assert_eq!(
            difference(&old, &new),
            Difference {
                kept: vec![(5, 100), (7, 101), (9, 103)],
                removed: vec![(7, 102)],
                added: vec![2, 4],
            }
        );
    }

    proptest! {
        #[test]
        fn a_difference_turns_old_into_new(
            mut old in proptest::collection::vec(-4i64..4, 0..20),
            mut new in proptest::collection::vec(-4i64..4, 0..20),
        ) {
            old.sort_unstable();
            new.sort_unstable();
            let stored: Vec<Entry> = old.iter().copied().zip(0..).collect();
            let offered: Vec<(i64, u32)> = new.iter().copied().zip(0..).collect();
            let found = difference(&stored, &offered);
            let mut after: Vec<i64> = found.kept.iter().map(|(hash, _)| *hash).collect();
            after.extend(found.added.iter().map(|position| new[*position as usize]));
            after.sort_unstable();
            prop_assert_eq!(after, new);
            prop_assert_eq!(found.kept.len() + found.removed.len(), old.len());
            prop_assert!(found.removed.is_empty() || found.added.is_empty()
                || found.removed.iter().all(|(hash, _)| !found.added.iter().any(|at| offered[*at as usize].0 == *hash)));
            prop_assert_eq!(unpack(&pack(&stored)), Some(stored));
        }
    }
}
