use crate::text_enum::text_enum;

text_enum! {
    /// Action of an entry in the audit log. Clients must expect actions that are added later.
    #[derive(async_graphql::Enum)]
    pub enum AuditAction {
        /// An admin saw the user in a list of users, with e-mail address, name and plan.
        UserListed = "USER_LISTED",
        /// An admin opened the details of the user.
        UserViewed = "USER_VIEWED",
        /// An admin saw the states of the user's accounts, without names and numbers.
        AccountsViewed = "ACCOUNTS_VIEWED",
        /// An admin saw the user's sessions, with network addresses and clients.
        SessionsViewed = "SESSIONS_VIEWED",
        /// An admin saw deliveries to the user's webhook endpoints that fail, with the host of the endpoint.
        WebhooksViewed = "WEBHOOKS_VIEWED",
        /// Another plan was granted: `plan` in place of `previousPlan`. A larger one that the user bought stays.
        PlanSet = "PLAN_SET",
        /// All sessions were ended: `endedSessions` of them.
        SessionsEnded = "SESSIONS_ENDED",
        /// The user was suspended, which ended `endedSessions`. `reason` says why, where a reason was given.
        Suspended = "SUSPENDED",
        /// The suspension was taken back.
        Unsuspended = "UNSUSPENDED",
        /// The user was given another password, which ended `endedSessions`.
        PasswordReset = "PASSWORD_RESET",
        /// The two-factor authentication of the user was turned off.
        TwoFactorDisabled = "TWO_FACTOR_DISABLED",
        /// The deletion of the user was asked for.
        DeletionRequested = "DELETION_REQUESTED",
        /// The user was made an admin.
        AdminGranted = "ADMIN_GRANTED",
        /// The user is no admin any more.
        AdminRevoked = "ADMIN_REVOKED",
    }
}

impl AuditAction {
    /// True for what was only seen: it changed nothing, and the user gets no notice of it.
    pub const fn is_look(self) -> bool {
        matches!(
            self,
            Self::UserListed
                | Self::UserViewed
                | Self::AccountsViewed
                | Self::SessionsViewed
                | Self::WebhooksViewed
        )
    }
}
