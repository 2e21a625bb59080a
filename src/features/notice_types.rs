use super::FEATURES;
use crate::notices::{NoticeKind, NoticeType};

/// The notice types of every feature.
pub fn notice_types() -> impl Iterator<Item = &'static dyn NoticeType> {
    FEATURES
        .iter()
        .flat_map(|feature| feature.notice_types())
        .copied()
}

/// The notice type of `kind`.
pub fn notice_type(kind: NoticeKind) -> &'static dyn NoticeType {
    notice_types()
        .find(|notice_type| notice_type.kind() == kind)
        .expect("a test holds that every kind of notice belongs to a feature")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_notice_belongs_to_one_feature() {
        for kind in NoticeKind::ALL {
            let of_kind = notice_types().filter(|notice_type| notice_type.kind() == kind);

            assert_eq!(of_kind.count(), 1, "{kind:?}");
        }
    }
}
