-- A kind of event now says what happened. Where the name of a kind was true of some of its events only, those keep it, and
-- the others get the name of any change.
UPDATE events SET kind = 'AUTO_REPLY_CHANGED' WHERE kind = 'AUTO_REPLY_SENT';
UPDATE events SET kind = 'EDITED_MESSAGE_CHANGED' WHERE kind = 'MESSAGE_EDITED';
UPDATE events SET kind = 'KEPT_ITEM_REMOVED' WHERE kind = 'ITEM_DELETED';

-- The last event of an accepted like is the acceptance.
WITH last AS (
    SELECT user_id, subject_id, max(sequence) AS sequence FROM events WHERE kind = 'STATUS_LIKED' GROUP BY user_id, subject_id
)
UPDATE events SET kind = 'STATUS_LIKE_CHANGED' WHERE kind = 'STATUS_LIKED' AND NOT EXISTS (
    SELECT FROM last JOIN status_likes ON status_likes.id = last.subject_id
    WHERE last.user_id = events.user_id AND last.sequence = events.sequence AND status_likes.outcome = 'LIKED'
);

-- The last event of a captured view-once message is the capture.
WITH last AS (
    SELECT user_id, subject_id, max(sequence) AS sequence FROM events WHERE kind = 'VIEW_ONCE_CAPTURED' GROUP BY user_id, subject_id
)
UPDATE events SET kind = 'VIEW_ONCE_MESSAGE_CHANGED' WHERE kind = 'VIEW_ONCE_CAPTURED' AND NOT EXISTS (
    SELECT FROM last JOIN view_once_messages ON view_once_messages.id = last.subject_id
    WHERE last.user_id = events.user_id AND last.sequence = events.sequence AND view_once_messages.outcome = 'CAPTURED'
);

-- The first event of a deleted message is the deletion, unless that was forged.
WITH first AS (
    SELECT user_id, subject_id, min(sequence) AS sequence FROM events WHERE kind = 'MESSAGE_DELETED' GROUP BY user_id, subject_id
)
UPDATE events SET kind = 'DELETED_MESSAGE_CHANGED' WHERE kind = 'MESSAGE_DELETED' AND NOT EXISTS (
    SELECT FROM first JOIN deleted_messages ON deleted_messages.id = first.subject_id
    WHERE first.user_id = events.user_id AND first.sequence = events.sequence AND deleted_messages.outcome = 'DELETED'
);

-- An own status that has viewers changed by being viewed, any other by its media.
UPDATE events SET kind = CASE
    WHEN EXISTS (SELECT FROM status_viewers WHERE status_viewers.status_id = events.subject_id) THEN 'STATUS_VIEWED'
    ELSE 'STATUS_MEDIA_CHANGED'
END WHERE kind = 'STATUS_CHANGED';

UPDATE webhook_deliveries SET kind = events.kind FROM events
WHERE events.user_id = webhook_deliveries.user_id AND events.sequence = webhook_deliveries.sequence
    AND events.kind <> webhook_deliveries.kind;

-- Of a delivery whose event is no longer kept, only the change is known.
UPDATE webhook_deliveries SET kind = CASE kind
    WHEN 'AUTO_REPLY_SENT' THEN 'AUTO_REPLY_CHANGED'
    WHEN 'MESSAGE_EDITED' THEN 'EDITED_MESSAGE_CHANGED'
    WHEN 'ITEM_DELETED' THEN 'KEPT_ITEM_REMOVED'
    WHEN 'STATUS_LIKED' THEN 'STATUS_LIKE_CHANGED'
    WHEN 'VIEW_ONCE_CAPTURED' THEN 'VIEW_ONCE_MESSAGE_CHANGED'
    WHEN 'MESSAGE_DELETED' THEN 'DELETED_MESSAGE_CHANGED'
    WHEN 'STATUS_CHANGED' THEN 'STATUS_MEDIA_CHANGED'
    ELSE kind
END WHERE NOT EXISTS (
    SELECT FROM events WHERE events.user_id = webhook_deliveries.user_id AND events.sequence = webhook_deliveries.sequence
);

-- An endpoint goes on receiving every event that it received.
UPDATE webhook_endpoints SET kinds = (
    SELECT array_agg(new ORDER BY position, new)
    FROM unnest(kinds) WITH ORDINALITY AS chosen (old, position), unnest(CASE old
        WHEN 'AUTO_REPLY_SENT' THEN ARRAY['AUTO_REPLY_CHANGED']
        WHEN 'MESSAGE_EDITED' THEN ARRAY['EDITED_MESSAGE_CHANGED']
        WHEN 'ITEM_DELETED' THEN ARRAY['KEPT_ITEM_REMOVED']
        WHEN 'STATUS_LIKED' THEN ARRAY['STATUS_LIKED', 'STATUS_LIKE_CHANGED']
        WHEN 'VIEW_ONCE_CAPTURED' THEN ARRAY['VIEW_ONCE_CAPTURED', 'VIEW_ONCE_MESSAGE_CHANGED']
        WHEN 'MESSAGE_DELETED' THEN ARRAY['MESSAGE_DELETED', 'DELETED_MESSAGE_CHANGED']
        WHEN 'STATUS_CHANGED' THEN ARRAY['STATUS_MEDIA_CHANGED', 'STATUS_VIEWED']
        ELSE ARRAY[old]
    END) AS new
) WHERE cardinality(kinds) > 0;
