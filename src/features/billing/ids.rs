use crate::id::ids;

ids! {
    /// What a user subscribed to.
    BillingSubscriptionId = "BillingSubscription";
    /// An invoice to a user.
    InvoiceId = "Invoice";
    /// A page of Stripe's on which a user can buy.
    CheckoutId = "Checkout";
    /// A difference between what was stored and what Stripe says, for admins.
    BillingDriftId = "AdminBillingDrift";
    /// An attempt to make the customer of a user.
    CustomerAttemptId = "CustomerAttempt";
}
