//! Fields of objects that are the same for every object of their type.

use serde_json::Value;

/// The fields of a template, a JSON object of this program's own, and those that vary.
pub(super) fn filled(template: &str, varying: Value) -> Value {
    let mut object: Value = serde_json::from_str(template)
        .expect("each template is valid JSON, because a test reads all of them");
    if let (Some(object), Value::Object(varying)) = (object.as_object_mut(), varying) {
        object.extend(varying);
    }
    object
}

/// The fields of charges.
pub(super) const CHARGE: &str = include_str!("unchanging/charge.json");

/// The fields of disputes.
pub(super) const DISPUTE: &str = include_str!("unchanging/dispute.json");

/// The fields of checkout sessions.
pub(super) const SESSION: &str = include_str!("unchanging/session.json");

/// The fields of invoices.
pub(super) const INVOICE: &str = include_str!("unchanging/invoice.json");

/// The fields of payment intents.
pub(super) const PAYMENT: &str = include_str!("unchanging/payment.json");

/// The fields of subscriptions.
pub(super) const SUBSCRIPTION: &str = include_str!("unchanging/subscription.json");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_template_is_an_object_and_takes_what_varies() {
        for template in [CHARGE, DISPUTE, SESSION, INVOICE, PAYMENT, SUBSCRIPTION] {
            let object = filled(template, json!({ "id": "x" }));

            assert_eq!(object["id"], "x");
            assert_eq!(object["livemode"], false);
        }
    }
}
