DROP INDEX deleted_users_by_age;
