//! Ids: one type per thing, all ULIDs, and the opaque global form that GraphQL clients see.
//!
//! In the database an id is a `uuid` (the same 128 bits), in logs its ULID text, in GraphQL the base64url of
//! `Type:ULID`, so that an id of one type is refused where another is wanted.

use data_encoding::BASE64URL_NOPAD;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use ring::digest::{SHA256, digest};
use thiserror::Error;
use ulid::{Generator, Overflow, Ulid};
use uuid::Uuid;

use crate::clock::SharedClock;

/// Error of parsing an id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// The text is not an id of this server.
    #[error("'{0}' is not an id; pass an id as this API returned it")]
    Malformed(String),
    /// The id is of another type.
    #[error("this id is of the type {found}; pass one of the type {wanted}")]
    WrongType {
        /// The type that the field takes.
        wanted: &'static str,
        /// The type that was passed.
        found: String,
    },
}

/// Splits an opaque global id into its type's name and its ULID.
///
/// # Errors
/// [`IdError::Malformed`] when it is not a global id.
pub fn parse_global(text: &str) -> Result<(String, Ulid), IdError> {
    let malformed = || IdError::Malformed(text.chars().take(64).collect());
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| malformed())?;
    let plain = String::from_utf8(bytes).map_err(|_| malformed())?;
    let (kind, ulid) = plain.split_once(':').ok_or_else(malformed)?;
    let ulid = Ulid::from_string(ulid).map_err(|_| malformed())?;
    Ok((kind.to_owned(), ulid))
}

/// The opaque global id of the thing with `ulid` of the type `kind`.
pub fn to_global(kind: &str, ulid: Ulid) -> String {
    BASE64URL_NOPAD.encode(format!("{kind}:{ulid}").as_bytes())
}

/// The id of a thing that has no row of its own: the first 128 bits of the SHA-256 of its names.
pub fn id_of_names(names: &[&str]) -> Uuid {
    let hash = digest(&SHA256, names.join("/").as_bytes());
    let (bits, _) = hash.as_ref().split_at(size_of::<Uuid>());
    Uuid::from_slice(bits).unwrap_or_default()
}

/// Defines types of ids: `/// doc`, the type, and its name inside global ids, which is the name of the GraphQL type.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            ::diesel::expression::AsExpression, ::diesel::deserialize::FromSqlRow,
        )]
        #[derive(::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        #[diesel(sql_type = ::diesel::sql_types::Uuid)]
        pub struct $name(::uuid::Uuid);

        impl $name {
            /// The name of this type inside a global id; the GraphQL type's name.
            pub const KIND: &'static str = $kind;

            /// The id as GraphQL clients see it: opaque, and unlike any other type's.
            pub fn to_global(self) -> String {
                $crate::id::to_global(Self::KIND, self.0.into())
            }

            /// Parses an id that [`Self::to_global`] encoded.
            ///
            /// # Errors
            /// [`$crate::id::IdError`] when it is not an id, or one of another type.
            pub fn from_global(text: &str) -> Result<Self, $crate::id::IdError> {
                let (found, ulid) = $crate::id::parse_global(text)?;
                if found == Self::KIND {
                    Ok(ulid.into())
                } else {
                    Err($crate::id::IdError::WrongType { wanted: Self::KIND, found })
                }
            }

            /// The same 128 bits as a UUID, as the database stores them.
            pub const fn as_uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl From<::ulid::Ulid> for $name {
            fn from(ulid: ::ulid::Ulid) -> Self {
                Self(ulid.into())
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(uuid: ::uuid::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for ::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&::ulid::Ulid::from(self.0), f)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, $crate::id::IdError> {
                ::ulid::Ulid::from_string(text).map(Self::from).map_err(|_| $crate::id::IdError::Malformed(text.chars().take(64).collect()))
            }
        }

        impl ::diesel::serialize::ToSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, ::diesel::pg::Pg>) -> ::diesel::serialize::Result {
                <::uuid::Uuid as ::diesel::serialize::ToSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg>>::to_sql(&self.0, out)
            }
        }

        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg> for $name {
            fn from_sql(value: ::diesel::pg::PgValue<'_>) -> ::diesel::deserialize::Result<Self> {
                <::uuid::Uuid as ::diesel::deserialize::FromSql<::diesel::sql_types::Uuid, ::diesel::pg::Pg>>::from_sql(value).map(Self)
            }
        }
    )*};
}

