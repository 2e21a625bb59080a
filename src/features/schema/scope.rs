use async_graphql::Enum;

/// Whom something is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ContactScope {
    /// Everybody.
    All,
    /// Nobody but the contacts that are listed.
    Only,
    /// Everybody but the contacts that are listed.
    Except,
}

impl ContactScope {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Only => "ONLY",
            Self::Except => "EXCEPT",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::All, Self::Only, Self::Except]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }

    /// Whether it takes in somebody who is, or is not, listed.
    pub const fn takes_in(self, is_listed: bool) -> bool {
        match self {
            Self::All => true,
            Self::Only => is_listed,
            Self::Except => !is_listed,
        }
    }
}
