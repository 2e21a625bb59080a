UPDATE messages SET kind = 'OTHER' WHERE kind = 'PART';
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
ALTER TABLE messages ADD CONSTRAINT messages_kind_check CHECK (
    kind IN (
        'TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT', 'VIEW_ONCE', 'REACTION', 'REVOKE', 'EDIT', 'UNDECRYPTED',
        'OTHER'
    )
);
