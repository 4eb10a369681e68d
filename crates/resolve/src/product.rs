//! A reported product to a product of the master data, and its unit to the base unit.
//!
//! A name alone names a medicine, not a pack: the spec must be equal too, and neither maker nor
//! approval number may speak against it. Another maker's pack of the same medicine is not ours.

use channelflow_model::flow::{Factor, Match, ReportedProduct, Resolution, Rule};
use channelflow_model::master::{AliasKind, Product};
use channelflow_model::text::key;
use channelflow_model::{Day, Finding};
use rustc_hash::FxHashMap;

use crate::Resolver;
use crate::alias::{Answer, Entry, Fits, decide};
use crate::keys::{Index, approval_key, barcode_key, code_key};
use crate::maker::may_be_same_maker;
use crate::master_finding;
use crate::spec::{Pack, normalise, parse_spec};
use crate::units::{AliasFactor, ProductUnits, unit_key};

/// Products, those in use by exact keys.
#[derive(Debug, Default)]
pub(crate) struct Products {
    list: Vec<Known>,
    by_id: FxHashMap<String, u32>,
    by_approval: Index,
    by_barcode: Index,
    by_code: Index,
    by_name: Index,
    /// Name and spec in one text, for sheets without a spec column.
    by_name_and_spec: Index,
}

#[derive(Debug)]
struct Known {
    id: String,
    pack: Pack,
    spec: String,
    maker: String,
    approval: String,
    units: ProductUnits,
}

impl Resolver {
    /// What a reported product is on a day, and how its quantities convert to base units (`None`
    /// while product or unit are not known). An empty unit counts as the base unit.
    pub fn product(
        &self,
        distributor_id: &str,
        product: &ReportedProduct,
        day: Day,
    ) -> (Resolution, Option<Factor>) {
        let fitting = self.product_aliases(distributor_id, product);
        self.product_on(product, &fitting, Some(day))
    }

    /// The aliases that may answer for a product.
    pub(crate) fn product_aliases(
        &self,
        distributor_id: &str,
        product: &ReportedProduct,
    ) -> Vec<&Entry> {
        let reported = Fits {
            own: false,
            code: code_key(&product.code),
            name: key(&product.name),
            spec: parse_spec(&product.spec).key(),
            maker: key(&product.maker),
        };
        self.aliases
            .fitting(AliasKind::Product, distributor_id, &reported)
    }

    pub(crate) fn product_on(
        &self,
        product: &ReportedProduct,
        fitting: &[&Entry],
        day: Option<Day>,
    ) -> (Resolution, Option<Factor>) {
        let (resolution, factor) = match decide(fitting, day, &unit_key(&product.unit)) {
            Answer::Entity {
                id,
                alias_id,
                factor,
            } => {
                let found = Match {
                    id,
                    rule: Rule::Alias,
                    alias_id: Some(alias_id),
                };
                (Resolution::Matched(found), factor)
            }
            Answer::Ignored { alias_id } => return (Resolution::Ignored { alias_id }, None),
            Answer::Missing => return (Resolution::Unknown, None),
            Answer::Ambiguous(ids) => return (Resolution::Ambiguous(ids), None),
            Answer::Silent => (self.products.find(product), AliasFactor::default()),
        };
        let factor = match &resolution {
            Resolution::Matched(found) => self
                .products
                .with_id(&found.id)
                .and_then(|known| known.units.factor(product, factor)),
            _ => None,
        };
        (resolution, factor)
    }
}

impl Products {
    pub(crate) fn new(products: &[Product], findings: &mut Vec<Finding>) -> Self {
        let mut made = Products::default();
        let mut packs: FxHashMap<(String, String, String), Vec<&Product>> = FxHashMap::default();
        for product in products {
            let Ok(at) = u32::try_from(made.list.len()) else {
                break;
            };
            let known = Known::new(product);
            if known.units.contradictory() {
                findings.push(
                    master_finding("pack_contradiction")
                        .fact("id", &product.id)
                        .fact("name", &product.name)
                        .fact("spec", &product.spec)
                        .fact("pieces", product.units_per_base)
                        .fact("case", product.case_size),
                );
            }
            made.by_id.insert(product.id.clone(), at);
            if product.active {
                let pack = (key(&product.name), known.spec.clone(), key(&product.maker));
                packs.entry(pack).or_default().push(product);
                made.index(product, &known, at);
            }
            made.list.push(known);
        }
        let mut twice: Vec<Vec<&Product>> =
            packs.into_values().filter(|same| same.len() > 1).collect();
        twice.sort_by(|a, b| a.first().map(|p| &p.id).cmp(&b.first().map(|p| &p.id)));
        for same in twice {
            let ids: Vec<&str> = same.iter().map(|product| &*product.id).collect();
            let first = same.first();
            findings.push(
                master_finding("product_pack_twice")
                    .fact("name", first.map_or("", |product| &product.name))
                    .fact("spec", first.map_or("", |product| &product.spec))
                    .fact("ids", ids.join(", ")),
            );
        }
        made
    }

    fn index(&mut self, product: &Product, known: &Known, at: u32) {
        self.by_approval.add(known.approval.clone(), at);
        self.by_barcode.add(barcode_key(&product.barcode), at);
        self.by_code.add(code_key(&product.code), at);
        for name in names(product) {
            self.by_name.add(key(&name), at);
            if !known.spec.is_empty() {
                let joined = joined_key(&format!("{name}{}", product.spec));
                self.by_name_and_spec.add(joined, at);
                let joined = joined_key(&format!("{name}{}", known.spec));
                self.by_name_and_spec.add(joined, at);
            }
        }
    }

