//! The files settlement is computed from: what each holds, its name in the master folder, and how a
//! file of unknown content is told by its titles.

use channelflow_model::raw::RawTable;
use channelflow_warehouse::RecordKind;

use crate::titled_rows::titles_known;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettlementKind {
    /// Units of the organisation (组织).
    Units,
    /// Who holds a post (岗位任职).
    Seats,
    /// Product groups (品种).
    Groups,
    /// Who is credited for a customer (客户分管).
    Attribution,
    /// What happens to sales nobody is attributed to (非锁规则).
    Unattributed,
    /// Assessed prices (考核价).
    Prices,
    /// Targets (指标).
    Targets,
    /// Tiers of distributors for a time (经销商层级).
    Tiers,
    /// Where distributors may sell (授权区域).
    Areas,
    /// Shipments of the manufacturer (发货).
    Shipments,
    /// Payments of distributors (回款).
    Payments,
}

impl SettlementKind {
    /// Every kind, in the order they are imported: what others point at comes first.
    pub const ALL: [SettlementKind; 11] = [
        SettlementKind::Units,
        SettlementKind::Seats,
        SettlementKind::Groups,
        SettlementKind::Attribution,
        SettlementKind::Unattributed,
        SettlementKind::Prices,
        SettlementKind::Targets,
        SettlementKind::Tiers,
        SettlementKind::Areas,
        SettlementKind::Shipments,
        SettlementKind::Payments,
    ];

    /// The name of its file in the master folder, without an ending.
    pub fn as_str(self) -> &'static str {
        match self {
            SettlementKind::Units => "org",
            SettlementKind::Seats => "seats",
            SettlementKind::Groups => "groups",
            SettlementKind::Attribution => "attribution",
            SettlementKind::Unattributed => "unattributed",
            SettlementKind::Prices => "prices",
            SettlementKind::Targets => "targets",
            SettlementKind::Tiers => "tiers",
            SettlementKind::Areas => "areas",
            SettlementKind::Shipments => "shipments",
            SettlementKind::Payments => "payments",
        }
    }

    /// What its rows are in the warehouse.
    pub fn record_kind(self) -> RecordKind {
        match self {
            SettlementKind::Units => RecordKind::OrgUnit,
            SettlementKind::Seats => RecordKind::Seat,
            SettlementKind::Groups => RecordKind::ProductGroup,
            SettlementKind::Attribution => RecordKind::Attribution,
            SettlementKind::Unattributed => RecordKind::UnattributedRule,
            SettlementKind::Prices => RecordKind::Price,
            SettlementKind::Targets => RecordKind::Target,
            SettlementKind::Tiers => RecordKind::Tier,
            SettlementKind::Areas => RecordKind::Area,
            SettlementKind::Shipments => RecordKind::Shipment,
            SettlementKind::Payments => RecordKind::Payment,
        }
    }

    /// The section of the vocabulary with its titles.
    pub(crate) fn section(self) -> &'static str {
        match self {
            SettlementKind::Units => "unit",
            SettlementKind::Seats => "seat",
            SettlementKind::Groups => "group",
            SettlementKind::Attribution => "attribution",
            SettlementKind::Unattributed => "unattributed",
            SettlementKind::Prices => "price",
            SettlementKind::Targets => "target",
            SettlementKind::Tiers => "tier",
            SettlementKind::Areas => "area",
            SettlementKind::Shipments => "shipment",
            SettlementKind::Payments => "payment",
        }
    }

    /// Columns a file must have.
    pub(crate) fn required(self) -> &'static [&'static str] {
        match self {
            SettlementKind::Units => &["id", "name", "level", "parent"],
            SettlementKind::Seats => &["post_id", "person_id"],
            SettlementKind::Groups => &["group_id", "product_id"],
            SettlementKind::Attribution => &["customer_id", "post_id", "share"],
            SettlementKind::Unattributed => &["id", "priority"],
            SettlementKind::Prices => &["product_id", "valid_from", "price"],
            SettlementKind::Targets => &["owner", "measure", "counting_point"],
            SettlementKind::Tiers => &["distributor_id", "tier"],
            SettlementKind::Areas => &["distributor_id", "province"],
            SettlementKind::Shipments => &[
                "doc_no",
                "day",
                "distributor_id",
                "product_id",
                "quantity",
                "amount",
            ],
            SettlementKind::Payments => {
                &["doc_no", "day", "distributor_id", "amount", "instrument"]
            }
        }
    }

    /// Which of the kinds most titles of a table belong to; of equals the first.
    pub fn told_by_titles(table: &RawTable, kinds: &[SettlementKind]) -> Option<SettlementKind> {
        let mut best: Option<(usize, SettlementKind)> = None;
        for kind in kinds {
            let titles = titles_known(table, kind.section());
            if best.is_none_or(|(most, _)| titles > most) {
                best = Some((titles, *kind));
            }
        }
        best.map(|(_, kind)| kind)
    }
}
