//! Rows that an earlier release stored under plain keys, moved to where keys are prints.
//!
//! Done at the start, before anything is connected, in batches each of which is one transaction; a start that was cut off
//! goes on at the next one. A value that does not open is moved as it is: reading it then is the error that it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text, Uuid};
use diesel_async::RunQueryDsl;

use super::account_store::Store;
use super::batch;
use super::keyspace::{Keyspace, RowKey};
use super::message_secrets::{SealedSecret, UnstoredSecrets};
use super::sealing::StoredKey;
use crate::account::AccountRef;
use crate::crypto::belongs_to;
use crate::db::schema::whatsapp_tc_tokens;
use crate::id::{AccountId, UserId};
use crate::work::{Core, Work, WorkError};

diesel::define_sql_function! {
    /// The users with rows under plain keys.
    #[sql_name = "amda_users_with_plain_whatsapp_keys"]
    fn users_with_plain_keys() -> Uuid;
}

/// Moves everything that an earlier release stored under plain keys. To be called before any store is opened.
///
/// # Errors
/// [`WorkError`]; the next start goes on.
pub async fn seal_plain_keys(core: &Core) -> Result<(), WorkError> {
    let mut tx = core.db.begin_without_user().await?;
    let users: Vec<UserId> = diesel::select(users_with_plain_keys()).load(&mut *tx).await?;
    tx.commit().await?;
    for user in users {
        while move_batch(core, user).await? {}
        tracing::info!(user.id = %user, "sealed the addresses of the WhatsApp keys of user {user}");
    }
    Ok(())
}

/// Moves one batch. True when there may be more.
async fn move_batch(core: &Core, user: UserId) -> Result<bool, WorkError> {
    let mut work = core.begin(user).await?;
    let values: Vec<PlainValue> = diesel::sql_query(TAKE_VALUES).load(&mut work).await?;
    let tokens: Vec<PlainToken> = diesel::sql_query(TAKE_TOKENS).load(&mut work).await?;
    let secrets: Vec<PlainSecret> = diesel::sql_query(TAKE_SECRETS).load(&mut work).await?;
    let has_more = values.len() + tokens.len() + secrets.len() > 0;
    let store = |account| {
        let account = AccountRef { id: account, user };
        Store::with_key(core, account, Arc::clone(&work.key))
    };
    let values = by_account(values, |value| value.account_id, store);
    let tokens = by_account(tokens, |token| token.account_id, store);
    let secrets = by_account(secrets, |secret| secret.account_id, store);
    for (store, rows) in values {
        store.move_values(&mut work, rows).await?;
    }
    for (store, rows) in tokens {
        for row in rows {
            store.move_token(&mut work, row).await?;
        }
    }
    for (store, rows) in secrets {
        store.move_secrets(&mut work, rows).await?;
    }
    work.commit().await?;
    Ok(has_more)
}

fn by_account<R>(
    rows: Vec<R>,
    account: impl Fn(&R) -> AccountId,
    store: impl Fn(AccountId) -> Store,
) -> Vec<(Store, Vec<R>)> {
    let mut grouped: BTreeMap<AccountId, Vec<R>> = BTreeMap::new();
    for row in rows {
        grouped.entry(account(&row)).or_default().push(row);
    }
    grouped
        .into_iter()
        .map(|(account, rows)| (store(account), rows))
        .collect()
}

impl Store {
    async fn move_values(&self, work: &mut Work, rows: Vec<PlainValue>) -> QueryResult<()> {
        let mut columns = batch::Columns::default();
        for row in rows {
            let plain = StoredKey {
                space: row.space,
                scope: row.scope,
                key: row.key,
            };
            let row_key = row_key(&plain);
            let stored = self.stored_key(&row_key);
            let sealed = match self.key.open(&self.value_context(&plain), &row.value) {
                Ok(value) => self.seal_at(&stored, &row_key.key, &value),
                Err(_) => row.value,
            };
            columns.add(stored, sealed, (row.stored_secs, row.is_uploaded));
        }
        self.write_columns(&*work, columns).await
    }

