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

/// What an account does with new statuses.
#[derive(Debug, Clone)]
pub struct AutoLikeSettings(pub AutoLike);

/// What an account does with new statuses.
#[Object]
impl AutoLikeSettings {
    /// Whether statuses are liked. Off until it is turned on.
    async fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }

    /// The emoji to like with.
    async fn emoji(&self) -> &str {
        self.0.emoji.as_str()
    }

    /// The contacts whose statuses are liked with another emoji; with this plan, or an earlier one of yours.
    async fn contact_emojis(&self) -> Vec<ContactEmojiOf> {
        self.0
            .contact_emojis
            .iter()
            .cloned()
            .map(ContactEmojiOf)
            .collect()
    }

    /// Whose statuses are liked.
    async fn scope(&self) -> ContactScope {
        self.0.scope
    }

    /// Whom the scope names.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let contacts = self.0.contacts.iter().map(|id| Contact::load(ctx, *id));
        futures::future::try_join_all(contacts).await
    }

    /// Whether statuses of contacts that the owner muted are left alone.
    async fn skip_muted(&self) -> bool {
        self.0.skips_muted
    }

    /// Whether the authors of liked statuses see that the owner looked. Off until it is turned on; without it a like is
    /// sent all the same.
    async fn sends_view_receipt(&self) -> bool {
        self.0.sends_view_receipt
    }

    /// How many likes are sent in any hour at most; further statuses are skipped.
    async fn max_per_hour(&self) -> i32 {
        self.0.max_per_hour
    }

    /// When nothing is liked, every day; null when there is no such time. It rests while the plan has no quiet hours.
    async fn quiet_hours(&self) -> Option<QuietSpan> {
        self.0.quiet_hours.map(|hours| {
            let (from, until) = hours.texts();
            QuietSpan { from, until }
        })
    }
}

/// The emoji with which the statuses of one contact are liked.
#[derive(Debug, Clone)]
pub struct ContactEmojiOf(ContactEmoji);

/// The emoji with which the statuses of one contact are liked.
#[Object(name = "ContactEmoji")]
impl ContactEmojiOf {
    /// Whose statuses.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// The emoji.
    async fn emoji(&self) -> &str {
        self.0.emoji.as_str()
    }
}

/// The emoji with which the statuses of one contact are to be liked.
#[derive(Debug, InputObject)]
pub struct ContactEmojiInput {
    /// Whose statuses: a contact of the account.
    contact_id: ID,
    /// Exactly one emoji; null to like theirs as everybody else's.
    emoji: Option<String>,
}

/// A span of every day, by the clock of the user's time zone. It may go over midnight.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "QuietHours")]
pub struct QuietSpan {
    /// Its first minute, such as `22:00`.
    from: String,
    /// The minute after its last, such as `07:30`.
    until: String,
}

/// A span of every day, by the clock of the user's time zone. It may go over midnight.
#[derive(Debug, InputObject)]
pub struct QuietHoursInput {
    /// Its first minute, such as `22:00`.
    from: String,
    /// The minute after its last, such as `07:30`; another than `from`.
    until: String,
}

/// What to change of an account's auto-like. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateAutoLikeInput {
    /// The account.
    account_id: ID,
    /// Whether statuses are liked. False takes back the likes that wait to be sent.
    is_enabled: Option<bool>,
    /// What to like with: exactly one emoji.
    emoji: Option<String>,
    /// With what else to like the statuses of some contacts. Contacts that are not named keep theirs. Needs Premium, but
    /// for taking one away.
    contact_emojis: Option<Vec<ContactEmojiInput>>,
    /// Whose statuses are liked. `ONLY` and `EXCEPT` need Premium.
    scope: Option<ContactScope>,
    /// Whom the scope names, at most 1,000 contacts of the account; replaces the list. Needs Premium.
    contact_ids: Option<Vec<ID>>,
    /// Whether statuses of muted contacts are left alone.
    skip_muted: Option<bool>,
    /// Whether the authors of liked statuses see that the owner looked, unless the phone's read receipts are off.
    sends_view_receipt: Option<bool>,
    /// How many likes are sent in any hour at most, 1 to 120.
    max_per_hour: Option<i32>,
    /// When nothing is liked; null for never. Needs Premium.
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

/// What came of a change of auto-like.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AutoLikePayload {
    /// The settings as they are now; null when nothing was changed.
    auto_like: Option<AutoLikeSettings>,
    /// What was wrong; empty when the change was made.
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

/// What users change about statuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "StatusesMutation")]
impl Mutation {
    /// Changes what an account does with new statuses: all that the input names, or nothing.
    async fn update_auto_like(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateAutoLikeInput,
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

    /// Tells what a change of auto-like would have done with the statuses of the last 24 hours, as if it had been on.
    /// Changes nothing.
    async fn preview_auto_like(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change; the rest is as it is.")] input: UpdateAutoLikeInput,
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

    /// Fetches the picture, video or sound of a status from WhatsApp, which serves it for about as long as it shows the
    /// status; once more, if it could not be had before. Answers at once; a `STATUS_CHANGED` event tells when
    /// `media.state` is final.
    async fn fetch_status_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose media.")] input: FetchStatusMediaInput,
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
