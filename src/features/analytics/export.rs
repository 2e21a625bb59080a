//! CSV export of analytics behind a signed link. The link contains the range, so nothing is stored for it.

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calendar::{Bucket, Days, Range};
use super::csv;
use super::error::AnalyticsError;
use super::service::{AnalyticsService, Report};
use crate::id::{AccountId, UserId};
use crate::media::{LinkError, Links, SignedLink};

/// Path under which exports are served.
const EXPORT_PATH: &str = "exports";
/// Prefix of the token of every export; no token of a file begins with it.
const TOKEN_PREFIX: &str = "analytics.";

/// Error of following an export link.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The link is invalid or has expired.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The analytics that the link names cannot be read, or no longer.
    #[error(transparent)]
    Analytics(#[from] AnalyticsError),
}

/// An export that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The user whose analytics it contains.
    pub user: UserId,
    /// The days.
    pub range: Range,
    /// The length of a bucket.
    pub bucket: Bucket,
    /// The accounts. Those that were read when the link was made, and no other: whoever follows it shows no token.
    pub accounts: Vec<AccountId>,
}

/// The export as stored in its link.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    user: UserId,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    bucket: char,
    accounts: Vec<AccountId>,
}

impl Export {
    /// The export of these days, once the analytics in it were found readable.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn prepare(
        service: &AnalyticsService,
        user: UserId,
        days: Days,
        bucket: Bucket,
        accounts: Option<Vec<AccountId>>,
    ) -> Result<Self, AnalyticsError> {
        let report = service.report(user, days, bucket, accounts.as_deref()).await?;
        Ok(Self {
            user,
            range: report.range,
            bucket,
            accounts: report.accounts,
        })
    }

    /// Computes the analytics of the export.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn report(&self, service: &AnalyticsService) -> Result<Report, AnalyticsError> {
        let days = Days::Between(self.range);
        let accounts = Some(self.accounts.as_slice());
        service.report(self.user, days, self.bucket, accounts).await
    }

    /// Signs a link to the export.
    pub fn sign(&self, links: &Links, now: DateTime<Utc>) -> SignedLink {
        let token = Token {
            user: self.user,
            from: self.range.from,
            to: self.range.to,
            bucket: letter(self.bucket),
            accounts: self.accounts.clone(),
        };
        let json = serde_json::to_vec(&token).expect("ids, dates and a letter are JSON");
        let token = format!("{TOKEN_PREFIX}{}", BASE64URL_NOPAD.encode(&json));
        links.sign_token(EXPORT_PATH, &token, now)
    }

    /// Reads the export of a link that [`Self::sign`] signed.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify(
        links: &Links,
        token: &str,
        expires: &str,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, LinkError> {
        links.verify_token(token, expires, signature, now)?;
        let read = || {
            let json = BASE64URL_NOPAD
                .decode(token.strip_prefix(TOKEN_PREFIX)?.as_bytes())
                .ok()?;
            let token: Token = serde_json::from_slice(&json).ok()?;
            Some(Self {
                user: token.user,
                range: Range::new(token.from, token.to).ok()?,
                bucket: BUCKETS
                    .into_iter()
                    .find(|bucket| letter(*bucket) == token.bucket)?,
                accounts: token.accounts,
            })
        };
        read().ok_or(LinkError::Tampered)
    }

    /// The file name of the export.
    pub fn file_name(&self) -> String {
        format!("amda-{}-{}.csv", self.range.from, self.range.to)
    }

    /// Renders the export as CSV.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn csv(&self, service: &AnalyticsService) -> Result<Vec<u8>, AnalyticsError> {
        Ok(csv::table(&self.report(service).await?))
    }
}

const BUCKETS: [Bucket; 4] = [Bucket::Hour, Bucket::Day, Bucket::Week, Bucket::Month];

const fn letter(bucket: Bucket) -> char {
    match bucket {
        Bucket::Hour => 'h',
        Bucket::Day => 'd',
        Bucket::Week => 'w',
        Bucket::Month => 'm',
    }
}
