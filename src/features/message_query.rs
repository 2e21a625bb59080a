use chrono::{DateTime, Utc};

use crate::id::{AccountId, ChatId, ContactId};
use crate::messages::MessageKind;

/// Filter of a list of kept messages. A field that is `None` leaves nothing out; an empty list matches nothing.
#[derive(Debug, Clone, Default)]
pub struct MessageQuery {
    /// Received by these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// In these chats.
    pub chats: Option<Vec<ChatId>>,
    /// Written by these contacts.
    pub senders: Option<Vec<ContactId>>,
    /// Of these kinds.
    pub kinds: Option<Vec<MessageKind>>,
    /// With the time that orders the list at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// With the time that orders the list before this time.
    pub to: Option<DateTime<Utc>>,
    /// Containing all these words; see [`Search`](crate::messages::search::Search).
    pub search: Option<String>,
}

/// Adds the filter `$query`, a [`MessageQuery`], of the list of `$user` to the boxed query `$rows` of `$table`, which is
/// ordered by `$at`. The senders must include the alias rows of each contact; the search is not read.
macro_rules! filter_messages {
    ($rows:expr, $table:ident.$at:ident, $user:expr, $query:expr) => {{
        let mut rows = $rows.filter($table::user_id.eq($user));
        if let Some(accounts) = &$query.accounts {
            rows = rows.filter($table::account_id.eq_any(accounts));
        }
        if let Some(chats) = &$query.chats {
            rows = rows.filter($table::chat_id.eq_any(chats));
        }
        if let Some(senders) = &$query.senders {
            rows = rows.filter($table::sender_id.eq_any(senders));
        }
        if let Some(kinds) = &$query.kinds {
            rows = rows.filter($table::kind.eq_any(kinds));
        }
        if let Some(from) = $query.from {
            rows = rows.filter($table::$at.ge(from));
        }
        if let Some(to) = $query.to {
            rows = rows.filter($table::$at.lt(to));
        }
        rows
    }};
}

/// Restricts the boxed query `$rows` of `$table` to the candidates `$wanted` of a search. `$function` is the SQL function
/// that asks the index of terms.
macro_rules! filter_candidates {
    ($rows:expr, $table:ident, $function:literal, $wanted:expr) => {
        match $wanted.lookup {
            $crate::features::Lookup::InOrder => $rows.filter($table::terms.contains(&$wanted.terms)),
            $crate::features::Lookup::ByIndex => {
                let beginning = concat!("id IN (SELECT ", $function, "(");
                let found = ::diesel::dsl::sql::<::diesel::sql_types::Bool>(beginning)
                    .bind::<::diesel::sql_types::Array<::diesel::sql_types::BigInt>, _>(&$wanted.terms)
                    .sql("))");
                $rows.filter(found)
            }
        }
    };
}

pub(crate) use {filter_candidates, filter_messages};
