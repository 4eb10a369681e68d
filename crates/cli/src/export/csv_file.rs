//! CSV: UTF-8 with BOM (so that Excel shows hanzi), exact decimals, our own words as their codes.

use std::fs::File;
use std::path::Path;

use channelflow_model::master::Alias;
use channelflow_warehouse::FlowRow;

use super::columns::{COLUMNS, Value, inert};
use crate::exit::cannot;
use crate::output;

/// A CSV file being written.
pub struct CsvFile(csv::Writer<File>);

impl CsvFile {
    /// Begins the file with its titles.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        use std::io::Write as _;
        let mut file = File::create(path)?;
        file.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(COLUMNS.iter().map(|(name, _)| *name))?;
        Ok(CsvFile(writer))
    }

    /// Adds a row.
    pub fn write(&mut self, row: &FlowRow) -> std::io::Result<()> {
        let cells = COLUMNS.iter().map(|(_, value)| match value(row) {
            Value::Text(text) => inert(&text),
            Value::Word(_, code) => code.to_owned(),
            Value::Day(day) => day.map_or_else(String::new, |day| day.to_string()),
            Value::Whole(number) => number.map_or_else(String::new, |number| number.to_string()),
            Value::Decimal(number) => number.map_or_else(String::new, |number| number.to_string()),
            Value::Flag(flag) => u8::from(flag).to_string(),
        });
        Ok(self.0.write_record(cells)?)
    }

    /// Ends the file.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Aliases as a file that `alias import` reads; `-` is stdout. Machine format: texts as they are.
pub fn write_aliases(path: &Path, aliases: &[Alias]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "kind",
        "distributor_id",
        "name",
        "code",
        "spec",
        "maker",
        "unit",
        "target_id",
        "ignore",
        "factor_numerator",
        "factor_denominator",
        "valid_from",
        "valid_to",
    ])?;
    let day = |day: Option<channelflow_model::Day>| day.map_or_else(String::new, |d| d.to_string());
    let factor = |factor: i64| {
        if factor == 0 {
            String::new()
        } else {
            factor.to_string()
        }
    };
    for alias in aliases {
        writer.write_record([
            alias.kind.as_str().to_owned(),
            alias.distributor_id.clone(),
            alias.name.clone(),
            alias.code.clone(),
            alias.spec.clone(),
            alias.maker.clone(),
            alias.unit.clone(),
            alias.target_id.clone(),
            u8::from(alias.ignore).to_string(),
            factor(alias.factor_numerator),
            factor(alias.factor_denominator),
            day(alias.valid_from),
            day(alias.valid_to),
        ])?;
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    if path.as_os_str() == "-" {
        return output::text(&text);
    }
    std::fs::write(path, text).map_err(cannot("file_not_writable", path))?;
    Ok(())
}
