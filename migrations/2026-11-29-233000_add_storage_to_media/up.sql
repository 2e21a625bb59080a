-- Where and how the content of a file is stored, which may differ between files: the operator may move them to a bucket and
-- back while the server runs. In the folder, and as BUCKET, it is sealed with the user's key; as BUCKET_PLAIN the bucket
-- encrypts it.
ALTER TABLE media ADD COLUMN storage text NOT NULL DEFAULT 'FOLDER'
    CHECK (storage IN ('FOLDER', 'BUCKET', 'BUCKET_PLAIN'));

-- Whether anything lies in a bucket, which a server without one must not start on. Says that and no more, of all users.
CREATE INDEX media_in_bucket ON media (id) WHERE storage <> 'FOLDER';
CREATE FUNCTION amda_has_media_in_bucket() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM media WHERE storage <> 'FOLDER');
END;
