//! Error pages.

use super::html::Escaped;
use crate::address::AddressError;
use crate::fetch::FetchError;
use crate::policy::Refusal;

/// What went wrong with a navigation.
#[derive(Debug)]
pub enum Failure<'a> {
    /// It was allowed, and there was nothing to show.
    Fetch(&'a FetchError),
    /// It was not allowed.
    Refused(Refusal),
    /// What was typed is no address.
    Address(AddressError),
}

/// The page that says so. `address` is the URL, or what the user typed.
#[must_use]
pub fn error_page(address: &str, failure: &Failure<'_>) -> String {
    let reason = match failure {
        Failure::Fetch(error) => error.to_string(),
        Failure::Refused(refusal) => refusal.to_string(),
        Failure::Address(error) => error.to_string(),
    };
    format!("<!DOCTYPE html><title>{0}</title><h1>{0}</h1><p>{1}", Escaped(&reason), Escaped(address))
}
