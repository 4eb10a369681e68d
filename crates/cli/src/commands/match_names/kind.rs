//! What is matched: customers, products, or records of any other sort. The columns of their
//! files, and one matcher for the command to talk to.

use channelflow_matching::customer::{self, CustomerMatcher, CustomerQuery, CustomerRecord};
use channelflow_matching::product::{self, ProductMatcher, ProductQuery, ProductRecord};
use channelflow_matching::record::{self, RecordMatcher};
use channelflow_matching::{Evidence, Ranked};
use clap::ValueEnum;

use super::sheet::{Field, Sheet};

/// What is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Hospitals, pharmacies, distributors: whoever was delivered to
    Customer,
    /// Medicines with strength, form, pack and maker
    Product,
    /// Anything else: columns of the same name are compared
    Record,
}

const MASTER_CUSTOMER: &[Field] = &[
    ("id", &["id"]),
    ("name", &["name"]),
    ("province", &["province"]),
    ("city", &["city"]),
    ("county", &["county", "area"]),
    ("address", &["address"]),
    ("level", &["level"]),
    ("alias", &["alias"]),
    ("code", &["code"]),
];

const MASTER_PRODUCT: &[Field] = &[
    ("id", &["id"]),
    ("name", &["name"]),
    ("approval_no", &["approval_no"]),
    ("generic_name", &["generic_name", "generic"]),
    ("trade_name", &["trade_name", "trade"]),
    ("form", &["form"]),
    ("spec", &["spec"]),
    ("pack", &["pack"]),
    ("maker", &["maker"]),
];

const MASTER_RECORD: &[Field] = &[("id", &["id", "rec_id"]), ("name", &["name"])];

/// What every file of names may have beside the attributes.
const QUERY_ID: Field = ("query_id", &["query_id", "qid"]);
const LABELS: [Field; 4] = [
    ("gold_id", &["gold_id"]),
    ("split", &["split"]),
    ("dirt", &["ops", "dirt"]),
    ("label", &["label"]),
];

const NAMES_CUSTOMER: &[Field] = &[
    ("name", &["name", "alias_name", "alias"]),
    ("province", &["province"]),
    ("city", &["city"]),
    ("county", &["county", "area"]),
    ("address", &["address"]),
    ("level", &["level"]),
    ("alias", &["alias"]),
    ("code", &["code"]),
    ("reporter_province", &["reporter_province", "ctx_province"]),
    ("reporter_city", &["reporter_city", "ctx_city"]),
];

const NAMES_PRODUCT: &[Field] = &[
    ("name", &["name", "alias_name", "alias"]),
    ("approval_no", &["approval_no"]),
    ("generic_name", &["generic_name", "generic"]),
    ("trade_name", &["trade_name", "trade"]),
    ("form", &["form"]),
    ("spec", &["spec", "alias_spec"]),
    ("pack", &["pack"]),
    ("maker", &["maker", "alias_maker"]),
];

const NAMES_RECORD: &[Field] = &[("name", &["name"])];

impl Kind {
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Customer => "customer",
            Kind::Product => "product",
            Kind::Record => "record",
        }
    }

    /// Columns of the master.
    pub fn master_fields(self) -> &'static [Field] {
        match self {
            Kind::Customer => MASTER_CUSTOMER,
            Kind::Product => MASTER_PRODUCT,
            Kind::Record => MASTER_RECORD,
        }
    }

    /// Columns of names that are compared.
    fn compared(self) -> &'static [Field] {
        match self {
            Kind::Customer => NAMES_CUSTOMER,
            Kind::Product => NAMES_PRODUCT,
            Kind::Record => NAMES_RECORD,
        }
    }

    /// Columns of names and labels.
    pub fn name_fields(self) -> Vec<Field> {
        let mut fields = vec![QUERY_ID];
        fields.extend(LABELS);
        fields.extend(self.compared());
        fields
    }

    /// Everything of a row that an answer depends on: rows with the same text are resolved once.
    pub fn context(self, names: &Sheet, row: usize) -> String {
        let mut context = String::new();
        let known = self
            .compared()
            .iter()
            .map(|(field, _)| names.text(row, field));
        for text in known {
            context.push_str(text);
            context.push('\u{1f}');
        }
        if self == Kind::Record {
            for title in names.others() {
                context.push_str(names.other(row, title));
                context.push('\u{1f}');
            }
        }
        context
    }
}

/// The matcher of one master.
pub enum Matcher {
    /// Of customers.
    Customer(Box<CustomerMatcher>),
    /// Of products.
    Product(Box<ProductMatcher>),
    /// Of records, with the columns that are compared.
    Record(Box<RecordMatcher>, Vec<String>),
}

/// Buffers of one thread.
#[derive(Default)]
pub struct Scratch {
    customer: customer::Scratch,
    product: product::Scratch,
    record: record::Scratch,
}

