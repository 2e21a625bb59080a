use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The number of descriptors beyond which more are of no use here.
const ENOUGH: u64 = 65_536;

/// Raises this process's limit of open descriptors as far as it may; returns the limit that then holds.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(ENOUGH);
    let wanted = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if wanted <= current {
        return current;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(
                "the limit of open files stays at {current} and cannot be raised to {wanted}: {error}"
            );
            current
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_once_and_stays() {
        let raised = raise_descriptor_limit();

        assert_eq!(raise_descriptor_limit(), raised);
        assert!(
            getrlimit(Resource::Nofile)
                .current
                .is_none_or(|current| current >= raised)
        );
    }
}
