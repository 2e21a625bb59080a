//! Sessions of the billing portal, and what a customer does there.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::change::{ItemChange, Proration};
use super::customer;
use super::ids;
use super::instrument::Instrument;
use super::object::named;
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::time::HOUR;

/// The id of the only configuration.
const CONFIGURATION: &str = "bpc_simulated";

/// The flows to which a session can be bound.
const FLOWS: [&str; 5] = [
    "customer_update",
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
];

/// A customer's way into the portal. Its token is the key, so that ids may be logged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PortalSession {
    id: String,
    created: i64,
    pub(super) customer: String,
    pub(super) return_url: Option<String>,
    flow: Option<Flow>,
}

/// The one thing for which a customer is sent to the portal.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Flow {
    kind: String,
    subscription: Option<String>,
}

/// A wish of a customer in the portal.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// End the subscription at the end of its period.
    Cancel,
    /// Take that back.
    KeepOn,
    /// Subscribe to another price.
    ChangePrice(String),
    /// Pay with another card from now on, and pay what is owed.
    ReplaceCard(Instrument),
}

impl PortalSession {
    fn render(&self, address: &str, locale: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "billing_portal.session",
            "configuration": CONFIGURATION,
            "created": self.created,
            "customer": self.customer,
            "flow": self.flow.as_ref().map(Flow::render),
            "livemode": false,
            "locale": locale,
            "on_behalf_of": null,
            "return_url": self.return_url,
            "url": address,
        })
    }
}

impl Flow {
    /// Takes `flow_data` of a request.
    fn take(state: &State, params: &mut Params) -> Result<Option<Self>> {
        let Some(mut data) = params.object("flow_data")? else {
            return Ok(None);
        };
        let kind = data.choice("type", &FLOWS)?.ok_or_else(|| data.absent("type"))?;
        let mut subscription = None;
        if let Some(mut of_kind) = data.object(kind)? {
            let id = of_kind.required("subscription")?;
            named(&state.subscriptions, &id, &of_kind.name("subscription"))?;
            of_kind.ignore(&["items", "discounts", "retention"]);
            of_kind.finish()?;
            subscription = Some(id);
        } else if kind.starts_with("subscription") {
            return Err(data.absent(kind));
        }
        data.ignore(&["after_completion"]);
        data.finish()?;
        Ok(Some(Self {
            kind: kind.to_owned(),
            subscription,
        }))
    }

    fn render(&self) -> Value {
        let mut flow = json!({
            "after_completion": { "hosted_confirmation": null, "redirect": null, "type": "portal_homepage" },
            "subscription_cancel": null,
            "subscription_update": null,
            "subscription_update_confirm": null,
            "type": self.kind,
        });
        if let Some(subscription) = &self.subscription {
            flow[&self.kind] = json!({ "subscription": subscription, "items": [], "discounts": null });
        }
        flow
    }
}

/// `POST /v1/billing_portal/sessions`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let customer = params.required("customer")?;
    let return_url = params.url("return_url")?;
    let configuration = params.text("configuration")?;
    let locale = params.text("locale")?;
    let flow = Flow::take(state, &mut params)?;
    params.finish()?;
    customer::living(state, &customer, "customer")?;
    if let Some(configuration) = configuration.filter(|it| it != CONFIGURATION) {
        return Err(Refusal::no_such("configuration", &configuration, "configuration"));
    }
    let token = ids::token();
    let session = PortalSession {
        id: state.id("bps"),
        created: state.time.server(),
        customer,
        return_url,
        flow,
    };
    let address = format!("{}/p/session/{token}", state.base_url);
    let rendered = session.render(&address, locale.as_deref());
    state.portal_sessions.insert(token, session);
    Ok(rendered)
}

impl State {
    /// The session behind a portal's address, for an hour.
    pub(super) fn portal_session(&self, token: &str) -> Result<&PortalSession> {
        let session = self.portal_sessions.get(token);
        let session = session.filter(|it| self.time.server() < it.created + HOUR);
        session.ok_or_else(|| {
            Refusal::invalid("This link to the billing portal has expired. Open the portal anew.")
                .with_status(404)
        })
    }

    /// The subscription that the portal shows.
    pub(super) fn portal_subscription(&self, customer: &str) -> Option<&super::subscription::Subscription> {
        let theirs = self
            .subscriptions
            .values()
            .rev()
            .filter(|it| it.customer == customer);
        theirs.into_iter().find(|it| !it.status.has_ended())
    }

    /// Does what a customer wishes.
    pub(super) fn fulfil(&mut self, token: &str, wish: Wish) -> Result<()> {
        let customer = self.portal_session(token)?.customer.clone();
        let subscription = self.portal_subscription(&customer);
        let nothing = || Refusal::invalid("There is no subscription.");
        let now = self.now_of(&customer);
        match wish {
            Wish::Cancel | Wish::KeepOn => {
                let id = subscription.ok_or_else(nothing)?.id.clone();
                let cancels = matches!(wish, Wish::Cancel);
                self.change_subscription(&id, |it| it.cancel_at_period_end(cancels, now));
                Ok(())
            }
            Wish::ChangePrice(price) => {
                let subscription = subscription.ok_or_else(nothing)?;
                let item = subscription.items.first().ok_or_else(nothing)?.id.clone();
                let id = subscription.id.clone();
                let change = ItemChange {
                    item,
                    price: Some(price),
                    quantity: None,
                };
                self.change_items(&id, &[change], Proration::InvoiceNow)
            }
            Wish::ReplaceCard(instrument) => self.replace_and_pay(&customer, instrument),
        }
    }

    /// Saves another card, and pays with it what the customer owes.
    fn replace_and_pay(&mut self, customer: &str, instrument: Instrument) -> Result<()> {
        self.replace_method(customer, instrument)?;
        let owed = self
            .subscriptions
            .values()
            .filter(|it| it.customer == customer && it.status.owes());
        let owed: Vec<String> = owed.filter_map(|it| it.latest_invoice.clone()).collect();
        for invoice in owed {
            self.finalize(&invoice);
            self.collect(&invoice, None);
        }
        Ok(())
    }
}
