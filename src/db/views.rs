//! The views through which an admin reads across users; for anybody else they are empty.
//!
//! The tables' policies are the same for everybody: a transaction sees the rows of its user. These views name the columns
//! that administration shows, and their condition is `amda_is_admin()`, which reads the role of the transaction's user from
//! their row.

diesel::table! {
    /// The users.
    admin_users (id) {
        /// Their id.
        id -> Uuid,
        /// The address as the user wrote it.
        email -> Text,
        /// Display name.
        display_name -> Nullable<Text>,
        /// Plan.
        plan -> Text,
        /// Role.
        role -> Text,
        /// Time at which the user proved that the address is theirs.
        email_verified_at -> Nullable<Timestamptz>,
        /// Time of the registration.
        created_at -> Timestamptz,
        /// Time at which the user is deleted.
        deletion_at -> Nullable<Timestamptz>,
        /// Time of the suspension.
        suspended_at -> Nullable<Timestamptz>,
        /// Reason for the suspension.
        suspension_reason -> Nullable<Text>,
        /// Number of accounts that are not unlinked.
        linked_accounts -> BigInt,
    }
}

diesel::table! {
    /// The accounts, without names and numbers.
    admin_accounts (id) {
        /// Its id.
        id -> Uuid,
        /// User who owns it.
        user_id -> Uuid,
        /// State.
        state -> Text,
        /// Reason for the state.
        state_reason -> Nullable<Text>,
        /// Time at which the state last changed.
        state_changed_at -> Timestamptz,
        /// Time at which it was made.
        created_at -> Timestamptz,
        /// Time at which the phone agreed to the link.
        linked_at -> Nullable<Timestamptz>,
        /// Time of the last data from WhatsApp.
        last_traffic_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// The sessions that were not ended.
    admin_sessions (id) {
        /// Its id.
        id -> Uuid,
        /// User who owns it.
        user_id -> Uuid,
        /// Name of the client.
        user_agent -> Nullable<Text>,
        /// Address from which it connected.
        ip_address -> Nullable<Text>,
        /// Time at which the user gave their password.
        created_at -> Timestamptz,
        /// Time at which it was begun or last refreshed.
        last_used_at -> Timestamptz,
        /// Time at which it expires.
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// The deliveries to webhook endpoints that were refused, with the latest attempt.
    admin_failing_deliveries (id) {
        /// Its id.
        id -> Uuid,
        /// User who owns the endpoint.
        user_id -> Uuid,
        /// The endpoint.
        endpoint_id -> Uuid,
        /// Kind of the event.
        kind -> Text,
        /// State.
        state -> Text,
        /// Number of attempts.
        tries -> Int4,
        /// Time of the event.
        occurred_at -> Timestamptz,
        /// Time of the next attempt.
        next_try_at -> Nullable<Timestamptz>,
        /// Time at which it was given up.
        settled_at -> Nullable<Timestamptz>,
        /// Time of the latest attempt.
        attempted_at -> Nullable<Timestamptz>,
        /// HTTP status of the latest response.
        status -> Nullable<Int4>,
        /// Reason for which there was no response.
        failure -> Nullable<Text>,
    }
}
