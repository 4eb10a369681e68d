//! Forms and links of a page as a browser would send them: hidden fields, view state and tokens
//! taken along, in the encoding of the page.

use std::borrow::Cow;

use channelflow_model::Sentence;
use encoding_rs::Encoding;
use reqwest::Url;
use scraper::{ElementRef, Html, Selector};

use crate::address::shown;
use crate::client::{Body, Request};
use crate::description::Css;
use crate::trouble::Trouble;

/// A form with everything that stands in it.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    action: Url,
    post: bool,
    /// What it would send as it is.
    fields: Vec<(String, String)>,
    /// Every name a field or button of it has.
    names: Vec<String>,
    encoding: &'static Encoding,
}

/// A page and how it was read.
pub(crate) struct Page<'p> {
    /// Its elements.
    pub(crate) html: &'p Html,
    /// Where it stands.
    pub(crate) url: &'p Url,
    /// How it is written.
    pub(crate) encoding: &'static Encoding,
    /// Whether a click may do what its element does not say.
    pub(crate) scripted: bool,
}

impl Page<'_> {
    /// The form at a selector, or the first in which `marked` stands.
    pub(crate) fn form(&self, css: Option<&Css>, marked: &str) -> Result<Form, Trouble> {
        let forms = select(self.html, "form");
        let found = match css {
            Some(css) => css.select(self.html).next(),
            None => forms.iter().copied().find(|form| has(*form, marked)),
        };
        let wanted = css.map_or(marked, |css| &css.text);
        found.map(|form| self.read_form(form)).ok_or_else(|| {
            let shown_forms: Vec<String> = forms.iter().map(|form| named(*form)).collect();
            Trouble::changed(
                Sentence::new("portal_no_form")
                    .fact("selector", wanted)
                    .fact("address", shown(self.url))
                    .fact("found", listed(&shown_forms)),
            )
        })
    }

    /// What a click on an element sends; `None` when it leads nowhere.
    pub(crate) fn press(&self, element: ElementRef<'_>) -> Option<Request> {
        let value = element.value();
        if is_disabled(element) {
            return None;
        }
        if self.scripted {
            return Some(Request::get(self.url.clone()));
        }
        let scripts = [value.attr("href"), value.attr("onclick")];
        if let Some((target, argument)) = scripts.into_iter().flatten().find_map(post_back) {
            let mut form = self.read_form(form_around(element)?);
            form.set("__EVENTTARGET", &target);
            form.set("__EVENTARGUMENT", &argument);
            return Some(form.request(self.url));
        }
        if matches!(value.name(), "input" | "button") {
            let mut form = self.read_form(form_around(element)?);
            if let Some(name) = value.attr("name") {
                form.set(name, value.attr("value").unwrap_or_default());
            }
            return Some(form.request(self.url));
        }
        let href = value.attr("href")?.trim();
        if href.is_empty() || href.starts_with('#') || href.starts_with("javascript:") {
            return None;
        }
        let mut request = Request::get(self.url.join(href).ok()?);
        request.referer = Some(self.url.clone());
        Some(request)
    }

    fn read_form(&self, form: ElementRef<'_>) -> Form {
        let value = form.value();
        let action = value.attr("action").map(str::trim).unwrap_or_default();
        let declared = value.attr("accept-charset").and_then(crate::text::encoding);
        let controls = form.descendent_elements();
        let controls: Vec<_> = controls.filter(|control| is_control(*control)).collect();
        Form {
            action: self.url.join(action).unwrap_or_else(|_| self.url.clone()),
            post: value
                .attr("method")
                .is_some_and(|method| method.eq_ignore_ascii_case("post")),
            fields: controls
                .iter()
                .filter_map(|control| sent(*control))
                .collect(),
            names: controls
                .iter()
                .filter_map(|control| control.attr("name"))
                .map(str::to_owned)
                .collect(),
            encoding: declared.unwrap_or(self.encoding),
        }
    }
}

