use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::BootTime;
use crate::db::Fence;
use crate::id::AccountId;

/// Longest sleep between two looks at the clock: timers stand still while the machine sleeps.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Lease of one account that this node claimed. Clones share it.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct Lease {
    fence: Fence,
    ends: Arc<watch::Sender<BootTime>>,
    claimed: BootTime,
}

impl Lease {
    /// The lease of a claim with the number `fence`, which was asked for at `claimed`. It holds until `ends`.
    pub(in crate::whatsapp) fn new(
        account: AccountId,
        fence: i64,
        claimed: BootTime,
        ends: BootTime,
    ) -> Self {
        Self {
            fence: Fence::new(account, fence),
            ends: Arc::new(watch::Sender::new(ends)),
            claimed,
        }
    }

    /// The fence that commits compare.
    pub(in crate::whatsapp) const fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Time at which the claim was asked for.
    pub(in crate::whatsapp) const fn claimed(&self) -> BootTime {
        self.claimed
    }

    /// Notes that the lease was renewed and holds until `ends`. One that was over stays over.
    pub(in crate::whatsapp) fn extend(&self, ends: BootTime) {
        if self.is_live() {
            self.ends.send_replace(ends);
        }
    }

    /// Returns true while the account is this node's.
    pub(in crate::whatsapp) fn is_live(&self) -> bool {
        if self.ends.borrow().left().is_zero() {
            self.fence.lose();
        }
        !self.fence.is_lost()
    }

    /// Returns when the lease is over. It is never held again.
    pub(in crate::whatsapp) async fn over(&self) {
        while self.is_live() {
            let left = self.ends.borrow().left();
            tokio::select! {
                () = self.fence.lost() => {}
                () = tokio::time::sleep(left.min(LONGEST_SLEEP)) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(left: Duration) -> Lease {
        let now = BootTime::now();
        Lease::new(uuid::Uuid::from_u128(1).into(), 1, now, now + left)
    }

    #[tokio::test]
    async fn a_lease_that_is_not_renewed_is_over_and_cannot_be_renewed_afterwards() {
        let lease = lease(Duration::from_millis(20));

        lease.over().await;
        lease.extend(BootTime::now() + Duration::from_mins(1));

        assert!(!lease.is_live());
        assert!(lease.fence().is_lost());
    }

    #[tokio::test]
    async fn a_lease_whose_fence_was_refused_is_over_at_once() {
        let lease = lease(Duration::from_mins(1));
        assert!(lease.is_live());

        lease.clone().fence().lose();

        lease.over().await;
        assert!(!lease.is_live());
    }
}
