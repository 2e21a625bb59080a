//! The handlers of the jobs of the sale of Premium. What needs Stripe waits for it; what the clock decides does not.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::config::{BillingConfig, Sale};
use super::consequences::{self, Changes};
use super::email;
use super::error::BillingError;
use super::events;
use super::judgement::PaymentProblemKind;
use super::look::look;
use super::reconciliation::reconcile;
use super::scheduling::{self, EVENT, EventPayload, JUDGE, LOOK, RECONCILE, TELL_EMAIL};
use super::store;
use crate::features::Parts;
use crate::id::UserId;
use crate::jobs::{Done, Handler, Job, JobError};
use crate::work::Core;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) core: Core,
    sale: Option<Arc<Sale>>,
}

impl Desk {
    pub(super) fn new(core: Core, config: &BillingConfig) -> Self {
        Self {
            core,
            sale: config.sale.clone(),
        }
    }

    /// The handlers of every kind of job.
    pub(super) fn handlers(parts: &Parts) -> Vec<Arc<dyn Handler>> {
        let desk = Self::new(parts.core.clone(), &parts.billing);
        vec![
            Arc::new(TakeInEvent(desk.clone())),
            Arc::new(Look(desk.clone())),
            Arc::new(Judge(desk.clone())),
            Arc::new(TellEmail(desk.clone())),
            Arc::new(Reconcile(desk)),
        ]
    }

    /// Judges the subscriptions of `user` as of now, without Stripe.
    async fn judge(&self, user: UserId) -> Result<(), JobError> {
        let mut work = match self.core.begin(user).await {
            Err(error) if error.is_of_nobody() => return Ok(()),
            work => work?,
        };
        work.lock_user().await?;
        let now = work.now;
        let mut rows = store::list_subscriptions(&mut work, user).await?;
        let mut changes = Changes::default();
        let mut is_unconfirmed = false;
        for row in &mut rows {
            let judged = row.facts().judge(now);
            is_unconfirmed |= judged.problem == Some(PaymentProblemKind::Unconfirmed);
            if judged.gives_premium != row.gives_premium {
                row.gives_premium = judged.gives_premium;
                store::set_premium(&mut work, row.id, row.gives_premium).await?;
                changes.add(row.id);
            }
        }
        consequences::draw(&mut work, &rows, changes).await?;
        if is_unconfirmed {
            scheduling::look_soon(&mut work).await?;
        }
        work.commit().await?;
        Ok(())
    }
}

impl From<BillingError> for JobError {
    fn from(error: BillingError) -> Self {
        Self::failed(error)
    }
}

/// Handler that takes in a webhook.
#[derive(Debug)]
struct TakeInEvent(Desk);

#[async_trait]
impl Handler for TakeInEvent {
    fn kind(&self) -> &'static str {
        EVENT
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let EventPayload { event } = job.read()?;
        let Some(sale) = &self.0.sale else {
            return Ok(Done::Finished);
        };
        events::take_in(&self.0.core, sale, &event).await
    }
}

/// Handler that looks at a user's customer.
#[derive(Debug)]
struct Look(Desk);

#[async_trait]
impl Handler for Look {
    fn kind(&self) -> &'static str {
        LOOK
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        if let Some(sale) = &self.0.sale {
            look(&self.0.core, sale, job.owner()?).await?;
        }
        Ok(Done::Finished)
    }
}

/// Handler that judges a user's subscriptions by the clock.
#[derive(Debug)]
struct Judge(Desk);

#[async_trait]
impl Handler for Judge {
    fn kind(&self) -> &'static str {
        JUDGE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        self.0.judge(job.owner()?).await?;
        Ok(Done::Finished)
    }
}

/// Handler that tells Stripe a user's e-mail address.
#[derive(Debug)]
struct TellEmail(Desk);

#[async_trait]
impl Handler for TellEmail {
    fn kind(&self) -> &'static str {
        TELL_EMAIL
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        if let Some(sale) = &self.0.sale {
            email::tell(&self.0.core, sale, job.owner()?).await?;
        }
        Ok(Done::Finished)
    }
}

/// Handler of the nightly reconciliation.
#[derive(Debug)]
struct Reconcile(Desk);

#[async_trait]
impl Handler for Reconcile {
    fn kind(&self) -> &'static str {
        RECONCILE
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let Desk { core, sale } = &self.0;
        let Some(sale) = sale else {
            return Ok(Done::Finished);
        };
        match reconcile(core, sale).await {
            Ok(_) => Ok(Done::Finished),
            // The next night is near enough; until then it would hold a place of the others.
            Err(BillingError::Unavailable(retry_after)) => {
                let wait = TimeDelta::from_std(retry_after).unwrap_or(TimeDelta::minutes(1));
                Ok(Done::Again(core.clock.now() + wait.max(TimeDelta::minutes(5))))
            }
            Err(error) => Err(error.into()),
        }
    }
}
