//! Files that were not fetched, and uploads that were rejected.

use super::table::{Read, Rows};

pub(super) const MEDIA: Rows<2, 3> = Rows {
    first: 5_000,
    insert: "INSERT INTO media (id, user_id, account_id, kind, mime_type, size_bytes, reference, state, state_reason, created_at)
        VALUES (id($1), id(1), id(2), 'IMAGE', 'image/jpeg', 5, '', $2, $3, '2026-11-03T00:00Z')",
    sealed: None,
    read: Read::Nodes("Media", ["state", "stateReason", "stateMessage"]),
    all: &[
        (["REMOTE", ""], ["REMOTE", "", ""]),
        (
            ["EXPIRED", "WhatsApp no longer serves the file"],
            ["EXPIRED", "NO_LONGER_SERVED", "WhatsApp no longer serves the file"],
        ),
        (
            ["FAILED", "the file is larger than the 256 MiB that this server fetches"],
            ["FAILED", "TOO_LARGE", "the file is larger than the 256 MiB that this server fetches"],
        ),
        (
            ["FAILED", "what WhatsApp served is not the file that was sent"],
            ["FAILED", "DAMAGED", "what WhatsApp served is not the file that was sent"],
        ),
        (
            ["FAILED", "the plan's 500 MiB of media storage are full"],
            ["FAILED", "STORAGE_FULL", "the plan's 500 MiB of media storage are full"],
        ),
        (
            ["FAILED", "the file could not be fetched, though it was tried several times"],
            ["FAILED", "UNREACHABLE", "the file could not be fetched, though it was tried several times"],
        ),
        (["FAILED", "words of nobody"], ["FAILED", "UNREACHABLE", "words of nobody"]),
    ],
};

pub(super) const UPLOADS: Rows<2, 3> = Rows {
    first: 5_100,
    insert: "INSERT INTO uploads (id, user_id, account_id, mime_type, size_bytes, state, reason, created_at)
        VALUES (id($1), id(1), id(2), 'image/png', 5, $2, $3, '2026-11-23T10:59Z')",
    sealed: None,
    read: Read::Nodes("Upload", ["state", "rejectionReason", "rejectionMessage"]),
    all: &[
        (["PENDING", ""], ["PENDING", "", ""]),
        (
            [
                "REJECTED",
                "the file is of no type that is taken; send a JPEG, PNG or WebP picture, or an MP4 video",
            ],
            [
                "REJECTED",
                "UNKNOWN_TYPE",
                "the file is of no type that is taken; send a JPEG, PNG or WebP picture, or an MP4 video",
            ],
        ),
        (
            [
                "REJECTED",
                "the file is image/gif; send a JPEG, PNG or WebP picture, or an MP4 video",
            ],
            [
                "REJECTED",
                "WRONG_TYPE",
                "the file is image/gif; send a JPEG, PNG or WebP picture, or an MP4 video",
            ],
        ),
        (
            [
                "REJECTED",
                "the upload was announced as image/png and the file is video/mp4; announce another",
            ],
            [
                "REJECTED",
                "NOT_AS_ANNOUNCED",
                "the upload was announced as image/png and the file is video/mp4; announce another",
            ],
        ),
        (
            [
                "REJECTED",
                "the file is damaged or cut off; send it again, or another one",
            ],
            [
                "REJECTED",
                "DAMAGED",
                "the file is damaged or cut off; send it again, or another one",
            ],
        ),
        (
            [
                "REJECTED",
                "the picture has 9000 x 9000 pixels; send one with at most 50 million",
            ],
            [
                "REJECTED",
                "TOO_MANY_PIXELS",
                "the picture has 9000 x 9000 pixels; send one with at most 50 million",
            ],
        ),
        (
            [
                "REJECTED",
                "the picture is too large to be decoded; send one with at most 50 million pixels",
            ],
            [
                "REJECTED",
                "TOO_LARGE_TO_DECODE",
                "the picture is too large to be decoded; send one with at most 50 million pixels",
            ],
        ),
        (
            [
                "REJECTED",
                "the video is 61.5 s long; WhatsApp shows 60 s of a status, so send at most that",
            ],
            [
                "REJECTED",
                "TOO_LONG",
                "the video is 61.5 s long; WhatsApp shows 60 s of a status, so send at most that",
            ],
        ),
        (
            [
                "REJECTED",
                "the video is in fragments, as for streaming; save it as an ordinary MP4 file",
            ],
            [
                "REJECTED",
                "FRAGMENTED",
                "the video is in fragments, as for streaming; save it as an ordinary MP4 file",
            ],
        ),
        (
            [
                "REJECTED",
                "the file has no pictures; send an MP4 video with H.264 pictures",
            ],
            [
                "REJECTED",
                "NO_PICTURES",
                "the file has no pictures; send an MP4 video with H.264 pictures",
            ],
        ),
        (
            [
                "REJECTED",
                "the video has several tracks of pictures; save it with one",
            ],
            [
                "REJECTED",
                "SEVERAL_TRACKS",
                "the video has several tracks of pictures; save it with one",
            ],
        ),
        (
            [
                "REJECTED",
                "the video has a track of data, such as where the camera was; save it with pictures and sound only",
            ],
            [
                "REJECTED",
                "DATA_TRACK",
                "the video has a track of data, such as where the camera was; save it with pictures and sound only",
            ],
        ),
        (
            [
                "REJECTED",
                "the video is encoded as hvc1; save it with H.264 pictures and AAC sound",
            ],
            [
                "REJECTED",
                "UNSUPPORTED_CODEC",
                "the video is encoded as hvc1; save it with H.264 pictures and AAC sound",
            ],
        ),
        (
            ["REJECTED", "words of nobody"],
            ["REJECTED", "DAMAGED", "words of nobody"],
        ),
    ],
};

#[tokio::test]
async fn a_file_that_is_not_there_has_a_reason_and_keeps_its_words() {
    MEDIA.survive().await;
}

#[tokio::test]
async fn a_rejected_upload_has_a_reason_and_keeps_its_words() {
    UPLOADS.survive().await;
}
