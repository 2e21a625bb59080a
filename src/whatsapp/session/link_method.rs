/// Method by which an account is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkMethod {
    /// The phone scans a QR code.
    Qr,
    /// The owner types a code on the phone.
    PairingCode {
        /// The account's number: digits with country code, no plus.
        phone_number: String,
    },
}
