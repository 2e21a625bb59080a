//! Changes of a subscription's prices, with credit for what was paid and not used.

use super::invoice::{BillingReason, Line};
use super::order::Ordered;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::subscription::{Item, Subscription, SubscriptionStatus};

/// The treatment of the rest of a period whose price changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proration {
    /// On the next invoice.
    Create,
    /// On an invoice of its own, now.
    InvoiceNow,
    /// None.
    Leave,
}

/// A new price or quantity of an item.
#[derive(Clone, Debug)]
pub(super) struct ItemChange {
    pub(super) item: String,
    pub(super) price: Option<String>,
    pub(super) quantity: Option<i64>,
}

/// The part of an amount for the rest of a period, rounded to the nearest unit.
fn share(amount: i64, left: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (amount, left, whole) = (i128::from(amount), i128::from(left), i128::from(whole));
    i64::try_from((amount * left + whole / 2) / whole).unwrap_or(0)
}

/// True when a change begins a new period: its length is another one, and no trial goes on.
fn restarts(before: &Subscription, after: &Subscription) -> bool {
    after.period != before.period && before.status != SubscriptionStatus::Trialing
}

impl State {
    /// Changes items of a subscription.
    pub(super) fn change_items(
        &mut self,
        id: &str,
        changes: &[ItemChange],
        proration: Proration,
    ) -> Result<()> {
        let Some(before) = self.subscriptions.get(id).cloned() else {
            return Ok(());
        };
        let now = self.now_of(&before.customer);
        let mut after = self.changed(&before, changes, now)?;
        let restarts = restarts(&before, &after);
        let prorations = match proration {
            Proration::Leave => Vec::new(),
            Proration::Create | Proration::InvoiceNow => self.prorations(&before, &after, now),
        };
        after.pending.extend(prorations);
        let mut lines = Vec::new();
        if restarts || proration == Proration::InvoiceNow {
            // An invoice takes everything with it that waited for one.
            lines = std::mem::take(&mut after.pending);
        }
        if restarts {
            lines.extend(self.period_lines(&after));
        }
        self.change_subscription(id, |subscription| *subscription = after);
        if lines.is_empty() {
            return Ok(());
        }
        if let Some(invoice) = self.draft_invoice(id, BillingReason::Change, lines) {
            self.finalize_and_collect(&invoice);
        }
        Ok(())
    }

    /// A subscription with changed items. A price of another period begins a new one now.
    fn changed(&self, before: &Subscription, changes: &[ItemChange], now: i64) -> Result<Subscription> {
        let mut after = before.clone();
        for (at, change) in changes.iter().enumerate() {
            let item = after.items.iter_mut().find(|item| item.id == change.item);
            let param = format!("items[{at}][id]");
            let item = item.ok_or_else(|| Refusal::no_such("subscription item", &change.item, &param))?;
            item.price = change.price.clone().unwrap_or_else(|| item.price.clone());
            item.quantity = change.quantity.unwrap_or(item.quantity);
        }
        let ordered: Vec<Ordered> = after.items.iter().map(Item::ordered).collect();
        let (period, currency) = self.check_items(&ordered, "items")?;
        if currency != before.currency {
            let message = format!(
                "The price must be in {}, as the subscription is.",
                before.currency
            );
            return Err(Refusal::invalid(message).param("items[0][price]"));
        }
        after.period = period;
        if restarts(before, &after) {
            after.anchor = now;
            after.set_period(now, period.boundary_after(now, now));
        }
        Ok(after)
    }

    /// A credit for the rest of the old price, and a debit for the rest of the new one. A period that starts anew is paid
    /// whole, so that it has no such debit.
    fn prorations(&mut self, before: &Subscription, after: &Subscription, now: i64) -> Vec<Line> {
        if before.status == SubscriptionStatus::Trialing {
            return Vec::new();
        }
        let whole = before.period_end() - before.period_start();
        let left = (before.period_end() - now).clamp(0, whole.max(0));
        let restarts = restarts(before, after);
        let mut lines = Vec::new();
        for (old, new) in before.items.iter().zip(&after.items) {
            if old.price == new.price && old.quantity == new.quantity && !restarts {
                continue;
            }
            let used = share(self.amount_of(old), left, whole);
            lines.push(self.proration(old, -used, "Unused time on", (now, before.period_end())));
            if !restarts {
                let due = share(self.amount_of(new), left, whole);
                lines.push(self.proration(new, due, "Remaining time on", (now, before.period_end())));
            }
        }
        lines
    }

    fn amount_of(&self, item: &Item) -> i64 {
        let unit_amount = self.prices.get(&item.price).map_or(0, |price| price.unit_amount);
        unit_amount * item.quantity
    }

    fn proration(&mut self, item: &Item, amount: i64, words: &str, (start, end): (i64, i64)) -> Line {
        Line {
            id: self.id("il"),
            item: item.id.clone(),
            price: item.price.clone(),
            quantity: item.quantity,
            amount,
            reduction: 0,
            description: format!("{words} {}", self.product_name(&item.price)),
            start,
            end,
            is_proration: true,
        }
    }
}

impl Item {
    fn ordered(&self) -> Ordered {
        Ordered {
            price: self.price.clone(),
            quantity: self.quantity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_to_the_nearest_unit() {
        assert_eq!(share(1000, 1, 3), 333);
        assert_eq!(share(1000, 2, 3), 667);
        assert_eq!(share(1000, 3, 3), 1000);
        assert_eq!(share(1000, 0, 0), 0);
    }
}
