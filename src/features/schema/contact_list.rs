use std::collections::BTreeSet;

use thiserror::Error;

use crate::id::{ContactId, IdError};

/// Maximum number of contacts in a list of an account's settings.
pub const MAX_LISTED: usize = 1_000;

/// A contact as a client named it: an error when the text is no id of a contact.
pub type NamedContact = Result<ContactId, IdError>;

/// A mistake in a list of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListMistake {
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MAX_LISTED}")]
    TooLong(usize),
    /// The text at `index` is no id of a contact.
    #[error("{error}")]
    NoId {
        /// Index in the list.
        index: usize,
        /// Error of the text.
        error: IdError,
    },
    /// The id at `index` names no contact of the account.
    #[error("there is no contact of this account with this id; pass an id that this API returned to you")]
    Unknown {
        /// Index in the list.
        index: usize,
    },
}

impl ListMistake {
    /// Judges the contact at `index` of a list. `known` holds the contacts of the account.
    ///
    /// # Errors
    /// [`ListMistake::NoId`] and [`ListMistake::Unknown`].
    pub fn judge(index: usize, named: &NamedContact, known: &BTreeSet<ContactId>) -> Result<ContactId, Self> {
        match named {
            Ok(id) if known.contains(id) => Ok(*id),
            Ok(_) => Err(Self::Unknown { index }),
            Err(error) => Err(Self::NoId {
                index,
                error: error.clone(),
            }),
        }
    }

    /// Index of the wrong contact in the list; none when the list as a whole is wrong.
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::TooLong(_) => None,
            Self::NoId { index, .. } | Self::Unknown { index } => Some(*index),
        }
    }
}

/// Returns the contacts of a list, each once and in the order of their ids. `known` holds the contacts of the account.
///
/// # Errors
/// Every mistake in the list.
pub fn parse_contact_list(
    named: &[NamedContact],
    known: &BTreeSet<ContactId>,
) -> Result<Vec<ContactId>, Vec<ListMistake>> {
    let unique: BTreeSet<ContactId> = named
        .iter()
        .filter_map(|one| one.as_ref().ok().copied())
        .collect();
    let malformed = named.iter().filter(|one| one.is_err()).count();
    let listed = unique.len() + malformed;
    if listed > MAX_LISTED {
        return Err(vec![ListMistake::TooLong(listed)]);
    }
    let judged = named.iter().enumerate();
    let mistakes: Vec<ListMistake> = judged
        .filter_map(|(index, one)| ListMistake::judge(index, one, known).err())
        .collect();
    if mistakes.is_empty() {
        Ok(unique.into_iter().collect())
    } else {
        Err(mistakes)
    }
}
