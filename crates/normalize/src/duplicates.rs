//! Suspected duplicates: lines of one file that agree in day, party, product, lot and quantity.
//! A suspicion is a mark; two equal lines are two sales until someone says otherwise.

use channelflow_model::{FlowTable, LineFlags, Micros};

/// What two lines must share: the line id is part of it, because lines with ids of their own are
/// different lines.
type Key = (i32, u32, u32, u32, Micros, u32);

/// Marks all lines that agree with another one.
pub(crate) fn mark(flow: &mut FlowTable) {
    // Open addressing over line numbers: the keys stay where they are, in the columns.
    let slots = flow.len().saturating_mul(2).next_power_of_two();
    let mut table: Vec<u32> = vec![u32::MAX; slots];
    for line in 0..flow.len() {
        let Some(key) = key(flow, line) else {
            continue;
        };
        let mut slot = hash(&key) & (slots - 1);
        while let Some(entry) = table.get_mut(slot) {
            if *entry == u32::MAX {
                *entry = crate::texts::index(line);
                break;
            }
            let other = *entry as usize;
            if self::key(flow, other) == Some(key) {
                for line in [line, other] {
                    if let Some(flags) = flow.flags.get_mut(line) {
                        flags.set(LineFlags::SUSPECTED_DUPLICATE);
                    }
                }
                break;
            }
            slot = (slot + 1) & (slots - 1);
        }
    }
}

/// Sheets that say what an earlier sheet says, line by line and in any order, as (sheet, earlier
/// sheet, lines). A copy of a whole sheet is no coincidence; one line is.
pub(crate) fn repeated_sheets(flow: &FlowTable) -> Vec<(usize, usize, u64)> {
    let mut contents: Vec<(u64, usize)> = vec![(0, 0); flow.sheets.len()];
    if contents.len() < 2 {
        return Vec::new();
    }
    for (line, sheet) in flow.sheet.iter().enumerate() {
        let Some((lines, sum)) = contents.get_mut(usize::from(*sheet)) else {
            continue;
        };
        if let Some(key) = whole_key(flow, line) {
            let amount = flow.amount.get(line).copied().flatten().unwrap_or_default();
            *lines += 1;
            *sum = sum.wrapping_add(hash(&key).rotate_left(7) ^ hash(&(0, 0, 0, 0, amount, 0)));
        }
    }
    let same = |at: &usize| contents.get(*at).filter(|(lines, _)| *lines > 1);
    (1..contents.len())
        .filter_map(|sheet| {
            let own = same(&sheet)?;
            let earlier = (0..sheet).find(|earlier| same(earlier) == Some(own))?;
            Some((sheet, earlier, own.0))
        })
        .collect()
}

fn key(flow: &FlowTable, line: usize) -> Option<Key> {
    // What is not known of a held line cannot agree with anything.
    if flow.hold.get(line)?.is_some() {
        return None;
    }
    whole_key(flow, line)
}

fn whole_key(flow: &FlowTable, line: usize) -> Option<Key> {
    Some((
        flow.day.get(line)?.number(),
        *flow.party.get(line)?,
        *flow.product.get(line)?,
        *flow.lot.get(line)?,
        *flow.quantity.get(line)?,
        *flow.line_id.get(line)?,
    ))
}

fn hash(key: &Key) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = [
        u64::from(key.0.unsigned_abs()) << 32 | u64::from(key.1),
        u64::from(key.2) << 32 | u64::from(key.3),
        key.4.0.cast_unsigned(),
        u64::from(key.5),
    ];
    let mixed = words.iter().fold(0_u64, |hash, word| {
        (hash.rotate_left(29) ^ word).wrapping_mul(MIX)
    });
    // The high bits are the well-mixed ones.
    usize::try_from(mixed >> 24).unwrap_or(0)
}
