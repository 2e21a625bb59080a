use secrecy::ExposeSecret;

use super::reading::{problem_of, read};
use crate::config::{MediaEncryption, MediaStore};

const BUCKET: (&str, &str) = ("AMDA_S3_BUCKET", "amda-media");
const KEY: (&str, &str) = ("AMDA_S3_ACCESS_KEY_ID", "AKIA12345");
const SECRET: (&str, &str) = ("AMDA_S3_SECRET_ACCESS_KEY", "hunter2hunter2");
const ENDPOINT: (&str, &str) = ("AMDA_S3_ENDPOINT", "https://account.r2.cloudflarestorage.com");

#[test]
fn without_a_bucket_media_lie_in_the_folder() {
    let media = read(&[]).unwrap().media;

    assert!(media.bucket.is_none());
    assert_eq!(media.store, MediaStore::Folder);
    assert_eq!(media.encryption, MediaEncryption::Sealed);
}

#[test]
fn a_bucket_takes_new_files_sealed_unless_the_operator_says_otherwise() {
    let usual = read(&[BUCKET, KEY, SECRET, ENDPOINT, ("AMDA_S3_PREFIX", "/a/media/")]);
    let other = read(&[
        BUCKET,
        KEY,
        SECRET,
        ("AMDA_MEDIA_STORE", "folder"),
        ("AMDA_MEDIA_ENCRYPTION", "bucket"),
    ]);

    let usual = usual.unwrap().media;
    assert_eq!(
        (usual.store, usual.encryption),
        (MediaStore::Bucket, MediaEncryption::Sealed)
    );
    let bucket = usual.bucket.unwrap();
    assert_eq!(
        (bucket.name.as_str(), bucket.prefix.as_str()),
        ("amda-media", "a/media")
    );
    assert!(bucket.is_path_style, "with an endpoint");
    assert_eq!(bucket.secret_access_key.expose_secret(), SECRET.1);
    assert!(!format!("{bucket:?}").contains(SECRET.1));
    let other = other.unwrap().media;
    assert_eq!(
        (other.store, other.encryption),
        (MediaStore::Folder, MediaEncryption::Bucket)
    );
    let bucket = other.bucket.unwrap();
    assert_eq!(
        (bucket.is_path_style, bucket.region.as_str()),
        (false, "us-east-1")
    );
}

#[test]
fn a_server_is_reached_by_https_or_in_a_private_network() {
    for good in [
        "http://127.0.0.1:9000",
        "http://minio:9000",
        "https://s3.example.org/storage/v1/s3",
    ] {
        assert!(
            read(&[BUCKET, KEY, SECRET, ("AMDA_S3_ENDPOINT", good)]).is_ok(),
            "{good}"
        );
    }
    for bad in [
        "http://s3.example.org",
        "s3.example.org",
        "https://me:secret@s3.example.org",
        "https://s3.example.org/?a=b",
    ] {
        let problem = read(&[BUCKET, KEY, SECRET, ("AMDA_S3_ENDPOINT", bad)])
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains("must be the address of a server that speaks S3"),
            "{problem}"
        );
    }
}

#[test]
fn what_belongs_to_a_bucket_is_refused_without_one_and_its_key_is_needed_with_one() {
    for (name, value) in [ENDPOINT, KEY, SECRET, ("AMDA_S3_PREFIX", "a")] {
        let problem = problem_of(name, value);
        assert!(
            problem.contains("AMDA_S3_BUCKET alone, which is missing"),
            "{problem}"
        );
    }
    for (name, value) in [
        ("AMDA_MEDIA_STORE", "bucket"),
        ("AMDA_MEDIA_ENCRYPTION", "bucket"),
    ] {
        let problem = problem_of(name, value);
        assert!(
            problem.contains("AMDA_S3_BUCKET, which names one, is missing"),
            "{problem}"
        );
    }
    let problems = read(&[BUCKET]).unwrap_err().problems;
    let named: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
    assert_eq!(named, ["AMDA_S3_ACCESS_KEY_ID", "AMDA_S3_SECRET_ACCESS_KEY"]);
}
