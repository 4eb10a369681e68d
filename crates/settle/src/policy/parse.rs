//! A policy read from its tree: every key once, defaults where the domain has a custom, problems
//! where something is missing or contradicts itself. Rewards are read in `parse_reward`, figures
//! in `parse_example`; whether the policy makes sense is asked in `check`.

use channelflow_model::settlement::{FlowClass, Measure, Span};
use channelflow_model::{Day, Sentence};
use rust_decimal::Decimal;

use super::document::{Notes, Section, read_table};
use super::parse_example::example;
use super::parse_reward::rewards;
use super::problem::Problem;
use super::reward::Pay;
use super::scope::{Listed, Scope};
use super::tree::{Table, from_toml};
use super::{
    BasisRule, Counting, Late, Limit, PartialSpan, Party, Payout, PayoutAfter, Policy,
    PolicyPeriod, Returns, Source, TargetName, Tax,
};
use crate::round::{Rounding, RoundingMode};

/// Words for a measure.
pub(super) const MEASURES: [(&str, Measure); 3] = [
    ("quantity", Measure::Quantity),
    ("amount", Measure::Amount),
    ("assessed", Measure::Assessed),
];

/// Highest tax rate and highest share paid, in whole.
pub(super) const AT_MOST_ALL: u32 = 1;

/// Reads a policy from TOML.
pub(super) fn policy(file: &str, text: &str) -> Result<Policy, Vec<Problem>> {
    from_tree(file, from_toml(file, text)?)
}

/// Reads a policy from a tree, whatever it was written in.
pub(super) fn from_tree(file: &str, table: Table) -> Result<Policy, Vec<Problem>> {
    let notes = Notes::new(file);
    let made = read_table(&notes, "", 0, table, |top| read(file, top));
    let problems = notes.finish();
    match made {
        Some(policy) if problems.is_empty() => Ok(policy),
        _ => Err(problems),
    }
}

/// Reads everything before giving up, so that all problems are found; `None` comes with one.
fn read(file: &str, top: &mut Section<'_>) -> Option<Policy> {
    let id = required(top, "id", Section::text);
    let version = required(top, "version", |top, key| top.whole(key, 1, 9999));
    let name = required(top, "name", Section::text);
    let kind = top.text("kind").unwrap_or_default();
    let valid = valid(top);
    let successor = top.text("successor");
    let period = required(top, "period", |top, key| {
        top.choice(
            key,
            &[
                ("month", PolicyPeriod::Month),
                ("quarter", PolicyPeriod::Quarter),
                ("half", PolicyPeriod::Half),
                ("year", PolicyPeriod::Year),
            ],
        )
    });
    let party = required(top, "party", |top, key| top.table(key, party)).flatten();
    let scope = top.table("scope", scope).unwrap_or_default();
    let basis = required(top, "basis", |top, key| top.table(key, basis)).flatten();
    let target = top.table("target", |section| TargetName {
        product_group: section.text("product_group").unwrap_or_default(),
        counting_point: section.text("counting_point"),
        partial_span: section.choice(
            "partial_span",
            &[
                ("whole_target", PartialSpan::WholeTarget),
                ("by_days", PartialSpan::ByDays),
            ],
        ),
    });
    let rewards = required(top, "reward", rewards);
    let limit = top.table("limit", limit).unwrap_or_default();
    let rounding = top.table("rounding", rounding).unwrap_or_default();
    let payout = top.table("payout", payout).unwrap_or_default();
    let example = top.table("example", example).flatten();
    Some(Policy {
        id: id?,
        version: version?,
        name: name?,
        kind,
        valid: valid?,
        successor,
        period: period?,
        party: party?,
        scope,
        basis: basis?,
        target,
        rewards: rewards?,
        limit,
        rounding,
        payout,
        example,
        file: file.to_owned(),
        followed: None,
    })
}

/// Reads a key that must be given.
pub(super) fn required<'n, T>(
    section: &mut Section<'n>,
    key: &'static str,
    read: impl FnOnce(&mut Section<'n>, &'static str) -> Option<T>,
) -> Option<T> {
    let given = section.has(key);
    let value = read(section, key);
    if !given {
        section.missing(key);
    }
    value
}

fn valid(top: &mut Section<'_>) -> Option<Span> {
    let from: Option<Day> = required(top, "valid_from", Section::day);
    let line = top.line_of("valid_to");
    let to = top.day("valid_to");
    let from = from?;
    if let Some(to) = to.filter(|to| *to < from) {
        let found = Sentence::new("policy_ends_before_it_begins")
            .fact("from", from)
            .fact("to", to);
        top.problem(line, found);
        return None;
    }
    Some(Span { from, to })
}

fn party(section: &mut Section<'_>) -> Option<Party> {
    let party = Party {
        distributors: section.texts("distributors"),
        tiers: section.texts("tiers"),
    };
    if party == Party::default() {
        section.problem(section.line, Sentence::new("policy_nobody"));
        return None;
    }
    Some(party)
}

fn scope(section: &mut Section<'_>) -> Scope {
    let mut listed = |only, except| Listed {
        only: section.texts(only),
        except: section.texts(except),
    };
    Scope {
        products: listed("products", "exclude_products"),
        product_groups: listed("product_groups", "exclude_product_groups"),
        customers: listed("customers", "exclude_customers"),
        customer_roles: listed("customer_roles", "exclude_customer_roles"),
        areas: listed("areas", "exclude_areas"),
    }
}

