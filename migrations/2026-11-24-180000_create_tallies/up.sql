-- What is added up while it happens, so that a year is read from some thousand rows: one row per account, metric and
-- day, with a count for each quarter of an hour. Every time zone there is begins its hours on one of these.
CREATE TABLE tallies (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- A day of UTC.
    day date NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    metric text NOT NULL CHECK (metric IN (
        'MESSAGES_RECEIVED', 'MESSAGES_SENT', 'LIKES', 'CAPTURES', 'DELETIONS', 'EDITS', 'AUTO_REPLIES', 'STATUS_VIEWS')),
    counts integer[] NOT NULL CHECK (cardinality(counts) = 96),
    PRIMARY KEY (user_id, day, account_id, metric)
) WITH (fillfactor = 70);
SELECT amda_protect('tallies');
CREATE INDEX tallies_account ON tallies (account_id);

-- The same for each contact: one row per month, with a count for each of its days.
CREATE TABLE contact_tallies (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The first of the month, as the user's time zone counted it then.
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    contact_id uuid NOT NULL REFERENCES contacts ON DELETE CASCADE,
    metric text NOT NULL CHECK (metric IN (
        'MESSAGES_RECEIVED', 'MESSAGES_SENT', 'LIKES', 'CAPTURES', 'DELETIONS', 'EDITS', 'AUTO_REPLIES', 'STATUS_VIEWS')),
    counts integer[] NOT NULL CHECK (cardinality(counts) = 31),
    -- The sum of the counts: whole months are read without them.
    total integer NOT NULL,
    PRIMARY KEY (user_id, month, account_id, contact_id, metric)
) WITH (fillfactor = 70);
SELECT amda_protect('contact_tallies');
CREATE INDEX contact_tallies_account ON contact_tallies (account_id);
CREATE INDEX contact_tallies_contact ON contact_tallies (contact_id);

-- How long the owner took to answer in chats of two: one row per account and day, with a count for each span of time.
CREATE TABLE response_tallies (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- A day as the user's time zone counted it then.
    day date NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    counts integer[] NOT NULL CHECK (cardinality(counts) = 40),
    PRIMARY KEY (user_id, day, account_id)
) WITH (fillfactor = 70);
SELECT amda_protect('response_tallies');
CREATE INDEX response_tallies_account ON response_tallies (account_id);

-- What a chat's last messages were is asked with each answer of the owner's.
CREATE INDEX messages_chat ON messages (chat_id, sent_at);

-- Adds two rows of counts, place by place.
CREATE FUNCTION amda_add(a integer[], b integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(x + y ORDER BY place) FROM unnest(a, b) WITH ORDINALITY AS pairs (x, y, place));

-- `size` zeros, and `n` at `place`, which counts from 1.
CREATE FUNCTION amda_spike(size integer, place integer, n integer) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_fill(0, ARRAY[place - 1]) || n || array_fill(0, ARRAY[size - place]);
