-- Every one of them: among the rows that are due longest, those of a user whose messages cannot be let go would in time be
-- all that is seen.
CREATE OR REPLACE FUNCTION amda_users_with_due_messages(due timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT DISTINCT messages.user_id FROM messages WHERE held_until <= due;
END;
