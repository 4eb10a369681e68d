//! Flow records of one file as columns: what `normalize` makes and `warehouse` stores.
//!
//! Reported names, products and lots are kept once per distinct value; lines refer to them by
//! index. A reported thing also has a [`reference`](ReportedParty::reference): the hash of its
//! texts, which is its key in the warehouse, the same in every run and on every engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::day::{Day, DayRange};
use crate::field::FlowKind;
use crate::finding::SheetPlace;
use crate::hold::{Disposition, HoldReason};
use crate::micros::Micros;

/// Counterparty as reported: customer of a sale, supplier of a purchase. Empty text: not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedParty {
    /// Name as written, trimmed.
    pub name: String,
    /// The distributor's own code.
    pub code: String,
    /// Address.
    pub address: String,
    /// City.
    pub city: String,
    /// 统一社会信用代码.
    pub tax_id: String,
}

/// Product as reported, with the unit it is counted in. Empty text: not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedProduct {
    /// Name as written, trimmed.
    pub name: String,
    /// The distributor's own code.
    pub code: String,
    /// 规格 as written.
    pub spec: String,
    /// Maker as written.
    pub maker: String,
    /// 批准文号.
    pub approval_no: String,
    /// Barcode.
    pub barcode: String,
    /// Unit of the quantity; from the unit column, the header (`数量(盒)`) or the layout.
    pub unit: String,
    /// 件装量 as reported.
    pub pack_size: String,
}

/// How exactly an expiry was labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryPrecision {
    /// A day.
    Day,
    /// A month; the day follows from a rule.
    Month,
}

/// Lot with its dates as reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedLot {
    /// 批号 as written, trimmed.
    pub raw: String,
    /// Canonical lot; empty for a placeholder (`无`, `-`) or none.
    pub lot: String,
    /// 有效期 as written.
    pub expiry_raw: String,
    /// Expiry day, if it could be read.
    pub expiry: Option<Day>,
    /// How exactly it was labelled.
    pub precision: Option<ExpiryPrecision>,
    /// Word of the rule that gave the expiry day: `day`, `month_end`, `duration`; empty for none.
    pub expiry_rule: String,
    /// Production day.
    pub mfg: Option<Day>,
}

fn reference_of(parts: &[&str]) -> i64 {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0);
    }
    xxh3_64(&bytes).cast_signed()
}

impl ReportedParty {
    /// Key in the warehouse: hash of all texts.
    pub fn reference(&self) -> i64 {
        reference_of(&[
            &self.name,
            &self.code,
            &self.address,
            &self.city,
            &self.tax_id,
        ])
    }
}

impl ReportedProduct {
    /// Key in the warehouse: hash of all texts.
    pub fn reference(&self) -> i64 {
        reference_of(&[
            &self.name,
            &self.code,
            &self.spec,
            &self.maker,
            &self.approval_no,
            &self.barcode,
            &self.unit,
            &self.pack_size,
        ])
    }
}

impl ReportedLot {
    /// Key in the warehouse: hash of all texts and dates.
    pub fn reference(&self) -> i64 {
        let day = |day: Option<Day>| day.map_or(String::new(), |day| day.number().to_string());
        reference_of(&[
            &self.raw,
            &self.lot,
            &self.expiry_raw,
            &day(self.expiry),
            &self.expiry_rule,
            &day(self.mfg),
        ])
    }
}

/// Marks on a line; a set of bits, stored as one integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineFlags(pub u32);

impl LineFlags {
    /// 退货: the quantity is negative.
    pub const RETURN: LineFlags = LineFlags(1);
    /// 赠品: price zero.
    pub const GIFT: LineFlags = LineFlags(1 << 1);
    /// 退补价, 差价: quantity zero, amount signed.
    pub const PRICE_ADJUSTMENT: LineFlags = LineFlags(1 << 2);
    /// 调拨, 移库: moves stock, is no sale.
    pub const TRANSFER: LineFlags = LineFlags(1 << 3);
    /// 报损, 盘亏, 盘盈.
    pub const STOCK_ADJUSTMENT: LineFlags = LineFlags(1 << 4);
    /// The price is without tax.
    pub const PRICE_EX_TAX: LineFlags = LineFlags(1 << 5);
    /// The amount is without tax.
    pub const AMOUNT_EX_TAX: LineFlags = LineFlags(1 << 6);
    /// The business day is not known; `day` is the last day of the file's range.
    pub const DAY_UNKNOWN: LineFlags = LineFlags(1 << 8);
    /// 区间外: the day lies outside the file's declared range.
    pub const OUT_OF_RANGE: LineFlags = LineFlags(1 << 9);
    /// The row, column or sheet was hidden.
    pub const HIDDEN: LineFlags = LineFlags(1 << 10);
    /// Several lots in one cell.
    pub const MULTI_LOT: LineFlags = LineFlags(1 << 11);
    /// |quantity × price − amount| exceeds the tolerance.
    pub const AMOUNT_MISMATCH: LineFlags = LineFlags(1 << 12);
    /// The amount fits when the price is taken without tax.
    pub const EX_TAX_SUSPECTED: LineFlags = LineFlags(1 << 13);
    /// 疑似重复: same day, party, product, lot and quantity as another line of the file.
    pub const SUSPECTED_DUPLICATE: LineFlags = LineFlags(1 << 14);
    /// A value was filled down from a merged range or a group.
    pub const FILLED_DOWN: LineFlags = LineFlags(1 << 15);
    /// A look-alike or full-width character was normalised.
    pub const TEXT_FIXED: LineFlags = LineFlags(1 << 16);
    /// A long code could not be recovered exactly from a number cell.
    pub const INEXACT_CODE: LineFlags = LineFlags(1 << 17);
    /// The same product and lot stand with another expiry.
    pub const EXPIRY_CONFLICT: LineFlags = LineFlags(1 << 18);
    /// The converted quantity is not a whole number of base units.
    pub const FRACTIONAL: LineFlags = LineFlags(1 << 19);
    /// Nothing says the unit; the base unit was assumed.
    pub const UNIT_ASSUMED: LineFlags = LineFlags(1 << 20);
    /// The sign was set by the layout's sign rule.
    pub const SIGN_SET: LineFlags = LineFlags(1 << 21);
    /// An optional cell (price of a gift, expiry, …) could not be read and was left empty.
    pub const CELL_IGNORED: LineFlags = LineFlags(1 << 22);

