DROP FUNCTION amda_user_by_access_token(bytea);
DROP TABLE access_tokens;
