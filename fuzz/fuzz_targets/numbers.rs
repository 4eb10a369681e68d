//! Numbers, days and specs: what is read prints back to itself.
#![no_main]

use channelflow_model::{Day, Micros};
use channelflow_resolve::spec::{parse_spec, spec_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(number) = text.parse::<Micros>() {
        assert_eq!(number.to_string().parse(), Ok(number));
        let _ = number.to_money();
    }
    if let Some(day) = Day::from_iso(text) {
        assert_eq!(Day::from_iso(&day.to_string()), Some(day));
    }
    let _ = (parse_spec(text), spec_key(text));
});
