//! Rewards read from their tree: one shape each, with the keys of that shape and no others.

use channelflow_model::Sentence;
use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;

use super::document::Section;
use super::parse::{AT_MOST_ALL, MEASURES, required};
use super::reward::{
    Discount, Failure, Gate, GateOn, GateStep, Group, GroupRole, GrowthOf, Multiplier,
    MultiplierStep, Pay, Reward, Shape, Tenor, Tier, TierMode, TierOn,
};

/// Bounds given as a share (achievement, growth) and factors stay within ten times.
const TEN_TIMES: u32 = 10;

/// Days of a year in bill discounts, by custom of the trade.
const YEAR_DAYS: u32 = 360;

const GATES: [(&str, GateOn); 6] = [
    ("basis", GateOn::Basis),
    ("achievement", GateOn::Achievement),
    ("growth", GateOn::Growth),
    ("covered_terminals", GateOn::CoveredTerminals),
    ("upload_rate", GateOn::UploadRate),
    ("timeliness_rate", GateOn::TimelinessRate),
];

const SHAPES: [&str; 12] = [
    "per_unit",
    "every_full",
    "percent",
    "tiers",
    "growth",
    "mix",
    "timeliness",
    "bill_discount",
    "price_protection",
    "price_difference",
    "excess",
    "sub_periods",
];

/// What a bound is: a share, or a plain number of the measure.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Share,
    Number,
}

impl Bound {
    fn of(on: GateOn) -> Self {
        match on {
            GateOn::Basis | GateOn::CoveredTerminals => Bound::Number,
            GateOn::Achievement | GateOn::Growth | GateOn::UploadRate | GateOn::TimelinessRate => {
                Bound::Share
            }
        }
    }

    fn read(self, section: &mut Section<'_>, key: &'static str) -> Option<Decimal> {
        match self {
            Bound::Share => section.share(key, TEN_TIMES),
            Bound::Number => section.amount(key),
        }
    }
}

/// Reads all rewards; at least one, no name twice.
pub(super) fn rewards(top: &mut Section<'_>, key: &'static str) -> Option<Vec<Reward>> {
    let line = top.line_of(key);
    let read = top.tables(key, reward)?;
    if read.is_empty() {
        top.missing(key);
    }
    let all = read.len();
    let rewards: Vec<Reward> = read.into_iter().flatten().collect();
    for (at, reward) in rewards.iter().enumerate() {
        if rewards.iter().take(at).any(|known| known.id == reward.id) {
            let found = top.about("policy_twice", key).fact("found", &reward.id);
            top.problem(usize::try_from(reward.line).unwrap_or(line), found);
        }
    }
    (rewards.len() == all && all > 0).then_some(rewards)
}

fn reward(section: &mut Section<'_>) -> Option<Reward> {
    let id = required(section, "id", Section::text);
    let shape = required(section, "shape", |section, key| {
        section.choice(key, &SHAPES.map(|word| (word, word)))
    });
    if shape.is_none() {
        // Which keys belong to it is not known.
        section.forget();
    }
    let shape = shape.and_then(|word| self::shape(section, word));
    let gates = section.tables("gate", gate).unwrap_or_default();
    let multipliers = section.tables("multiplier", multiplier).unwrap_or_default();
    Some(Reward {
        id: id?,
        shape: shape?,
        gates: gates.into_iter().collect::<Option<_>>()?,
        multipliers: multipliers.into_iter().collect::<Option<_>>()?,
        line: u32::try_from(section.line).unwrap_or(0),
    })
}

fn shape(section: &mut Section<'_>, word: &str) -> Option<Shape> {
    match word {
        "per_unit" => {
            required(section, "yuan", Section::amount).map(|yuan| Shape::PerUnit { yuan })
        }
        "every_full" => every_full(section),
        "percent" => rate(section, "rate").map(|rate| Shape::Percent { rate }),
        "tiers" => shape_tiers(section),
        "growth" => growth(section),
        "mix" => mix(section),
        "timeliness" => rate(section, "rate").map(|rate| Shape::Timeliness { rate }),
        "bill_discount" => discount(section).map(|by| Shape::BillDiscount { by }),
        "price_protection" => {
            let given = section.has("within_days");
            let within_days = section.whole("within_days", 1, 3660);
            (given == within_days.is_some()).then_some(Shape::PriceProtection { within_days })
        }
        "price_difference" => Some(Shape::PriceDifference),
        "excess" => {
            let (pay, rate) = paid(section);
            let (pay, rate) = (pay?, rate?);
            Some(Shape::Excess { pay, rate })
        }
        "sub_periods" => {
            let part_rate = rate(section, "part_rate");
            let whole_rate = rate(section, "whole_rate");
            Some(Shape::SubPeriods {
                part_rate: part_rate?,
                whole_rate: whole_rate?,
            })
        }
        _ => None,
    }
}

