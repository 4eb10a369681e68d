//! Rule classes: by what a name was recognised, in terms of what it leaves out or has wrong. Each
//! is certified by itself, so that what is safe is not held up by what is not.

/// What a reported name leaves out, says loosely or has wrong, as a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deviations(u32);

/// One deviation; the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// Something in it is not explained by the master row.
    Unexplained,
    /// The licence numbers differ though everything else agrees.
    ApprovalDiffers,
    /// A variant (无糖) only one side has.
    Variant,
    /// The strength is missing on one side.
    StrengthMissing,
    /// The strength has no unit.
    UnitMissing,
    /// The volume is missing on one side.
    VolumeMissing,
    /// The pack is missing on one side.
    PackMissing,
    /// A trade name is reported and the master row has none.
    TradeUnknown,
    /// A typing error in the substance: not a sound.
    TypoInGeneric,
    /// A character of the substance that sounds alike.
    SoundInGeneric,
    /// A typing error in the form.
    TypoInForm,
    /// A typing error in the trade name.
    TypoInTrade,
    /// A typing error in the maker.
    TypoInMaker,
    /// The maker shares its short name, or only the group is said.
    MakerShared,
    /// The maker is known by another tie: its group abroad, its partner.
    MakerRelated,
    /// A former name of the maker.
    MakerFormer,
    /// No substance, only the trade name.
    TradeNameOnly,
    /// The maker is missing on one side.
    MakerMissing,
    /// The form is missing on one side.
    FormMissing,
    /// The salt is missing on one side.
    SaltMissing,
    /// The form is a word for several.
    FormBroad,
    /// The maker without its place or its group.
    MakerPlaceless,
}

use Deviation as D;

/// Deviations with their class, most serious first.
const CLASSES: [(Deviation, &str); 22] = [
    (D::Unexplained, "unexplained"),
    (D::ApprovalDiffers, "approval_differs"),
    (D::Variant, "variant_missing"),
    (D::StrengthMissing, "strength_missing"),
    (D::UnitMissing, "unit_missing"),
    (D::VolumeMissing, "volume_missing"),
    (D::PackMissing, "pack_missing"),
    (D::TradeUnknown, "trade_name_unknown"),
    (D::TypoInGeneric, "typo_in_generic"),
    (D::SoundInGeneric, "sound_in_generic"),
    (D::TypoInForm, "typo_in_form"),
    (D::TypoInTrade, "typo_in_trade_name"),
    (D::TypoInMaker, "typo_in_maker"),
    (D::MakerShared, "maker_shared"),
    (D::MakerRelated, "maker_related"),
    (D::MakerFormer, "maker_former"),
    (D::TradeNameOnly, "trade_name_only"),
    (D::MakerMissing, "maker_missing"),
    (D::FormMissing, "form_missing"),
    (D::SaltMissing, "salt_missing"),
    (D::FormBroad, "form_broad"),
    (D::MakerPlaceless, "maker_placeless"),
];

/// Every class a product can get.
pub fn classes() -> &'static [&'static str] {
    &[
        "same_parts",
        "unexplained",
        "approval_differs",
        "variant_missing",
        "strength_missing",
        "unit_missing",
        "volume_missing",
        "pack_missing",
        "trade_name_unknown",
        "typo_in_generic",
        "sound_in_generic",
        "typo_in_form",
        "typo_in_trade_name",
        "typo_in_maker",
        "maker_shared",
        "maker_related",
        "maker_former",
        "trade_name_only",
        "maker_missing",
        "form_missing",
        "salt_missing",
        "form_broad",
        "maker_placeless",
        "trade_name_decides",
        "approval_no",
        "typo_and_maker_missing",
        "typo_and_salt_missing",
        "salt_and_maker_missing",
        "several_deviations",
        "ambiguous",
        "conflict",
        "unknown",
    ]
}

impl Deviations {
    /// With one more.
    pub fn set(&mut self, deviation: Deviation) {
        self.0 |= 1 << (deviation as u32);
    }

    /// Whether it is among them.
    pub fn has(self, deviation: Deviation) -> bool {
        self.0 & (1 << (deviation as u32)) != 0
    }

    /// The class of a name that fits one row with these deviations.
    pub fn class(self) -> &'static str {
        let mut serious = self;
        for mild in [D::FormBroad, D::MakerPlaceless] {
            if serious.0.count_ones() > 1 {
                serious.0 &= !(1 << (mild as u32));
            }
        }
        let worst = CLASSES
            .iter()
            .find(|(deviation, _)| serious.has(*deviation));
        let Some((worst, name)) = worst else {
            return "same_parts";
        };
        let typo = serious.has(D::TypoInGeneric)
            || serious.has(D::SoundInGeneric)
            || serious.has(D::TypoInForm);
        match serious.0.count_ones() {
            _ if *worst as u32 <= D::TradeUnknown as u32 => name,
            1 => name,
            2 if typo && serious.has(D::MakerMissing) => "typo_and_maker_missing",
            2 if typo && serious.has(D::SaltMissing) => "typo_and_salt_missing",
            2 if serious.has(D::SaltMissing) && serious.has(D::MakerMissing) => {
                "salt_and_maker_missing"
            }
            _ => "several_deviations",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_serious_deviation_names_the_class() {
        for (deviations, class) in [
            (vec![], "same_parts"),
            (vec![D::MakerPlaceless], "maker_placeless"),
            (vec![D::MakerPlaceless, D::SaltMissing], "salt_missing"),
            (
                vec![D::SaltMissing, D::MakerMissing],
                "salt_and_maker_missing",
            ),
            (vec![D::SoundInGeneric, D::FormBroad], "sound_in_generic"),
            (
                vec![D::SoundInGeneric, D::MakerMissing],
                "typo_and_maker_missing",
            ),
            (vec![D::PackMissing, D::MakerMissing], "pack_missing"),
            (vec![D::TradeNameOnly, D::MakerShared], "several_deviations"),
            (vec![D::Unexplained, D::MakerShared], "unexplained"),
        ] {
            let mut set = Deviations::default();
            for deviation in &deviations {
                set.set(*deviation);
            }
            assert_eq!(set.class(), class, "{deviations:?}");
            assert!(classes().contains(&class));
        }
        assert!(CLASSES.iter().all(|(_, class)| classes().contains(class)));
    }
}
