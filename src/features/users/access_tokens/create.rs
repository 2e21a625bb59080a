use chrono::{DateTime, TimeDelta, Utc};

use super::error::AccessTokenRefusal;
use super::expiry;
use super::notices;
use super::text::TokenText;
use crate::features::users::confirmation::Proof;
use crate::features::users::error::UsersError;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, AccessTokenRow, NewAccessToken};
use crate::features::users::suspension::refuse_suspended;
use crate::graphql::{AccessTokenScope, ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::visible_text::{count_letters, visible_line};

/// Maximum number of tokens of a user that have not expired.
pub const MOST_ACCESS_TOKENS: i32 = 50;
/// Maximum number of letters of a name.
pub(super) const LONGEST_NAME: usize = 100;
/// Maximum number of accounts that a token may name.
pub(super) const MOST_ACCOUNTS: usize = 100;
/// Life of a token for which no end was asked.
const USUAL_LIFE: TimeDelta = TimeDelta::days(90);
pub(super) const SHORTEST_LIFE: TimeDelta = TimeDelta::days(1);
pub(super) const LONGEST_LIFE: TimeDelta = TimeDelta::days(365);
/// Time that passes between a client's clock and ours.
const LENIENCE: TimeDelta = TimeDelta::minutes(10);

/// A token that a user wants.
#[derive(Debug, Clone)]
pub struct AccessTokenWish {
    /// The name by which its owner knows it.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<AccessTokenScope>,
    /// The time at which it expires; none for 90 days from now.
    pub expires_at: Option<DateTime<Utc>>,
    /// The accounts that it is limited to, none where an id is of no account; none for all.
    pub accounts: Option<Vec<Option<AccountId>>>,
}

/// A wish without a mistake.
struct CheckedWish {
    name: String,
    scopes: Vec<AccessTokenScope>,
    expires_at: DateTime<Utc>,
    accounts: Option<Vec<AccountId>>,
}

/// A new token, and what its holder shows.
#[derive(Debug)]
pub(in crate::features::users) struct CreatedAccessToken {
    pub(in crate::features::users) row: AccessTokenRow,
    pub(in crate::features::users) text: TokenText,
}

impl UsersService {
    /// Makes a personal access token of the viewer, and tells them by mail and in the app.
    ///
    /// # Errors
    /// [`UsersError::AccessToken`] with everything that is wrong; those of [`Self::confirm`] and
    /// [`Self::begin_confirmed`].
    pub(in crate::features::users) async fn create_access_token(
        &self,
        viewer: Viewer,
        wish: AccessTokenWish,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<CreatedAccessToken, UsersError> {
        let wish = self.check(viewer.user, wish, proof).await?;
        let confirmed = self.confirm(viewer, proof, client, "new access token").await?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        // They may have been suspended since the request began, which revoked the tokens that there were.
        refuse_suspended(&mut work, viewer.user).await?;
        let now = work.now;
        let used = store::count_access_tokens(&mut work, viewer.user, now).await?;
        let used = i32::try_from(used).unwrap_or(i32::MAX);
        if used >= MOST_ACCESS_TOKENS {
            work.rollback().await?;
            return Err(UsersError::AccessToken(vec![AccessTokenRefusal::TooMany {
                used,
            }]));
        }
        let text = TokenText::generate();
        let new = NewAccessToken {
            id: work.ids.next(),
            user_id: work.user,
            token_hash: &text.hash(),
            last_four: &text.last_four(),
            name: &wish.name,
            scopes: &wish.scopes,
            account_ids: wish.accounts.as_deref(),
            created_at: now,
            expires_at: wish.expires_at,
        };
        let row = store::insert_access_token(&mut work, &new).await?;
        expiry::plan(&mut work, &row).await?;
        notices::post_created(&mut work, &row).await?;
        letters::enqueue(&mut work, LetterKind::AccessTokenCreated).await?;
        work.emit(EventKind::AccessTokenChanged, None, row.id);
        work.commit().await?;
        tracing::info!(user.id = %viewer.user, access_token.id = %row.id, "user {} created an access token", viewer.user);
        Ok(CreatedAccessToken { row, text })
    }

    /// The wish, or everything that is wrong with it.
    async fn check(
        &self,
        user: UserId,
        wish: AccessTokenWish,
        proof: &Proof,
    ) -> Result<CheckedWish, UsersError> {
        let mut wrong = Vec::new();
        let name = visible_line(&wish.name, usize::MAX).unwrap_or_default();
        let letters = count_letters(&name);
        if !(1..=LONGEST_NAME).contains(&letters) {
            wrong.push(AccessTokenRefusal::Name(letters));
        }
        let mut scopes = wish.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            wrong.push(AccessTokenRefusal::NoScope);
        }
        let now = self.core.clock.now();
        let expires_at = wish.expires_at.unwrap_or(now + USUAL_LIFE);
        let lives = SHORTEST_LIFE - LENIENCE..=LONGEST_LIFE + LENIENCE;
        if !lives.contains(&(expires_at - now)) {
            wrong.push(AccessTokenRefusal::Expiry);
        }
        let accounts = self.check_accounts(user, wish.accounts, &mut wrong).await?;
        wrong.extend(proof.mistakes().into_iter().map(AccessTokenRefusal::Proof));
        if !wrong.is_empty() {
            return Err(UsersError::AccessToken(wrong));
        }
        Ok(CheckedWish {
            name,
            scopes,
            expires_at,
            accounts,
        })
    }

    /// The accounts, each once; what is wrong with them is added to `wrong`.
    async fn check_accounts(
        &self,
        user: UserId,
        named: Option<Vec<Option<AccountId>>>,
        wrong: &mut Vec<AccessTokenRefusal>,
    ) -> Result<Option<Vec<AccountId>>, UsersError> {
        let Some(named) = named else { return Ok(None) };
        if named.is_empty() {
            wrong.push(AccessTokenRefusal::NoAccount);
        }
        if named.len() > MOST_ACCOUNTS {
            wrong.push(AccessTokenRefusal::Accounts(named.len()));
            return Ok(None);
        }
        let mut accounts: Vec<AccountId> = named.iter().flatten().copied().collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut tx = self.core.db.begin(user).await?;
        let own = store::find_own_accounts(&mut tx, &accounts).await?;
        tx.commit().await?;
        let is_own = |id: &Option<AccountId>| id.is_some_and(|id| own.contains(&id));
        let unknown = named.iter().enumerate().filter(|(_, id)| !is_own(id));
        wrong.extend(unknown.map(|(index, _)| AccessTokenRefusal::UnknownAccount(index)));
        Ok(Some(accounts))
    }
}
