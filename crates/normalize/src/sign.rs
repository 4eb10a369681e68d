//! What a document type and a sign mean together.
//!
//! A return is negative. Words and signs that contradict each other are held, unless the layout
//! says what they mean; nothing is flipped on a guess.

use channelflow_model::layout::SignRule;
use channelflow_model::{FlowKind, HoldReason, LineFlags, Micros};

/// Class of a document type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DocClass {
    PriceAdjustment,
    Return,
    Transfer,
    Gift,
    StockAdjustment,
}

/// Quantity and amount of a line, with what was made of their signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) quantity: Micros,
    pub(crate) amount: Option<Micros>,
    pub(crate) flags: LineFlags,
    pub(crate) hold: Option<HoldReason>,
}

/// Applies the rules to one line whose quantity could be read.
pub(crate) fn apply(
    kind: FlowKind,
    class: Option<DocClass>,
    rule: SignRule,
    quantity: Micros,
    amount: Option<Micros>,
) -> Signed {
    let mut line = Signed {
        quantity,
        amount,
        flags: LineFlags::default(),
        hold: None,
    };
    // What a distributor holds has no direction.
    if kind == FlowKind::Inventory {
        return line;
    }
    match class {
        Some(DocClass::PriceAdjustment) => {
            line.flags.set(LineFlags::PRICE_ADJUSTMENT);
            if quantity != Micros::ZERO {
                line.quantity = Micros::ZERO;
                line.flags.set(LineFlags::CELL_IGNORED);
            }
            if amount.is_none_or(|amount| amount == Micros::ZERO) && quantity != Micros::ZERO {
                line.hold = Some(HoldReason::BadAmount);
            }
            return line;
        }
        Some(DocClass::Transfer) => line.flags.set(LineFlags::TRANSFER),
        Some(DocClass::StockAdjustment) => line.flags.set(LineFlags::STOCK_ADJUSTMENT),
        Some(DocClass::Gift) => line.flags.set(LineFlags::GIFT),
        Some(DocClass::Return) if quantity > Micros::ZERO => {
            match rule {
                SignRule::Hold => {
                    line.flags.set(LineFlags::RETURN);
                    line.hold = Some(HoldReason::SignAmbiguous);
                }
                SignRule::Keep => {}
                SignRule::Negate => {
                    let negated = quantity.checked_neg();
                    let amount = amount.map(|amount| Micros(-amount.abs().0));
                    line.quantity = negated.unwrap_or(quantity);
                    line.amount = amount;
                    line.flags.set(LineFlags::RETURN.with(LineFlags::SIGN_SET));
                }
            }
            return line;
        }
        Some(DocClass::Return) | None => {}
    }
    if quantity == Micros::ZERO {
        if amount.is_some_and(|amount| amount != Micros::ZERO) {
            line.flags.set(LineFlags::PRICE_ADJUSTMENT);
        }
        return line;
    }
    let moves_stock = matches!(class, Some(DocClass::Transfer | DocClass::StockAdjustment));
    if quantity < Micros::ZERO && !moves_stock {
        line.flags.set(LineFlags::RETURN);
    }
    let opposed = amount.is_some_and(|amount| amount.0.signum() * quantity.0.signum() < 0);
    if opposed {
        match rule {
            SignRule::Hold => line.hold = Some(HoldReason::SignAmbiguous),
            SignRule::Keep => {}
            SignRule::Negate => {
                line.amount = amount.and_then(Micros::checked_neg);
                line.flags.set(LineFlags::SIGN_SET);
            }
        }
    }
    line
}

/// Whether a line carries nothing: no quantity and no amount.
pub(crate) fn is_zero(quantity: Micros, amount: Option<Micros>) -> bool {
    quantity == Micros::ZERO && amount.is_none_or(|amount| amount == Micros::ZERO)
}

