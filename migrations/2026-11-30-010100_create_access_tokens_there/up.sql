-- Which of some personal access tokens are still there, for a node that refuses those that others revoked: ids only.
CREATE FUNCTION amda_access_tokens_there(wanted uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT id FROM access_tokens WHERE id = ANY (wanted);
END;
