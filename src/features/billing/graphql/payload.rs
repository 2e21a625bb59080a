use async_graphql::{Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::checkout::OpenCheckout;
use crate::graphql::{Link, UserError};

/// Payload of `startCheckout`.
#[derive(Debug, SimpleObject)]
pub struct StartCheckoutPayload {
    /// Address of Stripe's page; send the viewer's browser there. Null when there are errors.
    url: Option<Link>,
    /// Time at which the page closes; null when there are errors.
    expires_at: Option<DateTime<Utc>>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl StartCheckoutPayload {
    pub(super) fn of(done: Result<OpenCheckout, Vec<UserError>>) -> Self {
        match done {
            Ok(OpenCheckout { url, expires_at }) => Self {
                url: Some(Link::of_another_server(url)),
                expires_at: Some(expires_at),
                errors: Vec::new(),
            },
            Err(errors) => Self {
                url: None,
                expires_at: None,
                errors,
            },
        }
    }
}

/// Payload of `openBillingPortal`.
#[derive(Debug, SimpleObject)]
pub struct OpenBillingPortalPayload {
    /// Address of Stripe's portal, for the viewer alone and for a short time; send the viewer's browser there. Null when
    /// there are errors.
    url: Option<Link>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl OpenBillingPortalPayload {
    pub(super) fn of(done: Result<String, Vec<UserError>>) -> Self {
        match done {
            Ok(url) => Self {
                url: Some(Link::of_another_server(url)),
                errors: Vec::new(),
            },
            Err(errors) => Self { url: None, errors },
        }
    }
}