/// Compares quantity × price with the amount; the flag to set, if they differ. `ex_tax` says which
/// of price and amount are known to be without tax.
pub(crate) fn plausible(
    quantity: Micros,
    price: Micros,
    amount: Micros,
    ex_tax: LineFlags,
) -> Option<LineFlags> {
    // Millionths of millionths: two rounded decimals of i64 always fit.
    let product = i128::from(quantity.0) * i128::from(price.0);
    let stated = i128::from(amount.0) * i128::from(Micros::SCALE);
    // 0.05 yuan or 0.5 % of the amount, whichever is more.
    let floor = 50_000 * i128::from(Micros::SCALE);
    let tolerance = (stated.abs() / 200).max(floor);
    let price_ex = ex_tax.has(LineFlags::PRICE_EX_TAX);
    let amount_ex = ex_tax.has(LineFlags::AMOUNT_EX_TAX);
    let fits = |numerator: i128, denominator: i128| {
        (product * numerator - stated * denominator).abs() <= tolerance * denominator
    };
    if fits(1, 1) {
        return None;
    }
    // Tax rates of medicines: 13 %, 9 %, 3 %.
    let taxed = [113, 109, 103];
    if amount_ex && !price_ex && taxed.iter().any(|rate| fits(100, *rate)) {
        return None;
    }
    if !amount_ex && taxed.iter().any(|rate| fits(*rate, 100)) {
        return (!price_ex).then_some(LineFlags::EX_TAX_SUSPECTED);
    }
    Some(LineFlags::AMOUNT_MISMATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> Micros {
        text.parse().unwrap()
    }

    /// Quantity, amount, flags and hold of a sale, as one text.
    fn sale(class: Option<DocClass>, rule: SignRule, quantity: &str, amount: &str) -> String {
        let amount = (!amount.is_empty()).then(|| micros(amount));
        let line = apply(FlowKind::Sale, class, rule, micros(quantity), amount);
        let amount = line
            .amount
            .map_or(String::new(), |amount| amount.to_string());
        let words: Vec<&str> = line.flags.words().collect();
        let hold = line.hold.map_or("", HoldReason::as_str);
        format!("{} {amount} [{}] {hold}", line.quantity, words.join(" "))
    }

    #[test]
    fn words_and_signs() {
        use DocClass::{Gift, PriceAdjustment, Return, StockAdjustment, Transfer};
        use SignRule::{Hold, Keep, Negate};
        for (class, rule, quantity, amount, expected) in [
            (None, Hold, "5", "50", "5 50 [] "),
            (None, Hold, "-5", "-50", "-5 -50 [return] "),
            (None, Hold, "-5", "50", "-5 50 [return] sign_ambiguous"),
            (None, Negate, "-5", "50", "-5 -50 [return sign_set] "),
            (None, Hold, "0", "-50", "0 -50 [price_adjustment] "),
            (Some(Return), Hold, "-5", "-50", "-5 -50 [return] "),
            (
                Some(Return),
                Hold,
                "5",
                "50",
                "5 50 [return] sign_ambiguous",
            ),
            (Some(Return), Negate, "5", "50", "-5 -50 [return sign_set] "),
            (Some(Return), Keep, "5", "50", "5 50 [] "),
            (
                Some(PriceAdjustment),
                Hold,
                "0",
                "-50",
                "0 -50 [price_adjustment] ",
            ),
            (
                Some(PriceAdjustment),
                Hold,
                "5",
                "-50",
                "0 -50 [price_adjustment cell_ignored] ",
            ),
            (
                Some(PriceAdjustment),
                Hold,
                "5",
                "",
                "0  [price_adjustment cell_ignored] bad_amount",
            ),
            (Some(Transfer), Hold, "-5", "", "-5  [transfer] "),
            (Some(Gift), Hold, "5", "0", "5 0 [gift] "),
            (Some(Gift), Hold, "-5", "", "-5  [return gift] "),
            (
                Some(StockAdjustment),
                Hold,
                "-1",
                "-3",
                "-1 -3 [stock_adjustment] ",
            ),
        ] {
            let name = format!("{class:?} {rule:?} {quantity} {amount}");
            assert_eq!(sale(class, rule, quantity, amount), expected, "{name}");
        }
        let stock = apply(
            FlowKind::Inventory,
            None,
            Hold,
            micros("-3"),
            Some(micros("9")),
        );
        assert_eq!((stock.flags, stock.hold), (LineFlags::default(), None));
    }

    #[test]
    fn price_times_quantity() {
        let none = LineFlags::default();
        for (quantity, price, amount, flag) in [
            ("10", "3.5", "35", None),
            ("10", "3.5", "35.05", None),
            ("10", "3.5", "35.50", Some(LineFlags::AMOUNT_MISMATCH)),
            ("1000", "3.5", "3517", None),
            ("1000", "3.5", "3520", Some(LineFlags::AMOUNT_MISMATCH)),
            ("10", "10", "113", Some(LineFlags::EX_TAX_SUSPECTED)),
            ("10", "10", "103", Some(LineFlags::EX_TAX_SUSPECTED)),
            ("-10", "10", "-109", Some(LineFlags::EX_TAX_SUSPECTED)),
            ("-10", "10", "100", Some(LineFlags::AMOUNT_MISMATCH)),
        ] {
            let found = plausible(micros(quantity), micros(price), micros(amount), none);
            assert_eq!(found, flag, "{quantity} × {price} = {amount}");
        }
        // Known to be without tax: the tax between them is expected.
        let (ten, price_ex) = (micros("10"), LineFlags::PRICE_EX_TAX);
        assert_eq!(plausible(ten, ten, micros("113"), price_ex), None);
        assert_eq!(
            plausible(
                ten,
                micros("11.3"),
                ten.checked_mul(ten).unwrap(),
                LineFlags::AMOUNT_EX_TAX
            ),
            None
        );
    }
}
