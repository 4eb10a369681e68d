//! Many lines into PostgreSQL: COPY in its binary format, which costs the server less than text.

use std::sync::Arc;

use sqlx::postgres::PgConnection;

use crate::crash::crash_point;
use crate::line::{Line, Lines};
use crate::{WarehouseError, sql};

/// Bytes sent to the server at once.
const CHUNK: usize = 1 << 20;
/// What a binary COPY begins with: signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with: a row of -1 columns.
const END: [u8; 2] = (-1_i16).to_be_bytes();
/// Columns of `line/copy`.
const COLUMNS: i16 = 33;

/// Copies lines of one distributor.
pub(crate) async fn copy_lines(
    connection: &mut PgConnection,
    distributor_id: &str,
    lines: &mut Lines<'_>,
) -> Result<(), WarehouseError> {
    let name = sql::COPY_LINE.name;
    let failed = |error| WarehouseError::from_sqlx(name, error);
    let mut copy = connection
        .copy_in_raw(sql::COPY_LINE.postgres)
        .await
        .map_err(failed)?;
    let mut chunk = Rows(Vec::with_capacity(CHUNK + 4096));
    chunk.0.extend_from_slice(HEADER);
    let mut sent = false;
    for line in lines {
        if let Err(error) = line.and_then(|line| chunk.add(distributor_id, &line)) {
            copy.abort("stopped").await.map_err(failed)?;
            return Err(error);
        }
        if chunk.0.len() >= CHUNK {
            copy.send(chunk.0.as_slice()).await.map_err(failed)?;
            chunk.0.clear();
            if !sent {
                sent = true;
                crash_point("mid_lines");
            }
        }
    }
    if !sent {
        crash_point("mid_lines");
    }
    chunk.0.extend_from_slice(&END);
    copy.send(chunk.0.as_slice()).await.map_err(failed)?;
    copy.finish().await.map_err(failed)?;
    Ok(())
}

/// Rows in PostgreSQL's binary format: every value is its length and its bytes, most significant
/// first; NULL has the length -1. The width of a number is that of its column.
struct Rows(Vec<u8>);

impl Rows {
    fn add(&mut self, distributor_id: &str, line: &Line) -> Result<(), WarehouseError> {
        self.0.extend_from_slice(&COLUMNS.to_be_bytes());
        self.text(Some(distributor_id))?;
        self.small(Some(line.kind))?;
        self.int(line.day.into())?;
        self.big(Some(line.line_id))?;
        self.int(line.business_period.into())?;
        self.int(line.booking_period.into())?;
        self.big(Some(line.party_ref))?;
        self.big(Some(line.product_ref))?;
        self.big(Some(line.lot_ref))?;
        self.big(Some(line.context_ref))?;
        self.shared(line.customer.id.as_ref())?;
        self.small(line.customer.rule)?;
        self.big(line.customer.alias_id)?;
        self.shared(line.product.id.as_ref())?;
        self.small(line.product.rule)?;
        self.big(line.product.alias_id)?;
        self.big(Some(line.quantity))?;
        self.big(line.base_quantity)?;
        self.big(line.price)?;
        self.big(line.amount)?;
        self.shared(line.doc_no.as_ref())?;
        self.shared(line.line_no.as_ref())?;
        self.shared(line.remark.as_ref())?;
        self.int(line.flags)?;
        self.small(Some(line.status))?;
        self.shared(line.hold_reason.as_ref())?;
        self.shared(line.detail.as_ref())?;
        self.big(Some(line.content_hash))?;
        self.big(Some(line.submission_id))?;
        self.int(line.sheet_no)?;
        self.int(line.row_no)?;
        self.small(Some(line.delta))?;
        self.big(line.made_from)
    }

    fn value(&mut self, bytes: Option<&[u8]>) -> Result<(), WarehouseError> {
        let length = bytes.map_or(Ok(-1), |bytes| i32::try_from(bytes.len()));
        let length = length.map_err(|_| too_large("text"))?;
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes.unwrap_or_default());
        Ok(())
    }

    fn big(&mut self, value: Option<i64>) -> Result<(), WarehouseError> {
        self.value(
            value
                .map(i64::to_be_bytes)
                .as_ref()
                .map(<[u8; 8]>::as_slice),
        )
    }

    fn int(&mut self, value: i64) -> Result<(), WarehouseError> {
        let value = i32::try_from(value).map_err(|_| too_large("number"))?;
        self.value(Some(&value.to_be_bytes()))
    }

    fn small(&mut self, value: Option<i64>) -> Result<(), WarehouseError> {
        let value = value.map(i16::try_from).transpose();
        let value = value.map_err(|_| too_large("number"))?;
        self.value(
            value
                .map(i16::to_be_bytes)
                .as_ref()
                .map(<[u8; 2]>::as_slice),
        )
    }

    fn shared(&mut self, value: Option<&Arc<str>>) -> Result<(), WarehouseError> {
        self.text(value.map(AsRef::as_ref))
    }

    /// A text. NUL, which PostgreSQL cannot store, is left out.
    fn text(&mut self, value: Option<&str>) -> Result<(), WarehouseError> {
        match value {
            Some(text) if text.contains('\0') => {
                self.value(Some(text.replace('\0', "").as_bytes()))
            }
            value => self.value(value.map(str::as_bytes)),
        }
    }
}

fn too_large(what: &str) -> WarehouseError {
    WarehouseError::Misuse {
        what: format!("a {what} of a line is too large for its column"),
    }
}
