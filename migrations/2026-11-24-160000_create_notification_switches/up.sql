-- By which channels a user is told of what, where they chose otherwise than what holds without a choice.
CREATE TABLE notification_switches (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('IN_APP', 'EMAIL', 'PUSH')),
    is_enabled boolean NOT NULL,
    PRIMARY KEY (user_id, kind, channel)
);
SELECT amda_protect('notification_switches');
