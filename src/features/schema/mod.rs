//! Types of the schema that features share, because they refer to each other.
//!
//! [`Contact`], [`Chat`] and [`Media`] are the same for every feature. `Viewer` and `Account` are merged from the fields
//! that each feature adds to them, and the `Event`, `Node` and `KeptMessage` interfaces list the features' types: the table
//! in [`crate::features`] defines those five, and here stand their methods. [`find_of_message`] leads from one feature's
//! type to another's of the same message.

mod account;
mod action;
mod administration;
mod chat;
mod contact;
mod contact_list;
mod event;
mod event_list;
mod media;
mod message_kind;
mod node;
mod of_message;
mod plan;
mod publication;
pub(crate) mod qr;
mod scope;
mod server;
mod shown_event;
mod status_viewer;
mod store;
mod version;
mod viewer;
mod weekday;

pub use crate::features::accounts::AdminAccount;
pub use crate::features::scheduled_statuses::ScheduledStatus;
pub use crate::features::statuses::Status;
pub use crate::features::{Account, Administration, Event, KeptMessage, Node, Viewer};
pub use action::{ActionStage, ActionStep, Failure, steps};
pub use administration::user_id_for_admins;
pub use chat::Chat;
pub use contact::Contact;
pub use contact_list::{ListMistake, MAX_LISTED, NamedContact, parse_contact_list};
pub(crate) use event::event_object;
pub use event::{EventFilter, EventsSubscription, listen, subscribe};
pub use event_list::EventsViewerFields;
pub use media::Media;
pub use message_kind::KeptMessageKind;
pub use node::NodeQuery;
pub use of_message::{OfMessage, find_of_message};
pub use plan::{EntitlementsType, PlanType};
pub use publication::{published_status, publisher_of, scheduled_status_of};
pub use scope::ContactScope;
pub use server::{ServerInfo, ServerQuery};
pub use shown_event::ShownEvent;
pub use status_viewer::StatusViewer;
pub use store::{
    ChatRow, ContactRow, SealedChatRow, SealedContactRow, load_chats, load_contacts, load_direct_chats,
};
pub use version::MessageVersion;
pub use weekday::Weekday;
