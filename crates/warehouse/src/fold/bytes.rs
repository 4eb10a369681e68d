//! Entries of a fold as bytes: columns of numbers as narrow as they allow, equal for equal entries.
//! Pure; nothing here knows a database.

use channelflow_model::settlement::Entry;
use channelflow_model::{Day, LineFlags, Micros};
use xxhash_rust::xxh3::xxh3_64;

/// A fold taken apart: entries in key order, which refer to the texts by index. The texts ascend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) customers: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) entries: Vec<Entry>,
}

/// Form of the bytes.
const FORM: u32 = 2;

/// The form before: every column as wide as its type (customer, product u32; day, flags u16; lines
/// i32; quantity, amount i64). Folds nothing has happened to since are still in it.
const WIDE: u32 = 1;

/// A fold as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    /// Number of entries.
    pub(super) entries: u64,
    /// Hash of what the entries say. It is that of the wide form, whatever form the bytes have, so
    /// that nothing that was computed from the entries looks outdated because of another form.
    pub(super) hash: i64,
    pub(super) bytes: Vec<u8>,
}

/// The stored form: a head of five u32 (form, customers, products, days, entries), the texts (u32
/// length, UTF-8), the days (i32 yyyymmdd), then one column (see [`write_column`]) after another:
/// customer, product, day (index), flags, lines, quantity, amount; all little-endian. Entries without
/// a sum and texts without an entry are left out, so that equal entries give equal bytes. `None` when
/// nothing is left.
pub(super) fn encode(parts: Parts) -> Option<Encoded> {
    let parts = canonical(parts);
    if parts.entries.is_empty() {
        return None;
    }
    let entries = &parts.entries;
    let days = days_of(entries);
    let mut bytes = head(FORM, &parts, &days, 14);
    let of = |read: &dyn Fn(&Entry) -> i64| entries.iter().map(read).collect::<Vec<i64>>();
    let day = |entry: &Entry| days.binary_search(&entry.day).map_or(0, index);
    write_column(&mut bytes, &of(&|entry| entry.customer.into()));
    write_column(&mut bytes, &of(&|entry| entry.product.into()));
    write_column(&mut bytes, &of(&day));
    write_column(&mut bytes, &of(&|entry| entry.flags.0.into()));
    write_column(&mut bytes, &of(&|entry| entry.lines.into()));
    write_column(&mut bytes, &of(&|entry| entry.quantity.0));
    write_column(&mut bytes, &of(&|entry| entry.amount.0));
    Some(Encoded {
        entries: entries.len() as u64,
        hash: xxh3_64(&wide(&parts, &days)).cast_signed(),
        bytes,
    })
}

/// The same without entries that come to nothing, and without texts no entry refers to.
pub(super) fn canonical(mut parts: Parts) -> Parts {
    parts.entries.retain(|entry| !is_nothing(entry));
    let Parts {
        customers,
        products,
        entries,
    } = &mut parts;
    keep_used(customers, entries, |entry| &mut entry.customer);
    keep_used(products, entries, |entry| &mut entry.product);
    parts
}

/// The days of entries, ascending.
fn days_of(entries: &[Entry]) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for entry in entries {
        if let Err(place) = days.binary_search(&entry.day) {
            days.insert(place, entry.day);
        }
    }
    days
}

