//! The passage of time: everything that is due happens in its order, each thing at its own moment.

use super::checkout::SessionStatus;
use super::invoice::InvoiceStatus;
use super::state::State;
use super::subscription::{Subscription, SubscriptionStatus};
use super::time::{DAY, HOUR};

/// The time for which a first payment is waited for.
const INCOMPLETE_LIVES: i64 = 23 * HOUR;

/// The time before a trial's end at which it is announced.
const TRIAL_NOTICE: i64 = 3 * DAY;

/// Something that happens to an object when its moment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    AnnounceTrialEnd,
    FinalizeInvoice,
    SettlePayment,
    RetryInvoice,
    EndPeriod,
    ExpireIncomplete,
    ExpireSession,
}

impl State {
    /// Does what has become due, up to each customer's present.
    pub(super) fn catch_up(&mut self) {
        while let Some((moment, due, id)) = self.next_due() {
            self.moment = Some(moment);
            self.perform_due(due, &id);
        }
        self.moment = None;
    }

    /// What is due first, with the id of its object.
    fn next_due(&self) -> Option<(i64, Due, String)> {
        let of_subscriptions = self.subscriptions.values().filter_map(|it| {
            let (moment, due) = due_of(it)?;
            Some((moment, due, &it.id, &it.customer))
        });
        let of_invoices = self.invoices.values().filter_map(|it| {
            let (moment, due) = match it.status {
                InvoiceStatus::Draft => (it.finalizes_at?, Due::FinalizeInvoice),
                InvoiceStatus::Open => (it.next_attempt?, Due::RetryInvoice),
                InvoiceStatus::Paid | InvoiceStatus::Void => return None,
            };
            Some((moment, due, &it.id, &it.customer))
        });
        let of_payments = self.payments.values().filter_map(|it| {
            let moment = self.settles_at(it)?;
            Some((moment, Due::SettlePayment, &it.id, &it.customer))
        });
        let of_sessions = self.sessions.values().filter_map(|it| {
            let is_open = it.status == SessionStatus::Open;
            is_open.then_some((it.expires_at, Due::ExpireSession, &it.id, &it.order.customer))
        });
        let (moment, due, id, _) = of_subscriptions
            .chain(of_invoices)
            .chain(of_payments)
            .chain(of_sessions)
            .filter(|(moment, _, _, customer)| *moment <= self.present_of(customer))
            .min()?;
        Some((moment, due, id.clone()))
    }

    fn perform_due(&mut self, due: Due, id: &str) {
        match due {
            Due::AnnounceTrialEnd => self.tell_trial_end(id),
            Due::FinalizeInvoice => {
                self.finalize_and_collect(id);
            }
            Due::SettlePayment => self.settle_by_itself(id),
            Due::RetryInvoice => {
                self.collect(id, None);
            }
            Due::EndPeriod => self.end_period(id),
            Due::ExpireIncomplete => self.expire_incomplete(id),
            Due::ExpireSession => self.expire_session(id),
        }
    }
}

/// The moment of a subscription's next change.
fn due_of(subscription: &Subscription) -> Option<(i64, Due)> {
    if subscription.status == SubscriptionStatus::Incomplete {
        return Some((subscription.created + INCOMPLETE_LIVES, Due::ExpireIncomplete));
    }
    if !subscription.status.renews() {
        return None;
    }
    let is_announced = subscription.has_told_trial_end || subscription.status != SubscriptionStatus::Trialing;
    if let Some(end) = subscription.trial_end.filter(|_| !is_announced) {
        let moment = (end - TRIAL_NOTICE).max(subscription.created);
        return Some((moment, Due::AnnounceTrialEnd));
    }
    let end = subscription.period_end();
    let moment = subscription.cancel_at.map_or(end, |cancel| cancel.min(end));
    Some((moment, Due::EndPeriod))
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::super::params::Params;
    use super::super::{customer, price, subscription_calls};
    use super::*;

    fn params(encoded: &str) -> Params {
        Params::new(form::parse(encoded.as_bytes()).unwrap())
    }

    /// A customer without a card who tries the product for some days.
    fn trying(days: i64) -> State {
        let mut state = State::at(0);
        let form = "currency=eur&unit_amount=900&product_data[name]=P&recurring[interval]=month";
        let price = price::create(&mut state, params(form)).unwrap();
        let customer = customer::create(&mut state, params("")).unwrap();
        let (price, customer) = (price["id"].as_str().unwrap(), customer["id"].as_str().unwrap());
        let form = format!("customer={customer}&items[0][price]={price}&trial_period_days={days}");
        subscription_calls::create(&mut state, params(&form)).unwrap();
        state
    }

    fn happened(state: &mut State, seconds: i64) -> Vec<String> {
        let before = state.events.len();
        state.time.advance(seconds);
        state.catch_up();
        let new = state.events.values().skip(before);
        new.map(|event| event.kind.clone()).collect()
    }

    #[test]
    fn a_trial_is_announced_three_days_before_its_end_or_at_once() {
        let announced = "customer.subscription.trial_will_end";

        let mut long = trying(7);
        assert_eq!(happened(&mut long, 4 * DAY - 1), [] as [&str; 0]);
        assert_eq!(happened(&mut long, 1), [announced]);
        assert_eq!(happened(&mut trying(2), 0), [announced]);
    }

    #[test]
    fn what_is_due_happens_in_the_order_of_its_moments() {
        let mut state = trying(7);

        let happened = happened(&mut state, 7 * DAY + HOUR);

        let expected = [
            "customer.subscription.trial_will_end",
            "customer.subscription.updated",
            "invoice.created",
            "customer.subscription.updated",
            "payment_intent.created",
            "invoice.finalized",
            "invoice.payment_failed",
            "customer.subscription.updated",
        ];
        assert_eq!(happened, expected);
    }

    #[test]
    fn nothing_is_due_twice() {
        let mut state = trying(7);
        happened(&mut state, 8 * DAY);

        assert_eq!(happened(&mut state, 0), [] as [&str; 0]);
    }
}
