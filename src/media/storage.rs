use crate::text_enum::text_enum;

text_enum! {
    /// The place and the form of a stored content.
    pub enum Storage {
        /// A file of the media folder, sealed with its user's key.
        Folder = "FOLDER",
        /// An object of the bucket, sealed with its user's key.
        Bucket = "BUCKET",
        /// An object of the bucket that is not sealed: the bucket encrypts it.
        PlainBucket = "BUCKET_PLAIN",
    }
}

impl Storage {
    /// True for content that is sealed with its user's key.
    pub(super) const fn is_sealed(self) -> bool {
        match self {
            Self::Folder | Self::Bucket => true,
            Self::PlainBucket => false,
        }
    }

    /// True for an object of the bucket.
    pub(super) const fn is_in_bucket(self) -> bool {
        match self {
            Self::Folder => false,
            Self::Bucket | Self::PlainBucket => true,
        }
    }
}
