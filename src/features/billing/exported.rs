//! The tables of the sale of Premium in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, SealedText};
use crate::features::{ExportedTable, TECHNICAL};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_key(
        "billing_customers",
        "What you are at Stripe, where you pay.",
        &[("attempt_id", "uuid")],
        &[
            Plain("stripe_id"),
            Plain("is_deleted"),
            LeftOut(
                "told_email_hash",
                "a hash of your e-mail address, which your profile has",
            ),
            LeftOut("looks", TECHNICAL),
            Plain("checked_at"),
            Plain("created_at"),
        ],
    ),
    ExportedTable::by_id(
        "billing_checkouts",
        "Pages of Stripe's on which you could buy.",
        &[
            LeftOut("choice_hash", TECHNICAL),
            Plain("stripe_id"),
            Plain("created_at"),
        ],
    ),
    ExportedTable::by_key(
        "billing_subscriptions",
        "Your subscriptions to Premium.",
        &[("id", "uuid")],
        &[
            Plain("stripe_id"),
            Plain("status"),
            Plain("billing_interval"),
            Plain("amount"),
            Plain("currency"),
            Plain("period_starts_at"),
            Plain("period_ends_at"),
            Plain("trial_ends_at"),
            Plain("cancels_at"),
            Plain("ended_at"),
            Plain("failing_since"),
            Plain("was_paid"),
            Plain("last_payment"),
            Plain("gives_premium"),
            Plain("created_at"),
        ],
    ),
    ExportedTable::by_key(
        "billing_invoices",
        "Your invoices.",
        &[("id", "uuid")],
        &[
            Plain("subscription_id"),
            Plain("stripe_id"),
            Plain("number"),
            Plain("state"),
            Plain("total"),
            Plain("paid"),
            Plain("refunded"),
            Plain("currency"),
            Plain("period_starts_at"),
            Plain("period_ends_at"),
            SealedText("hosted_url"),
            SealedText("pdf_url"),
            Plain("created_at"),
        ],
    ),
];
