-- A plan has two sources, which must not take from each other: what the operator granted, and what the user bought. The
-- user's plan is the greater of both. Until now every plan was granted.
ALTER TABLE users
    ADD COLUMN granted_plan text NOT NULL DEFAULT 'FREE' CHECK (granted_plan IN ('FREE', 'PREMIUM')),
    ADD COLUMN bought_plan text NOT NULL DEFAULT 'FREE' CHECK (bought_plan IN ('FREE', 'PREMIUM'));
UPDATE users SET granted_plan = plan;
