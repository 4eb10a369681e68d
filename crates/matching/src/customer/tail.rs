//! The end of a customer's name, cut off piece by piece: notes and departments, the branch, the
//! chain and the type. What comes before is not looked at.

use super::parse::Name;
use super::words::{Branch, Sector, words};
use crate::numerals::{number, start_of_number_at_end};

/// Departments, notes and a stray digit at the end, as long as an institution remains.
pub(super) fn strip_tail<'t>(mut text: &'t [char], parts: &mut Name) -> &'t [char] {
    loop {
        let before = text.len();
        if let [rest @ .., last] = text
            && (last.is_ascii_digit() || matches!(last, '-' | '。' | '.'))
            && ends_institution(rest)
        {
            text = rest;
        }
        if let Some(len) = words().tag_at_end(text)
            && ends_institution(cut(text, len))
        {
            let tag: String = text.iter().skip(text.len() - len).collect();
            parts.closed |= words().tag(&tag) == Some(true);
            text = cut(text, len);
        }
        for len in words().departments_at_end(text) {
            let rest = cut(text, len);
            if ends_house(rest) {
                if parts.department.is_empty() {
                    parts.department = text.iter().skip(rest.len()).collect();
                }
                text = rest;
                break;
            }
        }
        if text.len() == before
            && !ends_institution(text)
            && let Some(len) = words().nearly_department_at_end(text)
            && ends_house(cut(text, len))
        {
            parts.department_slip = true;
            text = cut(text, len);
        }
        if text.len() == before {
            return text;
        }
    }
}

/// A text without its last characters.
pub(super) fn cut(text: &[char], from_end: usize) -> &[char] {
    text.get(..text.len().saturating_sub(from_end))
        .unwrap_or_default()
}

/// Whether a text ends like a hospital, clinic or campus: what may have departments.
fn ends_house(text: &[char]) -> bool {
    let kind = words().kind_at_end(text);
    let house = kind.is_some_and(|(len, kind)| {
        text.len() > len && len >= 2 && words().sector(kind) == Sector::Care
    });
    house
        || (kind.is_some_and(|(len, _)| len == 1) && text.len() > 2 && {
            let before = cut(text, 1);
            start_of_number_at_end(before).is_some()
        })
        || words()
            .branch_at_end(text)
            .is_some_and(|(_, mark)| mark == Branch::Campus)
        || (words()
            .legal_at_end(text)
            .is_some_and(|(len, _)| ends_house(cut(text, len)) && text.len() > len))
}

/// Whether a text ends like anything that can be a customer.
fn ends_institution(text: &[char]) -> bool {
    ends_house(text)
        || words()
            .kind_at_end(text)
            .is_some_and(|(len, _)| len >= 2 && text.len() > len)
        || words().legal_at_end(text).is_some()
        || words().branch_at_end(text).is_some()
}

/// The branch at the end, behind the type of the main house or the company's legal form.
pub(super) fn cut_branch<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    let Some((len, mark)) = words().branch_at_end(text) else {
        return text;
    };
    let before = cut(text, len);
    match mark {
        Branch::Side => {
            if words().kind_at_end(before).is_some_and(|(len, _)| len >= 2) {
                let side = text
                    .iter()
                    .skip(before.len())
                    .take(1)
                    .copied()
                    .collect::<Vec<_>>();
                set_branch(parts, &side, mark);
                return before;
            }
            text
        }
        Branch::Campus => match end_of_house(before) {
            Some(end) if end <= before.len() => {
                set_branch(parts, before.get(end..).unwrap_or_default(), mark);
                text.get(..end).unwrap_or_default()
            }
            _ => text,
        },
        Branch::Store => match end_of_shop(before) {
            Some(end) => {
                set_branch(parts, before.get(end..).unwrap_or_default(), mark);
                text.get(..end).unwrap_or_default()
            }
            None => text,
        },
    }
}

/// Where the last type of a hospital ends in a text.
fn end_of_house(text: &[char]) -> Option<usize> {
    (1..text.len()).rev().find_map(|start| {
        let (len, kind) = words().kind_at(text.get(start..)?)?;
        (len >= 2 && words().sector(kind) == Sector::Care).then_some(start + len)
    })
}

/// Where a chain's company name ends in a text: behind its legal form, or behind 连锁 or its type.
fn end_of_shop(text: &[char]) -> Option<usize> {
    let legal = (1..text.len()).find_map(|start| {
        let (len, _) = words().legal_at(text.get(start..)?)?;
        // 有限公司 is found at 有限; 公司 alone inside it is not looked at.
        (len >= 2).then_some(start + len)
    });
    if legal.is_some() {
        return legal;
    }
    let mut end = None;
    let mut at = 1;
    while at < text.len() {
        let here = text.get(at..).unwrap_or_default();
        if here.starts_with(&['连', '锁']) {
            at += 2;
            end = Some(at);
            continue;
        }
        match words().kind_at(here) {
            Some((len, kind)) if len >= 2 && words().sector(kind) != Sector::Care => {
                at += len;
                end = Some(at);
            }
            _ => {
                if end.is_some() {
                    break;
                }
                at += 1;
            }
        }
    }
    end
}

/// Notes a branch: its number, or its name without the word for a street.
pub(super) fn set_branch(parts: &mut Name, text: &[char], mark: Branch) {
    let text = match text {
        ['第', rest @ ..] if number(rest).is_some() => rest,
        text => text,
    };
    if let Some(number) = number(text) {
        parts.branch = format!("#{number}");
        return;
    }
    let mut named = text;
    if mark == Branch::Store {
        if let [rest @ .., '大', '道'] = named {
            parts.street = Some('道');
            named = rest;
        } else if let [rest @ .., c @ ('路' | '街' | '巷')] = named
            && rest.len() >= 2
        {
            parts.street = Some(*c);
            named = rest;
        }
    }
    parts.branch = named.iter().collect();
    if parts.branch.is_empty() {
        parts
            .branch
            .push(if mark == Branch::Store { '店' } else { '院' });
    }
}

/// Takes 连锁 off.
pub(super) fn cut_chain<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    if let [rest @ .., '连', '锁'] = text
        && rest.len() >= 2
    {
        parts.chain = true;
        return rest;
    }
    text
}

/// Takes the type off.
pub(super) fn cut_kind<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    let Some((len, kind)) = words().kind_at_end(text) else {
        return text;
    };
    let rest = cut(text, len);
    // 院 alone is a type only behind a number or 附: 医大二院, 三附院.
    if len == 1 && start_of_number_at_end(rest).is_none() && !rest.ends_with(&['附']) {
        return text;
    }
    parts.kind = kind;
    rest
}
