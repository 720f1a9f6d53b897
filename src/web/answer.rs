//! What the layer adds to a response: one `Set-Cookie` of ours at the most, and who may keep the answer.

use http::header::{CACHE_CONTROL, Entry, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::change::Change;
use super::presented::Transport;
use super::rejection::Rejection;
use super::sessions::Sessions;
use crate::events::{Events, Occasion};
use crate::issuer::RenewError;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const PRIVATE: HeaderValue = HeaderValue::from_static("private");
/// What caches in front of the server go by, whatever `Cache-Control` says (RFC 9213).
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// Not `"cookies"`, which reaches every host of the domain (W3C, Clear Site Data, 3.1).
const CACHE_AND_STORAGE: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

pub(super) fn finish<B>(sessions: &Sessions, response: &mut Response<B>) {
    let change = response.extensions_mut().remove::<Change>();
    let rejection = response.extensions().get::<Rejection>().cloned();
    let headers = response.headers_mut();
    let name = sessions.settings().cookie.full_name();
    let cookie = match change {
        Some(Change { cookie, ends }) => {
            let _ = take_ours(headers, name);
            // A logout that took its time leaves alone what a login has set meanwhile.
            let cookie = (!ends || !sessions.is_replaced()).then_some(cookie);
            if ends && cookie.is_some() {
                headers.insert(CLEAR_SITE_DATA, CACHE_AND_STORAGE);
            }
            cookie
        }
        // What the handler has set by its own means, it knows why; the last of several counts.
        None => match take_ours(headers, name) {
            Some(cookie) => Some(cookie),
            // Ask again, with the same cookie.
            None if rejection.as_ref().is_some_and(|why| why.status() == StatusCode::SERVICE_UNAVAILABLE) => None,
            None if sessions.is_to_be_removed() => sessions.settings().cookie.removal().ok(),
            None => renewed(sessions),
        },
    };
    if cookie.is_some() || sessions.gave_token() {
        keep_nowhere(headers);
    }
    headers.extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    if sessions.is_used() {
        keep_private(headers);
    }
    if let Some(rejection) = rejection {
        rejection.tell();
        if sessions.transport() == Some(Transport::Bearer) {
            rejection.challenge_bearer(headers);
        }
    }
}

/// Unless the handler has decided who may keep it, whatever else it says.
fn keep_private(headers: &mut HeaderMap) {
    match headers.entry(CACHE_CONTROL) {
        Entry::Vacant(none) => drop(none.insert(PRIVATE)),
        Entry::Occupied(said) if said.iter().any(says_who_may_keep_it) => {}
        Entry::Occupied(mut said) => said.append(PRIVATE),
    }
}

fn says_who_may_keep_it(cache_control: &HeaderValue) -> bool {
    let mut directives = cache_control.to_str().unwrap_or_default().split(',');
    directives.any(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim();
        ["private", "no-store", "public"].iter().any(|known| name.eq_ignore_ascii_case(known))
    })
}

fn keep_nowhere(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.remove(CDN_CACHE_CONTROL);
}

/// The successor's cookie, if it is time for one: as of now, when the handler may have ended the session.
fn renewed(sessions: &Sessions) -> Option<HeaderValue> {
    let (session, issuer) = sessions.to_renew()?;
    let settings = sessions.settings();
    let token = match issuer.succeed(session.into(), settings.now()) {
        Ok(token) => token,
        // It has ended or was renewed meanwhile, or ends soon.
        Err(
            RenewError::NotLive(_) | RenewError::NoMoreTime { .. } | RenewError::TooManyKeys | RenewError::TooOften,
        ) => return None,
        Err(error) => {
            Events::cookie_not_renewed(&error);
            return None;
        }
    };
    let cookie = settings.set_cookie(&token).inspect_err(|error| Events::cookie_not_renewed(error)).ok()?;
    issuer.tell(&token, Occasion::Renewal);
    Some(cookie)
}

fn is_ours(cookie: &HeaderValue, name: &str) -> bool {
    let rest = cookie.as_bytes().trim_ascii_start().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"="))
}

/// Takes out every cookie of ours, and gives the last.
fn take_ours(headers: &mut HeaderMap, name: &str) -> Option<HeaderValue> {
    if !headers.get_all(SET_COOKIE).iter().any(|cookie| is_ours(cookie, name)) {
        return None;
    }
    let Entry::Occupied(cookies) = headers.entry(SET_COOKIE) else { return None };
    let (ours, others): (Vec<_>, Vec<_>) = cookies.remove_entry_mult().1.partition(|cookie| is_ours(cookie, name));
    headers.extend(others.into_iter().map(|cookie| (SET_COOKIE, cookie)));
    ours.into_iter().next_back()
}