    fn with_id(&self, id: &str) -> Option<&Known> {
        self.by_id
            .get(id)
            .and_then(|at| self.list.get(*at as usize))
    }

    fn find(&self, reported: &ReportedProduct) -> Resolution {
        let named = self.named(reported);
        let coded = self.by_code.get(&code_key(&reported.code));
        for (rule, found) in [
            (Rule::ApprovalPack, self.by_approval_and_pack(reported)),
            (
                Rule::Barcode,
                self.by_barcode
                    .get(&barcode_key(&reported.barcode))
                    .to_vec(),
            ),
            (Rule::Code, coded.to_vec()),
        ] {
            let both: Vec<u32> = found
                .iter()
                .copied()
                .filter(|at| named.contains(at))
                .collect();
            match (found.as_slice(), both.as_slice()) {
                ([], _) => {}
                (_, [one]) => return self.matched(*one, rule),
                ([one], _) if named.is_empty() && self.is_other_pack(*one, &reported.spec) => {
                    return Resolution::Unknown;
                }
                ([one], _) if named.is_empty() && (coded.is_empty() || coded.contains(one)) => {
                    return self.matched(*one, rule);
                }
                // Name and spec, or the code, belong to another product: two proofs that exclude
                // each other.
                _ => {
                    let mut fits = found;
                    fits.extend(named);
                    fits.extend(coded);
                    return self.ambiguous(fits);
                }
            }
        }
        match named.as_slice() {
            [] => Resolution::Unknown,
            [one] => self.matched(*one, Rule::Name),
            _ => self.ambiguous(named),
        }
    }

    fn by_approval_and_pack(&self, reported: &ReportedProduct) -> Vec<u32> {
        let found = self.by_approval.get(&approval_key(&reported.approval_no));
        if found.is_empty() || reported.spec.is_empty() {
            return Vec::new();
        }
        self.of_pack(found, &reported.spec)
    }

    /// Products whose standard name and spec are the reported ones and whom nothing contradicts.
    fn named(&self, reported: &ReportedProduct) -> Vec<u32> {
        let by_name = self.by_name.get(&key(&reported.name));
        let mut found = if !reported.spec.is_empty() {
            self.of_pack(by_name, &reported.spec)
        } else if by_name.is_empty() {
            self.by_name_and_spec
                .get(&joined_key(&reported.name))
                .to_vec()
        } else {
            by_name.to_vec()
        };
        let approval = approval_key(&reported.approval_no);
        found.retain(|at| {
            self.list.get(*at as usize).is_some_and(|known| {
                let same_licence =
                    approval.is_empty() || known.approval.is_empty() || known.approval == approval;
                same_licence && may_be_same_maker(&reported.maker, &known.maker)
            })
        });
        if found.len() > 1 && !reported.maker.is_empty() {
            let maker = key(&reported.maker);
            self.narrow(&mut found, |known| key(&known.maker) == maker);
        }
        found
    }

    /// Those with the same spec; several of them told apart by the container, if it is given.
    fn of_pack(&self, found: &[u32], spec: &str) -> Vec<u32> {
        let pack = parse_spec(spec);
        let spec = pack.key();
        let mut same: Vec<u32> = found
            .iter()
            .copied()
            .filter(|at| {
                self.list
                    .get(*at as usize)
                    .is_some_and(|known| known.spec == spec)
            })
            .collect();
        if same.len() > 1 && !pack.container.is_empty() {
            self.narrow(&mut same, |known| known.pack.container == pack.container);
        }
        same
    }

    /// Whether a spec names another strength or another number of pieces than the product has.
    fn is_other_pack(&self, at: u32, spec: &str) -> bool {
        let known = self.list.get(at as usize);
        known.is_some_and(|known| parse_spec(spec).contradicts(&known.pack))
    }

    /// Keeps those that fit, unless none does.
    fn narrow(&self, found: &mut Vec<u32>, fits: impl Fn(&Known) -> bool) {
        let fitting: Vec<u32> = found
            .iter()
            .copied()
            .filter(|at| self.list.get(*at as usize).is_some_and(&fits))
            .collect();
        if !fitting.is_empty() {
            *found = fitting;
        }
    }

    fn matched(&self, at: u32, rule: Rule) -> Resolution {
        match self.list.get(at as usize) {
            Some(known) => Resolution::Matched(Match {
                id: known.id.clone(),
                rule,
                alias_id: None,
            }),
            None => Resolution::Unknown,
        }
    }

    fn ambiguous(&self, mut fits: Vec<u32>) -> Resolution {
        fits.sort_unstable();
        fits.dedup();
        Resolution::Ambiguous(
            fits.iter()
                .filter_map(|at| self.list.get(*at as usize))
                .map(|known| known.id.clone())
                .collect(),
        )
    }
}

impl Known {
    fn new(product: &Product) -> Self {
        let pack = parse_spec(&product.spec);
        Known {
            id: product.id.clone(),
            spec: pack.key(),
            units: ProductUnits::new(product, &pack),
            pack,
            maker: product.maker.clone(),
            approval: approval_key(&product.approval_no),
        }
    }
}

/// The ways a product is named exactly: generic, trade, and both in either order.
fn names(product: &Product) -> Vec<String> {
    let (name, trade) = (&product.name, &product.trade_name);
    if trade.is_empty() {
        return vec![name.clone()];
    }
    vec![
        name.clone(),
        trade.clone(),
        format!("{name}{trade}"),
        format!("{trade}{name}"),
    ]
}

/// Key of a text that holds name and spec: numbers keep their points and signs.
fn joined_key(text: &str) -> String {
    normalise(text)
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '.' | '*' | ':' | '%' | '/'))
        .collect()
}
