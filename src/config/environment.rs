use std::collections::BTreeMap;

/// The variables of this process's environment.
pub fn environment() -> BTreeMap<String, String> {
    let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(readable).collect()
}
