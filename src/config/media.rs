//! The place of media: the data folder, or a bucket of a server that speaks S3.

use secrecy::SecretString;
use url::Url;

use super::loopback::is_on_another_network;
use super::reader::{Reader, Setting};
use super::settings::switch;

/// The region of servers that have none.
const DEFAULT_REGION: &str = "us-east-1";
/// The longest name of a bucket.
const LONGEST_BUCKET: usize = 63;
const LONGEST_PREFIX: usize = 200;

const STORE: Setting = Setting::new("AMDA_MEDIA_STORE", "`folder`, or `bucket` with AMDA_S3_BUCKET");
const ENCRYPTION: Setting = Setting::new(
    "AMDA_MEDIA_ENCRYPTION",
    "`sealed` (AMDA encrypts files) or, with AMDA_S3_BUCKET, `bucket` (the bucket does)",
);
const BUCKET: Setting = Setting::new(
    "AMDA_S3_BUCKET",
    "the name of a bucket: up to 63 letters, digits, full stops, hyphens and underscores",
);
const ENDPOINT: Setting = Setting::new(
    "AMDA_S3_ENDPOINT",
    "the address of a server that speaks S3, by https or in a private network, without the bucket, such as \
     https://<account>.r2.cloudflarestorage.com",
);
const REGION: Setting = Setting::new("AMDA_S3_REGION", "a region, such as eu-central-1, or auto");
const ACCESS_KEY_ID: Setting = Setting::new("AMDA_S3_ACCESS_KEY_ID", "the id of an access key");
const SECRET_ACCESS_KEY: Setting =
    Setting::secret("AMDA_S3_SECRET_ACCESS_KEY", "the secret of that access key");
const PATH_STYLE: Setting = Setting::new("AMDA_S3_PATH_STYLE", "`true` or `false`");
const PREFIX: Setting = Setting::new(
    "AMDA_S3_PREFIX",
    "a path in the bucket, such as amda/media: letters, digits, hyphens, underscores and full stops between slashes",
);
const CDN_URL: Setting = Setting::new(
    "AMDA_S3_CDN_URL",
    "a web address that passes paths and queries on to the bucket, such as https://media.example.org",
);

/// The place of media contents.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// The bucket; without one, every content is a file of the data folder.
    pub bucket: Option<BucketConfig>,
    /// The place of contents that are stored from now on.
    pub store: MediaStore,
    /// The encryption of contents that are stored in the bucket from now on.
    pub encryption: MediaEncryption,
}

/// The places of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaStore {
    /// The data folder.
    Folder,
    /// The bucket.
    Bucket,
}

/// The encryption of contents in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaEncryption {
    /// AMDA encrypts them with their user's key.
    Sealed,
    /// The bucket encrypts them, and AMDA does not.
    Bucket,
}

/// A bucket of a server that speaks S3.
#[derive(Debug, Clone)]
pub struct BucketConfig {
    /// Its name.
    pub name: String,
    /// The address of its server, without the bucket; that of AWS in the region when absent.
    pub endpoint: Option<Url>,
    /// Its region.
    pub region: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret of the access key.
    pub secret_access_key: SecretString,
    /// The bucket is named in the path, and otherwise in the host.
    pub is_path_style: bool,
    /// The path under which everything lies, without a slash at either end; empty for none.
    pub prefix: String,
    /// The address of a cache in front of the bucket, which links to it begin with.
    pub cdn_url: Option<Url>,
}

/// Reads the place of media.
pub(super) fn read(reader: &mut Reader) -> MediaConfig {
    let bucket = read_bucket(reader);
    let has_bucket = reader.is_given(&BUCKET);
    let store = reader.value(&STORE, None, store);
    let encryption = reader.value(&ENCRYPTION, None, encryption);
    for (setting, needs_bucket) in [
        (&STORE, store == Some(MediaStore::Bucket)),
        (&ENCRYPTION, encryption == Some(MediaEncryption::Bucket)),
    ] {
        if needs_bucket && !has_bucket {
            reader.reject(
                setting,
                "it is `bucket`, and AMDA_S3_BUCKET, which names one, is missing".to_owned(),
            );
        }
    }
    let usual = if has_bucket {
        MediaStore::Bucket
    } else {
        MediaStore::Folder
    };
    MediaConfig {
        bucket,
        store: store.unwrap_or(usual),
        encryption: encryption.unwrap_or(MediaEncryption::Sealed),
    }
}

