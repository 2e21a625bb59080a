-- What was moved over cannot be moved back here: those accounts are linked again.
DROP FUNCTION amda_users_with_plain_whatsapp_keys();
DROP TABLE whatsapp_message_secrets, whatsapp_tc_tokens, whatsapp_store;
ALTER TABLE plain_whatsapp_store RENAME TO whatsapp_store;
ALTER INDEX plain_whatsapp_store_pkey RENAME TO whatsapp_store_pkey;
ALTER TABLE plain_whatsapp_tc_tokens RENAME TO whatsapp_tc_tokens;
ALTER INDEX plain_whatsapp_tc_tokens_pkey RENAME TO whatsapp_tc_tokens_pkey;
ALTER TABLE plain_whatsapp_message_secrets RENAME TO whatsapp_message_secrets;
ALTER INDEX plain_whatsapp_message_secrets_pkey RENAME TO whatsapp_message_secrets_pkey;
CREATE INDEX whatsapp_message_secrets_expiry ON whatsapp_message_secrets (account_id, expires_secs) WHERE expires_secs <> 0;
