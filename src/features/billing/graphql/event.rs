use super::super::ids::BillingSubscriptionId;
use super::subscription::BillingSubscription;
use crate::features::schema::event_object;

event_object! {
    /// The subscription of the viewer to a plan changed, or an invoice of it.
    BillingSubscriptionEvent {
        /// The subscription in its present state.
        billing_subscription: BillingSubscription(BillingSubscriptionId)
    }
}