fn basis(section: &mut Section<'_>) -> Option<BasisRule> {
    let source = required(section, "source", |section, key| {
        section.choice(
            key,
            &[
                ("sale", Source::Sale),
                ("purchase", Source::Purchase),
                ("shipment", Source::Shipment),
                ("paid", Source::Paid),
            ],
        )
    });
    let counting_point = counting(section, source);
    let measure = required(section, "measure", |section, key| {
        section.choice(key, &MEASURES)
    });
    let unit = section.text("unit");
    let (tax, tax_rate) = tax(section);
    let returns = returns(section);
    let late = section
        .choice(
            "late",
            &[("retier", Late::Retier), ("current", Late::Current)],
        )
        .unwrap_or_default();
    let exclude_alerted = section.flag("exclude_alerted").unwrap_or(true);
    Some(BasisRule {
        source: source?,
        counting_point: counting_point?,
        measure: measure?,
        unit,
        tax: tax?,
        tax_rate,
        returns: returns?,
        late,
        exclude_alerted,
    })
}

/// A named counting point, or `counting_tiers` and `counting_classes`. Only sales need one:
/// purchases, shipments and payments pass one tier only.
fn counting(section: &mut Section<'_>, source: Option<Source>) -> Option<Counting> {
    #[derive(Clone, Copy)]
    enum Named {
        Terminal,
        FirstTier,
        All,
    }
    let named = section.has("counting_point");
    let point = section.choice(
        "counting_point",
        &[
            ("terminal", Named::Terminal),
            ("first_tier", Named::FirstTier),
            ("all", Named::All),
        ],
    );
    let custom = section.has("counting_classes") || section.has("counting_tiers");
    let line = section.line_of("counting_classes");
    let tiers = section.texts("counting_tiers");
    let mut classes = section.choices(
        "counting_classes",
        &FlowClass::ALL.map(|class| (class.as_str(), class)),
    );
    classes.sort();
    classes.dedup();
    if named && custom {
        section.problem(line, Sentence::new("policy_two_counting_points"));
        return None;
    }
    if custom {
        if classes.is_empty() {
            section.missing("counting_classes");
            return None;
        }
        return Some(Counting::Custom { tiers, classes });
    }
    if named {
        return Some(match point? {
            Named::Terminal => Counting::Terminal,
            Named::FirstTier => Counting::FirstTier,
            Named::All => Counting::All,
        });
    }
    if source == Some(Source::Sale) {
        section.missing("counting_point");
        return None;
    }
    Some(Counting::All)
}

/// Whether tax counts, and the rate of a policy that counts with it: what was reported without tax
/// is converted with it.
fn tax(section: &mut Section<'_>) -> (Option<Tax>, Option<Decimal>) {
    let excluded = section.choice("tax", &[("included", false), ("excluded", true)]);
    let given = section.has("tax_rate");
    let rate = section.share("tax_rate", AT_MOST_ALL);
    if excluded == Some(true) {
        if !given {
            section.missing("tax_rate");
        }
        return (rate.map(|rate| Tax::Excluded { rate }), None);
    }
    (Some(Tax::Included), rate)
}

fn returns(section: &mut Section<'_>) -> Option<Returns> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Net,
        Retier,
        Ignore,
        Flat,
    }
    let word = section.choice(
        "returns",
        &[
            ("net", Word::Net),
            ("retier", Word::Retier),
            ("ignore", Word::Ignore),
            ("flat", Word::Flat),
        ],
    );
    let line = section
        .line_of("returns_yuan")
        .max(section.line_of("returns_rate"));
    let yuan = section.has("returns_yuan");
    let yuan_rate = section.amount("returns_yuan");
    let share = section.has("returns_rate");
    let share_rate = section.share("returns_rate", AT_MOST_ALL);
    if word != Some(Word::Flat) && (yuan || share) {
        let found = section.about("policy_key_without_use", "returns_yuan");
        section.problem(line, found.fact("needs", "returns = \"flat\""));
        return None;
    }
    match word.unwrap_or(Word::Net) {
        Word::Net => Some(Returns::Net),
        Word::Retier => Some(Returns::Retier),
        Word::Ignore => Some(Returns::Ignore),
        Word::Flat if yuan == share => {
            let found = section
                .about("policy_one_of", "returns")
                .fact("known", "`returns_yuan`, `returns_rate`");
            section.problem(line, found);
            None
        }
        Word::Flat if yuan => Some(Returns::Flat {
            pay: Pay::PerUnit,
            rate: yuan_rate?,
        }),
        Word::Flat => Some(Returns::Flat {
            pay: Pay::Percent,
            rate: share_rate?,
        }),
    }
}

fn limit(section: &mut Section<'_>) -> Limit {
    let limit = Limit {
        cap: section.amount("cap"),
        floor: section.amount("floor"),
        carry: section.flag("carry").unwrap_or(false),
    };
    if limit.carry && limit.floor.is_none() {
        let found = section
            .about("policy_key_without_use", "carry")
            .fact("needs", "floor");
        section.problem(section.line, found);
    }
    limit
}

fn rounding(section: &mut Section<'_>) -> Rounding {
    let usual = Rounding::default();
    Rounding {
        mode: section
            .choice(
                "mode",
                &[
                    ("half_up", RoundingMode::HalfUp),
                    ("half_even", RoundingMode::HalfEven),
                    ("down", RoundingMode::Down),
                ],
            )
            .unwrap_or(usual.mode),
        digits: section.whole("digits", 0, 6).unwrap_or(usual.digits),
    }
}

fn payout(section: &mut Section<'_>) -> Payout {
    Payout {
        months: section.whole("months", 0, 60).unwrap_or(0),
        days: section.whole("days", 0, 1000).unwrap_or(0),
        after: section
            .choice(
                "after",
                &[("start", PayoutAfter::Start), ("end", PayoutAfter::End)],
            )
            .unwrap_or_default(),
    }
}
