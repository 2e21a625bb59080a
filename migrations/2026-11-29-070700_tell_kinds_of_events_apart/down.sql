CREATE FUNCTION pg_temp.old_kind(kind text) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE kind
    WHEN 'AUTO_REPLY_CHANGED' THEN 'AUTO_REPLY_SENT'
    WHEN 'EDITED_MESSAGE_CHANGED' THEN 'MESSAGE_EDITED'
    WHEN 'KEPT_ITEM_REMOVED' THEN 'ITEM_DELETED'
    WHEN 'STATUS_LIKE_CHANGED' THEN 'STATUS_LIKED'
    WHEN 'VIEW_ONCE_MESSAGE_CHANGED' THEN 'VIEW_ONCE_CAPTURED'
    WHEN 'DELETED_MESSAGE_CHANGED' THEN 'MESSAGE_DELETED'
    WHEN 'STATUS_MEDIA_CHANGED' THEN 'STATUS_CHANGED'
    WHEN 'STATUS_VIEWED' THEN 'STATUS_CHANGED'
    ELSE kind
END;
UPDATE events SET kind = pg_temp.old_kind(kind) WHERE kind <> pg_temp.old_kind(kind);
UPDATE webhook_deliveries SET kind = pg_temp.old_kind(kind) WHERE kind <> pg_temp.old_kind(kind);
UPDATE webhook_endpoints SET kinds = (
    SELECT array_agg(old ORDER BY position)
    FROM (
        SELECT pg_temp.old_kind(new) AS old, min(position) AS position
        FROM unnest(kinds) WITH ORDINALITY AS chosen (new, position) GROUP BY 1
    ) AS chosen
) WHERE cardinality(kinds) > 0;
DROP FUNCTION pg_temp.old_kind(text);
