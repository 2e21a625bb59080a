//! The users' tables in an export of their data.

use crate::features::ExportedColumn::{LeftOut, Plain, Structured};
use crate::features::{ExportedRows, ExportedTable, HighWater, SECRET, TECHNICAL};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::Rows(ExportedRows {
        file: "profile",
        owner: "id",
        until: HighWater::None,
        ..ExportedRows::by_id(
            "users",
            "Your user on this server.",
            &[
                Plain("email"),
                LeftOut("password_hash", SECRET),
                Plain("display_name"),
                Plain("locale"),
                Plain("time_zone"),
                Plain("plan"),
                Plain("email_verified_at"),
                Plain("created_at"),
                Plain("retention_grace_until"),
                Plain("deletion_at"),
                Plain("role"),
                Plain("suspended_at"),
                Plain("suspension_reason"),
                Plain("has_password"),
                Plain("granted_plan"),
                Plain("bought_plan"),
            ],
        )
    }),
    ExportedTable::Rows(ExportedRows {
        file: "sessions",
        ..ExportedRows::by_id(
            "logins",
            "Your sessions: where and when you logged in.",
            &[
                Plain("user_agent"),
                Plain("ip_address"),
                Plain("created_at"),
                Plain("last_used_at"),
                Plain("expires_at"),
                Plain("revoked_at"),
                Plain("external_identity_id"),
                LeftOut("issuer_session", TECHNICAL),
                Plain("authenticated_at"),
            ],
        )
    }),
    ExportedTable::by_id(
        "email_changes",
        "Changes of your e-mail address.",
        &[
            Plain("old_email"),
            Plain("new_email"),
            Plain("requested_at"),
            Plain("confirmed_at"),
            Plain("revertible_until"),
        ],
    ),
    ExportedTable::by_id(
        "external_identities",
        "Your identities at the issuer by whose tokens you sign in.",
        &[
            Plain("issuer"),
            Plain("subject"),
            Plain("email"),
            Plain("linked_at"),
            Plain("last_seen_at"),
        ],
    ),
    ExportedTable::by_id(
        "external_link_requests",
        "Identities that you were asked about by mail, and did not answer for yet.",
        &[
            Plain("issuer"),
            Plain("subject"),
            Plain("email"),
            Plain("requested_at"),
        ],
    ),
    ExportedTable::by_id(
        "two_factor_methods",
        "Your second factors: that and since when you have one.",
        &[
            Plain("kind"),
            LeftOut("sealed_secret", SECRET),
            Plain("created_at"),
            Plain("enabled_at"),
            LeftOut("last_step", TECHNICAL),
        ],
    ),
    ExportedTable::by_id(
        "access_tokens",
        "Your personal access tokens, without the tokens themselves.",
        &[
            LeftOut("token_hash", SECRET),
            Plain("last_four"),
            Plain("name"),
            Structured("scopes"),
            Structured("account_ids"),
            Plain("created_at"),
            Plain("expires_at"),
            Plain("last_used_at"),
            Plain("last_used_from"),
        ],
    ),
    ExportedTable::LeftOut("recovery_codes", SECRET),
    ExportedTable::LeftOut("mail_tokens", SECRET),
    ExportedTable::LeftOut("refresh_tokens", SECRET),
];
