//! What an earlier release stored under plain addresses.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::crypto::{DataKey, belongs_to};
use amda::whatsapp::store::seal_plain_keys;
use data_encoding::HEXLOWER;
use tokio_postgres::Client;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::{MsgSecretStore, ProtocolStore, SignalStore};

use super::{ALICE, BOB, StoreHarness};

const GROUP: &str = "120363000000000001@g.us";

/// Account as an earlier release left it.
struct Earlier {
    home: StoreHarness,
    account: AccountRef,
    key: Arc<DataKey>,
    database: Client,
}

impl Earlier {
    async fn new() -> Self {
        let home = StoreHarness::new().await;
        let account = home.account(home.user().await).await;
        let work = home.core.begin(account.user).await.unwrap();
        let key = Arc::clone(&work.key);
        work.rollback().await.unwrap();
        let database = home.superuser().await;
        Self {
            home,
            account,
            key,
            database,
        }
    }

    /// The values of the first two columns.
    fn owner(&self) -> String {
        format!(
            "'{}', '{}'",
            self.account.user.as_uuid(),
            self.account.id.as_uuid()
        )
    }

    /// Seals a value for the row that `key` names, as that release did.
    fn sealed(&self, (table, column): (&str, &str), key: &[&str], plain: &[u8]) -> Vec<u8> {
        let row = format!("{}:{}", self.account.id, key.join(":"));
        self.key.seal(&belongs_to(table, column, row), plain)
    }

    async fn store_value(&self, space: &str, scope: &str, key: &[u8], plain: &[u8]) {
        let place = [space, &HEXLOWER.encode(scope.as_bytes()), &HEXLOWER.encode(key)];
        let sealed = self.sealed(("whatsapp_store", "value"), &place, plain);
        let stored_secs = (space == "pending_inbound").then_some(1_i64);
        let is_uploaded = (space == "prekey").then_some(true);
        let insert = format!(
            "INSERT INTO plain_whatsapp_store VALUES ({}, $1, $2, $3, $4, $5, $6)",
            self.owner()
        );
        self.database
            .execute(
                &insert,
                &[
                    &space,
                    &scope.as_bytes(),
                    &key,
                    &sealed,
                    &stored_secs,
                    &is_uploaded,
                ],
            )
            .await
            .unwrap();
    }

    async fn store_token(&self, jid: &str, token: &[u8]) {
        let sealed = self.sealed(
            ("whatsapp_tc_tokens", "token"),
            &[&HEXLOWER.encode(jid.as_bytes())],
            token,
        );
        let insert = format!(
            "INSERT INTO plain_whatsapp_tc_tokens VALUES ({}, $1, $2, 20, 9)",
            self.owner()
        );
        self.database
            .execute(&insert, &[&jid.as_bytes(), &sealed])
            .await
            .unwrap();
    }

    async fn store_secret(&self, [chat, sender, id]: [&str; 3], secret: &[u8]) {
        let place = [chat, sender, id].map(|part| HEXLOWER.encode(part.as_bytes()));
        let place = [&*place[0], &*place[1], &*place[2]];
        let sealed = self.sealed(("whatsapp_message_secrets", "secret"), &place, secret);
        let insert = format!(
            "INSERT INTO plain_whatsapp_message_secrets VALUES ({}, $1, $2, $3, $4, 0, 7)",
            self.owner()
        );
        let [chat, sender, id] = [chat, sender, id].map(str::as_bytes);
        self.database
            .execute(&insert, &[&chat, &sender, &id, &sealed])
            .await
            .unwrap();
    }

    async fn plain_rows(&self) -> i64 {
        let count = "SELECT (SELECT count(*) FROM plain_whatsapp_store)
            + (SELECT count(*) FROM plain_whatsapp_tc_tokens)
            + (SELECT count(*) FROM plain_whatsapp_message_secrets)";
        self.database.query_one(count, &[]).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn everything_is_found_again_after_the_start_and_nothing_is_left_in_clear() {
    let earlier = Earlier::new().await;
    earlier
        .store_value("session", "", ALICE.as_bytes(), b"session")
        .await;
    earlier
        .store_value("prekey", "", &7_u32.to_be_bytes(), b"prekey")
        .await;
    earlier
        .store_value("sender_key_device", GROUP, BOB.as_bytes(), &[1])
        .await;
    let copy = format!("{}:{ALICE}M1", ALICE.len());
    earlier
        .store_value("pending_inbound", GROUP, copy.as_bytes(), b"message")
        .await;
    earlier.store_token(BOB, b"token").await;
    earlier.store_secret([GROUP, BOB, "M1"], &[3; 32]).await;

    seal_plain_keys(&earlier.home.core).await.unwrap();

    let store = earlier.home.store(earlier.account).await;
    assert_eq!(store.get_session(ALICE).await.unwrap().unwrap(), b"session"[..]);
    let alice = ALICE.split(':').next().unwrap();
    assert!(store.has_signal_state_for_user(alice).await.unwrap());
    assert_eq!(store.load_prekey(7).await.unwrap().unwrap(), b"prekey"[..]);
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 7);
    let devices = store.get_sender_key_devices(GROUP).await.unwrap();
    assert_eq!(devices, [(BOB.to_owned(), true)]);
    let copy = store.get_pending_inbound(GROUP, ALICE, "M1").await.unwrap();
    assert_eq!(copy, Some(b"message".to_vec()));
    let token = store.get_tc_token(BOB).await.unwrap().unwrap();
    assert_eq!(
        (token.token, token.token_timestamp, token.sender_timestamp),
        (b"token".to_vec(), 20, Some(9))
    );
    assert_eq!(store.get_all_tc_token_jids().await.unwrap(), [BOB]);
    let secret = store.get_msg_secret_with_ts(GROUP, BOB, "M1").await.unwrap();
    assert_eq!(secret, Some((vec![3; 32], 7)));
    assert_eq!(earlier.plain_rows().await, 0);
}

#[tokio::test]
async fn more_than_one_batch_is_moved() {
    let earlier = Earlier::new().await;
    for number in 0..1_001_u32 {
        earlier
            .store_value("prekey", "", &number.to_be_bytes(), b"prekey")
            .await;
    }

    seal_plain_keys(&earlier.home.core).await.unwrap();

    let store = earlier.home.store(earlier.account).await;
    assert_eq!(store.get_max_prekey_id().await.unwrap(), 1_000);
    assert_eq!(earlier.plain_rows().await, 0);
}

#[tokio::test]
async fn a_value_that_does_not_open_is_still_an_error_and_not_absent() {
    let earlier = Earlier::new().await;
    earlier
        .store_value("session", "", ALICE.as_bytes(), b"session")
        .await;
    let corrupt = "UPDATE plain_whatsapp_store SET value = value || 'x'";
    earlier.database.execute(corrupt, &[]).await.unwrap();

    seal_plain_keys(&earlier.home.core).await.unwrap();

    let store = earlier.home.store(earlier.account).await;
    let error = store.get_session(ALICE).await.unwrap_err();
    assert!(matches!(error, StoreError::Serialization(_)), "{error:?}");
    assert!(store.has_session(ALICE).await.unwrap());
}
