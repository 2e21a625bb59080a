DROP TABLE whatsapp_message_secrets;
DROP TABLE whatsapp_tc_tokens;
DROP TABLE whatsapp_store;
