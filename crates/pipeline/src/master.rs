//! Master data files (customers, products, distributors, aliases) to the words of `model`.
//!
//! A file is validated whole: every problem is reported with its place and nothing is imported
//! until all are gone. Not here: comparing with what the warehouse has; that is `warehouse`.

use std::collections::HashSet;
use std::path::Path;

use channelflow_model::FlowKind;
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::master::{Alias, AliasKind, Customer, Distributor, Product};
use channelflow_model::raw::RawTable;
use channelflow_read::{Limits, ReadOutcome};

use crate::titled_rows::TitledRows;

/// What a master data file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterKind {
    /// Customers (客户主数据).
    Customers,
    /// Products (产品主数据).
    Products,
    /// Distributors (经销商主数据).
    Distributors,
    /// Aliases (异名对照).
    Aliases,
}

impl MasterKind {
    /// Every kind, in the order they are imported: what aliases point at comes first.
    pub const ALL: [MasterKind; 4] = [
        MasterKind::Customers,
        MasterKind::Products,
        MasterKind::Distributors,
        MasterKind::Aliases,
    ];

    /// The word of the command and the file name.
    pub fn as_str(self) -> &'static str {
        match self {
            MasterKind::Customers => "customers",
            MasterKind::Products => "products",
            MasterKind::Distributors => "distributors",
            MasterKind::Aliases => "aliases",
        }
    }

    fn section(self) -> &'static str {
        match self {
            MasterKind::Customers => "customer",
            MasterKind::Products => "product",
            MasterKind::Distributors => "distributor",
            MasterKind::Aliases => "alias",
        }
    }
}

/// The rows of one master data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterRows {
    /// Customers.
    Customers(Vec<Customer>),
    /// Products.
    Products(Vec<Product>),
    /// Distributors.
    Distributors(Vec<Distributor>),
    /// Aliases.
    Aliases(Vec<Alias>),
}

/// Reads and validates a file. The outer error is the machinery's; the inner one lists every
/// problem of the file.
pub fn read_file(
    program: &Path,
    path: &Path,
    kind: MasterKind,
    limits: &Limits,
) -> anyhow::Result<Result<MasterRows, Vec<Finding>>> {
    let table = read_table(program, path, limits)?;
    let parsed = table.and_then(|table| parse(&table, kind));
    Ok(parsed.map_err(|problems| in_file(problems, path)))
}

/// The first table of a file, or why there is none.
pub(crate) fn read_table(
    program: &Path,
    path: &Path,
    limits: &Limits,
) -> anyhow::Result<Result<RawTable, Vec<Finding>>> {
    let ReadOutcome {
        tables,
        mut findings,
        refused,
    } = channelflow_read::read_in_child(program, path, limits)?;
    match tables.into_iter().next() {
        Some(table) if !refused => Ok(Ok(table)),
        _ => {
            findings.retain(|finding| finding.severity == Severity::Error);
            if findings.is_empty() {
                findings.push(Finding::new(
                    "master_empty",
                    Severity::Error,
                    Place::default(),
                ));
            }
            Ok(Err(findings))
        }
    }
}

/// Problems with the name of their file.
pub(crate) fn in_file(mut problems: Vec<Finding>, path: &Path) -> Vec<Finding> {
    let file = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    for problem in &mut problems {
        problem.place.file.clone_from(&file);
    }
    problems
}

/// Validates a table whose first row holds the column titles.
pub fn parse(table: &RawTable, kind: MasterKind) -> Result<MasterRows, Vec<Finding>> {
    let required: &[&str] = if kind == MasterKind::Aliases {
        &["kind"]
    } else {
        &["id", "name"]
    };
    let mut rows = TitledRows::new(table, kind.section(), required)?;
    let parsed = match kind {
        MasterKind::Customers => MasterRows::Customers(rows.customers()),
        MasterKind::Products => MasterRows::Products(rows.products()),
        MasterKind::Distributors => MasterRows::Distributors(rows.distributors()),
        MasterKind::Aliases => MasterRows::Aliases(rows.aliases()),
    };
    if rows.problems.is_empty() {
        Ok(parsed)
    } else {
        Err(rows.problems)
    }
}

