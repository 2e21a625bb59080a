use async_graphql::Enum;

/// Scope of contacts that a rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ContactScope {
    /// Everybody.
    All,
    /// Only the listed contacts.
    Only,
    /// Everybody except the listed contacts.
    Except,
}

impl ContactScope {
    /// The text that the database stores.
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

    /// Returns true when the scope includes a contact that is, or is not, listed.
    pub const fn takes_in(self, is_listed: bool) -> bool {
        match self {
            Self::All => true,
            Self::Only => is_listed,
            Self::Except => !is_listed,
        }
    }
}
