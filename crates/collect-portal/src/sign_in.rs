//! Whether somebody is signed in, as far as a page shows it.

use channelflow_model::Sentence;
use reqwest::{StatusCode, Url};

use crate::address::shown;
use crate::client::Answer;
use crate::description::{Css, SignIn};
use crate::form::{Page, select};
use crate::http::Text;
use crate::list::says;
use crate::ready::Ready;
use crate::table::text_of;
use crate::trouble::Trouble;

/// What a form to sign in has and other forms have not.
pub(crate) const PASSWORD: &str = "input[type=password i]";

/// Characters of what a portal says that are repeated.
const SAID: usize = 200;

/// Whether an answer is one for somebody who is signed in.
pub(crate) enum Standing {
    /// It is.
    In,
    /// It asks to sign in.
    Out,
    /// It is refused, and signing in does not help.
    Forbidden(Trouble),
}

/// Looks at an answer.
pub(crate) fn standing(ready: &Ready, url: &Url, status: StatusCode, text: &Text) -> Standing {
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    let Some(told) = &ready.portal.sign_in else {
        if refused {
            let said = Sentence::new("portal_status")
                .fact("address", shown(url))
                .fact("status", status.as_u16());
            return Standing::Forbidden(Trouble::credentials(said));
        }
        return Standing::In;
    };
    if refused || is_signed_out(ready, told, text) {
        Standing::Out
    } else {
        Standing::In
    }
}

/// Whether this page is what somebody sees who is not signed in.
fn is_signed_out(ready: &Ready, told: &SignIn, text: &Text) -> bool {
    // Where one address shows everything, only the page itself can tell.
    let path = text.url.path();
    let is = |page: &str| ready.base.join(page).is_ok_and(|page| page.path() == path);
    let shared = ready.portal.list.iter().any(|list| is(&list.page));
    (is(&told.page) && !shared) || asks_to_sign_in(told, text)
}

/// Whether a page itself asks to sign in.
pub(crate) fn asks_to_sign_in(told: &SignIn, text: &Text) -> bool {
    let word = told.expired_text.as_deref();
    if word.is_some_and(|word| says(&text.words, word)) {
        return true;
    }
    match &told.expired {
        Some(css) => text.parsed(|page| stands(page, css)),
        // Most pages are told apart without being parsed.
        None => {
            text.words.to_ascii_lowercase().contains("password")
                && text.parsed(|page| !select(page.html, PASSWORD).is_empty())
        }
    }
}

/// What a portal says about an account it refuses, where the description knows the place.
pub(crate) fn refusal(told: &SignIn, text: &Text) -> Option<String> {
    let css = told.failure.as_ref()?;
    text.parsed(|page| {
        let mut said = css.select(page.html).map(text_of);
        said.find(|said| !said.is_empty())
    })
}

/// The failure of a refused account.
pub(crate) fn refused(url: &Url, said: &str) -> Trouble {
    let said: String = said.chars().take(SAID).collect();
    Trouble::credentials(
        Sentence::new("portal_sign_in_refused")
            .fact("address", shown(url))
            .fact("said", if said.is_empty() { "–" } else { &said }),
    )
}

/// Whether a portal took the account.
pub(crate) fn accepted(
    ready: &Ready,
    told: &SignIn,
    answer: &Answer,
    text: &Text,
) -> Result<(), Trouble> {
    if let Some(said) = refusal(told, text) {
        return Err(refused(&text.url, &said));
    }
    if matches!(
        answer.status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    ) {
        return Err(refused(&text.url, answer.status.as_str()));
    }
    match &told.success {
        Some(css) if text.parsed(|page| stands(page, css)) => Ok(()),
        Some(css) if !is_signed_out(ready, told, text) => Err(Trouble::changed(
            Sentence::new("portal_sign_in_unclear")
                .fact("address", shown(&text.url))
                .fact("selector", &css.text),
        )),
        None if !is_signed_out(ready, told, text) => Ok(()),
        _ => Err(refused(&text.url, "")),
    }
}

fn stands(page: &Page<'_>, css: &Css) -> bool {
    css.select(page.html).next().is_some()
}
