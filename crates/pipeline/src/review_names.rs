//! Held rows gathered to names: which spellings and codes are one question, and what is at stake.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::{Day, DayRange, FlowKind, HoldReason, Micros};
use channelflow_resolve::name_keys;
use channelflow_warehouse::{NameDecision, ValuedBy, WaitingLines, Warehouse};
use xxhash_rust::xxh3::xxh3_64;

use crate::review::{NameState, Seen, WaitingName};

/// One name for every question that an alias could answer, in no useful order, without what people
/// said about it.
pub(crate) async fn gather(
    warehouse: &Warehouse,
    master: &MasterData,
    lines: Vec<WaitingLines>,
) -> anyhow::Result<Vec<WaitingName>> {
    let mut by_name: BTreeMap<Question, Gathered> = BTreeMap::new();
    for (reported, lines) in reported(warehouse, lines).await? {
        let question = reported.question();
        by_name.entry(question).or_default().take(reported, &lines);
    }
    let names = split_by_code(by_name);
    Ok(names
        .into_iter()
        .map(|(question, gathered)| gathered.into_name(&question, master))
        .collect())
}

/// What an alias would be asked: kind, distributor, and the keys of name, code, spec, maker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    kind: AliasKind,
    distributor_id: String,
    keys: [String; 4],
}

/// Key of the name a decision is about, as a distributor reports it.
pub fn name_key(decision: &NameDecision, distributor_id: &str) -> String {
    let NameDecision {
        name,
        code,
        spec,
        maker,
        ..
    } = decision;
    let question = Question {
        kind: decision.kind,
        distributor_id: distributor_id.to_owned(),
        keys: name_keys(name, code, spec, maker),
    };
    question.key()
}

impl Question {
    fn key(&self) -> String {
        let [name, code, spec, maker] = self.keys.each_ref().map(String::as_str);
        let parts = [
            self.kind.as_str(),
            &self.distributor_id,
            name,
            code,
            spec,
            maker,
        ];
        format!("{:010x}", xxh3_64(parts.join("\u{0}").as_bytes()) >> 24)
    }
}

/// A reported party or product with the texts an alias may ask for.
struct Reported {
    kind: AliasKind,
    distributor_id: String,
    reference: i64,
    texts: [String; 4],
    seen: Seen,
}

impl Reported {
    /// Without its code, unless there is nothing else.
    fn question(&self) -> Question {
        let [name, code, spec, maker] = self.texts.each_ref().map(String::as_str);
        let mut keys = name_keys(name, code, spec, maker);
        if let [name, code, ..] = &mut keys
            && !name.is_empty()
        {
            code.clear();
        }
        Question {
            kind: self.kind,
            distributor_id: self.distributor_id.clone(),
            keys,
        }
    }
}

/// Looks up what the lines name.
async fn reported(
    warehouse: &Warehouse,
    lines: Vec<WaitingLines>,
) -> anyhow::Result<Vec<(Reported, Vec<WaitingLines>)>> {
    let mut grouped: BTreeMap<(String, AliasKind), BTreeMap<i64, Vec<WaitingLines>>> =
        BTreeMap::new();
    for line in lines {
        let kind = match line.reason {
            HoldReason::UnknownCustomer | HoldReason::AmbiguousCustomer => AliasKind::Customer,
            _ => AliasKind::Product,
        };
        let owner = grouped
            .entry((line.distributor_id.clone(), kind))
            .or_default();
        owner.entry(line.reference).or_default().push(line);
    }
    let mut found = Vec::new();
    for ((distributor_id, kind), by_reference) in grouped {
        let references: Vec<i64> = by_reference.keys().copied().collect();
        let mut texts = reported_texts(warehouse, kind, &distributor_id, &references).await?;
        for (reference, lines) in by_reference {
            if let Some((texts, seen)) = texts.remove(&reference) {
                let reported = Reported {
                    kind,
                    distributor_id: distributor_id.clone(),
                    reference,
                    texts,
                    seen,
                };
                found.push((reported, lines));
            }
        }
    }
    Ok(found)
}

async fn reported_texts(
    warehouse: &Warehouse,
    kind: AliasKind,
    distributor_id: &str,
    references: &[i64],
) -> anyhow::Result<HashMap<i64, ([String; 4], Seen)>> {
    let set = |text: &str| -> BTreeSet<String> {
        let given = Some(text.to_owned()).filter(|text| !text.is_empty());
        given.into_iter().collect()
    };
    if kind == AliasKind::Customer {
        let parties = warehouse.parties(distributor_id, references).await?;
        let read = parties.into_iter().map(|(reference, party)| {
            let seen = Seen {
                codes: set(&party.code),
                cities: set(&party.city),
                addresses: set(&party.address),
                tax_ids: set(&party.tax_id),
                ..Seen::default()
            };
            let texts = [party.name, party.code, String::new(), String::new()];
            (reference, (texts, seen))
        });
        return Ok(read.collect());
    }
    let products = warehouse.products(distributor_id, references).await?;
    let read = products.into_iter().map(|(reference, product)| {
        let seen = Seen {
            codes: set(&product.code),
            units: set(&product.unit),
            approval_nos: set(&product.approval_no),
            barcodes: set(&product.barcode),
            ..Seen::default()
        };
        let texts = [product.name, product.code, product.spec, product.maker];
        (reference, (texts, seen))
    });
    Ok(read.collect())
}

