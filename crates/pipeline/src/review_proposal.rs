//! What the reports say about a master entity that is missing: the columns of a master data file,
//! as far as they could be read, and where they came from. Ids are for the company to give.

use std::collections::BTreeSet;

use channelflow_matching::customer::parse;
use channelflow_model::master::{AliasKind, Customer, MasterData, Product};
use serde::{Deserialize, Serialize};

use crate::review::WaitingName;

/// A proposed master entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Customer, with an empty id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Product, with an empty id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// Parts of the name: what a person completes the columns from.
    pub parts: Vec<Part>,
    /// Who reported it.
    pub distributor_id: String,
    /// Where that distributor sits.
    pub reporter_place: String,
    /// Every address that was reported.
    pub addresses: BTreeSet<String>,
    /// Rows held when it was proposed.
    pub rows: u64,
}

/// A part of a reported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Code; its word is the message `part_{part}`.
    pub part: String,
    /// As reported.
    pub text: String,
}

/// What can be said about the entity behind a name.
pub fn proposal(name: &WaitingName, master: &MasterData) -> Proposal {
    let reporter = master
        .distributors
        .iter()
        .find(|known| known.id == name.distributor_id);
    let reporter_place = reporter.map_or_else(String::new, |known| {
        if known.province == known.city {
            known.city.clone()
        } else {
            format!("{}{}", known.province, known.city)
        }
    });
    let parts = parts(name);
    let (customer, product) = match name.kind {
        AliasKind::Customer => (Some(customer(name, &parts, master)), None),
        AliasKind::Product => (None, Some(product(name, &parts))),
    };
    Proposal {
        customer,
        product,
        parts,
        distributor_id: name.distributor_id.clone(),
        reporter_place,
        addresses: name.seen.addresses.clone(),
        rows: name.rows,
    }
}

/// The parts as the matcher read them beside its best candidate; without one, the place.
fn parts(name: &WaitingName) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |part: &str, text: &str| {
        if !text.is_empty() && !parts.iter().any(|known| known.part == part) {
            parts.push(Part {
                part: part.to_owned(),
                text: text.to_owned(),
            });
        }
    };
    if name.kind == AliasKind::Customer {
        add("place", &parse(&name.name).place_text);
    }
    let evidence = name.candidates.iter().flat_map(|known| &known.evidence);
    for one in evidence.filter(|one| !matches!(one.part, "reporter" | "slip" | "level")) {
        add(one.part, &one.reported);
    }
    parts
}

fn customer(name: &WaitingName, parts: &[Part], master: &MasterData) -> Customer {
    let place = text_of(parts, "place");
    let [province, city, county] = home_of(&place, &first(&name.seen.cities), master);
    Customer {
        id: String::new(),
        name: name.name.clone(),
        role: role_of(&name.name).to_owned(),
        province,
        city,
        county,
        address: first(&name.seen.addresses),
        tax_id: first(&name.seen.tax_ids),
        active: true,
        ..Customer::default()
    }
}

fn product(name: &WaitingName, parts: &[Part]) -> Product {
    Product {
        id: String::new(),
        name: name.name.clone(),
        spec: name.spec.clone(),
        form: text_of(parts, "form"),
        maker: name.maker.clone(),
        approval_no: first(&name.seen.approval_nos),
        barcode: first(&name.seen.barcodes),
        base_unit: first(&name.seen.units),
        active: true,
        ..Product::default()
    }
}

fn text_of(parts: &[Part], wanted: &str) -> String {
    let found = parts.iter().find(|part| part.part == wanted);
    found.map(|part| part.text.clone()).unwrap_or_default()
}

fn first(texts: &BTreeSet<String>) -> String {
    texts.first().cloned().unwrap_or_default()
}

/// Province, city and county of a place written in a name or a city column, where the master data
/// has other customers there.
fn home_of(place: &str, city: &str, master: &MasterData) -> [String; 3] {
    let short = |text: &str| text.trim_end_matches(['市', '县', '区', '省']).to_owned();
    for written in [place, city].into_iter().filter(|text| !text.is_empty()) {
        let is = |known: &str| {
            let (known, short) = (known.trim(), short(known));
            short.chars().count() >= 2
                && (written.ends_with(known) || written.ends_with(short.as_str()))
        };
        if let Some(there) = master.customers.iter().find(|it| is(&it.county)) {
            return [&there.province, &there.city, &there.county].map(Clone::clone);
        }
        if let Some(there) = master.customers.iter().find(|it| is(&it.city)) {
            return [there.province.clone(), there.city.clone(), String::new()];
        }
        if let Some(there) = master.customers.iter().find(|it| is(&it.province)) {
            return [there.province.clone(), String::new(), String::new()];
        }
    }
    [String::new(), city.to_owned(), String::new()]
}

/// The words the company's own files use, by how the name ends; empty when it does not say.
fn role_of(name: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["药房", "药店", "大药", "药堂"]) {
        "pharmacy"
    } else if has(&["诊所", "门诊", "卫生室", "卫生站", "卫生院", "社区卫生"]) {
        "clinic"
    } else if has(&["医院", "保健院", "疗养院", "防治院", "防治所"]) {
        "hospital"
    } else if has(&["医药", "药业", "公司"]) {
        "distributor"
    } else {
        ""
    }
}
