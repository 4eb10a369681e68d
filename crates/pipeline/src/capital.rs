//! Amounts in Chinese capital characters (人民币大写), as contracts, cheques and statements demand
//! them: a figure written so cannot be altered with a stroke.

use channelflow_model::Micros;

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];

/// An amount in capitals, to the fen like [`Micros::to_money`]: `壹万贰仟叁佰肆拾伍元陆角整`.
pub fn capitals(amount: Micros) -> String {
    let cents = cents(amount);
    let fen = cents.unsigned_abs();
    let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
    let mut text = String::new();
    if cents < 0 {
        text.push('负');
    }
    if yuan > 0 || jiao + fen == 0 {
        if yuan == 0 {
            text.push('零');
        }
        whole(yuan, &mut text);
        text.push('元');
    }
    if jiao > 0 {
        text.push(digit(jiao));
        text.push('角');
    } else if yuan > 0 && fen > 0 {
        text.push('零');
    }
    if fen > 0 {
        text.push(digit(fen));
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

/// Fen, rounded half away from zero.
fn cents(amount: Micros) -> i64 {
    let (whole, rest) = (amount.0 / 10_000, amount.0 % 10_000);
    whole + i64::from(rest >= 5_000) - i64::from(rest <= -5_000)
}

/// A whole number above 0; one zero stands for all zeros between two other digits.
fn whole(number: u64, text: &mut String) {
    for (unit, name) in [
        (100_000_000, '亿'),
        (10_000, '万'),
        (1_000, '仟'),
        (100, '佰'),
        (10, '拾'),
    ] {
        if number < unit {
            continue;
        }
        let (high, low) = (number / unit, number % unit);
        whole(high, text);
        text.push(name);
        if low > 0 {
            if low < unit / 10 {
                text.push('零');
            }
            whole(low, text);
        }
        return;
    }
    if number > 0 {
        text.push(digit(number));
    }
}

fn digit(digit: u64) -> char {
    usize::try_from(digit)
        .ok()
        .and_then(|at| DIGITS.get(at).copied())
        .unwrap_or('零')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_the_rules_of_the_central_bank_write_them() {
        for (amount, expected) in [
            ("12345.60", "壹万贰仟叁佰肆拾伍元陆角整"),
            ("0", "零元整"),
            ("0.05", "伍分"),
            ("0.5", "伍角整"),
            ("0.56", "伍角陆分"),
            ("10", "壹拾元整"),
            ("1409.50", "壹仟肆佰零玖元伍角整"),
            ("6007.14", "陆仟零柒元壹角肆分"),
            ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "叁佰贰拾伍元零肆分"),
            ("100000", "壹拾万元整"),
            ("100001", "壹拾万零壹元整"),
            ("107000.53", "壹拾万柒仟元伍角叁分"),
            ("1000010", "壹佰万零壹拾元整"),
            ("100000000", "壹亿元整"),
            ("100000001", "壹亿零壹元整"),
            ("1010100000", "壹拾亿壹仟零壹拾万元整"),
            ("1000000000000", "壹万亿元整"),
            (
                "9007199254740.99",
                "玖万零柒拾壹亿玖仟玖佰贰拾伍万肆仟柒佰肆拾元玖角玖分",
            ),
            ("-100", "负壹佰元整"),
            ("-0.01", "负壹分"),
        ] {
            let amount: Micros = amount.parse().unwrap();
            assert_eq!(capitals(amount), expected, "{amount}");
        }
    }

    #[test]
    fn it_rounds_as_the_figure_beside_it_does() {
        for (micros, expected) in [
            (5_000, "壹分"),
            (-5_000, "负壹分"),
            (4_999, "零元整"),
            (-4_999, "零元整"),
            (999_995_000, "壹仟元整"),
        ] {
            assert_eq!(capitals(Micros(micros)), expected, "{micros}");
        }
        assert!(!capitals(Micros(i64::MIN)).is_empty());
    }

    #[test]
    fn it_reads_back_as_the_figure_beside_it() {
        let mut seed = 1_u64;
        for round in 0..20_000_u32 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // All magnitudes, and with them many zeros.
            let size = seed.cast_signed() >> (round % 60);
            let amount = Micros(size / 10_i64.pow(round % 7) * 10_i64.pow(round % 7));
            let text = capitals(amount);
            assert!(!text.contains("零零"), "{amount}: {text}");
            let figure = amount.to_money().replace(',', "");
            assert_eq!(read(&text), figure, "{amount}: {text}");
        }
    }

    /// Reads capitals back.
    fn read(text: &str) -> String {
        let (mut sum, mut section, mut digit) = (0_i128, 0_i128, 0_i128);
        let mut cents = 0_i128;
        for sign in text.chars() {
            if let Some(at) = DIGITS.iter().position(|known| *known == sign) {
                digit = at as i128;
                continue;
            }
            match sign {
                '拾' | '佰' | '仟' => {
                    let unit = match sign {
                        '拾' => 10,
                        '佰' => 100,
                        _ => 1_000,
                    };
                    section += digit * unit;
                    digit = 0;
                }
                '万' => {
                    sum += (section + digit) * 10_000;
                    (section, digit) = (0, 0);
                }
                '亿' => {
                    sum = (sum + section + digit) * 100_000_000;
                    (section, digit) = (0, 0);
                }
                '元' => {
                    cents += (sum + section + digit) * 100;
                    digit = 0;
                }
                '角' => {
                    cents += digit * 10;
                    digit = 0;
                }
                '分' => cents += digit,
                _ => {}
            }
        }
        let minus = if text.starts_with('负') { "-" } else { "" };
        format!("{minus}{}.{:02}", cents / 100, cents % 100)
    }
}
