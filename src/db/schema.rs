// @generated automatically by Diesel CLI.

diesel::table! {
    access_tokens (id) {
        id -> Uuid,
        user_id -> Uuid,
        token_hash -> Bytea,
        last_four -> Text,
        name -> Text,
        scopes -> Array<Text>,
        account_ids -> Nullable<Array<Uuid>>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        last_used_from -> Nullable<Text>,
    }
}

diesel::table! {
    account_leases (account_id) {
        account_id -> Uuid,
        node_id -> Nullable<Uuid>,
        fence -> Int8,
        expires_at -> Timestamptz,
        is_linking -> Bool,
        is_handed_over -> Bool,
        asked_by -> Nullable<Uuid>,
        asked_end -> Nullable<Text>,
        asked_until -> Nullable<Timestamptz>,
        asked_request -> Nullable<Text>,
        asked_trace -> Nullable<Text>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Uuid,
        user_id -> Uuid,
        label -> Nullable<Text>,
        link_method -> Text,
        phone_number -> Nullable<Text>,
        lid -> Nullable<Text>,
        push_name -> Nullable<Text>,
        state -> Text,
        state_changed_at -> Timestamptz,
        state_reason -> Nullable<Text>,
        state_until -> Nullable<Timestamptz>,
        attempt -> Nullable<Int4>,
        attempts -> Nullable<Int4>,
        code -> Nullable<Bytea>,
        code_expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        linked_at -> Nullable<Timestamptz>,
        last_traffic_at -> Nullable<Timestamptz>,
        view_once_delivered_at -> Nullable<Timestamptz>,
        sends_paused_until -> Nullable<Timestamptz>,
        sends_paused_reason -> Nullable<Text>,
        sealed_label -> Nullable<Bytea>,
        sealed_phone_number -> Nullable<Bytea>,
        sealed_push_name -> Nullable<Bytea>,
        duplicate_of -> Nullable<Uuid>,
        state_message -> Nullable<Text>,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Uuid,
        user_id -> Uuid,
        actor -> Text,
        admin_id -> Nullable<Uuid>,
        action -> Text,
        previous_plan -> Nullable<Text>,
        plan -> Nullable<Text>,
        ended_sessions -> Nullable<Int4>,
        reason -> Nullable<Text>,
        at -> Timestamptz,
    }
}

diesel::table! {
    auto_likes (account_id) {
        account_id -> Uuid,
        user_id -> Uuid,
        is_enabled -> Bool,
        emoji -> Text,
        scope -> Text,
        contact_ids -> Array<Uuid>,
        skip_muted -> Bool,
        max_per_hour -> Int4,
        quiet_from -> Nullable<Int2>,
        quiet_until -> Nullable<Int2>,
        contact_emojis -> Jsonb,
        sends_view_receipt -> Bool,
    }
}

diesel::table! {
    auto_replies (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        contact_id -> Uuid,
        message_id -> Nullable<Uuid>,
        send_id -> Nullable<Uuid>,
        mode -> Text,
        content -> Nullable<Bytea>,
        asked -> Nullable<Int8>,
        answered -> Nullable<Int8>,
        outcome -> Text,
        reason -> Nullable<Text>,
        asked_at -> Timestamptz,
        created_at -> Timestamptz,
        queued_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        acked_at -> Nullable<Timestamptz>,
        delivered_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
        skip_reason -> Nullable<Text>,
        whatsapp_code -> Nullable<Int4>,
        failure_message -> Nullable<Text>,
    }
}

diesel::table! {
    auto_reply_settings (account_id) {
        account_id -> Uuid,
        user_id -> Uuid,
        mode -> Text,
        busy_until -> Nullable<Timestamptz>,
        offline_message -> Nullable<Bytea>,
        busy_message -> Nullable<Bytea>,
        cooldown_minutes -> Int4,
        scope -> Text,
        contact_ids -> Array<Uuid>,
        schedule -> Jsonb,
    }
}

