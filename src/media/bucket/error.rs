use std::fmt;

use thiserror::Error;

/// Error of a bucket, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BucketError {
    /// The settings make no address.
    #[error("AMDA_S3_ENDPOINT and AMDA_S3_BUCKET make no address ({0}); correct them")]
    Address(String),
    /// Nothing answers.
    #[error(
        "the server of the bucket cannot be reached at {endpoint} ({cause}); check AMDA_S3_ENDPOINT, and that this machine \
         reaches it"
    )]
    Unreachable {
        /// The address of the server.
        endpoint: String,
        /// The failure of the connection.
        cause: String,
    },
    /// No encrypted connection comes about.
    #[error(
        "no trusted connection to {endpoint} comes about ({cause}); check that AMDA_S3_ENDPOINT begins as the server speaks \
         (https or http), and name a private authority's certificate in SSL_CERT_FILE"
    )]
    Tls {
        /// The address of the server.
        endpoint: String,
        /// The failure of the handshake.
        cause: String,
    },
    /// Something else answers.
    #[error("what answers at {endpoint} does not speak S3 ({cause}); correct AMDA_S3_ENDPOINT")]
    NotS3 {
        /// The address of the server.
        endpoint: String,
        /// The answer.
        cause: String,
    },
    /// The access key does not exist.
    #[error("the server of the bucket does not know the access key; correct AMDA_S3_ACCESS_KEY_ID")]
    UnknownKey,
    /// The secret is another key's.
    #[error("the secret does not belong to the access key; correct AMDA_S3_SECRET_ACCESS_KEY")]
    WrongSecret,
    /// The clocks differ.
    #[error("the clock of this machine differs too much from that of the bucket's server; set it")]
    WrongClock,
    /// There is no such bucket.
    #[error("there is no bucket {bucket} at {endpoint}; create it, or correct AMDA_S3_BUCKET")]
    NoBucket {
        /// The name of the bucket.
        bucket: String,
        /// The address of the server.
        endpoint: String,
    },
    /// The bucket lies in another region.
    #[error("the bucket {bucket} is not in the region {region}; correct AMDA_S3_REGION")]
    WrongRegion {
        /// The name of the bucket.
        bucket: String,
        /// The region that is configured.
        region: String,
    },
    /// The access key may not do it.
    #[error(
        "the access key may not {action} in the bucket {bucket}; permit it ({permission}), or use another key",
        permission = .action.permission()
    )]
    Denied {
        /// The action.
        action: Action,
        /// The name of the bucket.
        bucket: String,
    },
    /// What was written reads otherwise.
    #[error(
        "the bucket {bucket} gave back something else than was written; check that nothing else writes there"
    )]
    Altered {
        /// The name of the bucket.
        bucket: String,
    },
    /// The server refused or failed for another reason.
    #[error("the server of the bucket could not {action} ({cause}); it is tried again")]
    Failed {
        /// The action.
        action: Action,
        /// The code of the answer.
        cause: String,
    },
}

impl BucketError {
    /// True when it may pass without the operator doing anything.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Failed { .. } => true,
            Self::Address(_)
            | Self::Tls { .. }
            | Self::NotS3 { .. }
            | Self::UnknownKey
            | Self::WrongSecret
            | Self::WrongClock
            | Self::NoBucket { .. }
            | Self::WrongRegion { .. }
            | Self::Denied { .. }
            | Self::Altered { .. } => false,
        }
    }
}

/// What is done in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Listing objects.
    List,
    /// Writing an object.
    Write,
    /// Reading an object.
    Read,
    /// Removing an object.
    Delete,
}

impl Action {
    /// The permission of AWS for it.
    const fn permission(self) -> &'static str {
        match self {
            Self::List => "s3:ListBucket",
            Self::Write => "s3:PutObject",
            Self::Read => "s3:GetObject",
            Self::Delete => "s3:DeleteObject and s3:AbortMultipartUpload",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::List => "list objects",
            Self::Write => "write objects",
            Self::Read => "read objects",
            Self::Delete => "delete objects",
        })
    }
}
