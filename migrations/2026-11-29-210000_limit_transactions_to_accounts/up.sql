-- A transaction may be limited to some of its user's accounts, as the access token is that it works for. The limits stand
-- above the policy of the user's own rows: a row of another account is neither seen nor written.

-- The accounts that this transaction is limited to; null without a limit.
CREATE FUNCTION amda_accounts() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('amda.account_ids', true), '')::uuid[];

-- Limits a table whose rows are of accounts. A row of no account is of the user as a whole, and stays.
CREATE FUNCTION amda_limit_to_accounts(limited regclass, account_column text DEFAULT 'account_id') RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY limited_accounts ON %s AS RESTRICTIVE USING ((SELECT amda_accounts()) IS NULL OR %I IS NULL
            OR %I = ANY ((SELECT amda_accounts())::uuid[]))',
        limited, account_column, account_column);
END
$$;
REVOKE EXECUTE ON FUNCTION amda_limit_to_accounts(regclass, text) FROM PUBLIC;

-- Limits a table whose rows belong to those of another that is limited, by whose policies they are judged.
CREATE FUNCTION amda_limit_with(limited regclass, parent_column text, parent regclass) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY limited_accounts ON %s AS RESTRICTIVE USING ((SELECT amda_accounts()) IS NULL
            OR EXISTS (SELECT FROM %s AS parent WHERE parent.id = %s.%I))',
        limited, parent, limited, parent_column);
END
$$;
REVOKE EXECUTE ON FUNCTION amda_limit_with(regclass, text, regclass) FROM PUBLIC;

SELECT amda_limit_to_accounts('accounts', 'id');
SELECT amda_limit_to_accounts('auto_likes');
SELECT amda_limit_to_accounts('auto_replies');
SELECT amda_limit_to_accounts('auto_reply_settings');
SELECT amda_limit_to_accounts('chats');
SELECT amda_limit_to_accounts('connection_gaps');
SELECT amda_limit_to_accounts('contact_tallies');
SELECT amda_limit_to_accounts('contacts');
SELECT amda_limit_to_accounts('deleted_message_settings');
SELECT amda_limit_to_accounts('deleted_messages');
SELECT amda_limit_to_accounts('edited_messages');
SELECT amda_limit_to_accounts('events');
SELECT amda_limit_to_accounts('media');
SELECT amda_limit_to_accounts('messages');
SELECT amda_limit_to_accounts('notifications');
SELECT amda_limit_to_accounts('outbox');
SELECT amda_limit_to_accounts('plain_whatsapp_message_secrets');
SELECT amda_limit_to_accounts('plain_whatsapp_store');
SELECT amda_limit_to_accounts('plain_whatsapp_tc_tokens');
SELECT amda_limit_to_accounts('response_tallies');
SELECT amda_limit_to_accounts('scheduled_statuses');
SELECT amda_limit_to_accounts('status_deletions');
SELECT amda_limit_to_accounts('status_likes');
SELECT amda_limit_to_accounts('status_reactions');
SELECT amda_limit_to_accounts('statuses');
SELECT amda_limit_to_accounts('tallies');
SELECT amda_limit_to_accounts('uploads');
SELECT amda_limit_to_accounts('view_once_messages');
SELECT amda_limit_to_accounts('view_once_settings');
SELECT amda_limit_to_accounts('webhook_deliveries');
SELECT amda_limit_to_accounts('whatsapp_message_secrets');
SELECT amda_limit_to_accounts('whatsapp_store');
SELECT amda_limit_to_accounts('whatsapp_tc_tokens');

SELECT amda_limit_with('message_versions', 'message_id', 'messages');
SELECT amda_limit_with('notification_mail_items', 'notification_id', 'notifications');
SELECT amda_limit_with('scheduled_status_viewers', 'status_id', 'scheduled_statuses');
SELECT amda_limit_with('status_viewers', 'status_id', 'statuses');
SELECT amda_limit_with('webhook_attempts', 'delivery_id', 'webhook_deliveries');
