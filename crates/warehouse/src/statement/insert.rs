//! New statements into their tables, many with few statements of SQL.

use std::collections::BTreeMap;

use channelflow_model::statement::StatementState;

use super::{NewSettlement, NewStatement, no_statement};
use crate::database::Tx;
use crate::value::{Row, values};
use crate::{WarehouseError, sql};

/// Stores the heads of new statements; returns every statement with its number in the warehouse.
pub(super) async fn insert_heads<'n>(
    tx: &mut Tx,
    settlement_id: i64,
    new: &NewSettlement<'_>,
    open: &[&'n NewStatement],
) -> Result<Vec<(i64, &'n NewStatement)>, WarehouseError> {
    let period = new.period;
    let pair = |row: &mut Row| Ok((row.text()?, row.int()?));
    let before = tx.all_packed((&sql::COUNT_STATEMENTS, 2), values![period], pair);
    let before: BTreeMap<String, i64> = before.await?.into_iter().collect();
    let rows = open.iter().map(|statement| {
        let owner = statement.party_id.as_str();
        let number = before.get(owner).copied().unwrap_or(0) + 1;
        values![
            format!("{period}-{owner}-{number}"),
            owner,
            period,
            StatementState::Draft.as_str(),
            statement.total,
            statement.held_lines,
            new.provisional,
            settlement_id,
            &statement.content_hash,
            &statement.inputs_hash,
            new.who,
            new.at,
            "",
        ]
    });
    tx.insert_many(&sql::INSERT_STATEMENT, rows.collect())
        .await?;
    let stored = values![period, settlement_id];
    tx.execute(&sql::FIRST_STATEMENT_EVENTS, stored.clone())
        .await?;
    let ids = tx.all(&sql::STATEMENTS_OF_SETTLEMENT, stored, pair);
    let ids: BTreeMap<String, i64> = ids.await?.into_iter().collect();
    let numbered = open.iter().copied().map(|statement| {
        let id = ids.get(&statement.party_id).copied();
        Ok((
            id.ok_or_else(|| no_statement(&statement.party_id))?,
            statement,
        ))
    });
    numbered.collect()
}

/// Stores what new statements say.
pub(super) async fn insert_bodies(
    tx: &mut Tx,
    statements: &[(i64, &NewStatement)],
) -> Result<(), WarehouseError> {
    let parts = statements.iter().flat_map(|(id, statement)| {
        statement.parts.iter().map(|part| {
            values![
                *id,
                part.part_no,
                &part.policy,
                &part.policy_name,
                &part.policy_hash,
                part.first,
                part.last,
                part.prior,
                part.total,
                part.carry,
                &part.records_hash,
                part.figures.text(),
                part.evaluation.text(),
            ]
        })
    });
    tx.insert_many(&sql::INSERT_STATEMENT_PART, parts.collect())
        .await?;
    let lines = statements.iter().flat_map(|(id, statement)| {
        let of_parts = statement.parts.iter();
        of_parts.flat_map(|part| {
            part.lines.iter().map(|line| {
                values![
                    *id,
                    line.line_no,
                    part.part_no,
                    &line.kind,
                    &line.name,
                    &line.exact,
                    line.amount,
                    &line.held,
                ]
            })
        })
    });
    tx.insert_many(&sql::INSERT_STATEMENT_LINE, lines.collect())
        .await
}