/// A name with several codes becomes one name per code; rows without a code stay together.
fn split_by_code(by_name: BTreeMap<Question, Gathered>) -> BTreeMap<Question, Gathered> {
    let mut split = BTreeMap::new();
    for (question, gathered) in by_name {
        let code_of = |part: &Part| {
            let [_, code, ..] = name_keys("", &part.reported.texts[1], "", "");
            code
        };
        let codes: BTreeSet<String> = gathered.parts.iter().map(code_of).collect();
        let given = codes.iter().filter(|code| !code.is_empty()).count();
        if given < 2 {
            split.insert(question, gathered);
            continue;
        }
        for part in gathered.parts {
            let mut question = question.clone();
            question.keys[1] = code_of(&part);
            let of_code: &mut Gathered = split.entry(question).or_default();
            of_code.parts.push(part);
        }
    }
    split
}

/// One reported spelling with what hangs on it.
struct Part {
    reported: Reported,
    sums: Sums,
}

#[derive(Default)]
struct Gathered {
    parts: Vec<Part>,
}

#[derive(Default)]
struct Sums {
    rows: u64,
    amount: i128,
    priced: u64,
    assessed: u64,
    unvalued: u64,
    reasons: BTreeSet<HoldReason>,
    flows: Vec<FlowKind>,
    days: Option<DayRange>,
}

impl Sums {
    fn add(&mut self, lines: &WaitingLines) {
        self.rows += lines.rows;
        self.amount += match lines.valued_by {
            ValuedBy::Amount => lines.value,
            ValuedBy::Price | ValuedBy::AssessedPrice => {
                lines.value * i128::from(lines.price.0) / i128::from(Micros::SCALE)
            }
            ValuedBy::Nothing => 0,
        };
        match lines.valued_by {
            ValuedBy::Amount => {}
            ValuedBy::Price => self.priced += lines.rows,
            ValuedBy::AssessedPrice => self.assessed += lines.rows,
            ValuedBy::Nothing => self.unvalued += lines.rows,
        }
        self.reasons.insert(lines.reason);
        if !self.flows.contains(&lines.kind) {
            self.flows.push(lines.kind);
        }
        self.days = Some(union(self.days, lines.days));
    }
}

fn union(known: Option<DayRange>, more: DayRange) -> DayRange {
    known.map_or(more, |known| DayRange {
        first: known.first.min(more.first),
        last: known.last.max(more.last),
    })
}

impl Gathered {
    fn take(&mut self, reported: Reported, lines: &[WaitingLines]) {
        let mut sums = Sums::default();
        for line in lines {
            sums.add(line);
        }
        self.parts.push(Part { reported, sums });
    }

    fn into_name(mut self, question: &Question, master: &MasterData) -> WaitingName {
        self.parts.sort_by(|a, b| {
            (b.sums.amount, b.sums.rows)
                .cmp(&(a.sums.amount, a.sums.rows))
                .then_with(|| a.reported.texts.cmp(&b.reported.texts))
        });
        let mut total = Sums::default();
        let mut seen = Seen::default();
        let mut references = Vec::new();
        let mut shown: Option<[String; 4]> = None;
        for Part { reported, sums } in self.parts {
            total.rows += sums.rows;
            total.amount += sums.amount;
            total.priced += sums.priced;
            total.assessed += sums.assessed;
            total.unvalued += sums.unvalued;
            total.reasons.extend(sums.reasons);
            for flow in sums.flows {
                if !total.flows.contains(&flow) {
                    total.flows.push(flow);
                }
            }
            total.days = sums.days.map(|days| union(total.days, days)).or(total.days);
            references.push(reported.reference);
            seen.extend(reported.seen);
            match &shown {
                None => shown = Some(reported.texts),
                Some([name, ..]) if *name != reported.texts[0] => {
                    let [spelling, ..] = reported.texts;
                    seen.spellings.insert(spelling);
                }
                Some(_) => {}
            }
        }
        let [name, code, spec, maker] = shown.unwrap_or_default();
        WaitingName {
            key: question.key(),
            kind: question.kind,
            distributor_name: master
                .distributors
                .iter()
                .find(|known| known.id == question.distributor_id)
                .map(|known| known.name.clone())
                .unwrap_or_default(),
            distributor_id: question.distributor_id.clone(),
            name,
            code: if question.keys[1].is_empty() {
                String::new()
            } else {
                code
            },
            spec,
            maker,
            seen,
            reasons: total.reasons.into_iter().collect(),
            flows: total.flows,
            rows: total.rows,
            amount: Micros::from_i128(total.amount).unwrap_or(Micros(i64::MAX)),
            priced_rows: total.priced,
            assessed_rows: total.assessed,
            unvalued_rows: total.unvalued,
            days: total.days.unwrap_or(DayRange {
                first: Day::FIRST,
                last: Day::FIRST,
            }),
            state: NameState::Open,
            decision_id: None,
            rejected: Vec::new(),
            elsewhere: Vec::new(),
            decided_elsewhere: Vec::new(),
            candidates: Vec::new(),
            why: String::new(),
            references,
        }
    }
}

impl Seen {
    fn extend(&mut self, more: Seen) {
        self.codes.extend(more.codes);
        self.cities.extend(more.cities);
        self.addresses.extend(more.addresses);
        self.tax_ids.extend(more.tax_ids);
        self.units.extend(more.units);
        self.approval_nos.extend(more.approval_nos);
        self.barcodes.extend(more.barcodes);
    }
}
