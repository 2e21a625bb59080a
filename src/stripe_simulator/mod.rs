//! A Stripe on loopback, for tests and the demonstration: subscriptions that a browser buys, and a time that moves on command.
//!
//! It speaks version `2026-09-30.endive` of the API, in shapes of its own: it shares no code with any client, so that a
//! mistake of one is seen by the other. It keeps prices, customers, subscriptions, invoices and payments, lets banks accept
//! and decline, and tells of everything by signed webhooks. It never adapts to one client, never imports another module of
//! this crate, and sends webhooks to this machine only.
//!
//! Flow: `api` lets a request in (key, version, idempotency, failures on command) and `routes` finds its function, which takes
//! `Params`, refuses what Stripe would refuse, and only then changes the `State` behind the one lock. `timeline` does what has
//! become due before and after each request. Each change is an `event`, which `webhooks` queues and `sender` delivers.
//!
//! # Calls
//!
//! Below `/v1`, by `Authorization: Bearer <key>`, with forms in and JSON out. Lists take `limit`, `starting_after` and
//! `ending_before`; every call takes `expand[]`; each `POST` takes `Idempotency-Key`.
//!
//! | Path | Methods |
//! |---|---|
//! | `products`, `products/{id}`, `prices`, `prices/{id}` | make, change, read, list |
//! | `coupons`, `coupons/{id}` | make, read |
//! | `promotion_codes`, `promotion_codes/{id}` | make, read, list |
//! | `customers`, `customers/{id}` | make, change, read, delete, list |
//! | `customers/{id}/payment_methods`, `payment_methods`, `payment_methods/{id}` | read, list |
//! | `checkout/sessions`, `/{id}`, `/{id}/line_items`, `/{id}/expire` | make (`mode=subscription`), read, list, expire |
//! | `billing_portal/sessions` | make |
//! | `subscriptions`, `/{id}`, `/{id}/resume`, `subscription_items` | make, change, end, resume, read, list |
//! | `invoices`, `/{id}`, `/{id}/lines`, `/{id}/finalize`, `/{id}/pay`, `/{id}/void` | read, list, and those |
//! | `invoice_payments`, `payment_intents`, `charges`, and `/{id}` | read, list |
//! | `refunds`, `refunds/{id}` | make, read, list |
//! | `disputes`, `disputes/{id}`, `disputes/{id}/close` | read, list, accept |
//! | `events`, `events/{id}` | read, list |
//! | `test_helpers/test_clocks`, `/{id}`, `/{id}/advance` | make, read, list, move, delete |
//!
//! A parameter that is not known here is refused as unknown, also where the real Stripe knows it. Hidden fields that can be
//! expanded: `line_items` of sessions, `payments` of invoices, `refunds` of charges, `subscriptions` of customers.
//!
//! # Pages
//!
//! `GET` shows a page and `POST` is its form, whose `do` names the button. Elements have ids for browser tests.
//!
//! | Page | Fields and buttons |
//! |---|---|
//! | `/c/pay/{session}`, the `url` of a session | `card`, `code`, `email`; `#pay-button`; `#cancel` leads to `cancel_url` |
//! | `/p/session/{token}`, the `url` of a portal session | forms `cancel`, `keep`, `price`, `card`; `#return` |
//! | `/i/{invoice}`, the `hosted_invoice_url` | `card`; `#pay-button` |
//!
//! Cards are Stripe's numbers for tests: `4242424242424242` pays, `4000000000000002` is declined, `4000000000009995` has no
//! funds, `4000000000000069` has expired, `4000000000000341` can be saved and is declined when charged, `4000000000000259` is
//! disputed; the account `DE89370400440532013000` pays after five days, and `DE62370400440532013001` does not.
//!
//! # What time does
//!
//! - A trial is announced three days before its end. At the end it is paid, or paused, cancelled or owed without a card.
//! - At the end of a period the next begins with a draft of an invoice, which is final and paid an hour later.
//! - A failed payment is tried again by the schedule of [`Dunning`]; after the last time the subscription ends, becomes unpaid
//!   or stays past due, as the settings say.
//! - A first payment is waited for for 23 hours, a checkout is open for a day, and a bank account pays after five days.
//!   While a bank pays, the subscription is active with an open invoice; it is past due if the payment fails.
//!
//! Customers that are made on a test clock live by it, all others by the clock of the simulator ([`StripeTime`]).
//!
//! # The control API
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `POST /control/actions` | an [`Action`] | the ids that came of it |
//! | `GET /control/requests` | | [`AnsweredRequest`]s |
//! | `GET /control/deliveries` | | [`Delivery`]s |
//!
//! An action is `{"kind": ...}` with these fields:
//!
//! | `kind` | Fields |
//! |---|---|
//! | `advance` | `seconds` |
//! | `payCheckout` | `session`, `card`?, `code`? |
//! | `replaceCard` | `customer`, `card` |
//! | `settlePayment` | `invoice`, `succeeds` |
//! | `dispute`, `closeDispute` | `charge`, `reason`?; `dispute`, `won` |
//! | `setDunning` | `dunning`: `{"retryAfterDays", "afterLastRetry": "cancel", "markUnpaid" or "leavePastDue"}` |
//! | `failRequests` | `requests`: `{"fault", "count"?, "method"?, "path"?}`; an [`ApiFault`] such as `"rateLimit"` |
//! | `releaseStalled` | |
//! | `setWebhookEndpoints` | `endpoints`: `[{"url", "secrets", "events"?}]` |
//! | `failWebhooks` | `fault`: `"lose"`, `"duplicate"` or `{"delay": seconds}`; `count` |
//! | `holdWebhooks`, `releaseWebhooks` | `order`: `"inOrder"`, `"reversed"` or `{"shuffled": seed}` |
//! | `resendWebhook` | `event` |
//!
//! A refusal is `{"error"}` with a 4xx status. In process there is more: [`StripeSimulator::call`] calls the API without a
//! socket, [`StripeSimulator::wait_until_delivered`] waits for webhooks, and [`StripeSimulator::take_held_webhooks`] hands them
//! to a test that delivers them in an order of its own.

mod action;
mod api;
mod billing;
mod change;
mod charge;
mod checkout;
mod checkout_calls;
mod checkout_end;
mod checkout_page;
mod clock;
mod collect;
mod control;
mod coupon;
mod customer;
mod discount;
mod dispute;
mod driver;
mod dunning;
mod error;
mod event;
mod expand;
mod faults;
mod form;
mod html;
mod idempotency;
mod ids;
mod instance;
mod instrument;
mod invoice;
mod invoice_calls;
mod invoice_page;
mod lifecycle;
mod list;
mod metadata;
mod object;
mod order;
mod pages;
mod params;
mod payment;
mod payment_method;
mod period;
mod persist;
mod portal;
mod portal_page;
mod price;
mod product;
mod promotion_code;
mod refund;
mod refusal;
mod requests;
mod routes;
mod sender;
mod shared;
mod signature;
mod start;
mod state;
mod subscription;
mod subscription_calls;
mod subscription_update;
mod template;
mod time;
mod timeline;
mod webhooks;

pub use action::Action;
pub use driver::SubscriptionInfo;
pub use dunning::{AfterLastRetry, Dunning};
pub use error::StripeSimulatorError;
pub use faults::{ApiFault, FailRequests};
pub use instance::{StripeSimulator, StripeSimulatorConfig};
pub use requests::AnsweredRequest;
pub use signature::SignedWebhook;
pub use subscription::SubscriptionStatus;
pub use time::StripeTime;
pub use webhooks::{Delivery, DeliveryState, ReleaseOrder, WebhookEndpoint, WebhookFault};