    async fn move_token(&self, work: &mut Work, row: PlainToken) -> QueryResult<()> {
        use whatsapp_tc_tokens::dsl;

        let jid = String::from_utf8_lossy(&row.jid);
        let context = belongs_to(
            "whatsapp_tc_tokens",
            "token",
            format_args!("{}:{}", self.account.id, HEXLOWER.encode(&row.jid)),
        );
        let token = row.token.map(|sealed| match self.key.open(&context, &sealed) {
            Ok(token) => self.seal_token(&jid, &token).unwrap_or(sealed),
            Err(_) => sealed,
        });
        diesel::insert_into(whatsapp_tc_tokens::table)
            .values((
                dsl::user_id.eq(self.account.user),
                dsl::account_id.eq(self.account.id),
                dsl::jid_print.eq(self.jid_print(&jid)),
                dsl::sealed_jid.eq(self.seal_jid(&jid)),
                dsl::token.eq(token),
                dsl::token_secs.eq(row.token_secs),
                dsl::sender_secs.eq(row.sender_secs),
            ))
            .on_conflict_do_nothing()
            .execute(work)
            .await
            .map(drop)
    }

    async fn move_secrets(&self, work: &mut Work, rows: Vec<PlainSecret>) -> QueryResult<()> {
        let mut secrets = UnstoredSecrets::new();
        for row in rows {
            let parts = [&*row.chat, &*row.sender, &*row.wa_id];
            let place = parts.map(|part| HEXLOWER.encode(part)).join(":");
            let context = belongs_to(
                "whatsapp_message_secrets",
                "secret",
                format_args!("{}:{place}", self.account.id),
            );
            let print = self.secret_print(parts);
            let sealed = match self.key.open(&context, &row.secret) {
                Ok(secret) => self.key.seal(&self.secret_context(&print), &secret),
                Err(_) => row.secret,
            };
            let secret = SealedSecret {
                sealed,
                expires_secs: row.expires_secs,
                message_secs: row.message_secs,
            };
            secrets.insert(print, Arc::new(secret));
        }
        self.write_secrets(&*work, &secrets).await
    }
}

/// Key by which the row is found from here on: a device's has its user as the scope.
fn row_key(plain: &StoredKey) -> RowKey {
    match (plain.space, str::from_utf8(&plain.key)) {
        (Keyspace::Session | Keyspace::Identity, Ok(address)) => RowKey::of_device(plain.space, address),
        _ => RowKey::within(plain.space, &plain.scope, &plain.key),
    }
}

#[derive(QueryableByName)]
struct PlainValue {
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
    #[diesel(sql_type = Text)]
    space: Keyspace,
    #[diesel(sql_type = Binary)]
    scope: Vec<u8>,
    #[diesel(sql_type = Binary)]
    key: Vec<u8>,
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
    #[diesel(sql_type = Nullable<BigInt>)]
    stored_secs: Option<i64>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_uploaded: Option<bool>,
}

#[derive(QueryableByName)]
struct PlainToken {
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
    #[diesel(sql_type = Binary)]
    jid: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    token: Option<Vec<u8>>,
    #[diesel(sql_type = BigInt)]
    token_secs: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    sender_secs: Option<i64>,
}

#[derive(QueryableByName)]
struct PlainSecret {
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
    #[diesel(sql_type = Binary)]
    chat: Vec<u8>,
    #[diesel(sql_type = Binary)]
    sender: Vec<u8>,
    #[diesel(sql_type = Binary)]
    wa_id: Vec<u8>,
    #[diesel(sql_type = Binary)]
    secret: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    expires_secs: i64,
    #[diesel(sql_type = BigInt)]
    message_secs: i64,
}

const TAKE_VALUES: &str = "
    DELETE FROM plain_whatsapp_store
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM plain_whatsapp_store LIMIT 5000))
    RETURNING account_id, space, scope, key, value, stored_secs, is_uploaded";

const TAKE_TOKENS: &str = "
    DELETE FROM plain_whatsapp_tc_tokens
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM plain_whatsapp_tc_tokens LIMIT 5000))
    RETURNING account_id, jid, token, token_secs, sender_secs";

const TAKE_SECRETS: &str = "
    DELETE FROM plain_whatsapp_message_secrets
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM plain_whatsapp_message_secrets LIMIT 5000))
    RETURNING account_id, chat, sender, wa_id, secret, expires_secs, message_secs";
