-- A rejection has a reason that programs branch on, and a message for people. What stood in the column of the reason was
-- the message.
ALTER TABLE uploads RENAME COLUMN reason TO rejection_message;
ALTER TABLE uploads ADD COLUMN rejection_reason text CHECK (rejection_reason IN (
    'UNKNOWN_TYPE', 'WRONG_TYPE', 'NOT_AS_ANNOUNCED', 'DAMAGED', 'TOO_MANY_PIXELS', 'TOO_LARGE_TO_DECODE', 'TOO_LONG',
    'FRAGMENTED', 'NO_PICTURES', 'SEVERAL_TRACKS', 'DATA_TRACK', 'UNSUPPORTED_CODEC'));

-- The messages of earlier versions; the last one is of a damaged file.
UPDATE uploads SET rejection_reason = CASE
    WHEN rejection_message LIKE 'the file is of no type%' THEN 'UNKNOWN_TYPE'
    WHEN rejection_message LIKE 'the upload was announced as%' THEN 'NOT_AS_ANNOUNCED'
    WHEN rejection_message LIKE 'the picture has % pixels%' THEN 'TOO_MANY_PIXELS'
    WHEN rejection_message LIKE 'the picture is too large%' THEN 'TOO_LARGE_TO_DECODE'
    WHEN rejection_message LIKE 'the video is % s long%' THEN 'TOO_LONG'
    WHEN rejection_message LIKE 'the video is in fragments%' THEN 'FRAGMENTED'
    WHEN rejection_message LIKE 'the file has no pictures%' THEN 'NO_PICTURES'
    WHEN rejection_message LIKE 'the video has several tracks%' THEN 'SEVERAL_TRACKS'
    WHEN rejection_message LIKE 'the video has a track of data%' THEN 'DATA_TRACK'
    WHEN rejection_message LIKE 'the video is encoded as%' THEN 'UNSUPPORTED_CODEC'
    WHEN rejection_message LIKE '%; send a JPEG, PNG or WebP picture, or an MP4 video' THEN 'WRONG_TYPE'
    ELSE 'DAMAGED'
END
WHERE rejection_message IS NOT NULL;

ALTER TABLE uploads ADD CHECK ((rejection_reason IS NULL) = (rejection_message IS NULL));
