//! Numbers in names: 第一, 一, 1, 壹, Ⅰ, 十四, 三〇一.

/// The value of a digit character, Chinese, financial or Arabic.
fn digit(c: char) -> Option<u16> {
    Some(match c {
        '0' | '零' | '〇' | '○' => 0,
        '1' | '一' | '壹' => 1,
        '2' | '二' | '贰' | '两' => 2,
        '3' | '三' | '叁' => 3,
        '4' | '四' | '肆' => 4,
        '5' | '五' | '伍' => 5,
        '6' | '六' | '陆' => 6,
        '7' | '七' | '柒' => 7,
        '8' | '八' | '捌' => 8,
        '9' | '九' | '玖' => 9,
        _ => return None,
    })
}

/// Whether a character can be part of a number (Roman digits have become Latin letters).
pub fn is_numeral(c: char) -> bool {
    digit(c).is_some() || matches!(c, '十' | '拾' | '百' | '佰' | 'i' | 'v' | 'x')
}

/// The number a whole text stands for, from 1; 0 and anything else is none.
pub fn number(text: &[char]) -> Option<u16> {
    let first = text.first()?;
    if matches!(first, 'i' | 'v' | 'x') {
        return roman(text);
    }
    let positional = text.iter().all(|c| digit(*c).is_some());
    let mut sum = 0_u16;
    if positional {
        for c in text {
            sum = sum.checked_mul(10)?.checked_add(digit(*c)?)?;
        }
        return (sum > 0).then_some(sum);
    }
    let mut held: Option<u16> = None;
    for c in text {
        match c {
            '十' | '拾' => sum = sum.checked_add(held.take().unwrap_or(1).checked_mul(10)?)?,
            '百' | '佰' => sum = sum.checked_add(held.take()?.checked_mul(100)?)?,
            c => {
                let value = digit(*c)?;
                if held.is_some_and(|held| held > 0) {
                    return None;
                }
                held = Some(value);
            }
        }
    }
    sum = sum.checked_add(held.unwrap_or(0))?;
    (sum > 0).then_some(sum)
}

fn roman(text: &[char]) -> Option<u16> {
    let text: String = text.iter().collect();
    let at = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"]
        .iter()
        .position(|roman| *roman == text)?;
    u16::try_from(at + 1).ok()
}

/// Where the number at the end of a text begins, if there is one.
pub fn start_of_number_at_end(text: &[char]) -> Option<usize> {
    let count = text.iter().rev().take_while(|c| is_numeral(**c)).count();
    (count > 0).then(|| text.len() - count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_writing() {
        for (text, value) in [
            ("一", Some(1)),
            ("1", Some(1)),
            ("壹", Some(1)),
            ("ii", Some(2)),
            ("十", Some(10)),
            ("十四", Some(14)),
            ("14", Some(14)),
            ("三十五", Some(35)),
            ("三〇一", Some(301)),
            ("二百五十", Some(250)),
            ("一百零三", Some(103)),
            ("0", None),
            ("一二十", None),
            ("大", None),
            ("", None),
        ] {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(number(&chars), value, "{text}");
        }
    }
}
