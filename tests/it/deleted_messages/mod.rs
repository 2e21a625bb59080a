//! Deleted messages.
