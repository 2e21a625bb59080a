-- A node looks twice a second for whom others deleted.
CREATE INDEX deleted_users_by_age ON deleted_users (deleted_at);