    /// The flags that say what a line *is* (part of its identity); the others say what was noticed.
    pub const IDENTITY: LineFlags = LineFlags(0x7f | 1 << 8);

    /// Every flag with its word in reports, views and JSON.
    pub const WORDS: [(LineFlags, &'static str); 22] = [
        (Self::RETURN, "return"),
        (Self::GIFT, "gift"),
        (Self::PRICE_ADJUSTMENT, "price_adjustment"),
        (Self::TRANSFER, "transfer"),
        (Self::STOCK_ADJUSTMENT, "stock_adjustment"),
        (Self::PRICE_EX_TAX, "price_ex_tax"),
        (Self::AMOUNT_EX_TAX, "amount_ex_tax"),
        (Self::DAY_UNKNOWN, "day_unknown"),
        (Self::OUT_OF_RANGE, "out_of_range"),
        (Self::HIDDEN, "hidden"),
        (Self::MULTI_LOT, "multi_lot"),
        (Self::AMOUNT_MISMATCH, "amount_mismatch"),
        (Self::EX_TAX_SUSPECTED, "ex_tax_suspected"),
        (Self::SUSPECTED_DUPLICATE, "suspected_duplicate"),
        (Self::FILLED_DOWN, "filled_down"),
        (Self::TEXT_FIXED, "text_fixed"),
        (Self::INEXACT_CODE, "inexact_code"),
        (Self::EXPIRY_CONFLICT, "expiry_conflict"),
        (Self::FRACTIONAL, "fractional"),
        (Self::UNIT_ASSUMED, "unit_assumed"),
        (Self::SIGN_SET, "sign_set"),
        (Self::CELL_IGNORED, "cell_ignored"),
    ];

    /// Whether all of `other` is set.
    pub fn has(self, other: LineFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Adds `other`.
    pub fn set(&mut self, other: LineFlags) {
        self.0 |= other.0;
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: LineFlags) -> Self {
        LineFlags(self.0 | other.0)
    }

    /// The words of the flags that are set.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS
            .into_iter()
            .filter(move |(flag, _)| self.has(*flag))
            .map(|(_, word)| word)
    }
}

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

/// By which rule a reported name became a master entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Alias memory.
    Alias,
    /// 统一社会信用代码.
    TaxId,
    /// Approval number and pack.
    ApprovalPack,
    /// Barcode.
    Barcode,
    /// The distributor's code is the company's own code.
    Code,
    /// Exact standard name after normalisation, unique in the master.
    Name,
}

impl Rule {
    /// Every rule, in the order they are tried.
    pub const ALL: [Rule; 6] = [
        Rule::Alias,
        Rule::TaxId,
        Rule::ApprovalPack,
        Rule::Barcode,
        Rule::Code,
        Rule::Name,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Alias => "alias",
            Rule::TaxId => "tax_id",
            Rule::ApprovalPack => "approval_pack",
            Rule::Barcode => "barcode",
            Rule::Code => "code",
            Rule::Name => "name",
        }
    }
}

/// A reported name that was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Id of the master entity.
    pub id: String,
    /// How it was found.
    pub rule: Rule,
    /// The alias that decided, for [`Rule::Alias`].
    pub alias_id: Option<i64>,
}

/// What became of a reported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// One master entity.
    Matched(Match),
    /// Nothing fits.
    Unknown,
    /// Several entities fit; their ids.
    Ambiguous(Vec<String>),
    /// Not ours, by an `ignore` alias.
    Ignored {
        /// The alias that decided.
        alias_id: i64,
    },
    /// There is no name to resolve (no party in an inventory).
    NotNeeded,
}

/// `base quantity = reported quantity × numerator ÷ denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Factor {
    /// Multiplier, positive.
    pub numerator: i64,
    /// Divisor, positive.
    pub denominator: i64,
}

impl Factor {
    /// Reported unit and base unit are the same.
    pub const ONE: Factor = Factor {
        numerator: 1,
        denominator: 1,
    };
}

/// A flow table with its names resolved: what `warehouse` loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedTable {
    /// The lines as normalised.
    pub flow: FlowTable,
    /// Matches the lines refer to; entry 0 is "none".
    pub matches: Vec<Option<Match>>,
    /// Customer of each line, into `matches`.
    pub customer: Vec<u32>,
    /// Product of each line, into `matches`.
    pub matched_product: Vec<u32>,
    /// Quantity in base units; `None` while product or unit are not known.
    pub base_quantity: Vec<Option<Micros>>,
    /// Accepted, held or dropped ([`crate::DropReason::Ignored`] only; such lines are stored too,
    /// out of results, so that the alias can be taken back).
    pub disposition: Vec<Disposition>,
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