/// A name with its context, ready to be compared.
pub enum Query {
    /// A customer.
    Customer(Box<CustomerQuery>),
    /// A product.
    Product(Box<ProductQuery>),
    /// A record: one text per compared column.
    Record(Vec<String>),
}

impl Matcher {
    /// Indexes the master. Records are compared by the columns that the names have as well.
    pub fn new(kind: Kind, master: &Sheet, names: &Sheet) -> Self {
        let text = |row, field| master.text(row, field).to_owned();
        match kind {
            Kind::Customer => {
                let records: Vec<CustomerRecord> = master
                    .rows()
                    .map(|row| CustomerRecord {
                        id: text(row, "id"),
                        name: text(row, "name"),
                        province: text(row, "province"),
                        city: text(row, "city"),
                        county: text(row, "county"),
                        address: text(row, "address"),
                        level: text(row, "level"),
                        alias: text(row, "alias"),
                        code: text(row, "code"),
                    })
                    .collect();
                Matcher::Customer(Box::new(CustomerMatcher::new(&records)))
            }
            Kind::Product => {
                let records: Vec<ProductRecord> = master
                    .rows()
                    .map(|row| ProductRecord {
                        id: text(row, "id"),
                        name: text(row, "name"),
                        approval_no: text(row, "approval_no"),
                        generic_name: text(row, "generic_name"),
                        trade_name: text(row, "trade_name"),
                        form: text(row, "form"),
                        spec: text(row, "spec"),
                        pack: text(row, "pack"),
                        maker: text(row, "maker"),
                    })
                    .collect();
                Matcher::Product(Box::new(ProductMatcher::new(&records)))
            }
            Kind::Record => {
                let shared: Vec<String> = names
                    .others()
                    .filter(|title| master.others().any(|known| known == *title))
                    .map(str::to_owned)
                    .collect();
                let records: Vec<Vec<String>> = master
                    .rows()
                    .map(|row| fields(master, row, &shared))
                    .collect();
                Matcher::Record(Box::new(RecordMatcher::new(&records)), shared)
            }
        }
    }

    /// A row of the names.
    pub fn query(&self, names: &Sheet, row: usize) -> Query {
        let text = |field| names.text(row, field).to_owned();
        match self {
            Matcher::Customer(_) => Query::Customer(Box::new(CustomerQuery {
                name: text("name"),
                province: text("province"),
                city: text("city"),
                county: text("county"),
                address: text("address"),
                level: text("level"),
                alias: text("alias"),
                code: text("code"),
                reporter_province: text("reporter_province"),
                reporter_city: text("reporter_city"),
            })),
            Matcher::Product(_) => Query::Product(Box::new(ProductQuery {
                name: text("name"),
                approval_no: text("approval_no"),
                generic_name: text("generic_name"),
                trade_name: text("trade_name"),
                form: text("form"),
                spec: text("spec"),
                pack: text("pack"),
                maker: text("maker"),
            })),
            Matcher::Record(_, shared) => Query::Record(fields(names, row, shared)),
        }
    }

    /// The candidates of a name.
    pub fn rank(&self, query: &Query, scratch: &mut Scratch) -> Ranked {
        match (self, query) {
            (Matcher::Customer(matcher), Query::Customer(query)) => {
                matcher.rank(query, &mut scratch.customer)
            }
            (Matcher::Product(matcher), Query::Product(query)) => {
                matcher.rank(query, &mut scratch.product)
            }
            (Matcher::Record(matcher, _), Query::Record(query)) => {
                matcher.rank(query, &mut scratch.record)
            }
            // A matcher is asked for the queries it made.
            _ => Ranked::default(),
        }
    }

    /// What speaks for and against a row, for the query that was ranked last with this scratch.
    pub fn evidence_of_ranked(&self, query: &Query, row: u32, scratch: &Scratch) -> Vec<Evidence> {
        match (self, query) {
            (Matcher::Customer(matcher), Query::Customer(query)) => {
                matcher.evidence_of_ranked(query, row, &scratch.customer)
            }
            _ => self.evidence(query, row),
        }
    }

    /// What speaks for and against a row of the master.
    pub fn evidence(&self, query: &Query, row: u32) -> Vec<Evidence> {
        match (self, query) {
            (Matcher::Customer(matcher), Query::Customer(query)) => matcher.evidence(query, row),
            (Matcher::Product(matcher), Query::Product(query)) => matcher.evidence(query, row),
            (Matcher::Record(matcher, _), Query::Record(query)) => matcher.evidence(query, row),
            _ => Vec::new(),
        }
    }
}

/// The texts of a record: its name, then the shared columns.
fn fields(sheet: &Sheet, row: usize, shared: &[String]) -> Vec<String> {
    std::iter::once(sheet.text(row, "name"))
        .chain(shared.iter().map(|title| sheet.other(row, title)))
        .map(str::to_owned)
        .collect()
}