diesel::table! {
    billing_checkouts (id) {
        id -> Uuid,
        user_id -> Uuid,
        choice_hash -> Bytea,
        stripe_id -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    billing_customers (user_id) {
        user_id -> Uuid,
        attempt_id -> Uuid,
        stripe_id -> Nullable<Text>,
        is_deleted -> Bool,
        told_email_hash -> Nullable<Bytea>,
        looks -> Int8,
        checked_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    billing_drifts (id) {
        id -> Uuid,
        kind -> Text,
        customer_id -> Text,
        subscription_id -> Nullable<Text>,
        stored -> Nullable<Text>,
        found -> Nullable<Text>,
        found_at -> Timestamptz,
    }
}

diesel::table! {
    billing_events (id) {
        id -> Text,
        kind -> Text,
        object_id -> Nullable<Text>,
        customer_id -> Nullable<Text>,
        charge_id -> Nullable<Text>,
        api_version -> Nullable<Text>,
        happened_at -> Timestamptz,
        received_at -> Timestamptz,
        state -> Text,
    }
}

diesel::table! {
    billing_invoices (id) {
        id -> Uuid,
        user_id -> Uuid,
        subscription_id -> Uuid,
        stripe_id -> Text,
        number -> Nullable<Text>,
        state -> Text,
        total -> Int8,
        paid -> Int8,
        refunded -> Int8,
        currency -> Text,
        period_starts_at -> Timestamptz,
        period_ends_at -> Timestamptz,
        hosted_url -> Nullable<Bytea>,
        pdf_url -> Nullable<Bytea>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    billing_subscriptions (id) {
        id -> Uuid,
        user_id -> Uuid,
        stripe_id -> Text,
        status -> Text,
        billing_interval -> Nullable<Text>,
        amount -> Nullable<Int8>,
        currency -> Text,
        period_starts_at -> Timestamptz,
        period_ends_at -> Timestamptz,
        trial_ends_at -> Nullable<Timestamptz>,
        cancels_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        failing_since -> Nullable<Timestamptz>,
        was_paid -> Bool,
        last_payment -> Text,
        gives_premium -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    chats (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        kind -> Text,
        contact_id -> Nullable<Uuid>,
        jid -> Nullable<Text>,
        name -> Nullable<Text>,
        created_at -> Timestamptz,
        sealed_jid -> Nullable<Bytea>,
        jid_print -> Nullable<Int8>,
        sealed_name -> Nullable<Bytea>,
        timer_seconds -> Nullable<Int4>,
        timer_set_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    connection_gaps (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        started_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        reason -> Text,
        message -> Nullable<Text>,
    }
}

diesel::table! {
    contact_tallies (user_id, month, account_id, contact_id, metric) {
        user_id -> Uuid,
        month -> Date,
        account_id -> Uuid,
        contact_id -> Uuid,
        metric -> Text,
        counts -> Array<Int4>,
        total -> Int4,
    }
}

diesel::table! {
    contacts (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        lid -> Nullable<Text>,
        phone_number -> Nullable<Text>,
        name -> Nullable<Text>,
        push_name -> Nullable<Text>,
        is_self -> Bool,
        is_muted -> Bool,
        is_status_muted -> Bool,
        same_as -> Nullable<Uuid>,
        created_at -> Timestamptz,
        sealed_phone_number -> Nullable<Bytea>,
        phone_number_print -> Nullable<Int8>,
        sealed_name -> Nullable<Bytea>,
        sealed_push_name -> Nullable<Bytea>,
        sealed_verified_name -> Nullable<Bytea>,
    }
}

diesel::table! {
    data_exports (id) {
        id -> Uuid,
        user_id -> Uuid,
        state -> Text,
        failure -> Nullable<Text>,
        writer -> Nullable<Uuid>,
        rows_done -> Int8,
        rows_total -> Int8,
        bytes_done -> Int8,
        bytes_total -> Int8,
        object_key -> Nullable<Text>,
        size_bytes -> Nullable<Int8>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    deleted_external_identities (identity_hash) {
        identity_hash -> Bytea,
        deleted_at -> Timestamptz,
    }
}

diesel::table! {
    deleted_items (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        deleted_at -> Timestamptz,
    }
}

diesel::table! {
    deleted_message_settings (account_id) {
        account_id -> Uuid,
        user_id -> Uuid,
        is_enabled -> Bool,
        include_groups -> Bool,
        media_backup -> Text,
    }
}

diesel::table! {
    deleted_messages (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        chat_id -> Uuid,
        sender_id -> Uuid,
        deleted_by_id -> Uuid,
        wa_id -> Text,
        message_id -> Nullable<Uuid>,
        outcome -> Text,
        is_by_admin -> Bool,
        kind -> Text,
        loss -> Nullable<Text>,
        content -> Nullable<Bytea>,
        media_id -> Nullable<Uuid>,
        terms -> Array<Int8>,
        sent_at -> Timestamptz,
        deleted_at -> Timestamptz,
        terms_version -> Int2,
    }
}

diesel::table! {
    deleted_users (id_hash) {
        id_hash -> Bytea,
        deleted_at -> Timestamptz,
    }
}

diesel::table! {
    edited_messages (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        chat_id -> Uuid,
        sender_id -> Uuid,
        message_id -> Nullable<Uuid>,
        kind -> Text,
        wordings -> Bytea,
        terms -> Array<Int8>,
        first_edited_at -> Timestamptz,
        last_edited_at -> Timestamptz,
        terms_version -> Int2,
    }
}

diesel::table! {
    email_changes (id) {
        id -> Uuid,
        user_id -> Uuid,
        old_email -> Text,
        new_email -> Text,
        requested_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        revertible_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    event_counters (user_id) {
        user_id -> Uuid,
        newest -> Int8,
    }
}

diesel::table! {
    event_followings (user_id) {
        user_id -> Uuid,
        followed -> Int8,
    }
}

diesel::table! {
    events (user_id, sequence) {
        user_id -> Uuid,
        sequence -> Int8,
        kind -> Text,
        account_id -> Nullable<Uuid>,
        subject_id -> Uuid,
        occurred_at -> Timestamptz,
    }
}

diesel::table! {
    external_identities (id) {
        id -> Uuid,
        user_id -> Uuid,
        issuer -> Text,
        subject -> Text,
        email -> Nullable<Text>,
        linked_at -> Timestamptz,
        last_seen_at -> Timestamptz,
    }
}

diesel::table! {
    external_link_requests (id) {
        id -> Uuid,
        user_id -> Uuid,
        issuer -> Text,
        subject -> Text,
        email -> Text,
        requested_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> Uuid,
        user_id -> Uuid,
        key_print -> Bytea,
        input_print -> Bytea,
        made_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    installation_secrets (is_only) {
        is_only -> Bool,
        master_key_id -> Text,
        sealed -> Bytea,
    }
}

diesel::table! {
    invitations (code_hash) {
        code_hash -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    job_schedules (name) {
        name -> Text,
        every_seconds -> Nullable<Int4>,
        at_minute -> Nullable<Int2>,
        next_run_at -> Timestamptz,
        last_run_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        kind -> Text,
        payload -> Jsonb,
        unique_key -> Nullable<Text>,
        run_at -> Timestamptz,
        claim -> Nullable<Uuid>,
        attempts -> Int4,
        max_attempts -> Int4,
        last_error -> Nullable<Text>,
        died_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        wanted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    logins (id) {
        id -> Uuid,
        user_id -> Uuid,
        user_agent -> Nullable<Text>,
        ip_address -> Nullable<Text>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        external_identity_id -> Nullable<Uuid>,
        issuer_session -> Nullable<Bytea>,
        authenticated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    mail_tokens (token_hash) {
        token_hash -> Bytea,
        user_id -> Uuid,
        purpose -> Text,
        sent_to -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        email_change_id -> Nullable<Uuid>,
        external_link_request_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    media (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        kind -> Text,
        mime_type -> Text,
        size_bytes -> Int8,
        width -> Nullable<Int4>,
        height -> Nullable<Int4>,
        duration_seconds -> Nullable<Float8>,
        reference -> Nullable<Bytea>,
        thumbnail -> Nullable<Bytea>,
        state -> Text,
        state_message -> Nullable<Text>,
        object_key -> Nullable<Text>,
        stored_bytes -> Int8,
        created_at -> Timestamptz,
        renewal_asked_at -> Nullable<Timestamptz>,
        state_reason -> Nullable<Text>,
        better_reference -> Nullable<Bytea>,
        storage -> Text,
    }
}

diesel::table! {
    message_versions (id) {
        id -> Uuid,
        user_id -> Uuid,
        message_id -> Uuid,
        content -> Bytea,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    messages (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        chat_id -> Uuid,
        sender_id -> Uuid,
        wa_id -> Text,
        kind -> Text,
        is_from_me -> Bool,
        content -> Nullable<Bytea>,
        media_id -> Nullable<Uuid>,
        sent_at -> Timestamptz,
        received_at -> Timestamptz,
        held_until -> Nullable<Timestamptz>,
        edits_wa_id -> Nullable<Text>,
    }
}

diesel::table! {
    nodes (id) {
        id -> Uuid,
        started_at -> Timestamptz,
        expires_at -> Timestamptz,
        is_leaving -> Bool,
        master_key_ids -> Nullable<Array<Text>>,
    }
}

diesel::table! {
    notification_mail_items (notification_id) {
        notification_id -> Uuid,
        user_id -> Uuid,
        mail_id -> Uuid,
    }
}

diesel::table! {
    notification_mails (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    notification_preferences (user_id) {
        user_id -> Uuid,
        push_shows_details -> Bool,
    }
}

diesel::table! {
    notification_switches (user_id, kind, channel) {
        user_id -> Uuid,
        kind -> Text,
        channel -> Text,
        is_enabled -> Bool,
    }
}

diesel::table! {
    notifications (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        account_id -> Nullable<Uuid>,
        subject_id -> Nullable<Uuid>,
        details -> Jsonb,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    outbox (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        kind -> Text,
        wa_id -> Text,
        payload -> Bytea,
        state -> Text,
        reason -> Nullable<Text>,
        attempts -> Int4,
        send_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        withdrawn_because -> Nullable<Text>,
    }
}

diesel::table! {
    plain_whatsapp_message_secrets (account_id, chat, sender, wa_id) {
        user_id -> Uuid,
        account_id -> Uuid,
        chat -> Bytea,
        sender -> Bytea,
        wa_id -> Bytea,
        secret -> Bytea,
        expires_secs -> Int8,
        message_secs -> Int8,
    }
}

diesel::table! {
    plain_whatsapp_store (account_id, space, scope, key) {
        user_id -> Uuid,
        account_id -> Uuid,
        space -> Text,
        scope -> Bytea,
        key -> Bytea,
        value -> Bytea,
        stored_secs -> Nullable<Int8>,
        is_uploaded -> Nullable<Bool>,
    }
}

diesel::table! {
    plain_whatsapp_tc_tokens (account_id, jid) {
        user_id -> Uuid,
        account_id -> Uuid,
        jid -> Bytea,
        token -> Nullable<Bytea>,
        token_secs -> Int8,
        sender_secs -> Nullable<Int8>,
    }
}

diesel::table! {
    push_subscriptions (id) {
        id -> Uuid,
        user_id -> Uuid,
        login_id -> Uuid,
        endpoint_print -> Int8,
        target -> Bytea,
        user_agent -> Nullable<Text>,
        created_at -> Timestamptz,
        pushed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    quota_periods (user_id, quota, period_start) {
        user_id -> Uuid,
        quota -> Text,
        period_start -> Date,
        used -> Int4,
    }
}

diesel::table! {
    quota_uses (id) {
        id -> Uuid,
        user_id -> Uuid,
        quota -> Text,
        period_start -> Date,
        subject_id -> Uuid,
        reason -> Text,
        created_at -> Timestamptz,
        refunded_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    recovery_codes (user_id, code_hash) {
        user_id -> Uuid,
        code_hash -> Bytea,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Bytea,
        user_id -> Uuid,
        login_id -> Uuid,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        used_by -> Nullable<Bytea>,
    }
}

diesel::table! {
    response_tallies (user_id, day, account_id) {
        user_id -> Uuid,
        day -> Date,
        account_id -> Uuid,
        counts -> Array<Int4>,
    }
}

diesel::table! {
    scheduled_status_viewers (status_id, contact_id) {
        status_id -> Uuid,
        contact_id -> Uuid,
        user_id -> Uuid,
        viewed_at -> Timestamptz,
    }
}

diesel::table! {
    scheduled_statuses (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        kind -> Text,
        content -> Bytea,
        media_id -> Nullable<Uuid>,
        scope -> Text,
        contact_ids -> Array<Uuid>,
        publish_at -> Timestamptz,
        time_zone -> Text,
        state -> Text,
        failure_message -> Nullable<Text>,
        send_id -> Nullable<Uuid>,
        wa_id -> Nullable<Text>,
        audience -> Nullable<Bytea>,
        audience_size -> Nullable<Int4>,
        created_at -> Timestamptz,
        published_at -> Nullable<Timestamptz>,
        revoke_send_id -> Nullable<Uuid>,
        revoke_requested_at -> Nullable<Timestamptz>,
        revoke_failure_message -> Nullable<Text>,
        deleted_at -> Nullable<Timestamptz>,
        failure_reason -> Nullable<Text>,
        failure_code -> Nullable<Int4>,
        revoke_failure_reason -> Nullable<Text>,
        revoke_failure_code -> Nullable<Int4>,
        is_recorded -> Bool,
    }
}

diesel::table! {
    session_questions (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        question -> Bytea,
        asked_at -> Timestamptz,
        taken_at -> Nullable<Timestamptz>,
        answer -> Nullable<Bytea>,
        request_id -> Nullable<Text>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    status_deletions (account_id, author_id, wa_id) {
        user_id -> Uuid,
        account_id -> Uuid,
        author_id -> Uuid,
        wa_id -> Text,
        deleted_at -> Timestamptz,
    }
}

diesel::table! {
    status_likes (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        status_id -> Uuid,
        send_id -> Nullable<Uuid>,
        emoji -> Text,
        outcome -> Text,
        reason -> Nullable<Text>,
        created_at -> Timestamptz,
        queued_at -> Nullable<Timestamptz>,
        sent_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
        view_send_id -> Nullable<Uuid>,
        skip_reason -> Nullable<Text>,
        whatsapp_code -> Nullable<Int4>,
        failure_message -> Nullable<Text>,
    }
}

diesel::table! {
    status_reactions (account_id, wa_id) {
        user_id -> Uuid,
        account_id -> Uuid,
        wa_id -> Text,
        reacted_at -> Timestamptz,
    }
}

diesel::table! {
    status_viewers (status_id, contact_id) {
        status_id -> Uuid,
        contact_id -> Uuid,
        user_id -> Uuid,
        viewed_at -> Timestamptz,
    }
}

diesel::table! {
    statuses (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        message_id -> Uuid,
        author_id -> Uuid,
        kind -> Text,
        content -> Nullable<Bytea>,
        media_id -> Nullable<Uuid>,
        is_own -> Bool,
        posted_at -> Timestamptz,
        expires_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    storage_usage (user_id) {
        user_id -> Uuid,
        used_bytes -> Int8,
        told_full_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tallies (user_id, day, account_id, metric) {
        user_id -> Uuid,
        day -> Date,
        account_id -> Uuid,
        metric -> Text,
        counts -> Array<Int4>,
    }
}

diesel::table! {
    two_factor_methods (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        sealed_secret -> Bytea,
        created_at -> Timestamptz,
        enabled_at -> Nullable<Timestamptz>,
        last_step -> Nullable<Int8>,
    }
}

diesel::table! {
    uploads (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        mime_type -> Text,
        size_bytes -> Int8,
        state -> Text,
        rejection_message -> Nullable<Text>,
        media_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        rejection_reason -> Nullable<Text>,
    }
}

diesel::table! {
    user_keys (user_id) {
        user_id -> Uuid,
        master_key_id -> Text,
        wrapped -> Bytea,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        password_hash -> Text,
        display_name -> Nullable<Text>,
        locale -> Text,
        time_zone -> Text,
        plan -> Text,
        email_verified_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        retention_grace_until -> Nullable<Timestamptz>,
        deletion_at -> Nullable<Timestamptz>,
        role -> Text,
        suspended_at -> Nullable<Timestamptz>,
        suspension_reason -> Nullable<Text>,
        has_password -> Bool,
        granted_plan -> Text,
        bought_plan -> Text,
    }
}

diesel::table! {
    view_once_messages (id) {
        id -> Uuid,
        user_id -> Uuid,
        account_id -> Uuid,
        chat_id -> Uuid,
        sender_id -> Uuid,
        wa_id -> Text,
        kind -> Nullable<Text>,
        caption -> Nullable<Bytea>,
        outcome -> Nullable<Text>,
        reason -> Nullable<Text>,
        is_capturing -> Bool,
        media_id -> Nullable<Uuid>,
        received_at -> Timestamptz,
        captured_at -> Nullable<Timestamptz>,
        reason_code -> Nullable<Text>,
        message_id -> Nullable<Uuid>,
        sent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    view_once_settings (account_id) {
        account_id -> Uuid,
        user_id -> Uuid,
        is_enabled -> Bool,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    webhook_attempts (id) {
        id -> Uuid,
        user_id -> Uuid,
        delivery_id -> Uuid,
        attempted_at -> Timestamptz,
        duration_ms -> Int4,
        status -> Nullable<Int4>,
        error -> Nullable<Text>,
        response -> Nullable<Bytea>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Uuid,
        user_id -> Uuid,
        endpoint_id -> Uuid,
        sequence -> Int8,
        kind -> Text,
        account_id -> Nullable<Uuid>,
        subject_id -> Uuid,
        occurred_at -> Timestamptz,
        state -> Text,
        is_alone -> Bool,
        tries -> Int4,
        next_try_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    webhook_endpoints (id) {
        id -> Uuid,
        user_id -> Uuid,
        url -> Bytea,
        description -> Nullable<Text>,
        kinds -> Nullable<Array<Text>>,
        account_ids -> Nullable<Array<Uuid>>,
        secret -> Bytea,
        previous_secret -> Nullable<Bytea>,
        previous_until -> Nullable<Timestamptz>,
        disabled_reason -> Nullable<Text>,
        failing_since -> Nullable<Timestamptz>,
        failed_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    whatsapp_message_secrets (account_id, message_print) {
        user_id -> Uuid,
        account_id -> Uuid,
        message_print -> Bytea,
        secret -> Bytea,
        expires_secs -> Int8,
        message_secs -> Int8,
    }
}

diesel::table! {
    whatsapp_store (account_id, space, scope, key) {
        user_id -> Uuid,
        account_id -> Uuid,
        space -> Text,
        scope -> Bytea,
        key -> Bytea,
        value -> Bytea,
        stored_secs -> Nullable<Int8>,
        is_uploaded -> Nullable<Bool>,
    }
}

diesel::table! {
    whatsapp_tc_tokens (account_id, jid_print) {
        user_id -> Uuid,
        account_id -> Uuid,
        jid_print -> Bytea,
        sealed_jid -> Bytea,
        token -> Nullable<Bytea>,
        token_secs -> Int8,
        sender_secs -> Nullable<Int8>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    access_tokens,
    account_leases,
    accounts,
    audit_entries,
    auto_likes,
    auto_replies,
    auto_reply_settings,
    billing_checkouts,
    billing_customers,
    billing_drifts,
    billing_events,
    billing_invoices,
    billing_subscriptions,
    chats,
    connection_gaps,
    contact_tallies,
    contacts,
    data_exports,
    deleted_external_identities,
    deleted_items,
    deleted_message_settings,
    deleted_messages,
    deleted_users,
    edited_messages,
    email_changes,
    event_counters,
    event_followings,
    events,
    external_identities,
    external_link_requests,
    idempotency_keys,
    installation_secrets,
    invitations,
    job_schedules,
    jobs,
    logins,
    mail_tokens,
    media,
    message_versions,
    messages,
    nodes,
    notification_mail_items,
    notification_mails,
    notification_preferences,
    notification_switches,
    notifications,
    outbox,
    plain_whatsapp_message_secrets,
    plain_whatsapp_store,
    plain_whatsapp_tc_tokens,
    push_subscriptions,
    quota_periods,
    quota_uses,
    recovery_codes,
    refresh_tokens,
    response_tallies,
    scheduled_status_viewers,
    scheduled_statuses,
    session_questions,
    status_deletions,
    status_likes,
    status_reactions,
    status_viewers,
    statuses,
    storage_usage,
    tallies,
    two_factor_methods,
    uploads,
    user_keys,
    users,
    view_once_messages,
    view_once_settings,
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    whatsapp_message_secrets,
    whatsapp_store,
    whatsapp_tc_tokens,
);
