//! What stands in a cell of an xlsx sheet that is not plain: formulas, texts in place, entities.
//!
//! Read by the XML reader. Not here: plain cells, and what the content means.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::refusal::{Refusal, Result};
use crate::sheet_xml;

/// What stands in a cell that is not plain.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) value: Option<String>,
    pub(crate) inline: Option<String>,
    pub(crate) formula: bool,
}

impl Content {
    pub(crate) fn read(xml: &str) -> Result<Self> {
        let mut content = Content::default();
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = false;
        // Where text belongs, where it starts, and how deep within phonetic hints we are.
        let mut place = "";
        let mut start = 0;
        let mut hints = 0;
        loop {
            let text = match reader.read_event().map_err(Refusal::damaged)? {
                Event::Eof => return Ok(content),
                Event::Empty(element) => {
                    match element.local_name().as_ref() {
                        "f" => content.formula = true,
                        "v" => content.value = Some(String::new()),
                        _ => {}
                    }
                    continue;
                }
                Event::Start(element) => {
                    match element.local_name().as_ref() {
                        "f" => content.formula = true,
                        "v" => {
                            content.value.get_or_insert_default();
                            place = "v";
                        }
                        "is" => {
                            content.inline.get_or_insert_default();
                        }
                        // White space at the ends counts only when it says so.
                        "t" if hints == 0 => {
                            let space = sheet_xml::attribute(&element, "space");
                            let preserved = space.as_deref() == Some("preserve");
                            place = if preserved { "preserved t" } else { "t" };
                            start = content.inline.as_ref().map_or(0, String::len);
                        }
                        "rPh" => hints += 1,
                        _ => {}
                    }
                    continue;
                }
                Event::End(element) => {
                    if element.local_name().as_ref() == "rPh" {
                        hints -= 1;
                    }
                    if let ("t", Some(inline)) = (place, &mut content.inline) {
                        let trimmed = trim(inline.get(start..).unwrap_or("")).to_owned();
                        inline.truncate(start);
                        inline.push_str(&trimmed);
                    }
                    place = "";
                    continue;
                }
                Event::Text(text) => text.xml10_content().into_owned(),
                Event::CData(text) => text.xml10_content().into_owned(),
                Event::GeneralRef(entity) => sheet_xml::resolve(&entity)?,
                _ => continue,
            };
            match (place, &mut content) {
                (
                    "v",
                    Content {
                        value: Some(value), ..
                    },
                ) => value.push_str(&text),
                (
                    "t" | "preserved t",
                    Content {
                        inline: Some(inline),
                        ..
                    },
                ) => inline.push_str(&text),
                _ => {}
            }
        }
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// `_x000D_` is how a control character is written where XML allows none.
pub(crate) fn unescape_controls(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("_x00") {
        return text.into();
    }
    text.replace("_x000D_", "\r")
        .replace("_x000A_", "\n")
        .into()
}
