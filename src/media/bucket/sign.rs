use std::time::Duration;

use object_store::path::Path as Name;
use object_store::signer::{Method, Signer as _};
use url::Url;

use super::Bucket;
use super::error::Action;
use crate::media::objects_error::ObjectsError;

impl Bucket {
    /// A link that shows the object `name` to whoever has it, for `good_for` from now on. Nothing is asked of the bucket.
    pub(in crate::media) async fn sign(&self, name: &str, good_for: Duration) -> Result<Url, ObjectsError> {
        let whole: Name = self.prefix.parts().chain(Name::from(name).parts()).collect();
        let signed = self.whole.signed_url(Method::GET, &whole, good_for).await;
        let link = signed.map_err(|error| self.place.error(Action::Read, error))?;
        Ok(match &self.cdn_url {
            Some(cdn_url) => through(cdn_url, &link),
            None => link,
        })
    }
}

/// The same link through a cache that passes paths and queries on.
fn through(cdn_url: &Url, link: &Url) -> Url {
    let mut through = cdn_url.clone();
    through.set_path(&format!(
        "{}{}",
        cdn_url.path().trim_end_matches('/'),
        link.path()
    ));
    through.set_query(link.query());
    through
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_through_a_cache_keeps_its_path_and_its_signature() {
        let link = "https://media.s3.example.org/a/b%20c?X-Amz-Signature=12"
            .parse()
            .unwrap();

        let bare = through(&"https://cdn.example.org".parse().unwrap(), &link);
        let below = through(&"https://cdn.example.org/m/".parse().unwrap(), &link);

        assert_eq!(
            bare.as_str(),
            "https://cdn.example.org/a/b%20c?X-Amz-Signature=12"
        );
        assert_eq!(
            below.as_str(),
            "https://cdn.example.org/m/a/b%20c?X-Amz-Signature=12"
        );
    }
}
