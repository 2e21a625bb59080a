//! Audience of a status. No I/O.

use std::collections::{BTreeSet, HashSet};

use thiserror::Error;

use crate::event::Person;
use crate::features::schema::ContactScope;
use crate::id::ContactId;

/// Maximum number of contacts in the list.
pub const MAX_CONTACTS: usize = 1_000;

/// Error of an audience.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudienceError {
    /// `all` is false.
    #[error("all is false, which names nobody; pass true, or pass contacts in only or except")]
    NotAll,
    /// The plan does not include lists.
    #[error("choosing who sees a status needs the Premium plan; pass all, which every plan includes")]
    NotIncluded,
    /// The list of those who see the status is empty.
    #[error("the list names nobody; pass at least one contact, or pass all")]
    Empty,
    /// The list is too long, with its length.
    #[error("the list names {0} contacts; pass at most {MAX_CONTACTS}")]
    TooMany(usize),
    /// An element of the list, by its index, is no contact of the account.
    #[error("there is no contact of this account with this id; pass an id that this API returned to you")]
    Unknown(usize),
    /// The list names nobody who can see a status.
    #[error(
        "nobody of the list can see a status: it names only the account itself, or people without a known number; pass \
         other contacts"
    )]
    NobodyReachable,
}

/// An audience as a client asks for it. A contact is `None` when its id is of no contact.
#[derive(Debug, Clone)]
pub enum NewAudience {
    /// The whole address book when true; false is refused.
    All(bool),
    /// Only these contacts.
    Only(Vec<Option<ContactId>>),
    /// The whole address book without these contacts.
    Except(Vec<Option<ContactId>>),
}

impl NewAudience {
    /// The scope that was asked for.
    pub const fn scope(&self) -> ContactScope {
        match self {
            Self::All(_) => ContactScope::All,
            Self::Only(_) => ContactScope::Only,
            Self::Except(_) => ContactScope::Except,
        }
    }

    /// The listed contacts; none for the whole address book.
    pub fn listed(&self) -> &[Option<ContactId>] {
        match self {
            Self::All(_) => &[],
            Self::Only(listed) | Self::Except(listed) => listed,
        }
    }
}

/// The audience of a status as its owner planned it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience {
    /// All contacts, only the listed ones, or all but the listed ones.
    pub scope: ContactScope,
    /// The contacts that the scope refers to.
    pub contacts: Vec<ContactId>,
}

impl Audience {
    /// An audience with each contact listed once.
    pub fn new(scope: ContactScope, contacts: impl IntoIterator<Item = ContactId>) -> Self {
        let unique: BTreeSet<ContactId> = contacts.into_iter().collect();
        Self {
            scope,
            contacts: unique.into_iter().collect(),
        }
    }

    /// Selects the people who see the status. `listed` are the rows of the listed contacts, aliases included. A
    /// person who is not in the address book sees the status only when listed by `ONLY`.
    pub(super) fn choose(
        &self,
        people: Vec<ReachableContact>,
        listed: &[ContactId],
    ) -> Vec<ReachableContact> {
        let listed: HashSet<ContactId> = listed.iter().copied().collect();
        people
            .into_iter()
            .filter(|person| {
                let is_listed = listed.contains(&person.contact);
                let may_be = person.is_in_address_book || (self.scope == ContactScope::Only && is_listed);
                may_be && self.scope.takes_in(is_listed)
            })
            .collect()
    }
}

/// A person whom an account knows, other than its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReachableContact {
    /// The contact row of the person.
    pub(super) contact: ContactId,
    /// The ids of the person on WhatsApp.
    pub(super) person: Person,
    /// True when the owner has a name for the person.
    pub(super) is_in_address_book: bool,
}

impl ReachableContact {
    /// Returns true when only the phone number is known, so that WhatsApp has not confirmed the person yet.
    pub(super) const fn is_unconfirmed(&self) -> bool {
        self.person.lid.is_none()
    }
}

/// The people who would see a status if it were published now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReachableAudience {
    /// Number of people.
    pub count: usize,
    /// The first of the people.
    pub contacts: Vec<ContactId>,
    /// Number of people known by phone number only.
    pub unconfirmed_count: usize,
    /// The first of the people known by phone number only.
    pub unconfirmed: Vec<ContactId>,
}

/// Maximum number of people that a preview lists.
const MAX_PREVIEW_CONTACTS: usize = 50;

impl ReachableAudience {
    pub(super) fn of(people: &[ReachableContact]) -> Self {
        let ids = |people: &[&ReachableContact]| {
            people
                .iter()
                .take(MAX_PREVIEW_CONTACTS)
                .map(|one| one.contact)
                .collect()
        };
        let all: Vec<&ReachableContact> = people.iter().collect();
        let unconfirmed: Vec<&ReachableContact> = people.iter().filter(|one| one.is_unconfirmed()).collect();
        Self {
            count: all.len(),
            contacts: ids(&all),
            unconfirmed_count: unconfirmed.len(),
            unconfirmed: ids(&unconfirmed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn somebody(ids: &Ids, lid: Option<&str>, is_in_address_book: bool) -> ReachableContact {
        ReachableContact {
            contact: ids.next(),
            person: Person {
                lid: lid.map(str::to_owned),
                phone_number: Some("49151".to_owned()),
            },
            is_in_address_book,
        }
    }

    #[test]
    fn the_address_book_sees_a_status_and_lists_add_or_spare() {
        let ids = Ids::new(Arc::new(SystemClock));
        let (alice, bob) = (somebody(&ids, Some("1"), true), somebody(&ids, None, true));
        let stranger = somebody(&ids, Some("3"), false);
        let people = || vec![alice.clone(), bob.clone(), stranger.clone()];
        let choose = |scope, listed: &[&ReachableContact]| {
            let listed: Vec<ContactId> = listed.iter().map(|one| one.contact).collect();
            let audience = Audience::new(scope, listed.clone());
            let chosen = audience.choose(people(), &listed).into_iter();
            chosen.map(|one| one.contact).collect::<Vec<_>>()
        };

        assert_eq!(choose(ContactScope::All, &[]), [alice.contact, bob.contact]);
        assert_eq!(choose(ContactScope::Except, &[&alice]), [bob.contact]);
        assert_eq!(
            choose(ContactScope::Only, &[&bob, &stranger]),
            [bob.contact, stranger.contact]
        );
        assert_eq!(
            choose(ContactScope::Except, &[&stranger]),
            [alice.contact, bob.contact]
        );
        let preview = ReachableAudience::of(&people());
        assert_eq!((preview.count, preview.unconfirmed), (3, vec![bob.contact]));
    }
}
