//! What the layer adds to a response: one `Set-Cookie` of ours at the most, and who may keep the answer.

use http::header::{CACHE_CONTROL, Entry, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::change::Change;
use super::sessions::Sessions;
use crate::events::Events;
use crate::issuer::RenewError;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const PRIVATE: HeaderValue = HeaderValue::from_static("private");
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// Not `"cookies"`, which reaches every host of the domain (W3C, Clear Site Data, 3.1).
const CACHE_AND_STORAGE: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

pub(super) fn finish<B>(sessions: &Sessions, response: &mut Response<B>) {
    let change = response.extensions_mut().remove::<Change>();
    let headers = response.headers_mut();
    let name = sessions.settings().cookie.full_name();
    let cookie = match change {
        Some(Change { cookie, ends }) => {
            remove_ours(headers, name);
            if ends {
                headers.insert(CLEAR_SITE_DATA, CACHE_AND_STORAGE);
            }
            Some(cookie)
        }
        // The handler has set it by its own means, and knows why.
        None if headers.get_all(SET_COOKIE).iter().any(|cookie| is_ours(cookie, name)) => {
            headers.insert(CACHE_CONTROL, NO_STORE);
            None
        }
        None if sessions.is_dead_and_last() => sessions.settings().cookie.removal().ok(),
        None => renewed(sessions),
    };
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
        headers.insert(CACHE_CONTROL, NO_STORE);
    }
    if sessions.is_used()
        && let Entry::Vacant(vacant) = headers.entry(CACHE_CONTROL)
    {
        vacant.insert(PRIVATE);
    }
}

/// The successor's cookie, if it is time for one: as of now, when the handler may have ended the session.
fn renewed(sessions: &Sessions) -> Option<HeaderValue> {
    let (session, issuer) = sessions.to_renew()?;
    let settings = sessions.settings();
    let token = match issuer.renew_at(session, settings.now()) {
        Ok(token) => token,
        // It has ended or was renewed meanwhile, or ends soon.
        Err(RenewError::NotLive(_) | RenewError::ExpWouldNotGrow { .. } | RenewError::TooOften) => return None,
        Err(error) => {
            Events::cookie_not_renewed(&error);
            return None;
        }
    };
    settings.set_cookie(&token).inspect_err(|error| Events::cookie_not_renewed(error)).ok()
}

fn is_ours(cookie: &HeaderValue, name: &str) -> bool {
    cookie.as_bytes().trim_ascii_start().strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
}

fn remove_ours(headers: &mut HeaderMap, name: &str) {
    if let Entry::Occupied(cookies) = headers.entry(SET_COOKIE) {
        let (_, cookies) = cookies.remove_entry_mult();
        let others: Vec<_> = cookies.filter(|cookie| !is_ours(cookie, name)).collect();
        for cookie in others {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
