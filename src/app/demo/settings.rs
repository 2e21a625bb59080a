//! What a new user turns on by hand.

use crate::app::Services;
use crate::contacts::AccountRef;
use crate::features::statuses::AutoLikeChange;

/// Turns everything on that an account of any plan may have.
pub(super) async fn turn_on(services: &Services, account: AccountRef) -> anyhow::Result<()> {
    let auto_like = AutoLikeChange {
        is_enabled: Some(true),
        ..AutoLikeChange::default()
    };
    services.statuses.update_auto_like(account, auto_like).await?;
    services.view_once.update(account, Some(true)).await?;
    Ok(())
}