fn rate(section: &mut Section<'_>, key: &'static str) -> Option<Decimal> {
    required(section, key, |section, key| section.share(key, AT_MOST_ALL))
}

fn every_full(section: &mut Section<'_>) -> Option<Shape> {
    let line = section.line_of("size");
    let size = required(section, "size", Section::amount);
    let yuan = required(section, "yuan", Section::amount);
    let given = section.has("most");
    let most = section.whole("most", 1, u32::MAX);
    if size.is_some_and(|size| size.is_zero()) {
        section.problem(line, section.about("policy_not_above_zero", "size"));
        return None;
    }
    if given && most.is_none() {
        return None;
    }
    Some(Shape::EveryFull {
        size: size?,
        yuan: yuan?,
        most: most.map(Decimal::from),
    })
}

/// `rate` (a share of money) or `yuan` (per unit): exactly one of them.
fn paid(section: &mut Section<'_>) -> (Option<Pay>, Option<Decimal>) {
    let by_share = section.has("rate");
    let by_unit = section.has("yuan");
    let share = section.share("rate", AT_MOST_ALL);
    let yuan = section.amount("yuan");
    match (by_share, by_unit) {
        (true, false) => (Some(Pay::Percent), share),
        (false, true) => (Some(Pay::PerUnit), yuan),
        _ => {
            let found = Sentence::new("policy_one_of")
                .fact("name", section.called())
                .fact("known", "`rate`, `yuan`");
            section.problem(section.line, found);
            (None, None)
        }
    }
}

fn shape_tiers(section: &mut Section<'_>) -> Option<Shape> {
    let on = required(section, "on", |section, key| {
        section.choice(
            key,
            &[
                ("basis", TierOn::Basis),
                ("achievement", TierOn::Achievement),
            ],
        )
    });
    let mode = required(section, "mode", |section, key| {
        section.choice(
            key,
            &[
                ("retroactive", TierMode::Retroactive),
                ("incremental", TierMode::Incremental),
            ],
        )
    });
    let bound = if on == Some(TierOn::Achievement) {
        Bound::Share
    } else {
        Bound::Number
    };
    let (pay, tiers) = tiers(section, bound)?;
    Some(Shape::Tiers {
        on: on?,
        mode: mode?,
        pay,
        tiers,
    })
}

fn growth(section: &mut Section<'_>) -> Option<Shape> {
    let of = required(section, "of", |section, key| {
        section.choice(
            key,
            &[
                ("whole", GrowthOf::Whole),
                ("increment", GrowthOf::Increment),
            ],
        )
    });
    let line = section.line_of("tiers");
    let (pay, tiers) = tiers(section, Bound::Share)?;
    if pay == Pay::PerUnit {
        section.problem(line, section.about("policy_growth_pays_share", "tiers"));
        return None;
    }
    Some(Shape::Growth { of: of?, tiers })
}

/// Tiers that all pay by share or all by unit, in the order they were written; `check` asks
/// whether they ascend.
fn tiers(section: &mut Section<'_>, bound: Bound) -> Option<(Pay, Vec<Tier>)> {
    let line = section.line_of("tiers");
    let read = required(section, "tiers", |section, key| {
        section.tables(key, |section| {
            let from = required(section, "from", |section, key| bound.read(section, key));
            let open = !section.has("to");
            let to = bound.read(section, "to");
            let (pay, rate) = paid(section);
            if !open && to.is_none() {
                return None;
            }
            Some((
                pay?,
                Tier {
                    from: from?,
                    to,
                    rate: rate?,
                },
            ))
        })
    })?;
    let read: Vec<(Pay, Tier)> = read.into_iter().collect::<Option<_>>()?;
    let Some((pay, _)) = read.first().copied() else {
        section.problem(line, section.about("policy_empty", "tiers"));
        return None;
    };
    if read.iter().any(|(other, _)| *other != pay) {
        section.problem(line, section.about("policy_mixed_pay", "tiers"));
        return None;
    }
    Some((pay, read.into_iter().map(|(_, tier)| tier).collect()))
}

fn mix(section: &mut Section<'_>) -> Option<Shape> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Group,
        Main,
        Agreement,
    }
    let word = required(section, "failure", |section, key| {
        section.choice(
            key,
            &[
                ("group", Word::Group),
                ("main", Word::Main),
                ("agreement", Word::Agreement),
            ],
        )
    });
    let line = section.line_of("subs_payable");
    let given = section.has("subs_payable");
    let subs_payable = section.flag("subs_payable");
    if word == Some(Word::Main) && !given {
        // The agreement has to say it; a default would be a guess about money.
        section.missing("subs_payable");
    }
    if given && word.is_some_and(|word| word != Word::Main) {
        let found = section
            .about("policy_key_without_use", "subs_payable")
            .fact("needs", "failure = \"main\"");
        section.problem(line, found);
    }
    let groups = required(section, "group", |section, key| section.tables(key, group))?;
    let groups: Vec<Group> = groups.into_iter().collect::<Option<_>>()?;
    for (at, group) in groups.iter().enumerate() {
        if groups.iter().take(at).any(|known| known.id == group.id) {
            let found = section
                .about("policy_twice", "group")
                .fact("found", &group.id);
            section.problem(section.line, found);
        }
    }
    let failure = match word? {
        Word::Group => Failure::Group,
        Word::Main => Failure::Main {
            subs_payable: subs_payable?,
        },
        Word::Agreement => Failure::Agreement,
    };
    Some(Shape::Mix { failure, groups })
}

