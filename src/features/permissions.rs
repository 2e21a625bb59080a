//! The permission that each operation needs of a personal access token.
//!
//! A session may do everything. A token may do what the table in `permission_rules.rs` allows its scopes: a row for each
//! root field, each field of `Viewer`, and each type of node. The server checks a document against it before anything is
//! executed, and the schema's descriptions tell it. What has no row needs a session, and fails a test.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::permission_rules::{FIELDS, NODES};
use crate::graphql::{AccessTokenScope, Grant};
use crate::hub::EventKind;

/// The types whose fields have a row each.
pub const TYPES_WITH_RULES: [&str; 4] = ["Query", "Mutation", "Subscription", "Viewer"];

/// What a field or a type of node needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing: it is everybody's, signed in or not.
    Nothing,
    /// This scope.
    Scope(AccessTokenScope),
    /// This scope, of a token that is not limited to accounts: it is about the user as a whole.
    AllAccounts(AccessTokenScope),
    /// A session; or nobody signed in, where it is how one signs in.
    Session,
}

impl Requirement {
    /// The requirement of the field `name` of one of [`TYPES_WITH_RULES`], as far as the table has a row for it.
    pub fn of_field(parent: &str, name: &str) -> Option<Self> {
        static ROWS: LazyLock<HashMap<&str, Requirement>> =
            LazyLock::new(|| FIELDS.iter().copied().collect());
        ROWS.get(format!("{parent}.{name}").as_str()).copied()
    }

    /// The requirement of the type of node `name`, as far as the table has a row for it.
    pub fn of_node(name: &str) -> Option<Self> {
        static ROWS: LazyLock<HashMap<&str, Requirement>> = LazyLock::new(|| NODES.iter().copied().collect());
        ROWS.get(name).copied()
    }

    /// The requirement of events of this kind: that of the subscription to them.
    pub fn of_event(kind: EventKind) -> Self {
        let subscription = camel_case(super::subscription_to(kind));
        Self::of_field("Subscription", &subscription).unwrap_or(Self::Session)
    }

    /// Returns true when a token with this grant is enough.
    pub fn is_met_by(self, grant: &Grant) -> bool {
        match self {
            Self::Nothing => true,
            Self::Scope(scope) => grant.scopes.contains(&scope),
            Self::AllAccounts(scope) => grant.scopes.contains(&scope) && grant.limits.accounts().is_none(),
            Self::Session => false,
        }
    }

    /// The scope that it needs; none when it needs none, or more than a token.
    pub const fn scope(self) -> Option<AccessTokenScope> {
        match self {
            Self::Scope(scope) | Self::AllAccounts(scope) => Some(scope),
            Self::Nothing | Self::Session => None,
        }
    }
}

/// The sentence that ends the description of what has the requirement.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Requires no scope."),
            Self::Scope(scope) => write!(f, "Requires scope `{}`.", scope.as_str()),
            Self::AllAccounts(scope) => {
                let scope = scope.as_str();
                write!(
                    f,
                    "Requires scope `{scope}` of an access token that is not limited to accounts."
                )
            }
            Self::Session => f.write_str("Requires a session; no scope of an access token is enough."),
        }
    }
}

/// The rows of the table that name no field and no type of node that `is_there`.
pub fn unused_rules(is_there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let named = FIELDS.iter().chain(NODES).map(|(name, _)| *name);
    named.filter(|name| !is_there(name)).collect()
}

/// The GraphQL name of a Rust function.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split('_') {
        let (first, rest) = word.split_at(word.len().min(1));
        let is_first = camel.is_empty();
        camel.push_str(&if is_first {
            first.to_owned()
        } else {
            first.to_uppercase()
        });
        camel.push_str(rest);
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::AccountLimits;

    fn token(scopes: &[AccessTokenScope], limits: AccountLimits) -> Grant {
        Grant {
            scopes: scopes.to_vec(),
            limits,
        }
    }

    #[test]
    fn no_scope_includes_another_and_no_token_is_a_session() {
        use AccessTokenScope::{Act, Manage, Read};
        let every = token(&[Read, Act, Manage], AccountLimits::NONE);

        for scope in AccessTokenScope::ALL {
            for other in AccessTokenScope::ALL {
                let one = token(&[scope], AccountLimits::NONE);
                assert_eq!(Requirement::Scope(other).is_met_by(&one), scope == other);
            }
        }
        assert!(!Requirement::Session.is_met_by(&every));
        assert!(Requirement::AllAccounts(Manage).is_met_by(&every));
        let limited = token(&[Read, Act, Manage], AccountLimits::to([]));
        assert!(!Requirement::AllAccounts(Manage).is_met_by(&limited));
    }

    #[test]
    fn every_kind_of_event_has_the_requirement_of_its_subscription() {
        for kind in EventKind::ALL {
            let subscription = camel_case(super::super::subscription_to(kind));

            assert!(
                Requirement::of_field("Subscription", &subscription).is_some(),
                "{subscription}"
            );
        }
        assert_eq!(
            Requirement::of_event(EventKind::AccessTokenChanged),
            Requirement::Session
        );
    }

    #[test]
    fn a_name_has_one_row() {
        let names: std::collections::HashSet<_> = FIELDS.iter().chain(NODES).map(|(name, _)| name).collect();

        assert_eq!(names.len(), FIELDS.len() + NODES.len());
    }
}
