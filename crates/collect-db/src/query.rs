//! The query of a resource: one statement that reads, with places for the days it is asked for.
//!
//! The check is a seat belt for slips of the pen, not a guarantee: what keeps a distributor's data
//! safe is an account that may only read, and the read-only transaction where the engine has one.

use channelflow_model::Sentence;

use crate::description::Engine;

/// Words with which one statement that begins with SELECT or WITH can write or lock, outside quotes
/// and comments.
const FORBIDDEN: [&str; 5] = ["into", "insert", "update", "delete", "merge"];

/// A place of a query that is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `{from}`: the first day.
    From,
    /// `{to}`: the last day.
    To,
    /// `{until}`: the day after the last.
    Until,
}

impl Mark {
    const ALL: [(&'static str, Mark); 3] = [
        ("{from}", Mark::From),
        ("{to}", Mark::To),
        ("{until}", Mark::Until),
    ];

    /// Its number among bound parameters.
    pub(crate) fn number(self) -> usize {
        match self {
            Mark::From => 1,
            Mark::To => 2,
            Mark::Until => 3,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Mark(Mark),
}

/// A query, taken apart at its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pieces: Vec<Piece>,
}

/// Where in the text of a query one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Code,
    /// Until this character.
    Quotes(char),
    LineComment,
    Comment,
}

impl Query {
    /// Checks a query and takes it apart.
    pub(crate) fn parse(text: &str, engine: Engine) -> Result<Self, Sentence> {
        let text = text.trim().trim_end_matches(';').trim_end();
        let mut pieces = Vec::new();
        let mut piece = String::new();
        let mut words: Vec<String> = Vec::new();
        let mut word = String::new();
        let mut inside = Inside::Code;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut length = c.len_utf8();
            let mut is_word = false;
            match inside {
                Inside::Code => {
                    if let Some((written, mark)) =
                        Mark::ALL.iter().find(|(m, _)| rest.starts_with(m))
                    {
                        pieces.push(Piece::Text(std::mem::take(&mut piece)));
                        pieces.push(Piece::Mark(*mark));
                        rest = rest.get(written.len()..).unwrap_or("");
                        continue;
                    }
                    match c {
                        '\'' | '"' | '`' => inside = Inside::Quotes(c),
                        '[' if engine == Engine::Sqlserver => inside = Inside::Quotes(']'),
                        '-' if rest.starts_with("--") => inside = Inside::LineComment,
                        '#' if engine == Engine::Mysql => inside = Inside::LineComment,
                        // A comment that MySQL executes is none.
                        '/' if rest.starts_with("/*!") || rest.starts_with("/*M!") => {
                            return Err(Sentence::new("database_query_word").fact("word", "/*!"));
                        }
                        '/' if rest.starts_with("/*") => inside = Inside::Comment,
                        ';' => return Err(Sentence::new("database_query_statements")),
                        '{' | '}' => {
                            let text: String = rest.chars().take(16).collect();
                            return Err(Sentence::new("database_query_mark").fact("text", text));
                        }
                        _ => is_word = c.is_alphanumeric() || matches!(c, '_' | '$'),
                    }
                }
                Inside::Quotes(end) => {
                    if Mark::ALL.iter().any(|(mark, _)| rest.starts_with(mark)) {
                        return Err(Sentence::new("database_query_quoted"));
                    }
                    if c == '\\' && engine == Engine::Mysql {
                        length += rest.chars().nth(1).map_or(0, char::len_utf8);
                    } else if c == end {
                        inside = Inside::Code;
                    }
                }
                Inside::LineComment if c == '\n' => inside = Inside::Code,
                Inside::Comment if rest.starts_with("*/") => {
                    inside = Inside::Code;
                    length = 2;
                }
                Inside::LineComment | Inside::Comment => {}
            }
            if is_word {
                word.extend(c.to_lowercase());
            } else if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            let (taken, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            piece.push_str(taken);
            rest = after;
        }
        words.push(word);
        pieces.push(Piece::Text(piece));
        if !matches!(inside, Inside::Code | Inside::LineComment) {
            return Err(Sentence::new("database_query_open"));
        }
        let first = words.first().map_or("", String::as_str);
        // SQL Server takes no WITH inside of a query.
        let may_begin = first == "select" || first == "with" && engine != Engine::Sqlserver;
        if !may_begin {
            return Err(Sentence::new("database_query_start").fact("word", first));
        }
        if let Some(word) = words.iter().find(|word| FORBIDDEN.contains(&word.as_str())) {
            return Err(Sentence::new("database_query_word").fact("word", word));
        }
        Ok(Query { pieces })
    }

    /// Its text with every mark as `place` writes it. It ends with a line break, so that a comment
    /// at its end swallows nothing.
    pub(crate) fn text(&self, mut place: impl FnMut(Mark) -> String) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Mark(mark) => text.push_str(&place(*mark)),
            }
        }
        text.push('\n');
        text
    }

    /// The highest number of a mark in it.
    pub(crate) fn highest(&self) -> usize {
        let numbers = self.pieces.iter().map(|piece| match piece {
            Piece::Text(_) => 0,
            Piece::Mark(mark) => mark.number(),
        });
        numbers.max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_filled_in_and_everything_else_stays() {
        let query = Query::parse(
            "SELECT a, 'x;{' AS b -- {from};\n FROM t WHERE d >= {from} AND d < {until};",
            Engine::Postgresql,
        )
        .unwrap();
        assert_eq!(
            query.text(|mark| format!("?{}", mark.number())),
            "SELECT a, 'x;{' AS b -- {from};\n FROM t WHERE d >= ?1 AND d < ?3\n"
        );
        assert_eq!(query.highest(), 3);
    }

    #[test]
    fn what_is_refused_and_why() {
        for (text, code) in [
            ("SELECT a FROM t WHERE d BETWEEN {from} AND {to};", ""),
            ("with x as (select 1) select * from x", ""),
            (
                "SELECT 'it''s; update' AS a, \"into\" FROM t /* drop; */",
                "",
            ),
            ("-- why\nSELECT updated_at FROM t", ""),
            ("UPDATE t SET a = 1", "database_query_start"),
            ("", "database_query_start"),
            ("SELECT 1; DROP TABLE t", "database_query_statements"),
            ("SELECT * INTO copy_of_t FROM t", "database_query_word"),
            ("SELECT * FROM t FOR UPDATE", "database_query_word"),
            (
                "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
                "database_query_word",
            ),
            ("SELECT 1 /*! INTO OUTFILE 'x' */", "database_query_word"),
            (
                "SELECT a FROM t WHERE d = '{from}'",
                "database_query_quoted",
            ),
            ("SELECT a FROM {table}", "database_query_mark"),
            ("SELECT 'a FROM t", "database_query_open"),
        ] {
            let found = Query::parse(text, Engine::Mysql);
            let found = found.err().map_or("", |sentence| sentence.code());
            assert_eq!(found, code, "{text}");
        }
        let with = Query::parse("WITH x AS (SELECT 1 a) SELECT a FROM x", Engine::Sqlserver);
        assert_eq!(with.unwrap_err().code(), "database_query_start");
        assert!(Query::parse("SELECT [drop;] FROM t", Engine::Sqlserver).is_ok());
        assert!(Query::parse("SELECT 'a\\' FROM t", Engine::Postgresql).is_ok());
    }
}
