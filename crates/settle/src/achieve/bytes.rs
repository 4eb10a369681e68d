//! Numbers and texts as few bytes: seven bits a byte, small numbers first, either sign.
//!
//! Not here: what is written in which order (`partial`).

use channelflow_model::{Micros, Period};

#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn unsigned(&mut self, mut number: u64) {
        while let Some(high) = Some(number >> 7).filter(|high| *high > 0) {
            self.bytes.push(low_bits(number) | 0x80);
            number = high;
        }
        self.bytes.push(low_bits(number));
    }

    pub(super) fn signed(&mut self, number: i64) {
        // 0, -1, 1, -2, 2 … as 0, 1, 2, 3, 4 …
        self.unsigned((number << 1 ^ number >> 63).cast_unsigned());
    }

    pub(super) fn count(&mut self, count: usize) {
        self.unsigned(count as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Cents or whole boxes where it is a multiple of them, millionths otherwise.
    pub(super) fn money(&mut self, value: Micros) {
        let (cents, rest) = (value.0 / CENT, value.0 % CENT);
        if rest == 0 {
            self.signed(cents * 2);
        } else if let Some(twice) = value.0.checked_mul(2).filter(|twice| *twice < ESCAPE - 1) {
            self.signed(twice + 1);
        } else {
            // Too large to be doubled.
            self.signed(ESCAPE);
            self.signed(value.0);
        }
    }
}

const CENT: i64 = 10_000;
/// An odd number that no doubled value is written as.
const ESCAPE: i64 = i64::MAX;

pub(super) struct Reader<'b> {
    pub(super) rest: &'b [u8],
}

impl Reader<'_> {
    pub(super) fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    pub(super) fn period(&mut self) -> Option<Period> {
        Period::from_number(i32::try_from(self.signed()?).ok()?)
    }

    pub(super) fn money(&mut self) -> Option<Micros> {
        let number = self.signed()?;
        if number == ESCAPE {
            self.signed().map(Micros)
        } else if number % 2 == 0 {
            (number / 2).checked_mul(CENT).map(Micros)
        } else {
            Some(Micros((number - 1) / 2))
        }
    }

    /// A list of its length and its items.
    pub(super) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.unsigned()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(item(self)?);
        }
        Some(items)
    }
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn there_and_back(value: i64) {
        let mut out = Writer::default();
        out.money(Micros(value));
        out.signed(value);
        let mut from = Reader { rest: &out.bytes };
        assert_eq!(from.money(), Some(Micros(value)));
        assert_eq!(from.signed(), Some(value));
        assert!(from.rest.is_empty());
    }

    #[test]
    fn numbers_at_the_edges() {
        for value in [
            0,
            1,
            -1,
            CENT,
            -CENT,
            i64::MAX,
            i64::MIN,
            i64::MAX / 2,
            i64::MAX / 2 + 1,
            i64::MIN / 2,
            i64::MIN / 2 - 1,
        ] {
            there_and_back(value);
        }
    }

    proptest! {
        #[test]
        fn any_number(value in any::<i64>()) {
            there_and_back(value);
        }

        #[test]
        fn any_bytes_are_refused_quietly(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = crate::achieve::Partial::from_bytes(&bytes);
        }
    }
}
