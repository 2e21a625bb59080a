use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::accounts::qr;
use crate::graphql::internal;

/// A QR code that links the account when the phone scans it (WhatsApp, Linked devices, Link a device).
pub struct LinkQr {
    pub(super) code: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) attempt: i32,
    pub(super) attempts: i32,
}

/// A QR code that links the account when the phone scans it (WhatsApp, Linked devices, Link a device).
#[Object]
impl LinkQr {
    /// The text inside the code.
    async fn code(&self) -> &str {
        &self.code
    }

    /// The code as a PNG in a data URI, fit for an `<img src>`.
    async fn png(&self, ctx: &Context<'_>) -> Result<String> {
        qr::png_data_uri(&self.code).map_err(|e| internal(ctx, e))
    }

    /// The code as an SVG document.
    async fn svg(&self, ctx: &Context<'_>) -> Result<String> {
        qr::svg(&self.code).map_err(|e| internal(ctx, e))
    }

    /// Time at which the code expires; the next one is pushed by then.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Number of this code, from 1.
    async fn attempt(&self) -> i32 {
        self.attempt
    }

    /// Total number of codes before the account stops; `restartAccount` begins again.
    async fn attempts(&self) -> i32 {
        self.attempts
    }
}