/// What stands before the columns; `width` is what an entry is thought to need after it.
fn head(form: u32, parts: &Parts, days: &[Day], width: usize) -> Vec<u8> {
    let entries = &parts.entries;
    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(
        64 + entries.len() * width + (parts.customers.len() + parts.products.len()) * 16,
    );
    for number in [
        form,
        size(parts.customers.len()),
        size(parts.products.len()),
        size(days.len()),
        size(entries.len()),
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for text in parts.customers.iter().chain(&parts.products) {
        bytes.extend_from_slice(&size(text.len()).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    for day in days {
        bytes.extend_from_slice(&day.number().to_le_bytes());
    }
    bytes
}

/// The wide form.
fn wide(parts: &Parts, days: &[Day]) -> Vec<u8> {
    let entries = &parts.entries;
    let mut bytes = head(WIDE, parts, days, 32);
    for entry in entries {
        bytes.extend_from_slice(&entry.customer.to_le_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(&entry.product.to_le_bytes());
    }
    for entry in entries {
        let index = days.binary_search(&entry.day).unwrap_or(0);
        bytes.extend_from_slice(&u16::try_from(index).unwrap_or(0).to_le_bytes());
    }
    for entry in entries {
        let flags = u16::try_from(entry.flags.0).unwrap_or(0);
        bytes.extend_from_slice(&flags.to_le_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(&entry.lines.to_le_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(&entry.quantity.0.to_le_bytes());
    }
    for entry in entries {
        bytes.extend_from_slice(&entry.amount.0.to_le_bytes());
    }
    bytes
}

fn is_nothing(entry: &Entry) -> bool {
    entry.lines == 0 && entry.quantity.0 == 0 && entry.amount.0 == 0
}

fn index(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Drops texts that no entry refers to; the order stays.
fn keep_used(
    texts: &mut Vec<String>,
    entries: &mut [Entry],
    reference: impl Fn(&mut Entry) -> &mut u32,
) {
    let mut used = vec![false; texts.len()];
    for entry in entries.iter_mut() {
        if let Some(used) = used.get_mut(*reference(entry) as usize) {
            *used = true;
        }
    }
    if used.iter().all(|used| *used) {
        return;
    }
    let mut places = Vec::with_capacity(texts.len());
    let mut next = 0;
    for used in &used {
        places.push(next);
        next += u32::from(*used);
    }
    let mut used = used.into_iter();
    texts.retain(|_| used.next().unwrap_or(true));
    for entry in entries {
        let reference = reference(entry);
        *reference = places.get(*reference as usize).copied().unwrap_or(0);
    }
}

/// What the numbers of a column may all be multiples of: whole units and whole cents in millionths.
const SCALES: [u64; 4] = [1_000_000, 10_000, 100, 1];

/// Appends numbers: the smallest (i64), what the distances from it are multiples of (index into
/// [`SCALES`], u8), the width in bytes of the largest of these multiples (u8, 0 to 8), and the
/// multiples in that width.
fn write_column(bytes: &mut Vec<u8>, values: &[i64]) {
    let base = values.iter().min().copied().unwrap_or(0);
    let distances: Vec<u64> = values
        .iter()
        .map(|value| value.wrapping_sub(base).cast_unsigned())
        .collect();
    // Dividing by a number known beforehand is several times as fast as by a variable.
    let whole = || multiples::<1_000_000>(&distances).map(|found| (0, found));
    let cents = || multiples::<10_000>(&distances).map(|found| (1, found));
    let finer = || multiples::<100>(&distances).map(|found| (2, found));
    let scaled = whole().or_else(cents).or_else(finer);
    let (at, multiples) = scaled.unwrap_or((3, distances));
    let bits = multiples.iter().fold(0, |bits, multiple| bits | multiple);
    let width = (u64::BITS - bits.leading_zeros()).div_ceil(8);
    bytes.extend_from_slice(&base.to_le_bytes());
    bytes.extend([at, u8::try_from(width).unwrap_or(u8::MAX)]);
    match width {
        0 => {}
        1 => append::<1>(bytes, &multiples),
        2 => append::<2>(bytes, &multiples),
        3 => append::<3>(bytes, &multiples),
        4 => append::<4>(bytes, &multiples),
        5 => append::<5>(bytes, &multiples),
        6 => append::<6>(bytes, &multiples),
        7 => append::<7>(bytes, &multiples),
        _ => append::<8>(bytes, &multiples),
    }
}

/// What the distances are of this scale, if they are all multiples of it.
fn multiples<const SCALE: u64>(distances: &[u64]) -> Option<Vec<u64>> {
    let all = distances.iter().all(|distance| distance % SCALE == 0);
    all.then(|| distances.iter().map(|distance| distance / SCALE).collect())
}

fn append<const WIDTH: usize>(bytes: &mut Vec<u8>, numbers: &[u64]) {
    for number in numbers {
        if let Some(low) = number.to_le_bytes().first_chunk::<WIDTH>() {
            bytes.extend_from_slice(low);
        }
    }
}

/// Takes a column of so many numbers apart.
fn read_column(rest: &mut &[u8], count: usize) -> Option<Vec<i64>> {
    let base = i64::from_le_bytes(*take(rest)?);
    let [at, width] = *take(rest)?;
    let scale = *SCALES.get(usize::from(at))?;
    let value = |multiple: u64| base.wrapping_add(multiple.wrapping_mul(scale).cast_signed());
    Some(match width {
        0 => vec![base; count],
        1 => column::<1>(rest, count)?.map(value).collect(),
        2 => column::<2>(rest, count)?.map(value).collect(),
        3 => column::<3>(rest, count)?.map(value).collect(),
        4 => column::<4>(rest, count)?.map(value).collect(),
        5 => column::<5>(rest, count)?.map(value).collect(),
        6 => column::<6>(rest, count)?.map(value).collect(),
        7 => column::<7>(rest, count)?.map(value).collect(),
        8 => column::<8>(rest, count)?.map(value).collect(),
        _ => return None,
    })
}

/// Takes a stored form apart; `None` when it is none.
pub(super) fn decode(bytes: &[u8]) -> Option<Parts> {
    let mut rest = bytes;
    let [form, customers, products, days, entries] = {
        let mut head = [0_u32; 5];
        for number in &mut head {
            *number = u32::from_le_bytes(*take(&mut rest)?);
        }
        head
    };
    let mut texts = |count: u32| -> Option<Vec<String>> {
        (0..count)
            .map(|_| {
                let length = u32::from_le_bytes(*take(&mut rest)?) as usize;
                let (text, after) = rest.split_at_checked(length)?;
                rest = after;
                String::from_utf8(text.to_vec()).ok()
            })
            .collect()
    };
    let (customers, products) = (texts(customers)?, texts(products)?);
    let days: Vec<Day> = (0..days)
        .map(|_| Day::from_number(i32::from_le_bytes(*take(&mut rest)?)))
        .collect::<Option<_>>()?;
    let count = entries as usize;
    // Entries differ in their keys, which takes a byte of each; a damaged count must not become
    // memory.
    if count > bytes.len() {
        return None;
    }
    let mut next = |width| match form {
        WIDE => wide_column(&mut rest, count, width),
        FORM => read_column(&mut rest, count),
        _ => None,
    };
    let (customer, product) = (next(4)?, next(4)?);
    let (day, flags, mut lines) = (next(2)?, next(2)?, next(4)?);
    let (quantity, amount) = (next(8)?, next(8)?);
    if form == WIDE {
        // Four bytes of a number that may be negative.
        for lines in &mut lines {
            *lines = i64::from(u32::try_from(*lines).ok()?.cast_signed());
        }
    }
    let keys = customer.iter().zip(product).zip(day).zip(flags);
    let sums = lines.iter().zip(quantity).zip(amount);
    let mut entries = Vec::with_capacity(count);
    for ((((customer, product), day), flags), ((lines, quantity), amount)) in keys.zip(sums) {
        entries.push(Entry {
            customer: u32::try_from(*customer).ok()?,
            product: u32::try_from(product).ok()?,
            day: *days.get(usize::try_from(day).ok()?)?,
            flags: LineFlags(u32::try_from(flags).ok()?),
            lines: i32::try_from(*lines).ok()?,
            quantity: Micros(quantity),
            amount: Micros(amount),
        });
    }
    rest.is_empty().then_some(Parts {
        customers,
        products,
        entries,
    })
}

/// Takes a column of the wide form apart: so many numbers of so many bytes.
fn wide_column(rest: &mut &[u8], count: usize, width: usize) -> Option<Vec<i64>> {
    Some(match width {
        2 => column::<2>(rest, count)?.map(u64::cast_signed).collect(),
        4 => column::<4>(rest, count)?.map(u64::cast_signed).collect(),
        _ => column::<8>(rest, count)?.map(u64::cast_signed).collect(),
    })
}

fn take<'b, const N: usize>(rest: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}

fn column<'b, const N: usize>(
    rest: &mut &'b [u8],
    count: usize,
) -> Option<impl Iterator<Item = u64> + 'b> {
    let (column, after) = rest.split_at_checked(count.checked_mul(N)?)?;
    *rest = after;
    Some(column.as_chunks::<N>().0.iter().map(|narrow| {
        let mut wide = [0; 8];
        for (to, from) in wide.iter_mut().zip(narrow) {
            *to = *from;
        }
        u64::from_le_bytes(wide)
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As an earlier version stored it.
    pub(in super::super) fn as_wide(parts: &Parts) -> Vec<u8> {
        let parts = canonical(parts.clone());
        wide(&parts, &days_of(&parts.entries))
    }
}