impl Form {
    /// Fills in a field the form must have.
    pub(crate) fn fill(&mut self, name: &str, value: &str, page: &Url) -> Result<(), Trouble> {
        if !self.names.iter().any(|known| known == name) {
            return Err(Trouble::changed(
                Sentence::new("portal_no_field")
                    .fact("field", name)
                    .fact("address", shown(page))
                    .fact("found", listed(&self.names)),
            ));
        }
        self.set(name, value);
        Ok(())
    }

    /// Sets a field, which need not be there.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let mut given = false;
        self.fields.retain_mut(|(known, old)| {
            if known != name {
                return true;
            }
            value.clone_into(old);
            !std::mem::replace(&mut given, true)
        });
        if !given {
            self.fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// What sending it means.
    pub(crate) fn request(&self, page: &Url) -> Request {
        let fields = self.fields.iter();
        let fields = fields.map(|(name, value)| (name.as_str(), value.as_str()));
        let mut request = if self.post {
            Request::post(self.action.clone(), encoded(fields, self.encoding))
        } else {
            let mut url = self.action.clone();
            url.set_query(Some(&encoded(fields, self.encoding)));
            Request::get(url)
        };
        request.referer = Some(page.clone());
        request
    }
}

impl Request {
    /// A form's fields sent to an address.
    pub(crate) fn post(url: Url, fields: String) -> Self {
        Request {
            body: Some(Body {
                content_type: "application/x-www-form-urlencoded",
                bytes: fields.into_bytes(),
            }),
            ..Request::get(url)
        }
    }
}

/// Fields as they stand in an address or a body.
pub(crate) fn encoded<'f>(
    fields: impl Iterator<Item = (&'f str, &'f str)>,
    encoding: &'static Encoding,
) -> String {
    // Only an address can be asked for its query, so one is made.
    let Ok(mut url) = Url::parse("http://localhost/") else {
        return String::new();
    };
    url.query_pairs_mut()
        .encoding_override(Some(&|text| {
            Cow::Owned(encoding.encode(text).0.into_owned())
        }))
        .extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// Elements of a page at a selector of ours.
pub(crate) fn select<'h>(html: &'h Html, selector: &str) -> Vec<ElementRef<'h>> {
    Selector::parse(selector)
        .map(|selector| html.select(&selector).collect())
        .unwrap_or_default()
}

/// A few names, for a sentence.
pub(crate) fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    if names.is_empty() {
        return "–".to_owned();
    }
    let mut shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    if names.len() > MOST {
        shown.push("…");
    }
    shown.join(", ")
}

fn has(form: ElementRef<'_>, marked: &str) -> bool {
    Selector::parse(marked).is_ok_and(|selector| form.select(&selector).next().is_some())
}

fn named(form: ElementRef<'_>) -> String {
    let value = form.value();
    let name = value.id().or_else(|| value.attr("name"));
    let name = name.or_else(|| value.attr("action")).unwrap_or_default();
    format!("form `{name}`")
}

/// Whether an element or what holds it says that a click does nothing.
fn is_disabled(element: ElementRef<'_>) -> bool {
    let says = |element: ElementRef<'_>| {
        let value = element.value();
        let classes = value.attr("class").unwrap_or_default().to_lowercase();
        value.attr("disabled").is_some()
            || value.attr("aria-disabled") == Some("true")
            || classes.contains("disabled")
    };
    let parent = element.parent().and_then(ElementRef::wrap);
    says(element) || parent.is_some_and(|parent| parent.value().name() == "li" && says(parent))
}

fn form_around(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut ancestors = element.ancestors().filter_map(ElementRef::wrap);
    ancestors.find(|ancestor| ancestor.value().name() == "form")
}

fn is_control(element: ElementRef<'_>) -> bool {
    matches!(
        element.value().name(),
        "input" | "select" | "textarea" | "button"
    )
}

