//! Mail to users: one mail at a time, by SMTP or, where no server is configured, as a line in the log.
//!
//! The id of a mail is chosen before it is sent and becomes its `Message-ID`: one that is sent again, because it is not
//! known whether it was sent, is the same mail. Nothing here decides whether or when to send. Neither the content nor
//! the recipient of a mail is logged, nor the server's message about it, which repeats both.

mod error;
mod layout;
mod letter;
mod mailer;
mod smtp;

pub use error::MailError;
pub use layout::{Block, Layout, escaped};
pub use letter::Letter;
pub use mailer::Mailer;
pub use smtp::Smtp;
