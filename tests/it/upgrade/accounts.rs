//! States of accounts, gaps in their connections, and what was notified of both.

use super::table::{Read, Rows};

/// The last column says whether the account was linked.
pub(super) const ACCOUNTS: Rows<3, 3> = Rows {
    first: 1_000,
    insert: "INSERT INTO accounts (id, user_id, link_method, state, state_reason, linked_at, state_changed_at, created_at)
        VALUES (id($1), id(1), 'QR', $2, $3, CASE WHEN $4 = 'linked' THEN timestamptz '2026-11-02T00:00Z' END,
            '2026-11-03T00:00Z', '2026-11-01T00:00Z')",
    sealed: None,
    read: Read::Nodes("Account", ["state", "stateReason", "stateMessage"]),
    all: &[
        (["CREATED", "", ""], ["CREATED", "", ""]),
        (["ONLINE", "", "linked"], ["ONLINE", "", ""]),
        (
            ["STOPPED", "all QR codes expired before one was scanned; restart the account for new ones", ""],
            [
                "STOPPED",
                "QR_CODES_EXPIRED",
                "all QR codes expired before one was scanned; restart the account for new ones",
            ],
        ),
        (
            ["STOPPED", "nobody typed the code on the phone in time: ask for another", ""],
            [
                "STOPPED",
                "PAIRING_CODE_EXPIRED",
                "nobody typed the code on the phone in time: ask for another",
            ],
        ),
        (
            ["STOPPED", "the phone's WhatsApp is too old for linked devices: update it, then link again", ""],
            [
                "STOPPED",
                "PHONE_OUTDATED",
                "the phone's WhatsApp is too old for linked devices: update it, then link again",
            ],
        ),
        (
            ["STOPPED", "the connection ended", "linked"],
            ["STOPPED", "PAIRING_FAILED", "the connection ended"],
        ),
        (["STOPPED", "not-authorized", ""], ["STOPPED", "PAIRING_FAILED", "not-authorized"]),
        (
            [
                "STOPPED",
                "this phone is linked already, so remove its newest linked device on the phone and use the account that \
                 you have",
                "",
            ],
            [
                "STOPPED",
                "ALREADY_LINKED",
                "this phone is linked already, so remove its newest linked device on the phone and use the account that \
                 you have",
            ],
        ),
        (
            [
                "STOPPED",
                "the server restarted while it was being linked; restart the account for a new code",
                "",
            ],
            [
                "STOPPED",
                "LINKING_INTERRUPTED",
                "the server restarted while it was being linked; restart the account for a new code",
            ],
        ),
        (
            ["STOPPED", "the account is not linked: link it again", "linked"],
            ["STOPPED", "NOT_LINKED", "the account is not linked: link it again"],
        ),
        (
            ["STOPPED", "WhatsApp refused the login with 403: no reason given", "linked"],
            ["STOPPED", "LOGIN_REFUSED", "WhatsApp refused the login with 403: no reason given"],
        ),
        (["STOPPED", "words of nobody", "linked"], ["STOPPED", "OTHER", "words of nobody"]),
        (
            [
                "LOGGED_OUT",
                "another WhatsApp account was linked than before; unlink it on the phone, and link it as a new account",
                "linked",
            ],
            [
                "LOGGED_OUT",
                "OTHER_OWNER",
                "another WhatsApp account was linked than before; unlink it on the phone, and link it as a new account",
            ],
        ),
        (
            ["LOGGED_OUT", "the phone or WhatsApp removed this linked device", "linked"],
            ["LOGGED_OUT", "DEVICE_REMOVED", "the phone or WhatsApp removed this linked device"],
        ),
        (
            ["LOGGED_OUT", "WhatsApp locked the account", "linked"],
            ["LOGGED_OUT", "ACCOUNT_LOCKED", "WhatsApp locked the account"],
        ),
        (
            ["LOGGED_OUT", "You were logged out: log in again", "linked"],
            ["LOGGED_OUT", "DEVICE_REMOVED", "You were logged out: log in again"],
        ),
        (
            ["RECONNECTING", "AMDA was not running", "linked"],
            ["RECONNECTING", "SERVER_DOWN", "AMDA was not running"],
        ),
        (
            ["RECONNECTING", "it was restarted by its owner", "linked"],
            ["RECONNECTING", "RESTARTED", "it was restarted by its owner"],
        ),
        (
            ["RECONNECTING", "the plan allows the account again", "linked"],
            ["RECONNECTING", "PLAN_ALLOWS", "the plan allows the account again"],
        ),
        (
            ["RECONNECTING", "the connection went dead", "linked"],
            ["RECONNECTING", "CONNECTION_LOST", "the connection went dead"],
        ),
        (
            ["RECONNECTING", "WhatsApp refused the login with 503: no reason given", "linked"],
            ["RECONNECTING", "CONNECTION_LOST", "WhatsApp refused the login with 503: no reason given"],
        ),
        (
            ["RECONNECTING", "received events could not be committed", "linked"],
            ["RECONNECTING", "CONNECTION_LOST", "received events could not be committed"],
        ),
        (
            ["DEAF", "the connection is open but nothing arrives", "linked"],
            ["DEAF", "NOTHING_RECEIVED", "the connection is open but nothing arrives"],
        ),
        (
            ["REPLACED", "another program uses this link; restart to take it back", "linked"],
            ["REPLACED", "USED_ELSEWHERE", "another program uses this link; restart to take it back"],
        ),
        (["BANNED_UNTIL", "code 101", "linked"], ["BANNED", "BANNED", "code 101"]),
        (
            ["BANNED_UNTIL", "WhatsApp refused the login with 402: no reason given", "linked"],
            ["BANNED", "BANNED", "WhatsApp refused the login with 402: no reason given"],
        ),
        (
            [
                "OUTDATED_CLIENT",
                "WhatsApp refuses this version; set AMDA_WHATSAPP_VERSION to a newer one or update AMDA",
                "linked",
            ],
            [
                "OUTDATED_CLIENT",
                "CLIENT_OUTDATED",
                "WhatsApp refuses this version; set AMDA_WHATSAPP_VERSION to a newer one or update AMDA",
            ],
        ),
        (
            [
                "PAUSED",
                "the plan allows 1 linked account: upgrade, or unlink another account and restart this one",
                "linked",
            ],
            [
                "PAUSED",
                "PLAN_LIMIT",
                "the plan allows 1 linked account: upgrade, or unlink another account and restart this one",
            ],
        ),
    ],
};