/// What a control sends when nobody touched it.
fn sent(control: ElementRef<'_>) -> Option<(String, String)> {
    let value = control.value();
    let name = value.attr("name").filter(|name| !name.is_empty())?;
    if value.attr("disabled").is_some() {
        return None;
    }
    let text = match value.name() {
        "textarea" => control.text().collect(),
        "select" => chosen(control)?,
        "input" => {
            let kind = value.attr("type").unwrap_or("text").to_ascii_lowercase();
            match kind.as_str() {
                "submit" | "button" | "image" | "reset" | "file" => return None,
                "checkbox" | "radio" if value.attr("checked").is_none() => return None,
                "checkbox" | "radio" => value.attr("value").unwrap_or("on").to_owned(),
                _ => value.attr("value").unwrap_or_default().to_owned(),
            }
        }
        _ => return None,
    };
    Some((name.to_owned(), text))
}

fn chosen(select: ElementRef<'_>) -> Option<String> {
    let options = select.descendent_elements();
    let options: Vec<_> = options
        .filter(|element| element.value().name() == "option")
        .collect();
    let selected = options
        .iter()
        .find(|option| option.attr("selected").is_some());
    let option = selected.or(options.first())?;
    Some(match option.attr("value") {
        Some(value) => value.to_owned(),
        None => option.text().collect::<String>().trim().to_owned(),
    })
}

/// Target and argument of `__doPostBack('target','argument')`.
pub(crate) fn post_back(script: &str) -> Option<(String, String)> {
    let (_, call) = script.split_once("__doPostBack(")?;
    let (arguments, _) = call.split_once(')')?;
    let mut texts = arguments.split(',').map(|text| {
        let text = text.trim().trim_matches(['\'', '"']);
        text.replace("\\'", "'")
    });
    Some((texts.next()?, texts.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GB18030;

    fn page(html: &str, check: impl Fn(&Page<'_>)) {
        let url = Url::parse("http://h.cn/a/list.aspx?x=1").unwrap();
        check(&Page {
            html: &Html::parse_document(html),
            url: &url,
            encoding: GB18030,
            scripted: false,
        });
    }

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let html = "<form id=f method=post action='q.aspx'><input type=hidden name=__VIEWSTATE value='a+b'>\
            <input name=from><input type=checkbox name=c value=1><input type=checkbox name=d checked>\
            <input type=submit name=go value=查询><select name=s><option value=1>一<option selected value=2>二</select>\
            <input name=off disabled value=1><textarea name=t>甲</textarea></form>";
        page(html, |page| {
            let mut form = page.form(None, "[name=from]").unwrap();
            form.fill("from", "2026-02-01", page.url).unwrap();
            let plain = form.request(page.url);
            let sent = |request: &Request| {
                String::from_utf8(request.body.as_ref().unwrap().bytes.clone()).unwrap()
            };
            assert_eq!(
                sent(&plain),
                "__VIEWSTATE=a%2Bb&from=2026-02-01&d=on&s=2&t=%BC%D7"
            );
            assert_eq!(plain.url.as_str(), "http://h.cn/a/q.aspx");
            form.fill("go", "查询", page.url).unwrap();
            assert!(sent(&form.request(page.url)).ends_with("&go=%B2%E9%D1%AF"));
            assert!(form.fill("until", "", page.url).is_err());
        });
    }

    #[test]
    fn links_and_buttons_that_lead_somewhere() {
        let html = "<form method=post><input type=hidden name=v value=1>\
            <a href=\"javascript:__doPostBack('grid','Page$2')\">2</a><a href='?p=2'>n</a><a href='#'>x</a>\
            <a class='next disabled' href='?p=3'>n</a><button name=b value=2>e</button></form>";
        page(html, |page| {
            let pressed: Vec<Option<String>> = select(page.html, "a, button")
                .into_iter()
                .map(|element| {
                    let request = page.press(element)?;
                    let body = request.body.map_or(Vec::new(), |body| body.bytes);
                    let query = request.url.query().unwrap_or_default().to_owned();
                    Some(format!("{query} {}", String::from_utf8(body).unwrap()))
                })
                .collect();
            assert_eq!(
                pressed,
                [
                    Some("x=1 v=1&__EVENTTARGET=grid&__EVENTARGUMENT=Page%242".to_owned()),
                    Some("p=2 ".to_owned()),
                    None,
                    None,
                    Some("x=1 v=1&b=2".to_owned()),
                ]
            );
        });
    }
}
