//! The canonical fields of a distributor's sheet and the three kinds of sheet.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a sheet reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// 流向: what the distributor sold, and to whom.
    Sale,
    /// 采购: what it bought.
    Purchase,
    /// 库存: what it holds on a day.
    Inventory,
}

impl FlowKind {
    /// All kinds, in the order of reports.
    pub const ALL: [FlowKind; 3] = [FlowKind::Sale, FlowKind::Purchase, FlowKind::Inventory];

    /// The word in settings, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FlowKind::Sale => "sale",
            FlowKind::Purchase => "purchase",
            FlowKind::Inventory => "inventory",
        }
    }
}

impl fmt::Display for FlowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FlowKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        FlowKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a flow kind (sale, purchase, inventory)"))
    }
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal,)*) => {
        /// A canonical column. The text form is the word used in layouts, vocabulary and JSON.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[doc = $doc])* $name,)*
        }

        impl Field {
            /// Every field, in the order of reports.
            pub const ALL: &'static [Field] = &[$(Field::$name,)*];

            /// The word in layouts, vocabulary and JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Field::$name => $text,)*
                }
            }
        }
    };
}

fields! {
    /// Sale, receipt or snapshot date.
    Date = "date",
    /// Product name as the distributor writes it.
    ProductName = "product_name",
    /// The distributor's own product code.
    ProductCode = "product_code",
    /// 规格.
    Spec = "spec",
    /// 生产厂家.
    Maker = "maker",
    /// 批准文号.
    ApprovalNo = "approval_no",
    /// 条形码.
    Barcode = "barcode",
    /// 批号.
    Lot = "lot",
    /// 生产日期.
    MfgDate = "mfg_date",
    /// 有效期.
    Expiry = "expiry",
    /// Signed quantity, in the reported unit.
    Quantity = "quantity",
    /// Reported unit (盒, 支, 件).
    Unit = "unit",
    /// 件装量: base units in a case.
    PackSize = "pack_size",
    /// Unit price including tax.
    Price = "price",
    /// Unit price without tax.
    PriceExTax = "price_ex_tax",
    /// Line amount including tax.
    Amount = "amount",
    /// Line amount without tax.
    AmountExTax = "amount_ex_tax",
    /// Customer (sale) or supplier (purchase).
    PartyName = "party_name",
    /// The distributor's own code for the party.
    PartyCode = "party_code",
    /// Address of the party.
    PartyAddress = "party_address",
    /// City of the party.
    PartyCity = "party_city",
    /// 统一社会信用代码.
    PartyTaxId = "party_tax_id",
    /// Reporting branch's code.
    BranchCode = "branch_code",
    /// Reporting branch's name.
    BranchName = "branch_name",
    /// Document number.
    DocNo = "doc_no",
    /// The distributor's line id: the best key against doubling.
    LineId = "line_id",
    /// 单据类型, 出货类型, 摘要.
    DocType = "doc_type",
    /// 库存状态.
    StockStatus = "stock_status",
    /// 业务员.
    Salesperson = "salesperson",
    /// 备注.
    Remark = "remark",
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Field::ALL
            .iter()
            .copied()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a field"))
    }
}

impl Field {
    /// Whether a sheet of this kind cannot be loaded without the field. The date of an inventory
    /// may stand in the file name or the sheet title instead.
    pub fn is_key(self, kind: FlowKind) -> bool {
        match self {
            Field::ProductName | Field::Quantity => true,
            Field::Date => kind != FlowKind::Inventory,
            Field::PartyName => kind == FlowKind::Sale,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_one_word_everywhere() {
        for field in Field::ALL {
            assert_eq!(field.as_str().parse::<Field>(), Ok(*field));
            assert_eq!(
                serde_json::to_string(field).unwrap(),
                format!("\"{}\"", field.as_str())
            );
        }
        assert!("colour".parse::<Field>().is_err());
    }
}
