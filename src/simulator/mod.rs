//! A WhatsApp server on loopback: the other end of the wire, and nothing of ours.
