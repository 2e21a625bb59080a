use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::schema::qr;
use crate::graphql::internal;

/// QR code that links an account when the phone scans it (WhatsApp, Linked devices, Link a device).
pub struct LinkQr {
    pub(super) code: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) attempt: i32,
    pub(super) max_attempts: i32,
}

/// QR code that links an account when the phone scans it (WhatsApp, Linked devices, Link a device).
#[Object]
impl LinkQr {
    /// Text inside the QR code.
    async fn code(&self) -> &str {
        &self.code
    }

    /// QR code as a PNG in a data URI, fit for an `<img src>`.
    async fn png_data_uri(&self, ctx: &Context<'_>) -> Result<String> {
        qr::png_data_uri(&self.code).map_err(|e| internal(ctx, e))
    }

    /// QR code as an SVG document.
    async fn svg(&self, ctx: &Context<'_>) -> Result<String> {
        qr::svg(&self.code).map_err(|e| internal(ctx, e))
    }

    /// Time at which the QR code expires; the next one is pushed by then.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Number of the QR code, from 1.
    async fn attempt(&self) -> i32 {
        self.attempt
    }

    /// Number of QR codes that WhatsApp gives before the account stops; `restartAccount` begins again.
    async fn max_attempts(&self) -> i32 {
        self.max_attempts
    }
}

/// Code that links an account when it is typed on the phone (WhatsApp, Linked devices, Link a device, Link with phone
/// number instead).
#[derive(Debug, SimpleObject)]
pub struct PairingCode {
    /// Eight letters and digits.
    pub(super) code: String,
    /// Time at which the code expires; `restartAccount` brings another.
    pub(super) expires_at: DateTime<Utc>,
}