pub(crate) use ids;

ids! {
    /// A registered person.
    UserId = "User";
    /// The user's own view of what is theirs; the same ULID as the user's.
    ViewerId = "Viewer";
    /// A plan; the same for every user.
    PlanId = "Plan";
    /// What a plan allows; the same ULID as the plan's.
    EntitlementsId = "Entitlements";
    /// One session of a user on one client; the family of its refresh tokens.
    SessionId = "Session";
    /// A personal access token of a user.
    AccessTokenId = "AccessToken";
    /// One linked WhatsApp number of a user.
    AccountId = "Account";
    /// A person on WhatsApp, as one account knows them.
    ContactId = "Contact";
    /// A conversation of an account.
    ChatId = "Chat";
    /// A message that was recorded.
    MessageId = "Message";
    /// A picture, video, sound or document.
    MediaId = "Media";
    /// A file that a user uploads.
    UploadId = "Upload";
    /// A message of the outbox.
    SendId = "Send";
    /// A notification of a user.
    NotificationId = "Notification";
    /// A background job.
    JobId = "Job";
    /// A server, from its start to its end.
    NodeId = "Node";
}

/// The source of new ids and of randomness; injected, so that tests can repeat a run.
#[derive(Debug)]
pub struct Ids {
    clock: SharedClock,
    source: Mutex<Source>,
}

#[derive(Debug)]
struct Source {
    random: StdRng,
    ulids: Generator,
}

impl Source {
    fn new(random: StdRng) -> Mutex<Self> {
        let ulids = Generator::new();
        Mutex::new(Self { random, ulids })
    }
}

impl Ids {
    /// A source seeded by the operating system.
    pub fn new(clock: SharedClock) -> Self {
        Self {
            clock,
            source: Source::new(rand::make_rng()),
        }
    }

    /// A source with a fixed seed, for tests.
    pub fn seeded(clock: SharedClock, seed: u64) -> Self {
        Self {
            clock,
            source: Source::new(StdRng::seed_from_u64(seed)),
        }
    }

    /// A new id. Ids sort by the clock's time, and those of one time in the order of their creation.
    pub fn next<I: From<Ulid>>(&self) -> I {
        let now = self.clock.now().into();
        let ulid = self.with(|Source { random, ulids }| {
            ulids
                .generate_from_datetime_with_source(now, random)
                .unwrap_or_else(Overflow::commit_overflow_increment)
        });
        ulid.into()
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        self.with(|source| source.random.random_range(low..=high.max(low)))
    }

    /// Fills `bytes` with random data, secure enough for tokens and message ids.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.with(|source| source.random.fill_bytes(bytes));
    }

    fn with<T>(&self, draw: impl FnOnce(&mut Source) -> T) -> T {
        draw(&mut self.source.lock())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;

    use super::*;
    use crate::clock::{Clock as _, ManualClock, SystemClock};

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_made_even_if_the_clock_stands_or_goes_back() {
        let clock = Arc::new(ManualClock::new(SystemClock.now()));
        let ids = Ids::seeded(clock.clone(), 7);

        let mut made: Vec<MessageId> = (0..100).map(|_| ids.next()).collect();
        clock.advance(-TimeDelta::hours(1));
        made.extend((0..100).map(|_| ids.next::<MessageId>()));

        assert!(made.is_sorted());
    }

    #[test]
    fn a_global_id_reads_back_and_is_refused_as_another_type() {
        let ids = Ids::new(Arc::new(SystemClock));
        let media: MediaId = ids.next();

        assert_eq!(MediaId::from_global(&media.to_global()), Ok(media));
        assert_eq!(
            AccountId::from_global(&media.to_global()),
            Err(IdError::WrongType {
                wanted: "Account",
                found: "Media".into()
            })
        );
        assert!(matches!(
            AccountId::from_global("nonsense!"),
            Err(IdError::Malformed(_))
        ));
    }
}
