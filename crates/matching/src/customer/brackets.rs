//! What stands around a customer's name: numbering, brackets, a part behind a dash. Each is put
//! where it belongs: a note, a department, a place, a branch, another name.

use super::chain::place_chain;
use super::parse::{Name, parse_plain};
use super::tail::set_branch;
use super::words::{Branch, words};

/// Numbering before a name (`01-`, `A-`, `#`, `*`) and marks after it.
pub(super) fn strip_edges(mut text: &[char]) -> &[char] {
    let is_mark = |c: &char| {
        matches!(
            c,
            '*' | '#'
                | '.'
                | '。'
                | '-'
                | ','
                | ';'
                | '、'
                | '?'
                | '!'
                | '·'
                | '_'
                | '~'
                | '\''
                | '"'
                | '/'
                | ':'
        )
    };
    while let [first, rest @ ..] = text {
        if !is_mark(first) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !is_mark(last) {
            break;
        }
        text = rest;
    }
    let ascii = text
        .iter()
        .take_while(|c| c.is_ascii_alphanumeric())
        .count();
    if (1..=8).contains(&ascii)
        && let Some('-' | '.' | '_' | ':' | '、') = text.get(ascii)
        && text.len() > ascii + 3
    {
        return strip_edges(text.get(ascii + 1..).unwrap_or_default());
    }
    text
}

/// The text outside brackets, and what stands in each pair.
pub(super) fn split_brackets(text: &[char]) -> (Vec<char>, Vec<Vec<char>>) {
    let mut main = Vec::with_capacity(text.len());
    let mut groups: Vec<Vec<char>> = Vec::new();
    let mut depth = 0_usize;
    for c in text {
        match c {
            '(' => {
                if depth == 0 {
                    groups.push(Vec::new());
                }
                depth += 1;
            }
            ')' => depth = depth.saturating_sub(1),
            c if depth > 0 => {
                if let Some(group) = groups.last_mut() {
                    group.push(*c);
                }
            }
            c => main.push(*c),
        }
    }
    (main, groups)
}

/// `医院-西药房`, `有限公司-凤凰大道店`: what stands behind the last dash, if anything stands before.
pub(super) fn split_dash(main: &[char]) -> (Vec<char>, Option<&[char]>) {
    let without = |text: &[char]| -> Vec<char> {
        text.iter()
            .copied()
            .filter(|c| !matches!(c, '-' | '·' | '.' | '〓' | '*' | '_'))
            .collect()
    };
    if let Some(at) = main.iter().rposition(|c| matches!(c, '-' | '_'))
        && at >= 2
        && let (Some(before), Some(after)) = (main.get(..at), main.get(at + 1..))
        && after.len() >= 2
    {
        return (without(before), Some(after));
    }
    (without(main), None)
}

/// What stands in brackets or behind a dash, put where it belongs.
pub(super) fn add_group(parts: &mut Name, group: &[char], dashed: bool) {
    let text: String = group.iter().collect();
    if group.is_empty() {
        return;
    }
    if let Some(closed) = words().tag(&text) {
        parts.closed |= closed;
        return;
    }
    if words().is_department(&text) {
        parts.department = text;
        return;
    }
    if words().nearly_department_at_end(group) == Some(group.len()) {
        parts.department = text;
        parts.department_slip = true;
        return;
    }
    if let Some((len, former)) = words().former_at(group)
        && group.len() >= len + 2
    {
        let rest: Vec<char> = group
            .get(len..)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|c| *c != ':')
            .collect();
        parts.others.push((former, parse_plain(&rest)));
        return;
    }
    let chain = place_chain(group);
    if chain.len == group.len() {
        let met = if parts.place.is_empty() {
            chain.codes
        } else {
            chain.codes.meet(&parts.place)
        };
        if !met.is_empty() {
            parts.place = met;
            parts.place_text.push_str(&text);
            return;
        }
        if parts.short {
            // 宝丰(无锡市)健康药房: what looked like a place is the brand.
            parts.stem.insert_str(0, &parts.place_text);
            parts.place = chain.codes;
            parts.place_text = text;
            return;
        }
    }
    if let Some((_, form)) = words()
        .legal_at_end(group)
        .filter(|(len, _)| *len == group.len())
    {
        parts.legal = form;
        return;
    }
    if parts.branch.is_empty()
        && let Some((len, mark)) = words().branch_at_end(group)
        && words().kind_at_end(group).is_none_or(|(kind, _)| kind < 3)
    {
        parts.core.push_str(&text);
        let named = if mark == Branch::Side {
            1
        } else {
            group.len() - len
        };
        set_branch(parts, group.get(..named).unwrap_or_default(), mark);
        return;
    }
    if words().kind_at_end(group).is_some_and(|(len, _)| len >= 2) && !dashed {
        parts.others.push((false, parse_plain(group)));
        return;
    }
    parts.core.push_str(&text);
    parts.stem.push('(');
    parts.stem.push_str(&text);
    parts.stem.push(')');
}
