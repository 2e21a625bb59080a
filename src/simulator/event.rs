//! Events that a driver can have a contact or the owner perform.

use serde::{Deserialize, Serialize};

use super::group_changes::GroupChange;
use super::media::Media;
use super::person::BusinessProfile;
use super::presence::Typing;
use super::raw::{RawMessage, RawNode};

/// An event on WhatsApp. Its JSON form is tagged by `kind`, with fields in camelCase.
///
/// `from` is the number of a contact, or the phone's own when its owner does it on the phone. `chat` is the id of a
/// group, or the number of a contact when the owner writes; without it, a contact writes to the owner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A status, of text unless media is named.
    Status {
        /// The author.
        from: String,
        /// The text, or the caption.
        #[serde(default)]
        text: Option<String>,
        /// The media; without it, `text` is posted.
        #[serde(default)]
        media: Option<Media>,
    },
    /// A message.
    Message {
        /// The author.
        from: String,
        /// The chat.
        #[serde(default)]
        chat: Option<String>,
        /// The text, or the caption.
        #[serde(default)]
        text: Option<String>,
        /// The media; without it, `text` is posted.
        #[serde(default)]
        media: Option<Media>,
    },
    /// A message with something that few messages have.
    MessageWith {
        /// The author.
        from: String,
        /// The chat.
        #[serde(default)]
        chat: Option<String>,
        /// The text, or the caption.
        #[serde(default)]
        text: Option<String>,
        /// The media; without it, `text` is posted.
        #[serde(default)]
        media: Option<Media>,
        /// The numbers of the people whom `text` mentions, each as `@` and the number.
        #[serde(default)]
        mentions: Vec<String>,
        /// The time after which it disappears, in a disappearing chat.
        #[serde(default)]
        timer_seconds: Option<u32>,
        /// True for media without usable keys.
        #[serde(default)]
        without_keys: bool,
    },
    /// Somebody sets the timer of a disappearing chat.
    SetTimer {
        /// The person.
        from: String,
        /// The chat.
        #[serde(default)]
        chat: Option<String>,
        /// The time after which messages disappear; 0 turns it off.
        seconds: u32,
    },
    /// A further file of a picture or video, as apps send it after the message: the HD copy, or the moving half.
    Part {
        /// The author.
        from: String,
        /// The message that it belongs to.
        message_id: String,
        /// The kind of the file; an HD copy by default.
        #[serde(default)]
        part: Part,
    },
    /// A view-once message.
    ViewOnce {
        /// The author.
        from: String,
        /// The chat.
        #[serde(default)]
        chat: Option<String>,
        /// The caption.
        #[serde(default)]
        text: Option<String>,
        /// The media; an image by default.
        #[serde(default)]
        media: Option<Media>,
        /// True when linked devices get the content; false for the placeholder that they usually get.
        #[serde(default = "yes")]
        delivered: bool,
        /// The form of the message.
        #[serde(default)]
        form: ViewOnceForm,
    },
    /// The author deletes a message or status for everyone.
    Delete {
        /// The author.
        from: String,
        /// The message to delete.
        message_id: String,
    },
    /// An admin of a group deletes what another member wrote.
    AdminDelete {
        /// The admin.
        from: String,
        /// The message to delete.
        message_id: String,
    },
    /// A person who is neither the author nor an admin sends a deletion. Real phones ignore it.
    ForgedDelete {
        /// The forger.
        from: String,
        /// The message that the deletion names.
        message_id: String,
    },
    /// The author changes the text or the caption of a message.
    Edit {
        /// The author.
        from: String,
        /// The message to edit.
        message_id: String,
        /// The new text.
        text: String,
        /// True to seal it with the secret of the message that it changes, as newer clients do.
        #[serde(default)]
        encrypted: bool,
        /// True to wrap it in `editedMessage`, as phones do; both forms are seen.
        #[serde(default)]
        wrapped: bool,
    },
    /// The owner answers a view-once message on the phone, quoting it with its media keys.
    QuoteViewOnce {
        /// The phone's own number.
        from: String,
        /// The view-once message.
        message_id: String,
        /// The answer.
        #[serde(default)]
        text: Option<String>,
    },
    /// The owner mutes a contact's chat, or with `status` the contact's statuses.
    Mute {
        /// The contact.
        from: String,
        /// Statuses in place of the chat.
        #[serde(default)]
        status: bool,
        /// False to unmute.
        #[serde(default = "yes")]
        muted: bool,
    },
    /// WhatsApp verifies the name of a contact who is a business; it then comes with every message of theirs.
    BusinessName {
        /// The contact.
        from: String,
        /// The verified name.
        name: String,
    },
    /// A contact changes their number, and gets a new LID with it.
    ChangeNumber {
        /// The contact, by the former number.
        from: String,
        /// The new number.
        number: String,
    },
    /// A reaction.
    Reaction {
        /// The person who reacts.
        from: String,
        /// The message.
        message_id: String,
        /// The emoji; an empty one takes the reaction back.
        text: String,
    },
    /// A contact reads what a linked device sent.
    Read {
        /// The contact.
        from: String,
        /// The message.
        message_id: String,
    },
    /// A contact looks at a status of the owner's that reached it.
    View {
        /// The contact.
        from: String,
        /// The status.
        message_id: String,
    },
    /// A contact is seen typing, by those linked devices that say that they are available.
    Typing {
        /// The contact.
        from: String,
        /// The chat.
        #[serde(default)]
        chat: Option<String>,
        /// The contact's activity; composing by default.
        #[serde(default)]
        state: Typing,
    },
    /// An admin changes a group, or a member leaves it.
    Group {
        /// The admin or leaving member; the owner is an admin of every group.
        from: String,
        /// The group.
        chat: String,
        /// The change.
        change: GroupChange,
    },
    /// A contact becomes a business with this profile.
    Business {
        /// The contact.
        from: String,
        /// The profile.
        profile: BusinessProfile,
    },
    /// A contact installs WhatsApp anew: all keys are others from then on.
    Reinstall {
        /// The contact.
        from: String,
    },
    /// A message whose every part is given.
    Raw(RawMessage),
    /// A stanza, to every linked device.
    Stanza {
        /// The stanza.
        stanza: RawNode,
    },
    /// The medium of a message is no longer served, until the phone uploads it anew.
    ExpireMedia {
        /// The message.
        message_id: String,
        /// The HTTP status of downloads: 403, 404 or 410.
        #[serde(default = "expired_code")]
        code: u16,
    },
}

/// Further files of a picture or video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// The same picture in high resolution.
    #[default]
    HdImage,
    /// The same video in high resolution.
    HdVideo,
    /// The film of the moment in which a picture was taken.
    MotionPhoto,
}

/// Forms of a view-once message, which differ between versions of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewOnceForm {
    /// Wrapped in `viewOnceMessage`, the oldest form.
    ViewOnceMessage,
    /// Wrapped in `viewOnceMessageV2`.
    #[default]
    ViewOnceMessageV2,
    /// Wrapped in `viewOnceMessageV2Extension`, which voice notes use.
    ViewOnceMessageV2Extension,
    /// Not wrapped; only the flag of the media says it.
    Inline,
}

fn expired_code() -> u16 {
    410
}

fn yes() -> bool {
    true
}
