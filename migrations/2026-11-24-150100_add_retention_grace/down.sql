DROP INDEX outbox_by_age;
DROP INDEX connection_gaps_by_age;
DROP INDEX media_objects;
DROP INDEX media_by_user;
DROP INDEX messages_media;
DROP FUNCTION amda_unnamed_media(uuid[]);
DROP FUNCTION amda_users_after(uuid, integer);
ALTER TABLE users DROP COLUMN retention_grace_until;
