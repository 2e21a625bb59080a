//! Statements that PostgreSQL parses and plans once a connection.
//!
//! Diesel keeps a statement prepared only where its type alone fixes its text. Of updates, upserts and hand-written SQL it
//! cannot know that, so it prepares each anew: a second round trip, and more of the server's time than most of them take to
//! run.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// Keeps statements prepared that Diesel would not.
pub trait KeepPrepared: Sized {
    /// Keeps the statement prepared by its text, for as long as the connection lives. For statements of few texts: what
    /// differs from call to call must be bound.
    fn keep_prepared(self) -> Prepared<Self>;
}

impl<Q: QueryFragment<Pg>> KeepPrepared for Q {
    fn keep_prepared(self) -> Prepared<Self> {
        Prepared(self)
    }
}

/// A statement that stays prepared; see [`KeepPrepared`].
#[derive(Debug, Clone, Copy)]
pub struct Prepared<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

/// Without a static id, the text is the key under which the statement is kept.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

/// One column of `rows`, for a statement that unnests it: of however many rows, it is one text.
pub fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// An array as PostgreSQL writes it, to be cast by the statement. Arrays go to a statement that unnests them as texts, because
/// PostgreSQL takes an array of arrays to pieces, and wants all of one length.
pub fn array_text(values: &[i64]) -> String {
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    format!("{{{}}}", values.join(","))
}
