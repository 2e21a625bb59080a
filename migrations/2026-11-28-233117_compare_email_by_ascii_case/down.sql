CREATE OR REPLACE FUNCTION amda_user_by_email(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT id FROM users WHERE lower(email) = lower(wanted));

DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
