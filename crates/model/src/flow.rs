//! Flow records of one file as columns: what `normalize` makes and `warehouse` stores.
//!
//! Reported names, products and lots are kept once per distinct value; lines refer to them by
//! index.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::day::{Day, DayRange};
use crate::field::FlowKind;
use crate::finding::SheetPlace;
use crate::hold::HoldReason;
use crate::micros::Micros;
use crate::reported::reference_of;

pub use crate::flags::LineFlags;
pub use crate::reported::{ExpiryPrecision, ReportedLot, ReportedParty, ReportedProduct};
pub use crate::resolution::{Factor, Match, Resolution, ResolvedTable, Rule};

/// Flow records of one kind from one file (all its sheets of that kind). Every `Vec` below the
/// dictionaries has one entry per line; indices point into the dictionaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowTable {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Days this file speaks for. `declared`: a day without lines means zero lines; otherwise only
    /// the days that occur are replaced.
    pub range: Option<DayRange>,
    /// Whether `range` was declared (title rows, file name, setting) or is just first to last day.
    pub declared: bool,
    /// Sheets the lines came from.
    pub sheets: Vec<SheetPlace>,
    /// Distinct parties; entry 0 is the empty one.
    pub parties: Vec<ReportedParty>,
    /// Distinct products.
    pub products: Vec<ReportedProduct>,
    /// Distinct lots; entry 0 is the empty one.
    pub lots: Vec<ReportedLot>,
    /// Distinct other texts (document numbers, remarks …); entry 0 is the empty one.
    pub texts: Vec<String>,
    /// Business day.
    pub day: Vec<Day>,
    /// Index into `parties`.
    pub party: Vec<u32>,
    /// Index into `products`.
    pub product: Vec<u32>,
    /// Index into `lots`.
    pub lot: Vec<u32>,
    /// Signed quantity in the reported unit; zero when it could not be read (then held).
    pub quantity: Vec<Micros>,
    /// Unit price as reported.
    pub price: Vec<Option<Micros>>,
    /// Line amount as reported, signed like the quantity.
    pub amount: Vec<Option<Micros>>,
    /// Document number, into `texts`.
    pub doc_no: Vec<u32>,
    /// Line id, into `texts`.
    pub line_id: Vec<u32>,
    /// Document type, into `texts`.
    pub doc_type: Vec<u32>,
    /// Reporting branch, into `texts`.
    pub branch: Vec<u32>,
    /// Salesperson, into `texts`.
    pub salesperson: Vec<u32>,
    /// Remark, into `texts`.
    pub remark: Vec<u32>,
    /// Stock status, into `texts`.
    pub stock_status: Vec<u32>,
    /// Marks.
    pub flags: Vec<LineFlags>,
    /// Why the line is held, as far as its own cells tell.
    pub hold: Vec<Option<HoldReason>>,
    /// Index into `sheets`.
    pub sheet: Vec<u16>,
    /// Source row number, from 1.
    pub row: Vec<u32>,
    /// Original text of cells that could not be read, by line index: ``quantity: `12O` ``.
    pub details: BTreeMap<u32, String>,
}

