//! What is known or was noticed about one line, as a set of bits.

use serde::{Deserialize, Serialize};

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
    /// Only in folds: nothing said what the lines are worth, so their amount is unknown, not zero.
    pub const NO_AMOUNT: LineFlags = LineFlags(1 << 7);
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
