//! `[nightly]` and the times of a source: when sources are visited, how long is waited, who hears
//! of it in the morning.

use std::fmt;
use std::str::FromStr;

use channelflow_model::Sentence;

use crate::document::Section;
use crate::secret::has_plain_password;

/// `[nightly]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nightly {
    /// When `serve --schedule` begins the run: minute, hour, day, month, weekday.
    pub at: String,
    /// Sources visited at the same time.
    pub at_once: usize,
    /// Visits to a source that fails for a passing reason.
    pub tries: u32,
    /// Minutes between them.
    pub retry_minutes: u32,
    /// Nothing is waited for past this time.
    pub until: TimeOfDay,
    /// Who gets the morning report.
    pub mail: Option<Mail>,
    /// Where the morning report is posted as JSON.
    pub webhook: Option<String>,
}

/// `[nightly.mail]`. What may hold a secret is kept as written and filled in when a mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Account; empty: the server asks for none.
    pub user: String,
    /// Its password, as written.
    pub password: String,
    /// Address the report comes from.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte.
    Implicit,
    /// Asked for after the greeting.
    Starttls,
    /// Not at all: a relay on the own machine.
    None,
}

/// A time of day to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The time with these hours and minutes.
    pub fn of(hour: u16, minute: u16) -> Self {
        TimeOfDay(hour.min(23) * 60 + minute.min(59))
    }

    /// Minutes since midnight, under 1,440.
    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = ();

    /// `07:30`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (hour, minute) = text.split_once(':').ok_or(())?;
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return Err(());
        }
        let (hour, minute): (u16, u16) = (
            hour.parse().map_err(|_| ())?,
            minute.parse().map_err(|_| ())?,
        );
        if hour > 23 || minute > 59 {
            return Err(());
        }
        Ok(TimeOfDay(hour * 60 + minute))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From one time of day to another, which may lie after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyWindow {
    /// Opens.
    pub opens: TimeOfDay,
    /// Closes; the minute itself is outside.
    pub closes: TimeOfDay,
}

impl DailyWindow {
    /// Whether it is open at this minute of the day.
    pub fn is_open(self, at: TimeOfDay) -> bool {
        if self.opens <= self.closes {
            self.opens <= at && at < self.closes
        } else {
            self.opens <= at || at < self.closes
        }
    }
}

/// When a source is visited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// Only within these hours; `None`: at any time.
    pub window: Option<DailyWindow>,
    /// By when it must have been read; later is said in the report.
    pub deadline: Option<TimeOfDay>,
    /// Sources that are visited before it, whether or not that succeeds.
    pub after: Vec<String>,
    /// Minutes a visit may take; `None`: two hours.
    pub minutes: Option<u32>,
}

impl Default for Nightly {
    fn default() -> Self {
        Nightly {
            at: "0 2 * * *".to_owned(),
            at_once: 8,
            tries: 3,
            retry_minutes: 15,
            until: TimeOfDay(7 * 60),
            mail: None,
            webhook: None,
        }
    }
}

pub(crate) fn read(section: &mut Section<'_>) -> Nightly {
    let default = Nightly::default();
    Nightly {
        at: section.text("at", &default.at),
        at_once: section.number("at_once", default.at_once, 1, 64),
        tries: section.number("tries", default.tries, 1, 100),
        retry_minutes: section.number("retry_minutes", default.retry_minutes, 1, 720),
        until: time(section, "until").unwrap_or(default.until),
        mail: section.has("mail").then(|| section.table("mail", mail)),
        webhook: section.optional_text("webhook").map(|(line, url)| {
            if has_plain_password(&url) {
                section.problem(line, Sentence::new("settings_plain_password"));
            }
            url
        }),
    }
}

fn mail(section: &mut Section<'_>) -> Mail {
    let mail = Mail {
        host: section.required_text("host"),
        port: section.number("port", 465, 1, u16::MAX),
        tls: section.choice(
            "tls",
            MailTls::Implicit,
            &[
                ("implicit", MailTls::Implicit),
                ("starttls", MailTls::Starttls),
                ("none", MailTls::None),
            ],
        ),
        user: section.text("user", ""),
        password: match section.optional_text("password") {
            Some((line, written)) if !written.contains("${") => {
                let plain = Sentence::new("settings_plain_value").fact("name", "password");
                section.problem(line, plain);
                String::new()
            }
            Some((_, written)) => written,
            None => String::new(),
        },
        from: section.required_text("from"),
        to: section.texts("to").into_iter().map(|(_, to)| to).collect(),
    };
    if mail.to.is_empty() {
        section.problem(section.line(), Sentence::new("settings_mail_to_nobody"));
    }
    mail
}

pub(crate) fn times(section: &mut Section<'_>) -> Times {
    Times {
        window: section.optional_text("window").and_then(|(line, text)| {
            let window = text.split_once('-').and_then(|(opens, closes)| {
                Some(DailyWindow {
                    opens: opens.trim().parse().ok()?,
                    closes: closes.trim().parse().ok()?,
                })
            });
            if window.is_none_or(|window| window.opens == window.closes) {
                section.problem(line, Sentence::new("settings_hours").fact("found", &text));
                return None;
            }
            window
        }),
        deadline: time(section, "deadline"),
        after: section
            .texts("after")
            .into_iter()
            .map(|(_, name)| name)
            .collect(),
        minutes: match section.number("minutes", 0, 0, 1440) {
            0 => None,
            minutes => Some(minutes),
        },
    }
}

fn time(section: &mut Section<'_>, key: &'static str) -> Option<TimeOfDay> {
    let (line, text) = section.optional_text(key)?;
    let time = text.parse().ok();
    if time.is_none() {
        section.problem(line, Sentence::new("settings_time").fact("found", &text));
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_lie_over_midnight() {
        let time = |text: &str| text.parse::<TimeOfDay>().unwrap();
        let night = DailyWindow {
            opens: time("22:00"),
            closes: time("06:00"),
        };
        for (at, open) in [
            ("21:59", false),
            ("22:00", true),
            ("00:10", true),
            ("06:00", false),
        ] {
            assert_eq!(night.is_open(time(at)), open, "{at}");
        }
        assert!("24:00".parse::<TimeOfDay>().is_err());
        assert!("7:30".parse::<TimeOfDay>().is_err());
        assert_eq!(time("07:30").to_string(), "07:30");
    }
}
