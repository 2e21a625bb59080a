-- The release before derives its secrets from the master key: with another one than at the first start, and where the secret was
-- a random one, links end and deleted identities are forgotten.
DROP FUNCTION amda_has_had_users();
DROP FUNCTION amda_users_of_other_keys(text, uuid, integer);
DROP FUNCTION amda_master_key_uses();
DROP TABLE installation_secrets;
