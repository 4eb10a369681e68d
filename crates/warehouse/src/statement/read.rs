//! Rows of the tables of statements as the words of the model.

use channelflow_model::statement::{
    JsonText, Settlement, StatementHead, StatementLine, StatementPart, StatementState,
};

use crate::WarehouseError;
use crate::value::Row;

pub(super) fn read_state(row: &mut Row) -> Result<StatementState, WarehouseError> {
    let word = row.text()?;
    StatementState::from_word(&word).ok_or_else(|| WarehouseError::Unreadable {
        what: format!("`{word}` as the state of a statement"),
    })
}

pub(super) fn read_head(row: &mut Row) -> Result<StatementHead, WarehouseError> {
    Ok(StatementHead {
        statement_id: row.int()?,
        number: row.text()?,
        party_id: row.text()?,
        period: row.period()?,
        state: read_state(row)?,
        total: row.micros()?,
        held_lines: row.int()?,
        provisional: row.flag()?,
        settlement_id: row.int()?,
        content_hash: row.text()?,
        inputs_hash: row.text()?,
        decided_by: row.text()?,
        decided_at: row.text()?,
        note: row.text()?,
    })
}

pub(super) fn read_part(row: &mut Row) -> Result<StatementPart, WarehouseError> {
    Ok(StatementPart {
        part_no: row.int()?,
        policy: row.text()?,
        policy_name: row.text()?,
        policy_hash: row.text()?,
        first: row.period()?,
        last: row.period()?,
        prior: row.flag()?,
        total: row.micros()?,
        carry: row.micros()?,
        records_hash: row.text()?,
        figures: json_text(row)?,
        evaluation: json_text(row)?,
        lines: Vec::new(),
    })
}

fn json_text(row: &mut Row) -> Result<JsonText, WarehouseError> {
    JsonText::from_text(row.text()?).map_err(|error| WarehouseError::Unreadable {
        what: format!("a part of a statement: {error}"),
    })
}

pub(super) fn read_line(row: &mut Row) -> Result<(i64, StatementLine), WarehouseError> {
    let line_no = row.int()?;
    let part_no = row.int()?;
    let line = StatementLine {
        line_no,
        kind: row.text()?,
        name: row.text()?,
        exact: row.text()?,
        amount: row.opt_micros()?,
        held: row.text()?,
    };
    Ok((part_no, line))
}

pub(super) fn read_settlement(row: &mut Row) -> Result<Settlement, WarehouseError> {
    Ok(Settlement {
        settlement_id: row.int()?,
        period: row.period()?,
        at: row.text()?,
        who: row.text()?,
        settings_version: row.int()?,
        as_of_load: row.int()?,
        provisional: row.flag()?,
        gates: row.json()?,
    })
}
