-- Two addresses are one when they differ in the case of ASCII letters only, whatever the locale of the database: another
-- locale folds other letters (U+0130 to `i`), and then one account has spellings that nothing else takes for its own.
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email COLLATE "C"));

CREATE OR REPLACE FUNCTION amda_user_by_email(wanted text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    RETURN (SELECT id FROM users WHERE lower(email COLLATE "C") = lower(wanted COLLATE "C"));