fn read_bucket(reader: &mut Reader) -> Option<BucketConfig> {
    let name = reader.value(&BUCKET, None, bucket);
    let endpoint = reader.value(&ENDPOINT, None, address);
    let region = reader.value(&REGION, None, word);
    let access_key_id = reader.value(&ACCESS_KEY_ID, None, word);
    let secret_access_key = reader.value(&SECRET_ACCESS_KEY, None, |text| Some(SecretString::from(text)));
    let is_path_style = reader.value(&PATH_STYLE, None, switch);
    let prefix = reader.value(&PREFIX, None, prefix);
    let cdn_url = reader.value(&CDN_URL, None, address);
    if reader.is_given(&BUCKET) {
        require_key(reader);
    } else {
        refuse_without_bucket(reader);
    }
    Some(BucketConfig {
        name: name?,
        is_path_style: is_path_style.unwrap_or(endpoint.is_some()),
        endpoint,
        region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
        access_key_id: access_key_id?,
        secret_access_key: secret_access_key?,
        prefix: prefix.unwrap_or_default(),
        cdn_url,
    })
}

fn require_key(reader: &mut Reader) {
    for setting in [&ACCESS_KEY_ID, &SECRET_ACCESS_KEY] {
        if !reader.is_given(setting) {
            let expected = setting.expected();
            reader.reject(
                setting,
                format!("it is missing, and with AMDA_S3_BUCKET it must be {expected}"),
            );
        }
    }
}

fn refuse_without_bucket(reader: &mut Reader) {
    for setting in [
        &ENDPOINT,
        &REGION,
        &ACCESS_KEY_ID,
        &SECRET_ACCESS_KEY,
        &PATH_STYLE,
        &PREFIX,
        &CDN_URL,
    ] {
        if reader.is_given(setting) {
            reader.reject(
                setting,
                "it is used with AMDA_S3_BUCKET alone, which is missing".to_owned(),
            );
        }
    }
}

fn store(text: &str) -> Option<MediaStore> {
    match text.to_ascii_lowercase().as_str() {
        "folder" => Some(MediaStore::Folder),
        "bucket" => Some(MediaStore::Bucket),
        _ => None,
    }
}

fn encryption(text: &str) -> Option<MediaEncryption> {
    match text.to_ascii_lowercase().as_str() {
        "sealed" => Some(MediaEncryption::Sealed),
        "bucket" => Some(MediaEncryption::Bucket),
        _ => None,
    }
}

fn bucket(text: &str) -> Option<String> {
    (text.len() <= LONGEST_BUCKET && is_plain_name(text)).then(|| text.to_owned())
}

/// True for a name that means the same in a path, in a host and in a key.
fn is_plain_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !matches!(text, "" | "." | "..") && text.bytes().all(is_plain)
}

fn word(text: &str) -> Option<String> {
    let is_printed = |byte: u8| byte.is_ascii_graphic();
    text.bytes().all(is_printed).then(|| text.to_owned())
}

fn prefix(text: &str) -> Option<String> {
    let path = text.trim_matches('/');
    (path.len() <= LONGEST_PREFIX && path.split('/').all(is_plain_name)).then(|| path.to_owned())
}

/// An address by https, or in a private network, where http may do.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host)?;
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => !is_on_another_network(&url),
        _ => false,
    };
    let has_login = !url.username().is_empty() || url.password().is_some();
    let is_bare = url.query().is_none() && url.fragment().is_none();
    (is_safe && is_bare && !has_login).then_some(url)
}
