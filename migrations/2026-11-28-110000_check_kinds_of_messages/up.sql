-- A row is loaded with its kind as an enum: a text outside of the list would not load, so none may be stored.
ALTER TABLE messages ADD CONSTRAINT messages_kind_check CHECK (
    kind IN (
        'TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT', 'VIEW_ONCE', 'REACTION', 'REVOKE', 'EDIT', 'UNDECRYPTED',
        'OTHER'
    )
);
ALTER TABLE deleted_messages ADD CONSTRAINT deleted_messages_kind_check CHECK (
    kind IN (
        'TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT', 'VIEW_ONCE', 'REACTION', 'REVOKE', 'EDIT', 'UNDECRYPTED',
        'OTHER'
    )
);
ALTER TABLE edited_messages ADD CONSTRAINT edited_messages_kind_check CHECK (
    kind IN (
        'TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'STICKER', 'DOCUMENT', 'VIEW_ONCE', 'REACTION', 'REVOKE', 'EDIT', 'UNDECRYPTED',
        'OTHER'
    )
);
