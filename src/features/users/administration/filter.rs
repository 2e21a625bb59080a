//! The filter of users, and the parts of ids that it understands.

use ulid::Ulid;

use crate::features::users::AdminUserId;
use crate::id::UserId;
use crate::plan::Plan;
use crate::user::Role;

/// Length of an id as text.
const ID_LENGTH: usize = 26;

/// Users that are wanted. What is absent filters nothing out; an empty list matches nobody.
#[derive(Debug, Clone, Default)]
pub(in crate::features::users) struct UserFilter {
    /// Part of the e-mail address or the display name, or the beginning of the id.
    pub(in crate::features::users) search: Option<UserPart>,
    /// Plans.
    pub(in crate::features::users) plans: Option<Vec<Plan>>,
    /// Roles.
    pub(in crate::features::users) roles: Option<Vec<Role>>,
    /// True for suspended users, false for the others.
    pub(in crate::features::users) is_suspended: Option<bool>,
}

/// Part of what a user is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::users) struct UserPart {
    /// The pattern of texts that contain the part, for `ILIKE`.
    pub(in crate::features::users) pattern: String,
    /// The first and the last id that the part may be of; none when it is the beginning of no id.
    pub(in crate::features::users) ids: Option<(UserId, UserId)>,
}

impl UserPart {
    /// The part that somebody typed; none when they typed nothing.
    pub(in crate::features::users) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self {
            pattern: format!("%{}%", escaped(text)),
            ids: ids(text),
        })
    }
}

/// The text as a pattern that it alone matches.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The ids that begin with `text`, or the one that it is in GraphQL.
fn ids(text: &str) -> Option<(UserId, UserId)> {
    if let Ok(id) = AdminUserId::from_global(text) {
        let id = UserId::from(id.as_uuid());
        return Some((id, id));
    }
    if let Ok(id) = UserId::from_global(text) {
        return Some((id, id));
    }
    let filled = |with: char| {
        let filling = ID_LENGTH.checked_sub(text.len())?;
        let id: String = text.chars().chain(std::iter::repeat_n(with, filling)).collect();
        Ulid::from_string(&id).ok().map(UserId::from)
    };
    Some((filled('0')?, filled('Z')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_all_ids_that_begin_so() {
        let id: UserId = Ulid::from_parts(1_764_000_000_000, 42).into();
        let text = id.to_string();
        let holds = |part: &str| {
            let ids = UserPart::parse(part).unwrap().ids;
            ids.is_some_and(|(first, last)| (first..=last).contains(&id))
        };

        assert!(holds(&text) && holds(&text[..10]) && holds(&text.to_lowercase()[..4]));
        assert!(holds(&id.to_global()));
        assert!(!holds("7ZZ"));
        assert_eq!(UserPart::parse("alice@example.org").unwrap().ids, None);
        assert_eq!(UserPart::parse(&format!("{text}0")).unwrap().ids, None);
    }

    #[test]
    fn what_a_pattern_means_is_searched_as_it_was_typed() {
        assert_eq!(UserPart::parse(" a_b% ").unwrap().pattern, "%a\\_b\\%%");
        assert_eq!(UserPart::parse("  "), None);
    }
}
