use async_graphql::Enum;

use crate::text_enum::text_enum;

text_enum! {
    /// Selection of the contacts to whom a setting applies.
    #[derive(Enum)]
    pub enum ContactScope {
        /// All contacts.
        All = "ALL",
        /// Only the contacts of the list.
        Only = "ONLY",
        /// All contacts except those of the list.
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
