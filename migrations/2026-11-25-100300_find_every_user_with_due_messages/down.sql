CREATE OR REPLACE FUNCTION amda_users_with_due_messages(due timestamptz) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT DISTINCT overdue.user_id FROM (
        SELECT messages.user_id FROM messages WHERE held_until <= due ORDER BY held_until LIMIT 10000
    ) AS overdue;
END;
