//! Why a file is refused: the `Err` inside this crate, a finding outside of it.

use channelflow_model::{Finding, Place, Severity};

/// The cause of a refused file. Boxed: the way of success should not carry its size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal(Box<Finding>);

/// What readers return.
pub(crate) type Result<T> = std::result::Result<T, Refusal>;

impl Refusal {
    /// A refusal by its code in `config/messages/read.toml`.
    pub(crate) fn new(code: &'static str) -> Self {
        Refusal(Box::new(Finding::new(
            code,
            Severity::Error,
            Place::default(),
        )))
    }

    /// The file, or a part of it, is not what its type promises.
    #[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
    pub(crate) fn damaged(cause: impl ToString) -> Self {
        Refusal::new("damaged").fact("cause", shorten(&cause.to_string()))
    }

    /// A limit was passed.
    pub(crate) fn over(code: &'static str, limit: impl ToString) -> Self {
        Refusal::new(code).fact("limit", limit)
    }

    pub(crate) fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        *self.0 = self.0.fact(name, value);
        self
    }

    pub(crate) fn in_sheet(mut self, sheet: &str) -> Self {
        self.0.place.sheet.get_or_insert_with(|| sheet.to_owned());
        self
    }

    pub(crate) fn in_member(mut self, member: &str) -> Self {
        self.0.place.member.get_or_insert_with(|| member.to_owned());
        self
    }

    pub(crate) fn at(mut self, row: u32, column: u32) -> Self {
        self.0.place.row = Some(row);
        self.0.place.column = Some(column);
        self
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    pub(crate) fn into_finding(self) -> Finding {
        *self.0
    }
}

/// Messages of libraries quote the file; one line of it is enough.
fn shorten(cause: &str) -> String {
    let line: String = cause
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(200)
        .collect();
    line.trim().to_owned()
}
