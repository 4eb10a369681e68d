//! Where every row goes: loaded, unchanged, held with a reason, dropped with a reason.
//!
//! `rows in = loaded + unchanged + held + dropped` for every file, always.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$outer:meta])* $enum:ident { $($(#[doc = $doc:literal])* $name:ident = $text:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $enum {
            $($(#[doc = $doc])* $name,)*
        }

        impl $enum {
            /// Every reason, in the order of reports.
            pub const ALL: &'static [$enum] = &[$($enum::$name,)*];

            /// The word in tables and JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($enum::$name => $text,)*
                }
            }

            /// The reason with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons! {
    /// Why a row is kept out of results until somebody decides.
    HoldReason {
        /// The date cannot be read.
        BadDate = "bad_date",
        /// Two date formats read the whole column and disagree.
        AmbiguousDate = "ambiguous_date",
        /// The quantity cannot be read.
        BadQuantity = "bad_quantity",
        /// The price cannot be read.
        BadPrice = "bad_price",
        /// The amount cannot be read.
        BadAmount = "bad_amount",
        /// A key cell (product, customer) is empty.
        MissingKey = "missing_key",
        /// The cell is a spreadsheet error (`#N/A`).
        CellError = "cell_error",
        /// The cell is a formula saved without its value.
        FormulaWithoutValue = "formula_without_value",
        /// Said to be a return, yet the quantity is positive.
        SignAmbiguous = "sign_ambiguous",
        /// The reported unit cannot be converted to the base unit.
        UnitUnknown = "unit_unknown",
        /// The price says the unit is a case, the unit column does not.
        UnitSuspected = "unit_suspected",
        /// No customer is known by this name or code.
        UnknownCustomer = "unknown_customer",
        /// Several customers fit.
        AmbiguousCustomer = "ambiguous_customer",
        /// No product is known by this name or code.
        UnknownProduct = "unknown_product",
        /// Several products fit.
        AmbiguousProduct = "ambiguous_product",
    }
}

reasons! {
    /// Why a row that was read carries nothing to load.
    DropReason {
        /// Title, filter or footnote outside the table.
        OutsideTable = "outside_table",
        /// The header row itself.
        Header = "header",
        /// The header again, after a page break.
        RepeatedHeader = "repeated_header",
        /// 合计, 小计: used as a control total.
        Total = "total",
        /// A section label (客户:××医院) whose value went to the rows below.
        SectionLabel = "section_label",
        /// Quantity zero and no amount.
        ZeroRow = "zero_row",
        /// Goods that are not ours, by an `ignore` alias.
        Ignored = "ignored",
        /// Part of a sheet that is no flow sheet (cover, notes, pivot); the finding names the sheet.
        SkippedSheet = "skipped_sheet",
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Counts in results.
    Accepted,
    /// Stored, but kept out of results.
    Held(HoldReason),
    /// Counted and left out.
    Dropped(DropReason),
}
