use crate::graphql::Admin;
use crate::id::UserId;
use crate::text_enum::text_enum;

text_enum! {
    /// Kind of the person who did or saw something. Clients must expect kinds that are added later.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "AuditActor")]
    pub enum ActorKind {
        /// An admin of this server, signed in.
        Admin = "ADMIN",
        /// The operator of the server, by a command on its machine.
        Operator = "OPERATOR",
    }
}

/// The person who does something to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An admin, with the proof that they are one.
    Admin(Admin),
    /// The operator, at the command line.
    Operator,
}

impl Actor {
    /// The kind of person.
    pub const fn kind(self) -> ActorKind {
        match self {
            Self::Admin(_) => ActorKind::Admin,
            Self::Operator => ActorKind::Operator,
        }
    }

    /// The admin; none for the operator.
    pub fn admin(self) -> Option<UserId> {
        match self {
            Self::Admin(admin) => Some(admin.user()),
            Self::Operator => None,
        }
    }
}
