use std::ops::{Deref, DerefMut};

use super::Delay;
use crate::account::AccountRef;
use crate::work::Work;

/// The account's open unit of work while a feature takes events in.
pub struct EventContext<'a> {
    /// The account that the events happened to.
    pub account: AccountRef,
    /// The delay of automatic actions.
    pub delay: Delay,
    work: &'a mut Work,
}

impl<'a> EventContext<'a> {
    /// A context on `work`; made by the pipeline.
    pub const fn new(account: AccountRef, work: &'a mut Work, delay: Delay) -> Self {
        Self { account, delay, work }
    }
}

impl Deref for EventContext<'_> {
    type Target = Work;

    fn deref(&self) -> &Work {
        self.work
    }
}

impl DerefMut for EventContext<'_> {
    fn deref_mut(&mut self) -> &mut Work {
        self.work
    }
}