impl FlowTable {
    /// An empty table with the empty dictionary entries in place.
    pub fn new(kind: FlowKind) -> Self {
        FlowTable {
            kind,
            range: None,
            declared: false,
            sheets: Vec::new(),
            parties: vec![ReportedParty::default()],
            products: Vec::new(),
            lots: vec![ReportedLot::default()],
            texts: vec![String::new()],
            day: Vec::new(),
            party: Vec::new(),
            product: Vec::new(),
            lot: Vec::new(),
            quantity: Vec::new(),
            price: Vec::new(),
            amount: Vec::new(),
            doc_no: Vec::new(),
            line_id: Vec::new(),
            doc_type: Vec::new(),
            branch: Vec::new(),
            salesperson: Vec::new(),
            remark: Vec::new(),
            stock_status: Vec::new(),
            flags: Vec::new(),
            hold: Vec::new(),
            sheet: Vec::new(),
            row: Vec::new(),
            details: BTreeMap::new(),
        }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// Content hash of every line: what it says, without its place and without what it resolves
    /// to. Equal content in another order, sheet or format has the same hash; the multiset of
    /// hashes of a day is what a delivery is compared by.
    pub fn content_hashes(&self) -> Vec<i64> {
        let parties: Vec<i64> = self.parties.iter().map(ReportedParty::reference).collect();
        let products: Vec<i64> = self
            .products
            .iter()
            .map(ReportedProduct::reference)
            .collect();
        let lots: Vec<i64> = self.lots.iter().map(ReportedLot::reference).collect();
        let texts: Vec<i64> = self
            .texts
            .iter()
            .map(|text| reference_of(&[text]))
            .collect();
        let at = |values: &[i64], index: Option<&u32>| {
            index
                .and_then(|index| values.get(*index as usize))
                .copied()
                .unwrap_or(0)
        };
        let money = |value: Option<&Option<Micros>>| {
            value
                .copied()
                .flatten()
                .map_or([0, 0], |value| [1, value.0])
        };
        let mut details = self.details.iter().peekable();
        let mut hashes = Vec::with_capacity(self.len());
        for line in 0..self.len() {
            let detail = details
                .next_if(|(at, _)| **at as usize == line)
                .map_or(0, |(_, text)| reference_of(&[text]));
            let [price_known, price] = money(self.price.get(line));
            let [amount_known, amount] = money(self.amount.get(line));
            let flags = self.flags.get(line).copied().unwrap_or_default();
            let hold = self.hold.get(line).copied().flatten();
            let words = [
                self.day.get(line).map_or(0, |day| i64::from(day.number())),
                at(&parties, self.party.get(line)),
                at(&products, self.product.get(line)),
                at(&lots, self.lot.get(line)),
                self.quantity.get(line).map_or(0, |quantity| quantity.0),
                price_known,
                price,
                amount_known,
                amount,
                at(&texts, self.doc_no.get(line)),
                at(&texts, self.line_id.get(line)),
                at(&texts, self.doc_type.get(line)),
                at(&texts, self.branch.get(line)),
                at(&texts, self.stock_status.get(line)),
                i64::from(flags.0 & LineFlags::IDENTITY.0),
                hold.map_or(0, |hold| hold as i64 + 1),
                detail,
            ];
            let mut bytes = [0_u8; 8 * 17];
            for (slot, word) in bytes.chunks_exact_mut(8).zip(words) {
                slot.copy_from_slice(&word.to_le_bytes());
            }
            hashes.push(xxh3_64(&bytes).cast_signed());
        }
        hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(quantities: &[i64]) -> FlowTable {
        let mut table = FlowTable::new(FlowKind::Sale);
        table.parties.push(ReportedParty {
            name: "甲医院".into(),
            ..ReportedParty::default()
        });
        table.products.push(ReportedProduct {
            name: "乙片".into(),
            ..ReportedProduct::default()
        });
        for (line, quantity) in quantities.iter().enumerate() {
            table.day.push(Day::from_number(20_260_301).unwrap());
            table.party.push(1);
            table.product.push(0);
            table.lot.push(0);
            table.quantity.push(Micros::from_units(*quantity).unwrap());
            table.price.push(None);
            table.amount.push(None);
            for texts in [
                &mut table.doc_no,
                &mut table.line_id,
                &mut table.doc_type,
                &mut table.branch,
                &mut table.salesperson,
                &mut table.remark,
                &mut table.stock_status,
            ] {
                texts.push(0);
            }
            table.flags.push(LineFlags::default());
            table.hold.push(None);
            table.sheet.push(0);
            table.row.push(u32::try_from(line).unwrap() + 2);
        }
        table
    }

    #[test]
    fn content_ignores_place_and_notices_but_not_values() {
        let mut first = table(&[1, 2, 1]);
        let hashes = first.content_hashes();
        assert_eq!(hashes[0], hashes[2]);
        assert_ne!(hashes[0], hashes[1]);

        first.row[0] = 99;
        first.flags[0].set(LineFlags::SUSPECTED_DUPLICATE);
        assert_eq!(first.content_hashes(), hashes);

        first.flags[0].set(LineFlags::RETURN);
        first.amount[1] = Some(Micros::ZERO);
        first.details.insert(2, "quantity: `1O`".into());
        let changed = first.content_hashes();
        assert!(changed.iter().zip(&hashes).all(|(new, old)| new != old));
    }

    #[test]
    fn references_tell_fields_apart() {
        let by_name = ReportedParty {
            name: "A".into(),
            ..ReportedParty::default()
        };
        let by_code = ReportedParty {
            code: "A".into(),
            ..ReportedParty::default()
        };
        assert_ne!(by_name.reference(), by_code.reference());
        assert_eq!(by_name.reference(), by_name.clone().reference());
    }
}
