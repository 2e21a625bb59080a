use async_graphql::{ComplexObject, Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::super::auto_like::AutoLike;
use super::super::change::AutoLikeChange;
use super::super::emoji::ContactEmoji;
use super::super::error::Refusal;
use super::super::quiet_hours::QuietHours;
use super::super::service::StatusesService;
use super::errors::refused;
use super::media::{FetchStatusMediaInput, FetchStatusMediaPayload};
use super::objects::Status;
use super::preview::{AutoLikePreview, PreviewAutoLikePayload};
use crate::account::AccountRef;
use crate::features::schema::{Account, Contact, ContactScope};
use crate::features::statuses::StatusId;
use crate::graphql::{Entity, UserError, parse_ids, viewer};
use crate::id::{AccountId, ContactId};

/// Settings of auto-like: which new statuses of contacts are liked, and how.
#[derive(Debug, Clone)]
pub struct AutoLikeSettings(pub AutoLike);

/// Settings of auto-like: which new statuses of contacts are liked, and how.
#[Object]
impl AutoLikeSettings {
    /// True when new statuses are liked. Off by default.
    async fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }

    /// Emoji of the likes.
    async fn emoji(&self) -> &str {
        self.0.emoji.as_str()
    }

    /// Contacts whose statuses are liked with another emoji. Entries are kept, but not used, while the plan does not
    /// include them.
    async fn contact_emojis(&self) -> Vec<ContactEmojiOf> {
        self.0
            .contact_emojis
            .iter()
            .cloned()
            .map(ContactEmojiOf)
            .collect()
    }

    /// Selection of the authors whose statuses are liked.
    async fn scope(&self) -> ContactScope {
        self.0.scope
    }

    /// Contacts that the scope includes or leaves out.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let contacts = self.0.contacts.iter().map(|id| Contact::load(ctx, *id));
        futures::future::try_join_all(contacts).await
    }

    /// True when statuses of contacts that the owner muted are skipped.
    async fn skip_muted(&self) -> bool {
        self.0.skips_muted
    }

    /// True when a view receipt is sent before each like, so that the author sees that the owner viewed the status. Off
    /// by default; likes are sent either way.
    async fn sends_view_receipt(&self) -> bool {
        self.0.sends_view_receipt
    }

    /// Maximum number of likes in any hour; further statuses are skipped.
    async fn max_per_hour(&self) -> i32 {
        self.0.max_per_hour
    }

    /// Daily span without likes; null when there is none. Not used while the plan has no quiet hours.
    async fn quiet_hours(&self) -> Option<QuietSpan> {
        self.0.quiet_hours.map(|hours| {
            let (from, until) = hours.texts();
            QuietSpan { from, until }
        })
    }
}

/// Emoji for the statuses of one contact.
#[derive(Debug, Clone)]
pub struct ContactEmojiOf(ContactEmoji);

/// Emoji for the statuses of one contact.
#[Object(name = "ContactEmoji")]
impl ContactEmojiOf {
    /// Author of the statuses.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// The emoji.
    async fn emoji(&self) -> &str {
        self.0.emoji.as_str()
    }
}

/// New emoji for the statuses of one contact.
#[derive(Debug, InputObject)]
pub struct ContactEmojiInput {
    /// Author of the statuses; must be a contact of the account.
    contact_id: ID,
    /// Exactly one emoji; null to use the emoji of the account again.
    emoji: Option<String>,
}

/// Daily span in the user's time zone. The span may cross midnight.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "QuietHours")]
pub struct QuietSpan {
    /// First minute, such as `22:00`.
    from: String,
    /// Minute after the last, such as `07:30`.
    until: String,
}

/// Daily span in the user's time zone. The span may cross midnight.
#[derive(Debug, InputObject)]
pub struct QuietHoursInput {
    /// First minute, such as `22:00`.
    from: String,
    /// Minute after the last, such as `07:30`; must differ from `from`.
    until: String,
}

/// Change of the auto-like settings of an account. Fields that are absent leave their setting unchanged.
#[derive(Debug, InputObject)]
pub struct UpdateAutoLikeInput {
    /// The account.
    account_id: ID,
    /// True to like new statuses. False also cancels the likes that wait to be sent.
    is_enabled: Option<bool>,
    /// Emoji of the likes: exactly one emoji.
    emoji: Option<String>,
    /// Emojis for single contacts. Contacts that are not in the list keep theirs. Needs Premium, except to remove an
    /// emoji.
    contact_emojis: Option<Vec<ContactEmojiInput>>,
    /// Selection of the authors whose statuses are liked. `ONLY` and `EXCEPT` need Premium.
    scope: Option<ContactScope>,
    /// Contacts that the scope includes or leaves out: at most 1,000 contacts of the account. Replaces the list. Needs
    /// Premium.
    contact_ids: Option<Vec<ID>>,
    /// True to skip statuses of muted contacts.
    skip_muted: Option<bool>,
    /// True to send a view receipt before each like, unless the phone's read receipts are off.
    sends_view_receipt: Option<bool>,
    /// Maximum number of likes in any hour, 1 to 120.
    max_per_hour: Option<i32>,
    /// Daily span without likes; null for none. Needs Premium.
    quiet_hours: MaybeUndefined<QuietHoursInput>,
}

