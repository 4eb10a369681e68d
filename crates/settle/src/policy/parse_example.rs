//! Figures read from their tree: the `[example]` of a policy, and figures on their own.

use channelflow_model::settlement::{Instrument, Payment};
use channelflow_model::{DayRange, Sentence};
use rust_decimal::Decimal;

use super::document::{Notes, Section, read_table};
use super::parse::required;
use super::problem::Problem;
use super::tree::from_toml;
use super::{Example, Expect};
use crate::figures::{Basis, Figures, GroupFigures, PriceCut, PriceGap, Prior, SubPeriod, Sums};
use crate::round::to_micros;

/// Rates of reports are shares of what was expected.
const AT_MOST_ALL: u32 = 1;

/// Reads figures from TOML.
pub fn parse_figures(file: &str, text: &str) -> Result<Figures, Vec<Problem>> {
    let notes = Notes::new(file);
    let read = read_table(&notes, "", 0, from_toml(file, text)?, figures);
    let problems = notes.finish();
    if problems.is_empty() {
        Ok(read)
    } else {
        Err(problems)
    }
}

/// The `[example]` of a policy.
pub(super) fn example(section: &mut Section<'_>) -> Option<Example> {
    let expect = required(section, "expect", |section, key| section.table(key, expect)).flatten();
    let figures = figures(section);
    Some(Example {
        figures,
        expect: expect?,
    })
}

/// `total` with or without `carry`, or `held`.
fn expect(section: &mut Section<'_>) -> Option<Expect> {
    let held = section.has("held");
    let reason = section.text("held");
    let given = section.has("total");
    let total = section.number("total");
    let carry = section.amount("carry");
    if held == given {
        let found = Sentence::new("policy_one_of")
            .fact("name", section.called())
            .fact("known", "`total`, `held`");
        section.problem(section.line, found);
        return None;
    }
    match reason {
        Some(reason) => Some(Expect::Held(reason)),
        None => Some(Expect::Total {
            total: total?,
            carry,
        }),
    }
}

fn figures(section: &mut Section<'_>) -> Figures {
    Figures {
        party: section.text("party").unwrap_or_default(),
        span: span(section),
        interim: section.flag("interim").unwrap_or(false),
        basis: basis(section),
        groups: section
            .tables("groups", |section| GroupFigures {
                id: required(section, "id", Section::text).unwrap_or_default(),
                basis: basis(section),
            })
            .unwrap_or_default(),
        approved_base: section.table("approved_base", sums),
        last_year: section.table("last_year", sums),
        target: section.table("target", sums),
        partial: None,
        sub_periods: section.tables("sub_periods", |section| SubPeriod {
            name: section.text("name").unwrap_or_default(),
            actual: section.number("actual"),
            target: section.number("target"),
            paid: section.number("paid"),
        }),
        payments: section
            .tables("payments", payment)
            .map(|payments| payments.into_iter().flatten().collect()),
        price_cuts: section.tables("price_cuts", |section| PriceCut {
            product: section.text("product").unwrap_or_default(),
            old_price: section.amount("old_price"),
            new_price: section.amount("new_price"),
            stock: section.amount("stock"),
            transit: section.amount("transit"),
            bought_recently: section.amount("bought_recently"),
        }),
        price_gaps: section.tables("price_gaps", |section| PriceGap {
            product: section.text("product").unwrap_or_default(),
            bought_price: section.amount("bought_price"),
            quantity: section.number("quantity"),
            amount: section.number("amount"),
            excluded_quantity: section.number("excluded_quantity"),
        }),
        covered_terminals: section.amount("covered_terminals"),
        upload_rate: section.share("upload_rate", AT_MOST_ALL),
        timeliness_rate: section.share("timeliness_rate", AT_MOST_ALL),
        carried_forward: section.number("carried_forward").unwrap_or(Decimal::ZERO),
        already_paid: section.number("already_paid").unwrap_or(Decimal::ZERO),
        rewards_paid: None,
        prior: section.tables("prior", prior).unwrap_or_default(),
        without_tax: section.number("without_tax"),
        not_reported: section.texts("not_reported"),
        base_not_reported: section.texts("base_not_reported"),
    }
}

fn span(section: &mut Section<'_>) -> Option<DayRange> {
    let first = section.day("first_day");
    let last = section.day("last_day");
    DayRange::new(first?, last?)
}

/// The forward lines stand by themselves (`amount = 100`), the other parts in tables.
fn basis(section: &mut Section<'_>) -> Basis {
    Basis {
        sold: sums(section),
        returned: section.table("returned", sums),
        alerted: section.table("alerted", sums),
        excluded: section.table("excluded", sums),
    }
}

fn sums(section: &mut Section<'_>) -> Sums {
    Sums {
        quantity: section.number("quantity"),
        amount: section.number("amount"),
        assessed: section.number("assessed"),
    }
}

fn payment(section: &mut Section<'_>) -> Option<Payment> {
    let line = section.line_of("amount");
    let doc_no = section.text("doc_no").unwrap_or_default();
    let day = required(section, "day", Section::day);
    let due = section.day("due");
    let amount = required(section, "amount", Section::number);
    let instrument = required(section, "instrument", |section, key| {
        section.choice(key, &Instrument::ALL.map(|known| (known.as_str(), known)))
    });
    let tenor_days = section.whole("tenor_days", 0, 3660).unwrap_or(0);
    let amount = amount?;
    let Some(micros) = to_micros(amount) else {
        let found = section
            .about("policy_not_a_number", "amount")
            .fact("found", amount);
        section.problem(line, found);
        return None;
    };
    Some(Payment {
        doc_no,
        distributor_id: String::new(),
        day: day?,
        due,
        amount: micros,
        instrument: instrument?,
        tenor_days: tenor_days.into(),
    })
}

fn prior(section: &mut Section<'_>) -> Prior {
    Prior {
        period: section.text("period").unwrap_or_default(),
        figures: Box::new(section.table("figures", figures).unwrap_or_default()),
        stated: required(section, "stated", Section::number).unwrap_or(Decimal::ZERO),
        returned: section.table("returned", sums).unwrap_or_default(),
    }
}
