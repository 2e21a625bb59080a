use std::error::Error as StdError;
use std::io;
use std::iter;

use object_store::client::HttpError;

use super::error::{Action, BucketError};

/// The names of a bucket that its errors tell.
#[derive(Debug)]
pub(in crate::media) struct BucketNames {
    pub(super) bucket: String,
    pub(super) endpoint: String,
    pub(super) region: String,
}

impl BucketNames {
    /// The meaning of `error`, which doing `action` ended with. It repeats nothing of the answer but its code.
    pub(in crate::media) fn explain(&self, action: Action, error: &object_store::Error) -> BucketError {
        let text = error.to_string();
        if let Some(code) = code(&text) {
            return self.explain_code(action, code);
        }
        let endpoint = self.endpoint.clone();
        let causes = || causes(error);
        if let Some(tls) = causes().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            let cause = tls.to_string();
            return BucketError::Tls { endpoint, cause };
        }
        if causes().any(<dyn StdError>::is::<HttpError>) {
            let cause = causes().last().map(ToString::to_string).unwrap_or_default();
            return BucketError::Unreachable { endpoint, cause };
        }
        if text.contains("without LOCATION") {
            return self.wrong_region();
        }
        self.explain_status(action, error, &text)
    }

    /// The meaning of an answer's code. Servers differ in some of them.
    fn explain_code(&self, action: Action, code: &str) -> BucketError {
        match code {
            "InvalidAccessKeyId" | "NotSignedUp" | "Unauthorized" => BucketError::UnknownKey,
            "SignatureDoesNotMatch" => BucketError::WrongSecret,
            "RequestTimeTooSkewed" => BucketError::WrongClock,
            "NoSuchBucket" | "InvalidBucketName" => BucketError::NoBucket {
                bucket: self.bucket.clone(),
                endpoint: self.endpoint.clone(),
            },
            "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException"
            | "PermanentRedirect"
            | "TemporaryRedirect" => self.wrong_region(),
            "AccessDenied" | "AllAccessDisabled" => self.denied(action),
            code => BucketError::Failed {
                action,
                cause: code.to_owned(),
            },
        }
    }

    /// The meaning of an answer without a code, such as one to HEAD, or of another program than an S3 server.
    fn explain_status(&self, action: Action, error: &object_store::Error, text: &str) -> BucketError {
        match error {
            object_store::Error::PermissionDenied { .. } => self.denied(action),
            object_store::Error::Unauthenticated { .. } => BucketError::UnknownKey,
            _ => match status(text) {
                Some(status) if status.starts_with('5') || status.starts_with("429") => BucketError::Failed {
                    action,
                    cause: status.to_owned(),
                },
                Some(status) => self.not_s3(status),
                None => self.not_s3("an answer that cannot be read"),
            },
        }
    }

    fn not_s3(&self, cause: &str) -> BucketError {
        BucketError::NotS3 {
            endpoint: self.endpoint.clone(),
            cause: cause.to_owned(),
        }
    }

    fn wrong_region(&self) -> BucketError {
        BucketError::WrongRegion {
            bucket: self.bucket.clone(),
            region: self.region.clone(),
        }
    }

    fn denied(&self, action: Action) -> BucketError {
        BucketError::Denied {
            action,
            bucket: self.bucket.clone(),
        }
    }
}

/// The code in the body of an answer.
fn code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then_some(code)
}

/// The status of an answer, such as `404 Not Found`.
fn status(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.split(':').next()
}

/// An error and its causes, with those that an error of input and output wraps.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> + use<'a> {
    iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> BucketNames {
        BucketNames {
            bucket: "media".to_owned(),
            endpoint: "https://s3.example.org".to_owned(),
            region: "us-east-1".to_owned(),
        }
    }

    fn answered(text: &str) -> object_store::Error {
        object_store::Error::Generic {
            store: "S3",
            source: text.to_owned().into(),
        }
    }

    #[test]
    fn an_answer_is_known_by_its_code_and_nothing_else_of_it_is_told() {
        let answer = |code: &str| {
            let body = format!("<Error><Code>{code}</Code><StringToSign>hunter2</StringToSign></Error>");
            let text = format!("Server returned non-2xx status code: 403 Forbidden: {body}");
            names().explain(Action::Write, &answered(&text))
        };

        assert_eq!(answer("InvalidAccessKeyId"), BucketError::UnknownKey);
        assert_eq!(answer("SignatureDoesNotMatch"), BucketError::WrongSecret);
        assert!(matches!(answer("NoSuchBucket"), BucketError::NoBucket { .. }));
        assert!(matches!(
            answer("AuthorizationHeaderMalformed"),
            BucketError::WrongRegion { .. }
        ));
        let denied = answer("AccessDenied").to_string();
        assert!(
            denied.contains("may not write objects") && denied.contains("s3:PutObject"),
            "{denied}"
        );
        assert!(answer("SlowDown").may_pass());
        assert!(!answer("SlowDown").to_string().contains("hunter2"));
    }

    #[test]
    fn another_server_is_told_from_one_that_fails() {
        let page = "Server returned non-2xx status code: 404 Not Found: <html>";
        let busy = "Server returned non-2xx status code: 503 Service Unavailable: ";

        let page = names().explain(Action::List, &answered(page));
        let busy = names().explain(Action::List, &answered(busy));

        assert!(
            page.to_string().contains("does not speak S3 (404 Not Found)"),
            "{page}"
        );
        assert!(busy.may_pass() && !page.may_pass());
    }
}