impl TitledRows<'_> {
    fn customers(&mut self) -> Vec<Customer> {
        let mut seen = HashSet::new();
        self.body()
            .map(|row| Customer {
                id: self.unique_id(row, &mut seen),
                name: self.required(row, "name"),
                role: self.text(row, "role"),
                level: self.text(row, "level"),
                province: self.text(row, "province"),
                city: self.text(row, "city"),
                county: self.text(row, "county"),
                address: self.text(row, "address"),
                tax_id: self.text(row, "tax_id"),
                code: self.text(row, "code"),
                active: self.flag(row, "active", true),
            })
            .collect()
    }

    fn products(&mut self) -> Vec<Product> {
        let mut seen = HashSet::new();
        self.body()
            .map(|row| Product {
                id: self.unique_id(row, &mut seen),
                name: self.required(row, "name"),
                trade_name: self.text(row, "trade_name"),
                spec: self.text(row, "spec"),
                form: self.text(row, "form"),
                maker: self.text(row, "maker"),
                approval_no: self.text(row, "approval_no"),
                barcode: self.text(row, "barcode"),
                code: self.text(row, "code"),
                base_unit: self.text(row, "base_unit"),
                case_size: self.whole(row, "case_size"),
                units_per_base: self.whole(row, "units_per_base"),
                small_unit: self.text(row, "small_unit"),
                price: self.price(row, "price"),
                active: self.flag(row, "active", true),
            })
            .collect()
    }

    fn distributors(&mut self) -> Vec<Distributor> {
        let mut seen = HashSet::new();
        self.body()
            .map(|row| Distributor {
                id: self.unique_id(row, &mut seen),
                name: self.required(row, "name"),
                aliases: self.text(row, "aliases"),
                tier: self.text(row, "tier"),
                province: self.text(row, "province"),
                city: self.text(row, "city"),
                expects: self.kinds(row),
                active: self.flag(row, "active", true),
            })
            .collect()
    }

    fn kinds(&mut self, row: usize) -> Vec<FlowKind> {
        let value = self.text(row, "expects");
        let mut kinds = Vec::new();
        for word in value
            .split([' ', ',', ';', '、'])
            .filter(|word| !word.is_empty())
        {
            match word {
                "销售" | "流向" => kinds.push(FlowKind::Sale),
                "采购" | "购进" => kinds.push(FlowKind::Purchase),
                "库存" => kinds.push(FlowKind::Inventory),
                word => match word.parse() {
                    Ok(kind) => kinds.push(kind),
                    Err(_) => self.problem("master_bad_kind", row, "expects", word),
                },
            }
        }
        kinds
    }

    fn aliases(&mut self) -> Vec<Alias> {
        self.body().map(|row| self.alias(row)).collect()
    }

    fn alias(&mut self, row: usize) -> Alias {
        let word = self.text(row, "kind");
        let kind = match word.as_str() {
            "customer" | "客户" => AliasKind::Customer,
            "product" | "产品" => AliasKind::Product,
            _ => {
                self.problem("master_bad_alias_kind", row, "kind", &word);
                AliasKind::Customer
            }
        };
        let alias = Alias {
            alias_id: 0,
            kind,
            distributor_id: self.text(row, "distributor_id"),
            name: self.text(row, "name"),
            code: self.text(row, "code"),
            spec: self.text(row, "spec"),
            maker: self.text(row, "maker"),
            unit: self.text(row, "unit"),
            target_id: self.text(row, "target_id"),
            ignore: self.flag(row, "ignore", false),
            factor_numerator: self.whole(row, "factor_numerator"),
            factor_denominator: self.whole(row, "factor_denominator"),
            valid_from: self.day(row, "valid_from"),
            valid_to: self.day(row, "valid_to"),
            origin: "imported".to_owned(),
            decided_by: String::new(),
            decided_at: String::new(),
        };
        if alias.name.is_empty() && alias.code.is_empty() {
            self.problem("master_alias_without_name", row, "name", "");
        }
        if alias.target_id.is_empty() != alias.ignore {
            let target = alias.target_id.clone();
            self.problem("master_alias_target_or_ignore", row, "target_id", &target);
        }
        if (alias.factor_numerator == 0) != (alias.factor_denominator == 0) {
            self.problem("master_alias_half_factor", row, "factor_numerator", "");
        }
        if let (Some(from), Some(to)) = (alias.valid_from, alias.valid_to)
            && from > to
        {
            self.problem(
                "master_alias_days_reversed",
                row,
                "valid_from",
                &from.to_string(),
            );
        }
        alias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_with_chinese_or_english_titles() {
        let table = RawTable::from_texts(
            "-",
            &[
                &["客户编码", "客户名称", "省份", "启用"],
                &["C1", "北京协和医院", "北京", "是"],
            ],
        );
        let MasterRows::Customers(customers) = parse(&table, MasterKind::Customers).unwrap() else {
            panic!("customers asked for");
        };
        assert_eq!(customers.len(), 1);
        assert_eq!(
            (customers[0].id.as_str(), customers[0].province.as_str()),
            ("C1", "北京")
        );
        assert!(customers[0].active);
    }

    #[test]
    fn every_problem_is_reported_with_its_place() {
        let table = RawTable::from_texts(
            "-",
            &[
                &["id", "name", "case_size", "price"],
                &["P1", "阿莫西林胶囊", "-3", "1.x"],
                &["P1", "", "10", ""],
            ],
        );
        let problems = parse(&table, MasterKind::Products).unwrap_err();
        let seen: Vec<_> = problems
            .iter()
            .map(|problem| {
                (
                    problem.code.as_ref(),
                    problem.place.row,
                    problem.place.column,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("master_bad_whole", Some(2), Some(2)),
                ("master_bad_price", Some(2), Some(3)),
                ("master_id_twice", Some(3), Some(0)),
                ("master_empty_cell", Some(3), Some(1)),
            ]
        );
    }

    #[test]
    fn unknown_and_missing_columns_stop_the_file() {
        let table = RawTable::from_texts("-", &[&["id", "colour"], &["C1", "red"]]);
        let codes: Vec<_> = parse(&table, MasterKind::Customers)
            .unwrap_err()
            .into_iter()
            .map(|problem| problem.code)
            .collect();
        assert_eq!(codes, ["master_unknown_column", "master_missing_column"]);
    }

    #[test]
    fn an_alias_points_somewhere_or_is_ignored() {
        let rows: &[&[&str]] = &[
            &[
                "kind",
                "distributor_id",
                "name",
                "target_id",
                "ignore",
                "factor_numerator",
            ],
            &["客户", "D01", "协和", "C1", "", ""],
            &["product", "D01", "别家的药", "", "1", ""],
            &["product", "D01", "", "P1", "1", "3"],
        ];
        let problems = parse(&RawTable::from_texts("-", rows), MasterKind::Aliases).unwrap_err();
        let codes: Vec<_> = problems
            .iter()
            .map(|problem| problem.code.as_ref())
            .collect();
        assert_eq!(
            codes,
            [
                "master_alias_without_name",
                "master_alias_target_or_ignore",
                "master_alias_half_factor"
            ]
        );
        let MasterRows::Aliases(aliases) =
            parse(&RawTable::from_texts("-", &rows[..3]), MasterKind::Aliases).unwrap()
        else {
            panic!("aliases asked for");
        };
        assert!(aliases[1].ignore && aliases[0].target_id == "C1");
    }
}
