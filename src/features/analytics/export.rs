//! A table behind a signed link: the link says what is in it, so nothing is kept for it.

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calendar::{Bucket, Range};
use super::csv;
use super::service::{AnalyticsError, AnalyticsService, Looked};
use crate::id::{AccountId, UserId};
use crate::media::{LinkError, Links, SignedLink};

/// Where exports are served.
const FOLDER: &str = "exports";
/// Begins the token of every export, and that of no file.
const MARK: &str = "analytics.";

/// Why a link shows no table.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The link is not, or no longer, good.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// What it names cannot be looked at, or no longer.
    #[error(transparent)]
    Analytics(#[from] AnalyticsError),
}

/// A table that somebody may download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Whose past it shows.
    pub user: UserId,
    /// Which days.
    pub range: Range,
    /// How they are cut.
    pub bucket: Bucket,
    /// Of which accounts; of all when there are none.
    pub accounts: Option<Vec<AccountId>>,
}

/// The same inside a link.
#[derive(Debug, Serialize, Deserialize)]
struct Token {
    user: UserId,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    bucket: char,
    accounts: Option<Vec<AccountId>>,
}

impl Export {
    /// What the table holds.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn look(&self, service: &AnalyticsService) -> Result<Looked, AnalyticsError> {
        let accounts = self.accounts.as_deref();
        service.look(self.user, self.range, self.bucket, accounts).await
    }

    /// A link to the table.
    pub fn sign(&self, links: &Links, now: DateTime<Utc>) -> SignedLink {
        let token = Token {
            user: self.user,
            from: self.range.from,
            to: self.range.to,
            bucket: letter(self.bucket),
            accounts: self.accounts.clone(),
        };
        let json = serde_json::to_vec(&token).expect("ids, dates and a letter are JSON");
        let token = format!("{MARK}{}", BASE64URL_NOPAD.encode(&json));
        links.sign_token(FOLDER, &token, now)
    }

    /// Reads what [`Self::sign`] signed.
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
                .decode(token.strip_prefix(MARK)?.as_bytes())
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

    /// The table's name as a file.
    pub fn file_name(&self) -> String {
        format!("amda-{}-{}.csv", self.range.from, self.range.to)
    }

    /// The table.
    ///
    /// # Errors
    /// [`AnalyticsError`].
    pub async fn csv(&self, service: &AnalyticsService) -> Result<Vec<u8>, AnalyticsError> {
        Ok(csv::table(&self.look(service).await?))
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
