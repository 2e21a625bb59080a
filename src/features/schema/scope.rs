use async_graphql::Enum;

use crate::text_enum::text_enum;

text_enum! {
    /// Scope of contacts that a rule applies to.
    #[derive(Enum)]
    pub enum ContactScope {
        /// Everybody.
        All = "ALL",
        /// Only the listed contacts.
        Only = "ONLY",
        /// Everybody except the listed contacts.
        Except = "EXCEPT",
    }
}

impl ContactScope {
    /// Returns true when the scope includes a contact that is, or is not, listed.
    pub const fn takes_in(self, is_listed: bool) -> bool {
        match self {
            Self::All => true,
            Self::Only => is_listed,
            Self::Except => !is_listed,
        }
    }
}
