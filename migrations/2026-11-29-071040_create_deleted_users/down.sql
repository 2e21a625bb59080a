DROP FUNCTION amda_returned_users();
DROP TABLE deleted_users;
