//! Entries of a fold as bytes: columns of small numbers, equal for equal entries. Pure; nothing
//! here knows a database.

use std::sync::Arc;

use channelflow_model::settlement::Entry;
use channelflow_model::{Day, LineFlags, Micros};
use rustc_hash::{FxHashMap, FxHashSet};

/// Customer, product, day, flags.
pub(super) type EntryKey = (u32, u32, i32, u16);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) lines: i32,
    pub(super) quantity: i64,
    pub(super) amount: i64,
}

impl Sum {
    pub(super) fn add(&mut self, lines: i32, quantity: i64, amount: i64) {
        self.lines = self.lines.wrapping_add(lines);
        self.quantity = self.quantity.wrapping_add(quantity);
        self.amount = self.amount.wrapping_add(amount);
    }
}

/// Sums of a fold by key.
pub(super) type Entries = FxHashMap<EntryKey, Sum>;

/// Ids as small numbers.
#[derive(Debug, Default)]
pub(super) struct Texts {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    pub(super) fn text(&self, number: u32) -> Arc<str> {
        self.texts
            .get(number as usize)
            .cloned()
            .unwrap_or_else(|| Arc::from(""))
    }
}

/// Form of the bytes, so that a later one can be told from it.
const FORM: u32 = 1;

/// The stored form of entries: a head of five u32 (form, customers, products, days, entries), the
/// texts (u32 length, UTF-8), the days (i32 yyyymmdd), then one column after another: customer u32,
/// product u32, day u16 (index), flags u16, lines i32, quantity i64, amount i64; all little-endian.
/// `None` when nothing is left. Equal entries give equal bytes.
pub(super) fn encode(texts: &Texts, entries: &Entries) -> Option<(u64, Vec<u8>)> {
    let mut rows: Vec<(&EntryKey, &Sum)> = entries
        .iter()
        .filter(|(_, sum)| **sum != Sum::default())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let (customers, customer_rank) = ranked(texts, rows.iter().map(|(key, _)| key.0));
    let (products, product_rank) = ranked(texts, rows.iter().map(|(key, _)| key.1));
    let mut days: Vec<i32> = rows.iter().map(|(key, _)| key.2).collect();
    days.sort_unstable();
    days.dedup();
    let rank = |ranks: &FxHashMap<u32, u32>, number: u32| ranks.get(&number).copied().unwrap_or(0);
    rows.sort_by_cached_key(|(key, _)| {
        let customer = rank(&customer_rank, key.0);
        (customer, rank(&product_rank, key.1), key.2, key.3)
    });

    let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut bytes =
        Vec::with_capacity(64 + rows.len() * 32 + (customers.len() + products.len()) * 16);
    for number in [
        FORM,
        size(customers.len()),
        size(products.len()),
        size(days.len()),
        size(rows.len()),
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for text in customers.iter().chain(&products) {
        bytes.extend_from_slice(&size(text.len()).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    for day in &days {
        bytes.extend_from_slice(&day.to_le_bytes());
    }
    for (key, _) in &rows {
        bytes.extend_from_slice(&rank(&customer_rank, key.0).to_le_bytes());
    }
    for (key, _) in &rows {
        bytes.extend_from_slice(&rank(&product_rank, key.1).to_le_bytes());
    }
    for (key, _) in &rows {
        let index = days.binary_search(&key.2).unwrap_or(0);
        bytes.extend_from_slice(&u16::try_from(index).unwrap_or(0).to_le_bytes());
    }
    for (key, _) in &rows {
        bytes.extend_from_slice(&key.3.to_le_bytes());
    }
    for (_, sum) in &rows {
        bytes.extend_from_slice(&sum.lines.to_le_bytes());
    }
    for (_, sum) in &rows {
        bytes.extend_from_slice(&sum.quantity.to_le_bytes());
    }
    for (_, sum) in &rows {
        bytes.extend_from_slice(&sum.amount.to_le_bytes());
    }
    Some((rows.len() as u64, bytes))
}

/// Hash of the stored form.
pub(super) fn hash_of(bytes: &[u8]) -> i64 {
    xxhash_rust::xxh3::xxh3_64(bytes).cast_signed()
}

/// The texts of these numbers, ascending, and the place of each number among them.
fn ranked(
    texts: &Texts,
    numbers: impl Iterator<Item = u32>,
) -> (Vec<Arc<str>>, FxHashMap<u32, u32>) {
    let distinct: FxHashSet<u32> = numbers.collect();
    let mut sorted: Vec<(Arc<str>, u32)> = distinct
        .into_iter()
        .map(|number| (texts.text(number), number))
        .collect();
    sorted.sort_unstable();
    let ranks = sorted
        .iter()
        .zip(0..)
        .map(|((_, number), rank)| (*number, rank))
        .collect();
    (sorted.into_iter().map(|(text, _)| text).collect(), ranks)
}

/// A fold taken apart; entries refer to the texts by index.
pub(super) struct Parts {
    pub(super) customers: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) entries: Vec<Entry>,
}

/// Takes the stored form apart; `None` when it is not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Parts> {
    let mut rest = bytes;
    let [form, customers, products, days, entries] = {
        let mut head = [0_u32; 5];
        for number in &mut head {
            *number = u32::from_le_bytes(*take(&mut rest)?);
        }
        head
    };
    if form != FORM {
        return None;
    }
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
    let customer = column::<4>(&mut rest, count)?;
    let product = column::<4>(&mut rest, count)?;
    let day = column::<2>(&mut rest, count)?;
    let flags = column::<2>(&mut rest, count)?;
    let lines = column::<4>(&mut rest, count)?;
    let quantity = column::<8>(&mut rest, count)?;
    let amount = column::<8>(&mut rest, count)?;
    let keys = customer.iter().zip(product).zip(day).zip(flags);
    let sums = lines.iter().zip(quantity).zip(amount);
    let mut entries = Vec::with_capacity(count);
    for ((((customer, product), day), flags), ((lines, quantity), amount)) in keys.zip(sums) {
        entries.push(Entry {
            customer: u32::from_le_bytes(*customer),
            product: u32::from_le_bytes(*product),
            day: *days.get(usize::from(u16::from_le_bytes(*day)))?,
            flags: LineFlags(u16::from_le_bytes(*flags).into()),
            lines: i32::from_le_bytes(*lines),
            quantity: Micros(i64::from_le_bytes(*quantity)),
            amount: Micros(i64::from_le_bytes(*amount)),
        });
    }
    rest.is_empty().then_some(Parts {
        customers,
        products,
        entries,
    })
}

fn take<'b, const N: usize>(rest: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(taken)
}

fn column<'b, const N: usize>(rest: &mut &'b [u8], count: usize) -> Option<&'b [[u8; N]]> {
    let (column, after) = rest.split_at_checked(count.checked_mul(N)?)?;
    *rest = after;
    Some(column.as_chunks().0)
}
