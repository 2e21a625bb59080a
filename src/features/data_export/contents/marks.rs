use chrono::{DateTime, Utc};
use ulid::Ulid;
use uuid::Uuid;

use crate::hub;
use crate::id::{MediaId, UserId};
use crate::work::{Core, WorkError};

/// The ends of what an export holds, taken when it began.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::data_export) struct Marks {
    /// The time at which it began.
    pub(in crate::features::data_export) taken_at: DateTime<Utc>,
    /// The greatest id of that time.
    pub(super) id: Uuid,
    /// The number of the newest event.
    pub(super) sequence: i64,
}

impl Marks {
    /// Takes the marks of `user`.
    ///
    /// # Errors
    /// [`WorkError`].
    pub(in crate::features::data_export) async fn take(core: &Core, user: UserId) -> Result<Self, WorkError> {
        let mut work = core.begin(user).await?;
        let millis = u64::try_from(work.now.timestamp_millis()).unwrap_or(0);
        let marks = Self {
            taken_at: work.now,
            id: Ulid::from_parts(millis, u128::MAX).into(),
            sequence: hub::load_newest(&mut work, user).await?,
        };
        work.rollback().await?;
        Ok(marks)
    }

    /// The greatest id of a file.
    pub(in crate::features::data_export) fn media(&self) -> MediaId {
        self.id.into()
    }
}
