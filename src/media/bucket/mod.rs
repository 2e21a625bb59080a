//! A bucket of a server that speaks S3: opened, checked by using it, and what its errors mean to an operator.
//!
//! Every error that leaves this folder is in the words of [`BucketError`]: what a server answered, which may repeat a
//! request with its signature, goes into no log.

mod check;
mod error;
mod explain;
mod open;
mod sign;

use std::sync::Arc;

use object_store::aws::AmazonS3;
use object_store::path::Path as Name;
use url::Url;

use super::place::Place;

pub use check::check_bucket;
pub use error::{Action, BucketError};
pub(super) use explain::BucketNames;

/// A bucket, below its prefix.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Its objects, with names without the prefix.
    pub(super) place: Place,
    /// The whole bucket.
    whole: Arc<AmazonS3>,
    names: Arc<BucketNames>,
    prefix: Name,
    cdn_url: Option<Url>,
}