impl UpdateAutoLikeInput {
    fn parse(self) -> Result<(AccountId, AutoLikeChange), UserError> {
        let account = AccountId::from_global(&self.account_id)
            .map_err(|e| UserError::invalid(&["accountId"], e.to_string()))?;
        let is_emptied = self.contact_ids.as_ref().is_some_and(Vec::is_empty);
        let listed = parse_ids(self.contact_ids, ContactId::from_global)
            .map_err(|e| UserError::invalid(&["contactIds"], e.message))?;
        let quiet_hours = match self.quiet_hours {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(span) => Some(Some(parse_hours(&span)?)),
        };
        let change = AutoLikeChange {
            is_enabled: self.is_enabled,
            emoji: self.emoji,
            contact_emojis: parse_emojis(self.contact_emojis.unwrap_or_default())?,
            scope: self.scope,
            contacts: if is_emptied { Some(Vec::new()) } else { listed },
            skips_muted: self.skip_muted,
            sends_view_receipt: self.sends_view_receipt,
            max_per_hour: self.max_per_hour,
            quiet_hours,
        };
        Ok((account, change))
    }
}

fn parse_emojis(named: Vec<ContactEmojiInput>) -> Result<Vec<(ContactId, Option<String>)>, UserError> {
    let parse = |(index, one): (usize, ContactEmojiInput)| {
        let contact = ContactId::from_global(&one.contact_id).map_err(|e| {
            UserError::invalid(&["contactEmojis", &index.to_string(), "contactId"], e.to_string())
        })?;
        Ok((contact, one.emoji))
    };
    named.into_iter().enumerate().map(parse).collect()
}

fn parse_hours(span: &QuietHoursInput) -> Result<QuietHours, UserError> {
    QuietHours::parse(&span.from, &span.until).ok_or_else(|| {
        let wrong = "pass two different times of the form 22:30, from 00:00 to 23:59";
        UserError::invalid(&["quietHours"], wrong)
    })
}

/// Result of `updateAutoLike`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AutoLikePayload {
    /// The settings after the change; null when nothing was changed.
    auto_like: Option<AutoLikeSettings>,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
    #[graphql(skip)]
    account_id: Option<AccountId>,
}

#[ComplexObject]
impl AutoLikePayload {
    /// The account; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.account_id {
            Some(id) => Account::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }
}

impl AutoLikePayload {
    fn wrong(error: UserError) -> Self {
        Self {
            auto_like: None,
            errors: vec![error],
            account_id: None,
        }
    }
}

/// Mutations of the statuses feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "StatusesMutation")]
impl Mutation {
    /// Changes the auto-like settings of an account: all fields of the input, or nothing.
    async fn update_auto_like(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateAutoLikeInput,
    ) -> Result<AutoLikePayload> {
        let user = viewer(ctx)?.user;
        let (id, change) = match input.parse() {
            Ok(parsed) => parsed,
            Err(wrong) => return Ok(AutoLikePayload::wrong(wrong)),
        };
        let service = ctx.data_unchecked::<StatusesService>();
        match service.update_auto_like(AccountRef { id, user }, change).await {
            Ok(settings) => Ok(AutoLikePayload {
                auto_like: Some(AutoLikeSettings(settings)),
                errors: Vec::new(),
                account_id: Some(id),
            }),
            Err(error) => refused(ctx, error).map(AutoLikePayload::wrong),
        }
    }

    /// Previews a change of auto-like: the result that it would have had for the statuses of the last 24 hours, as if
    /// auto-like had been on. Changes nothing.
    async fn preview_auto_like(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change to preview.")] input: UpdateAutoLikeInput,
    ) -> Result<PreviewAutoLikePayload> {
        let user = viewer(ctx)?.user;
        let (id, change) = match input.parse() {
            Ok(parsed) => parsed,
            Err(wrong) => return Ok(PreviewAutoLikePayload::wrong(wrong)),
        };
        let service = ctx.data_unchecked::<StatusesService>();
        match service.preview_auto_like(AccountRef { id, user }, change).await {
            Ok(previewed) => Ok(PreviewAutoLikePayload {
                preview: Some(AutoLikePreview(previewed)),
                errors: Vec::new(),
            }),
            Err(error) => refused(ctx, error).map(PreviewAutoLikePayload::wrong),
        }
    }

    /// Fetches the picture, video or sound of a status from WhatsApp, which serves it for about as long as it shows
    /// the status. Also retries after a failed attempt. Answers at once; a `STATUS_MEDIA_CHANGED` event follows when
    /// `media.state` is final.
    async fn fetch_status_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The status.")] input: FetchStatusMediaInput,
    ) -> Result<FetchStatusMediaPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<StatusesService>();
        let fetching = match StatusId::from_global(&input.status_id) {
            Ok(id) => service.fetch_media(user, id).await,
            Err(_) => Err(Refusal::UnknownStatus.into()),
        };
        let (status, errors) = match fetching {
            Ok(status) => (Some(Status(status)), Vec::new()),
            Err(error) => (None, vec![refused(ctx, error)?]),
        };
        Ok(FetchStatusMediaPayload { status, errors })
    }
}
