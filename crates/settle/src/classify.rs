//! What a sale is by who sells to whom, and which sales a counting point counts.
//!
//! A box that passes a first-tier and a second-tier distributor on its way to a hospital is sold
//! three times. Every target and policy names the point at which it counts, so that it counts
//! once. The words of roles are data (`config/vocabulary/roles.toml`). Not here: which tier a
//! seller has on a day (`reference`), and any amount.

use std::sync::LazyLock;

use channelflow_model::LineFlags;
use channelflow_model::settlement::{CountingPoint, FlowClass};
use serde::Deserialize;

/// The names of counting points everybody may use, with what they count.
pub const NAMED_POINTS: [&str; 6] = [
    "terminal",
    "pure_sale",
    "retail",
    "first_tier",
    "transfer",
    "all",
];

/// Tiers that buy from the manufacturer (domain rule: first-tier flow).
const FIRST_TIERS: [&str; 2] = ["一级", "准一级"];

/// A counting point nobody defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a counting point")]
pub struct UnknownPoint(
    /// The text as given.
    pub String,
);

/// The class of a sale to a buyer of this role, before the flags of the line are looked at.
pub fn buyer_class(role: &str) -> FlowClass {
    let role = role.to_lowercase();
    let mut best = (0, FlowClass::Other);
    for (class, words) in ROLES.in_order() {
        for word in words {
            // Strictly longer: of equally long words the first class stays.
            if word.len() > best.0 && role.contains(word.as_str()) {
                best = (word.len(), class);
            }
        }
    }
    best.1
}

/// The class of a line to a buyer of this class; `None`: it is no sale and counts nowhere.
pub fn line_class(buyer: FlowClass, flags: LineFlags) -> Option<FlowClass> {
    if flags.has(LineFlags::STOCK_ADJUSTMENT) {
        None
    } else if flags.has(LineFlags::TRANSFER) {
        Some(FlowClass::Transfer)
    } else {
        Some(buyer)
    }
}

/// Whether the quantity of a line is worth money: a gift counts boxes and nothing else.
pub fn has_value(flags: LineFlags) -> bool {
    !flags.has(LineFlags::GIFT)
}

/// A counting point by its name, or written out as `tiers=一级,二级;classes=pure_sale,retail`.
/// A part left out means any.
pub fn counting_point(text: &str) -> Result<CountingPoint, UnknownPoint> {
    let point = |tiers: &[&str], classes: &[FlowClass]| CountingPoint {
        tiers: tiers.iter().map(|tier| (*tier).to_owned()).collect(),
        classes: classes.to_vec(),
    };
    Ok(match text {
        // Each box once, where it leaves the trade.
        "terminal" => point(
            &[],
            &[FlowClass::PureSale, FlowClass::Retail, FlowClass::Other],
        ),
        "pure_sale" => point(&[], &[FlowClass::PureSale]),
        "retail" => point(&[], &[FlowClass::Retail]),
        "first_tier" => point(&FIRST_TIERS, &FlowClass::ALL),
        "transfer" => point(&[], &[FlowClass::Transfer]),
        "all" => point(&[], &FlowClass::ALL),
        _ => written_out(text).ok_or_else(|| UnknownPoint(text.to_owned()))?,
    })
}

/// Whether a sale of this class by a seller of this tier counts at the point.
pub fn counts(point: &CountingPoint, tier: &str, class: FlowClass) -> bool {
    (point.tiers.is_empty() || point.tiers.iter().any(|allowed| allowed == tier))
        && point.classes.contains(&class)
}

fn written_out(text: &str) -> Option<CountingPoint> {
    let mut tiers = None;
    let mut classes = None;
    for part in text.split(';') {
        let (name, list) = part.split_once('=')?;
        let words = list.split(',').map(str::trim);
        if list.trim().is_empty() || words.clone().any(str::is_empty) {
            return None;
        }
        let twice = match name.trim() {
            "tiers" => tiers.replace(words.map(str::to_owned).collect()).is_some(),
            "classes" => {
                let known: Option<Vec<FlowClass>> = words.map(class_by_word).collect();
                classes.replace(known?).is_some()
            }
            _ => return None,
        };
        if twice {
            return None;
        }
    }
    Some(CountingPoint {
        tiers: tiers.unwrap_or_default(),
        classes: classes.unwrap_or_else(|| FlowClass::ALL.to_vec()),
    })
}