pub(super) const GAPS: Rows<1, 2> = Rows {
    first: 1_100,
    insert: "INSERT INTO connection_gaps (id, user_id, account_id, started_at, ended_at, reason)
        VALUES (id($1), id(1), id(2), '2026-11-02T00:00Z', '2026-11-03T00:00Z', $2)",
    sealed: None,
    read: Read::Nodes("ConnectionGap", ["reason", "reasonMessage"]),
    all: &[
        (["AMDA was not running"], ["SERVER_DOWN", "AMDA was not running"]),
        (
            ["the connection was lost"],
            ["CONNECTION_LOST", "the connection was lost"],
        ),
        (
            ["WhatsApp ended the stream with error '503'"],
            ["CONNECTION_LOST", "WhatsApp ended the stream with error '503'"],
        ),
        (["words of nobody"], ["OTHER", "words of nobody"]),
    ],
};

pub(super) const NOTIFICATIONS: Rows<2, 2> = Rows {
    first: 1_200,
    insert: "INSERT INTO notifications (id, user_id, kind, subject_id, details, created_at)
        VALUES (id($1), id(1), $2, id($1), $3::text::jsonb, '2026-11-03T00:00Z')",
    sealed: None,
    read: Read::Nodes("Notification", ["kind", "body"]),
    all: &[
        (
            ["ACCOUNT_NEEDS_ATTENTION", r#"{"state": "BANNED_UNTIL"}"#],
            ["ACCOUNT_NEEDS_ATTENTION", "WhatsApp locked your account."],
        ),
        (
            ["STATUS_MISSED", r#"{"cause": "BANNED_UNTIL"}"#],
            [
                "SCHEDULED_STATUS_MISSED",
                "The time of a scheduled status of your account passed while the account was offline.",
            ],
        ),
    ],
};

#[tokio::test]
async fn the_state_of_an_account_has_a_reason_and_keeps_its_words() {
    ACCOUNTS.survive().await;
}

#[tokio::test]
async fn a_gap_in_the_connection_has_a_reason_and_keeps_its_words() {
    GAPS.survive().await;
}

#[tokio::test]
async fn a_notification_says_what_it_said() {
    NOTIFICATIONS.survive().await;
}
