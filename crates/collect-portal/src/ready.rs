//! A description that was checked and has its values filled in.

use channelflow_config::{Description, Values};
use channelflow_model::{Day, Sentence};
use encoding_rs::Encoding;
use reqwest::Url;
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::address::Allowed;
use crate::days::{Span, written};
use crate::description::{List, Method, Portal};
use crate::trouble::{Secrets, Trouble};

/// Who we say we are, unless the description says otherwise.
const AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; Channelflow/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// A portal that can be visited.
pub(crate) struct Ready {
    /// Its description.
    pub(crate) portal: Portal,
    /// Where it is.
    pub(crate) base: Url,
    /// Where it may lead.
    pub(crate) allowed: Allowed,
    /// Headers of every request.
    pub(crate) headers: HeaderMap,
    /// What its pages are written in, where the description says it.
    pub(crate) encoding: Option<&'static Encoding>,
    /// What must never be shown.
    pub(crate) secrets: Secrets,
    /// Names and values typed to sign in.
    credentials: Vec<(String, String)>,
    values: Values,
}

impl Ready {
    /// Checks a description; everything it asks for is there afterwards.
    pub(crate) fn new(description: &Description<'_>) -> Result<Self, Sentence> {
        let portal: Portal = description.read()?;
        let wrong = |cause: String| description.wrong(cause);
        let values = description.values.clone();
        let mut secrets = Secrets::default();
        let base = filled(&values, &portal.url, &mut secrets)?;
        let base = Url::parse(&base)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| wrong("`url` begins with http:// or https:// and a host".into()))?;
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN,zh;q=0.9"));
        for (name, template) in &portal.headers {
            let value = filled(&values, template, &mut secrets)?;
            let header = HeaderName::from_bytes(name.as_bytes()).ok();
            let (Some(header), Ok(mut value)) = (header, HeaderValue::from_str(&value)) else {
                return Err(wrong(format!("`{name}` in `headers` is no header")));
            };
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        let mut credentials = Vec::new();
        for (name, template) in portal.sign_in.iter().flat_map(|sign_in| &sign_in.fields) {
            let value = filled(&values, template, &mut secrets)?;
            credentials.push((name.clone(), value));
        }
        let encoding = match &portal.encoding {
            None => None,
            Some(label) => Some(
                crate::text::encoding(label)
                    .ok_or_else(|| wrong(format!("`{label}` is no encoding")))?,
            ),
        };
        if portal.list.is_empty() {
            return Err(wrong("there is no `[[list]]`".into()));
        }
        let mut hosts = vec![base.host_str().unwrap_or_default().to_owned()];
        hosts.extend(portal.hosts.iter().map(|host| host.to_lowercase()));
        let ready = Ready {
            allowed: Allowed {
                hosts,
                private: portal.private,
            },
            base,
            headers,
            encoding,
            credentials,
            values,
            secrets,
            portal,
        };
        ready.check_lists(description)?;
        Ok(ready)
    }

    fn check_lists(&self, description: &Description<'_>) -> Result<(), Sentence> {
        let someday = Day::new(2026, 1, 31).map(Span::Today);
        for (number, list) in self.portal.list.iter().enumerate() {
            if let Some(cause) = list.contradiction() {
                return Err(description.wrong(cause));
            }
            let numbered = list
                .next
                .as_ref()
                .is_some_and(|next| next.parameter.is_some());
            let no_clicks = list.json.is_some() || list.method != Method::default() || numbered;
            if self.portal.browser && no_clicks {
                let name = &list.name;
                let cause =
                    format!("list `{name}`: a browser has no `json`, `method` or `parameter`");
                return Err(description.wrong(cause));
            }
            let earlier = self.portal.list.iter().take(number);
            if earlier.into_iter().any(|other| other.name == list.name) {
                return Err(description.wrong(format!("two lists are called `{}`", list.name)));
            }
            let Some(span) = someday else { continue };
            if written(span.last(), &list.date).is_none() {
                return Err(description.wrong(format!("`{}` is no format of a day", list.date)));
            }
            for template in list.fields.values().chain([&list.page]) {
                self.values.fill(&span.fill(template, list))?;
            }
        }
        Ok(())
    }

    /// What is typed to sign in.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.credentials.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// An address of the portal.
    pub(crate) fn address(&self, path: &str) -> Result<Url, Trouble> {
        self.base.join(path).map_err(|_| {
            Trouble::permanent(Sentence::new("portal_no_address").fact("address", path))
        })
    }

    /// The page of a list.
    pub(crate) fn page(&self, list: &List, span: Span) -> Result<Url, Trouble> {
        let page = self.values.fill(&span.fill(&list.page, list));
        self.address(page.map_err(Trouble::permanent)?.expose())
    }

    /// The fields of a list's question.
    pub(crate) fn fields(&self, list: &List, span: Span) -> Result<Vec<(String, String)>, Trouble> {
        let fields = list.fields.iter().map(|(name, template)| {
            let value = self.values.fill(&span.fill(template, list));
            Ok((
                name.clone(),
                value.map_err(Trouble::permanent)?.expose().to_owned(),
            ))
        });
        fields.collect()
    }
}

/// A template with its values, whose secrets are remembered one by one: a portal repeats what was
/// typed, not the template.
fn filled(values: &Values, template: &str, secrets: &mut Secrets) -> Result<String, Sentence> {
    let filled = values.fill(template)?;
    for piece in template.split('{').skip(1) {
        let name = piece.split('}').next().unwrap_or_default();
        if let Ok(value) = values.fill(&format!("{{{name}}}"))
            && value.expose() != value.to_string()
        {
            secrets.add(value.expose());
        }
    }
    Ok(filled.expose().to_owned())
}
