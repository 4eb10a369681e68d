//! JSON that is kept as it was written: its bytes are hashed and stored, so nothing may order or
//! space it anew, and taking thousands of texts apart only to put them together again costs more
//! than what they say.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A JSON text. Two are equal when they are the same byte for byte.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    /// What serialising a value writes, without spaces.
    ///
    /// # Errors
    /// When the value refuses, such as a map with keys that are no texts.
    pub fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(JsonText)
    }

    /// A text that was stored.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn from_text(text: String) -> serde_json::Result<Self> {
        RawValue::from_string(text).map(JsonText)
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The value it was written from.
    ///
    /// # Errors
    /// When it is JSON of something else.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.text())
    }
}

impl Default for JsonText {
    /// `null`.
    fn default() -> Self {
        JsonText(RawValue::NULL.to_owned())
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for JsonText {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_text_is_kept_to_the_byte_wherever_it_goes() {
        let stored = r#"{"b": 1.50,  "a":[ ]}"#;
        let text = JsonText::from_text(stored.to_owned()).unwrap();
        let around = serde_json::to_string(&[&text]).unwrap();
        assert_eq!(around, format!("[{stored}]"));
        let [back]: [JsonText; 1] = serde_json::from_str(&around).unwrap();
        assert_eq!(back, text);
        // Also through a value that is not text, if not to the byte.
        let value = serde_json::to_value(&text).unwrap();
        assert_eq!(value, serde_json::json!({"a": [], "b": 1.5}));
        let through: JsonText = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(through.parse::<serde_json::Value>().unwrap(), value);
        assert!(JsonText::from_text("{".to_owned()).is_err());
    }
}
