//! The words of appeals (申诉) and sales confirmation (销量确认): what may be asked for, what becomes
//! of it, and the pair of rows by which an approved appeal moves a sale.
//!
//! Not here: how appeals are kept and checked (`warehouse`), and what the rows do to achievement
//! and rebates (`settle`).

use serde::{Deserialize, Serialize};

use crate::day::{Day, Period};
use crate::field::FlowKind;
use crate::flags::LineFlags;
use crate::micros::Micros;

/// What a row counts under, as far as an appeal can change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// The customer.
    Customer,
    /// The product.
    Product,
    /// The distributor whose sale it is.
    Distributor,
    /// The post that is credited.
    Post,
    /// The month it counts in.
    Period,
}

impl Moved {
    /// The word in tables, JSON and options of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Moved::Customer => "customer",
            Moved::Product => "product",
            Moved::Distributor => "distributor",
            Moved::Post => "post",
            Moved::Period => "period",
        }
    }
}

/// Why a sale is to count differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealKind {
    /// 月末流向: reported late, belongs to the month before.
    LateFlow,
    /// 跨月移动: is to count in another month.
    MovedMonth,
    /// 岗位错误: another post is to be credited than attribution says.
    WrongPost,
    /// 终端类型: the terminal is of another type, under another id.
    TerminalType,
    /// 遗漏对照: the customer was mapped to the wrong one.
    MissedCustomer,
    /// 分院: a branch bought under the name of the main hospital.
    Branch,
    /// 院内外药房: a pharmacy inside or outside the hospital.
    Pharmacy,
    /// 医联体: members of an alliance share a name.
    Alliance,
    /// 互联网医院.
    InternetHospital,
    /// 连锁子公司: a subsidiary bought under the headquarters.
    ChainSubsidiary,
    /// 品规错误: the product was mapped to the wrong one.
    WrongProduct,
    /// 未备案商业: a seller that is not registered sold to a locked terminal.
    UnregisteredSeller,
    /// 窜货: belongs to another distributor or area.
    Diversion,
    /// 预警: the sale is kept out of rebates.
    Alert,
}

impl AppealKind {
    /// Every kind.
    pub const ALL: [AppealKind; 14] = [
        AppealKind::LateFlow,
        AppealKind::MovedMonth,
        AppealKind::WrongPost,
        AppealKind::TerminalType,
        AppealKind::MissedCustomer,
        AppealKind::Branch,
        AppealKind::Pharmacy,
        AppealKind::Alliance,
        AppealKind::InternetHospital,
        AppealKind::ChainSubsidiary,
        AppealKind::WrongProduct,
        AppealKind::UnregisteredSeller,
        AppealKind::Diversion,
        AppealKind::Alert,
    ];

    /// The word in tables, JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            AppealKind::LateFlow => "late_flow",
            AppealKind::MovedMonth => "moved_month",
            AppealKind::WrongPost => "wrong_post",
            AppealKind::TerminalType => "terminal_type",
            AppealKind::MissedCustomer => "missed_customer",
            AppealKind::Branch => "branch",
            AppealKind::Pharmacy => "pharmacy",
            AppealKind::Alliance => "alliance",
            AppealKind::InternetHospital => "internet_hospital",
            AppealKind::ChainSubsidiary => "chain_subsidiary",
            AppealKind::WrongProduct => "wrong_product",
            AppealKind::UnregisteredSeller => "unregistered_seller",
            AppealKind::Diversion => "diversion",
            AppealKind::Alert => "alert",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        AppealKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// What it moves: at least one of these has to be named. Empty: it moves nothing and keeps the
    /// sale out of rebates.
    pub fn moves(self) -> &'static [Moved] {
        match self {
            AppealKind::LateFlow | AppealKind::MovedMonth => &[Moved::Period],
            AppealKind::WrongPost => &[Moved::Post],
            AppealKind::TerminalType
            | AppealKind::MissedCustomer
            | AppealKind::Branch
            | AppealKind::Pharmacy
            | AppealKind::Alliance
            | AppealKind::InternetHospital
            | AppealKind::ChainSubsidiary => &[Moved::Customer],
            AppealKind::WrongProduct => &[Moved::Product],
            AppealKind::UnregisteredSeller | AppealKind::Diversion => {
                &[Moved::Distributor, Moved::Customer]
            }
            AppealKind::Alert => &[],
        }
    }

    /// Whether the month itself is what moves: the sale leaves the month it is booked in. Other
    /// kinds book both rows of their pair in one month.
    pub fn moves_period(self) -> bool {
        self.moves() == [Moved::Period]
    }
}

/// What became of an appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// 待审: waits for a decision.
    Open,
    /// 通过: its pair of rows counts.
    Approved,
    /// 驳回.
    Refused,
    /// 撤回: by whoever opened it, before a decision.
    Withdrawn,
    /// 撤销: approved, and taken back by a second pair of rows.
    TakenBack,
}

impl AppealState {
    /// Every state.
    pub const ALL: [AppealState; 5] = [
        AppealState::Open,
        AppealState::Approved,
        AppealState::Refused,
        AppealState::Withdrawn,
        AppealState::TakenBack,
    ];

    /// The word in tables, JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            AppealState::Open => "open",
            AppealState::Approved => "approved",
            AppealState::Refused => "refused",
            AppealState::Withdrawn => "withdrawn",
            AppealState::TakenBack => "taken_back",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        AppealState::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One row of the pair by which an approved appeal moves a sale. Quantity and amount carry their
/// sign: adding the rows to the entries of the folds is all there is to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealRow {
    /// The appeal.
    pub appeal_id: i64,
    /// 1: the pair of the approval; 2: the pair that takes it back.
    pub pair: u32,
    /// −1: takes the sale off; 1: puts it on. In pair 1 the original dimensions stand at −1, in
    /// pair 2 at 1.
    pub sign: i32,
    /// The source line.
    pub line_id: i64,
    /// Whose sale it is.
    pub distributor_id: String,
    /// Sale or purchase.
    pub flow_kind: FlowKind,
    /// When it happened (实际年月): that of the line.
    pub business_period: Period,
    /// When it counts (计入年月).
    pub booking_period: Period,
    /// Customer; empty for a line without one.
    pub customer_id: String,
    /// Product.
    pub product_id: String,
    /// Business day of the line.
    pub day: Day,
    /// What the line is ([`LineFlags::IDENTITY`] bits only).
    pub flags: LineFlags,
    /// The post that is credited; empty: whoever attribution says.
    pub post_id: String,
    /// Whether the quantity stays out of rebates.
    pub excluded: bool,
    /// Base units, signed.
    pub quantity: Micros,
    /// Yuan as reported, signed.
    pub amount: Micros,
}

/// State of a sales confirmation (销量确认) of one post and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationState {
    /// 待确认.
    Waiting,
    /// 已确认.
    Confirmed,
    /// 有异议.
    Objected,
    /// 已处理.
    Handled,
    /// 已结.
    Settled,
}

impl ConfirmationState {
    /// Every state, in the order they are reached.
    pub const ALL: [ConfirmationState; 5] = [
        ConfirmationState::Waiting,
        ConfirmationState::Confirmed,
        ConfirmationState::Objected,
        ConfirmationState::Handled,
        ConfirmationState::Settled,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ConfirmationState::Waiting => "waiting",
            ConfirmationState::Confirmed => "confirmed",
            ConfirmationState::Objected => "objected",
            ConfirmationState::Handled => "handled",
            ConfirmationState::Settled => "settled",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        ConfirmationState::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}