fn group(section: &mut Section<'_>) -> Option<Group> {
    let id = required(section, "id", Section::text);
    let role = required(section, "role", |section, key| {
        section.choice(
            key,
            &[
                ("main", GroupRole::Main),
                ("core", GroupRole::Core),
                ("sub", GroupRole::Sub),
            ],
        )
    });
    let needed = section.has("needs");
    let needs = section.amount("needs");
    let measure = if needed {
        required(section, "measure", |section, key| {
            section.choice(key, &MEASURES)
        })
    } else {
        Some(Measure::Amount)
    };
    let unit = section.text("unit");
    let pays = section.has("rate") || section.has("yuan");
    let (pay, rate) = if pays {
        let (pay, rate) = paid(section);
        (pay, Some(rate?))
    } else {
        (Some(Pay::Percent), None)
    };
    if needed && needs.is_none() {
        return None;
    }
    Some(Group {
        id: id?,
        role: role?,
        needs,
        measure: measure?,
        unit,
        pay: pay?,
        rate,
    })
}

fn discount(section: &mut Section<'_>) -> Option<Discount> {
    let by_days = section.has("yearly_rate");
    let flat = section.has("tenors");
    let yearly_rate = section.share("yearly_rate", AT_MOST_ALL);
    let year_days = section.whole("year_days", 360, 366);
    let tenors = section.tables("tenors", |section| {
        let up_to_days = required(section, "up_to_days", |section, key| {
            section.whole(key, 1, 3660)
        });
        let rate = rate(section, "rate");
        Some(Tenor {
            up_to_days: up_to_days?,
            rate: rate?,
        })
    });
    if by_days == flat {
        let found = Sentence::new("policy_one_of")
            .fact("name", section.called())
            .fact("known", "`yearly_rate`, `tenors`");
        section.problem(section.line, found);
        return None;
    }
    if by_days {
        return Some(Discount::Days {
            yearly_rate: yearly_rate?,
            year_days: year_days.unwrap_or(YEAR_DAYS),
        });
    }
    let mut tenors: Vec<Tenor> = tenors?.into_iter().collect::<Option<_>>()?;
    tenors.sort_by_key(|tenor| tenor.up_to_days);
    Some(Discount::Flat { tenors })
}

fn gate(section: &mut Section<'_>) -> Option<Gate> {
    let (on, steps) = steps(section, "share", AT_MOST_ALL, Some(Decimal::ONE))?;
    let step = |(at_least, share)| GateStep { at_least, share };
    Some(Gate {
        on,
        steps: steps.into_iter().map(step).collect(),
    })
}

fn multiplier(section: &mut Section<'_>) -> Option<Multiplier> {
    let (on, steps) = steps(section, "factor", TEN_TIMES, None)?;
    let step = |(at_least, factor)| MultiplierStep { at_least, factor };
    Some(Multiplier {
        on,
        steps: steps.into_iter().map(step).collect(),
    })
}

/// What is looked at, and the steps with what each gives; ascending, none twice.
fn steps(
    section: &mut Section<'_>,
    gives: &'static str,
    most: u32,
    usual: Option<Decimal>,
) -> Option<(GateOn, Vec<(Decimal, Decimal)>)> {
    let on = required(section, "on", |section, key| section.choice(key, &GATES));
    let bound = on.map_or(Bound::Number, Bound::of);
    let line = section.line_of("steps");
    let read = required(section, "steps", |section, key| {
        section.tables(key, |section| {
            let at_least = required(section, "at_least", |section, key| bound.read(section, key));
            let written = section.has(gives);
            let value = section.share(gives, most);
            if !written && usual.is_none() {
                section.missing(gives);
            }
            let value = if written { value } else { usual };
            Some((at_least?, value?))
        })
    })?;
    let mut steps: Vec<(Decimal, Decimal)> = read.into_iter().collect::<Option<_>>()?;
    steps.sort_by_key(|(at_least, _)| *at_least);
    let twice = steps
        .iter()
        .zip(steps.iter().skip(1))
        .any(|((at, _), (next, _))| at == next);
    if twice || steps.is_empty() {
        section.problem(line, section.about("policy_steps", "steps"));
        return None;
    }
    Some((on?, steps))
}
