-- The account of the same user that is linked to the phone already: why a link was refused.
ALTER TABLE accounts ADD COLUMN duplicate_of uuid REFERENCES accounts ON DELETE SET NULL;
CREATE INDEX accounts_duplicate_of ON accounts (duplicate_of) WHERE duplicate_of IS NOT NULL;
