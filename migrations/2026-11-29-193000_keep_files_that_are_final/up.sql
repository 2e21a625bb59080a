-- A file that stays as it was sent: a view-once message's, or that of a message or status which was deleted. A better copy
-- that its sender sends later does not take its place. Runs as whoever asks, who sees their own rows only.
CREATE FUNCTION amda_is_final_media(file uuid) RETURNS boolean
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM view_once_messages WHERE media_id = file)
        OR EXISTS (SELECT FROM deleted_messages WHERE media_id = file)
        OR EXISTS (SELECT FROM statuses WHERE media_id = file AND deleted_at IS NOT NULL);
END;
