//! The macro that turns the table of features into the services, the merged types of the schema, and the registry.

/// Defines, from one row a feature: [`FeatureServices`](super::FeatureServices), [`FEATURES`](super::FEATURES), and the
/// merged types of the schema (`Query`, `Mutation`, `Subscription`, `Viewer`, `Account`, `Administration`, `Node`,
/// `KeptMessage`, `Event`).
///
/// A row names the feature's folder and, of these, what it has:
///
/// - `feature`: the type that implements [`Feature`](super::Feature);
/// - `services`: the field in `FeatureServices` and the type, made `From<&Parts>`;
/// - `query`, `mutation`, `subscription`: its roots, beside the subscriptions to its events;
/// - `viewer`, `account`: the fields that it adds to `Viewer` (made of the user's id) and to `Account` (made of the
///   account's reference);
/// - `admin`: the fields that it adds to `Administration`, made of the proof that the viewer is an admin: there is no other
///   way to make them;
/// - `nodes`: its types that `node(id:)` finds, with the type of their ids;
/// - `kept`: its type of kept messages, one of the nodes;
/// - `account_events`, `user_events`: its types of events, those that happen to an account and those that do not. Each
///   names in brackets the subscription to it, then the kinds that it carries. The sentence above it describes the
///   subscription, in the words of the event's own description.
macro_rules! features {
    ($(
        $(#[doc = $doc:literal])+
        $folder:ident {
            $(feature: $Feature:ident;)?
            $(services: $($service:ident: $Service:ident),+;)?
            $(query: $Query:ident;)?
            $(mutation: $($Mutation:ident),+;)?
            $(subscription: $Subscription:ident;)?
            $(viewer: $($ViewerFields:ident),+;)?
            $(account: $AccountFields:ident;)?
            $(admin: $($AdminFields:ident),+;)?
            $(nodes: $($Node:ident($NodeId:ident)),+;)?
            $(kept: $Kept:ident;)?
            $(account_events: $(
                $(#[$account_doc:meta])+
                $AccountEvent:ident($account_changed:ident) = $($AccountKind:ident)|+
            ),+;)?
            $(user_events: $(
                $(#[$user_doc:meta])+
                $UserEvent:ident($user_changed:ident) = $($UserKind:ident)|+
            ),+;)?
        }
    )+) => {
        /// Every feature that takes part in more than the schema. Features read events in this order.
        pub static FEATURES: &[&dyn Feature] = &[$($(&$folder::$Feature,)?)+];

        /// The verbs of every feature.
        #[derive(Debug, Clone)]
        pub struct FeatureServices {
            /// The database, keys, hub, clock and ids.
            pub core: Core,
            $($(
                $(
                    #[doc = concat!("The verbs of `", stringify!($folder), "`.")]
                    pub $service: $folder::$Service,
                )+
            )?)+
        }

        impl FeatureServices {
            /// The services on `parts`.
            pub fn new(parts: &Parts) -> Self {
                Self {
                    core: parts.core.clone(),
                    $($($($service: parts.into(),)+)?)+
                }
            }

            /// Adds the services to a schema, for its resolvers to call.
            pub fn add_to<Q, M, S>(&self, schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
                schema
                    .data(self.core.clone())
                    .data(self.core.db.clone())
                    .data(SharedHub::clone(&self.core.hub))
                    $($($(.data(self.$service.clone()))+)?)+
            }
        }

        /// Everything that can be read.
        #[derive(Default, MergedObject)]
        pub struct Query(schema::ServerQuery, $($($folder::$Query,)?)+ schema::NodeQuery);

        /// Everything that can be done.
        #[derive(Default, MergedObject)]
        pub struct Mutation($($($($folder::$Mutation,)+)?)+);

        /// Everything that can be listened to.
        #[derive(Default, MergedSubscription)]
        pub struct Subscription(schema::EventsSubscription, TypedSubscriptions, $($($folder::$Subscription,)?)+);

        /// One subscription for each type of event.
        #[derive(Debug, Clone, Copy, Default)]
        pub struct TypedSubscriptions;

        #[async_graphql::Subscription]
        impl TypedSubscriptions {
            $($($(
                $(#[$account_doc])+
                /// First the events after the cursor `after`, then new ones as they happen, each exactly once and in order.
                async fn $account_changed(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(
                        desc = "`cursor` of the last event received, to resume after it; only new events when absent."
                    )]
                    after: Option<Cursor>,
                    #[graphql(
                        desc = "Ids of accounts: only events of these, none for an empty list; of all accounts when absent."
                    )]
                    account_ids: Option<Vec<ID>>,
                ) -> Result<impl Stream<Item = Result<$folder::$AccountEvent>> + use<>> {
                    let kinds = vec![$(EventKind::$AccountKind),+];
                    schema::subscribe(ctx, after, account_ids, Some(kinds)).await
                }
            )+)?)+
            $($($(
                $(#[$user_doc])+
                /// First the events after the cursor `after`, then new ones as they happen, each exactly once and in order.
                async fn $user_changed(
                    &self,
                    ctx: &Context<'_>,
                    #[graphql(
                        desc = "`cursor` of the last event received, to resume after it; only new events when absent."
                    )]
                    after: Option<Cursor>,
                ) -> Result<impl Stream<Item = Result<$folder::$UserEvent>> + use<>> {
                    let kinds = vec![$(EventKind::$UserKind),+];
                    schema::subscribe(ctx, after, None, Some(kinds)).await
                }
            )+)?)+
        }

        /// The signed-in user, with everything that is theirs.
        #[derive(MergedObject)]
        pub struct Viewer(pub(super) users::ViewerFields, $($($($folder::$ViewerFields,)+)?)+ schema::EventsViewerFields);

        impl Viewer {
            /// The user, with the fields that each feature adds.
            pub fn of(user: impl Into<users::ViewerFields>) -> Self {
                let user = user.into();
                let id = user.id;
                Self(
                    user,
                    $($($($folder::$ViewerFields(id),)+)?)+
                    schema::EventsViewerFields(id),
                )
            }
        }

        /// One linked WhatsApp number of a user.
        #[derive(MergedObject)]
        pub struct Account(pub(super) accounts::AccountFields, $($($folder::$AccountFields,)?)+);

        impl Account {
            /// The account of a row, with the fields that each feature adds.
            pub fn new(account: accounts::OpenAccount) -> Self {
                let reference = account.row.reference();
                Self(
                    accounts::AccountFields(account),
                    $($($folder::$AccountFields(reference),)?)+
                )
            }
        }

        /// Administration of the whole server: all users, their accounts, and the work that waits or fails. Nothing that
        /// users keep is in it, no message and no name or number of WhatsApp. The users concerned read of each look in
        /// `viewer.auditLog`.
        #[derive(MergedObject)]
        pub struct Administration($($($(pub(super) $folder::$AdminFields,)+)?)+);

        impl Administration {
            /// The whole server, for an admin.
            pub const fn of(admin: Admin) -> Self {
                Self($($($($folder::$AdminFields(admin),)+)?)+)
            }
        }

        /// Anything that has an id and can be loaded by it.
        #[derive(Interface)]
        #[graphql(field(
            name = "id",
            ty = "ID",
            desc = "Globally unique, stable id. Pass it to `node(id:)`; do not parse it."
        ))]
        #[expect(missing_docs, reason = "each type of node has a description of its own")]
        pub enum Node {
            Account(Account),
            Chat(schema::Chat),
            Contact(schema::Contact),
            Media(schema::Media),
            User(users::User),
            Viewer(Viewer),
            $($($($Node($folder::$Node),)+)?)+
        }

        impl Node {
            /// Loads the viewer's thing of the type that is called `kind` in global ids.
            pub(super) async fn load(ctx: &Context<'_>, kind: &str, ulid: Ulid) -> Option<Result<Self>> {
                Some(match kind {
                    AccountId::KIND => Account::load(ctx, ulid.into()).await.map(Self::Account),
                    ChatId::KIND => schema::Chat::load(ctx, ulid.into()).await.map(Self::Chat),
                    ContactId::KIND => schema::Contact::load(ctx, ulid.into()).await.map(Self::Contact),
                    MediaId::KIND => schema::Media::load(ctx, ulid.into()).await.map(Self::Media),
                    UserId::KIND => users::User::load(ctx, ulid.into()).await.map(Self::User),
                    ViewerId::KIND => Viewer::load(ctx, ulid.into()).await.map(Self::Viewer),
                    $($($(
                        $folder::$NodeId::KIND => $folder::$Node::load(ctx, ulid.into()).await.map(Self::$Node),
                    )+)?)+
                    _ => return None,
                })
            }
        }

        /// A message that AMDA keeps for the viewer beyond what WhatsApp shows. Each type of it is a `Node`.
        #[derive(Debug, Interface)]
        #[graphql(
            field(
                name = "id",
                ty = "ID",
                desc = "Globally unique, stable id. Pass it to `node(id:)`; do not parse it."
            ),
            field(name = "account", ty = "Account", desc = "The account that received the message."),
            field(name = "chat", ty = "schema::Chat", desc = "Chat of the message."),
            field(name = "sender", ty = "schema::Contact", desc = "Sender of the message."),
            field(name = "kind", ty = "schema::KeptMessageKind", desc = "Kind of the message."),
            field(
                name = "text",
                method = "kept_text",
                ty = "Option<&str>",
                desc = "Text of the message, or caption of its media; null when there is none or it is not available."
            ),
            field(
                name = "media",
                ty = "Option<schema::Media>",
                desc = "Picture, video, sound or file of the message; null when there is none or it is not available."
            ),
            field(
                name = "sent_at",
                ty = "DateTime<Utc>",
                desc = "Time of sending, by WhatsApp's clock."
            )
        )]
        #[expect(missing_docs, reason = "each type of kept message has a description of its own")]
        pub enum KeptMessage {
            $($($Kept($folder::$Kept),)?)+
        }

        /// A change of the viewer's data. Events are numbered without a gap, so a client can prove that it missed none.
        /// New types of events may be added.
        #[derive(Interface)]
        #[graphql(
            field(
                name = "cursor",
                ty = "&Cursor",
                desc = "Position of the event in the stream. Pass it as `after` to receive the events that follow."
            ),
            field(
                name = "sequence",
                ty = "&i64",
                desc = "Number of the event in the user's stream: 1, 2, 3 and so on without a gap."
            ),
            field(name = "kind", ty = "&EventKind", desc = "Kind of the event: the change that happened."),
            field(
                name = "occurred_at",
                ty = "&DateTime<Utc>",
                desc = "Time at which the change happened."
            ),
            field(
                name = "account",
                ty = "Option<Account>",
                desc = "The account that the change happened to, in its present state; null when it happened to none, \
                        or when the account was removed since."
            )
        )]
        #[expect(missing_docs, reason = "each type of event has a description of its own")]
        pub enum Event {
            $(
                $($($AccountEvent($folder::$AccountEvent),)+)?
                $($($UserEvent($folder::$UserEvent),)+)?
            )+
        }

        /// The subscription to events of this kind, as its function is named.
        pub(super) const fn subscription_to(kind: EventKind) -> &'static str {
            match kind {
                $(
                    $($($(EventKind::$AccountKind)|+ => stringify!($account_changed),)+)?
                    $($($(EventKind::$UserKind)|+ => stringify!($user_changed),)+)?
                )+
            }
        }

        impl From<ShownEvent> for Event {
            fn from(event: ShownEvent) -> Self {
                match event.row.event.kind {
                    $(
                        $($($(EventKind::$AccountKind)|+ => Self::$AccountEvent(event.into()),)+)?
                        $($($(EventKind::$UserKind)|+ => Self::$UserEvent(event.into()),)+)?
                    )+
                }
            }
        }
    };
}
