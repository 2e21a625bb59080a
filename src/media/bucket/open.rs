use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Name;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use secrecy::ExposeSecret as _;
use url::Url;

use super::Bucket;
use super::error::BucketError;
use super::explain::BucketNames;
use crate::config::BucketConfig;
use crate::media::place::Place;

/// The time that one request may take: a part of a file at a slow 100 KiB a second.
const REQUEST_WITHIN: Duration = Duration::from_mins(1);
/// The time within which a connection comes about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// The number of further tries of a request. Who waits for an answer is told soon; jobs try again later.
const RETRIES: usize = 2;
const RETRY_WITHIN: Duration = Duration::from_secs(10);

impl Bucket {
    /// Opens the bucket that is configured; nothing is asked of it yet.
    pub(in crate::media) fn open(config: &BucketConfig) -> Result<Self, BucketError> {
        let whole = Arc::new(client(config)?);
        let names = BucketNames {
            bucket: config.name.clone(),
            endpoint: match &config.endpoint {
                Some(endpoint) => endpoint.as_str().trim_end_matches('/').to_owned(),
                None => format!("https://s3.{}.amazonaws.com", config.region),
            },
            region: config.region.clone(),
        };
        let names = Arc::new(names);
        let prefix = Name::from(config.prefix.as_str());
        let store = Arc::new(PrefixStore::new(Arc::clone(&whole), prefix.clone()));
        Ok(Self {
            place: Place::bucket(store, Arc::clone(&names)),
            names,
            whole,
            prefix,
            cdn_url: config.cdn_url.clone(),
        })
    }
}

fn client(config: &BucketConfig) -> Result<AmazonS3, BucketError> {
    let retry = RetryConfig {
        backoff: BackoffConfig {
            max_backoff: Duration::from_secs(2),
            ..BackoffConfig::default()
        },
        max_retries: RETRIES,
        retry_timeout: RETRY_WITHIN,
    };
    let is_http = config.endpoint.as_ref().is_some_and(|url| url.scheme() == "http");
    let options = ClientOptions::new()
        .with_timeout(REQUEST_WITHIN)
        .with_connect_timeout(CONNECT_WITHIN)
        .with_allow_http(is_http);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&config.name)
        .with_region(&config.region)
        .with_access_key_id(&config.access_key_id)
        .with_secret_access_key(config.secret_access_key.expose_secret())
        .with_virtual_hosted_style_request(!config.is_path_style)
        // Not every server removes many at once.
        .with_disable_bulk_delete(true)
        .with_retry(retry)
        .with_client_options(options);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.with_endpoint(base(endpoint, config)?);
    }
    builder
        .build()
        .map_err(|error| BucketError::Address(error.to_string()))
}

/// The address of the server; with the bucket in its host, where it is named there.
fn base(endpoint: &Url, config: &BucketConfig) -> Result<String, BucketError> {
    let mut base = endpoint.clone();
    let host = endpoint.host_str().unwrap_or_default();
    let in_host = format!("{}.{host}", config.name);
    if !config.is_path_style && !host.starts_with(&format!("{}.", config.name)) {
        base.set_host(Some(&in_host))
            .map_err(|_| BucketError::Address(format!("{in_host} is no host")))?;
    }
    Ok(base.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_named_in_the_path_or_in_the_host() {
        let mut config = BucketConfig {
            name: "media".to_owned(),
            endpoint: None,
            region: "auto".to_owned(),
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".into(),
            is_path_style: true,
            prefix: String::new(),
            cdn_url: None,
        };
        let endpoint: Url = "https://s3.example.org/storage/".parse().unwrap();

        assert_eq!(
            base(&endpoint, &config).unwrap(),
            "https://s3.example.org/storage"
        );
        config.is_path_style = false;
        assert_eq!(
            base(&endpoint, &config).unwrap(),
            "https://media.s3.example.org/storage"
        );
        let named: Url = "https://media.s3.example.org".parse().unwrap();
        assert_eq!(base(&named, &config).unwrap(), "https://media.s3.example.org");
    }
}
