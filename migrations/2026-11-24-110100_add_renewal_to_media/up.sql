-- When the phone was asked to upload an expired file anew: it is asked once.
ALTER TABLE media ADD COLUMN renewal_asked_at timestamptz;