fn class_by_word(word: &str) -> Option<FlowClass> {
    FlowClass::ALL
        .into_iter()
        .find(|class| class.as_str() == word)
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    transfer: Vec<String>,
    pure_sale: Vec<String>,
    retail: Vec<String>,
}

impl Roles {
    fn in_order(&self) -> [(FlowClass, &[String]); 3] {
        [
            (FlowClass::Transfer, &self.transfer),
            (FlowClass::PureSale, &self.pure_sale),
            (FlowClass::Retail, &self.retail),
        ]
    }
}

const ROLES_TOML: &str = include_str!("../../../config/vocabulary/roles.toml");

/// Compiled in and parsed by a test; a broken file would make every buyer `other`.
static ROLES: LazyLock<Roles> = LazyLock::new(|| toml::from_str(ROLES_TOML).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_of_the_buyer_says_what_a_sale_is() {
        use FlowClass::{Other, PureSale, Retail, Transfer};
        let _: Roles = toml::from_str(ROLES_TOML).unwrap();
        for (role, class) in [
            ("distributor", Transfer),
            ("商业", Transfer),
            ("医药商业公司", Transfer),
            ("二级经销商", Transfer),
            ("hospital", PureSale),
            ("Clinic", PureSale),
            ("医疗", PureSale),
            ("乡镇卫生院", PureSale),
            ("社区卫生服务中心", PureSale),
            ("中医诊所", PureSale),
            ("医院药房", PureSale),
            ("pharmacy", Retail),
            ("药店", Retail),
            ("连锁总部", Retail),
            ("零售", Retail),
            ("", Other),
            ("高校", Other),
        ] {
            assert_eq!(buyer_class(role), class, "{role}");
        }
    }

    #[test]
    fn flags_overrule_the_buyer() {
        let buyer = FlowClass::PureSale;
        assert_eq!(line_class(buyer, LineFlags::default()), Some(buyer));
        assert_eq!(line_class(buyer, LineFlags::RETURN), Some(buyer));
        assert_eq!(
            line_class(buyer, LineFlags::TRANSFER),
            Some(FlowClass::Transfer)
        );
        assert_eq!(line_class(buyer, LineFlags::STOCK_ADJUSTMENT), None);
        assert!(!has_value(LineFlags::GIFT));
    }

    #[test]
    fn a_box_on_its_way_counts_once() {
        // 一级 sells to 二级, 二级 to a hospital.
        let way = [
            ("一级", buyer_class("distributor")),
            ("二级", buyer_class("hospital")),
        ];
        for (point, times) in [
            ("terminal", 1),
            ("first_tier", 1),
            ("pure_sale", 1),
            ("retail", 0),
            ("transfer", 1),
            ("all", 2),
            ("tiers=二级", 1),
            ("tiers=一级;classes=pure_sale", 0),
            ("classes=pure_sale,transfer", 2),
        ] {
            let point = counting_point(point).unwrap();
            let counted = way
                .iter()
                .filter(|(tier, class)| counts(&point, tier, *class));
            assert_eq!(counted.count(), times, "{point:?}");
        }
    }

    #[test]
    fn every_name_is_a_point_and_nothing_else_is() {
        for name in NAMED_POINTS {
            assert!(counting_point(name).is_ok(), "{name}");
        }
        for text in [
            "",
            "terminals",
            "tiers",
            "tiers=",
            "tiers=一级,",
            "tiers=一级;tiers=二级",
            "classes=sale",
            "class=retail",
            "classes=retail;",
        ] {
            assert_eq!(
                counting_point(text),
                Err(UnknownPoint(text.to_owned())),
                "{text}"
            );
        }
    }
}
