//! A headless Chromium of our own behind a driver of our own: started for one visit, stopped with
//! it, and unable to reach any host but the portal's.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use channelflow_model::Sentence;
use reqwest::Url;
use tempfile::TempDir;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::{ChromeCapabilities, DesiredCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::address::{Internal, internal, resolved};
use crate::ready::Ready;
use crate::trouble::Trouble;

/// The driver, as Debian's package `chromium-driver` installs it.
const PROGRAM: &str = "chromedriver";

/// How long a driver may take to listen.
const STARTING: Duration = Duration::from_secs(30);

/// What it says when it listens.
const LISTENING: &str = "started successfully on port ";

/// A browser. The order of the fields is the order in which they are given up.
pub(crate) struct Driver {
    /// Speaks to it.
    pub(crate) web: WebDriver,
    _process: Child,
    /// Its profile and its downloads.
    folder: TempDir,
}

impl Driver {
    /// Starts a browser for this portal.
    pub(crate) async fn start(ready: &Ready) -> Result<Self, Trouble> {
        let rules = host_rules(ready).await?;
        let folder = tempfile::tempdir().map_err(|error| said("portal_browser", &error))?;
        let (process, port) = driver(PROGRAM).await?;
        let seconds = ready.portal.pace.timeout_seconds.saturating_add(30);
        let capabilities =
            capabilities(folder.path(), &rules).map_err(|error| said("portal_browser", &error))?;
        let server = format!("http://127.0.0.1:{port}");
        let client = crate::host::builder()
            .timeout(Duration::from_secs(seconds))
            .build()
            .map_err(|error| said("portal_browser", &error.without_url()))?;
        let web = WebDriver::builder(server, capabilities)
            .client(client)
            .connect()
            .await
            .map_err(|error| {
                let message = error.to_string();
                if message.contains("binary") {
                    missing("chromium", "it is not installed")
                } else {
                    said("portal_browser", &cause(&message))
                }
            })?;
        Ok(Driver {
            web,
            _process: process,
            folder,
        })
    }

    /// Where files go that a page gives.
    pub(crate) fn downloads(&self) -> std::path::PathBuf {
        self.folder.path().join("downloads")
    }

    /// Ends it. Dropping it ends it too, but holds the thread up meanwhile.
    pub(crate) async fn stop(self) {
        // What cannot be ended politely ends with its driver.
        let _ = self.web.quit().await;
    }
}

/// What a browser or its driver says, without what only its makers understand.
pub(crate) fn cause(error: &impl std::fmt::Display) -> String {
    const MOST: usize = 200;
    let words = error.to_string();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    // The library puts a status before it and a stack of the browser's after it.
    let (_, words) = words.split_once("Additional info:").unwrap_or(("", &words));
    let marks = ["Stacktrace:", "#0 ", "Error:"].into_iter();
    let end = marks.filter_map(|mark| words.find(mark)).min();
    let words = words.get(..end.unwrap_or(words.len())).unwrap_or_default();
    words.trim().chars().take(MOST).collect()
}

fn said(code: &'static str, cause: &dyn std::fmt::Display) -> Trouble {
    Trouble::transient(Sentence::new(code).fact("cause", cause))
}

fn missing(program: &str, cause: &str) -> Trouble {
    Trouble::permanent(
        Sentence::new("portal_no_browser")
            .fact("program", program)
            .fact("cause", cause),
    )
}

/// A driver on a port of its own choice.
async fn driver(program: &str) -> Result<(Child, u16), Trouble> {
    let mut process = Command::new(program)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| missing(program, &error.to_string()))?;
    let output = process.stdout.take();
    let Some(output) = output else {
        return Err(missing(program, "it cannot be heard"));
    };
    let mut lines = BufReader::new(output).lines();
    let listening = async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, port)) = line.split_once(LISTENING) {
                return port.trim_end_matches('.').parse().ok();
            }
        }
        None
    };
    let port = tokio::time::timeout(STARTING, listening).await;
    let Some(port) = port.ok().flatten() else {
        return Err(missing(program, "it does not listen"));
    };
    // Nobody reads on, so it must never wait for a reader: it writes little and the pipe takes it.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((process, port))
}

fn capabilities(
    folder: &Path,
    rules: &str,
) -> thirtyfour::error::WebDriverResult<ChromeCapabilities> {
    let mut capabilities = DesiredCapabilities::chrome();
    let profile = format!("--user-data-dir={}", folder.join("profile").display());
    let rules = format!("--host-resolver-rules={rules}");
    for argument in [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-extensions",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--lang=zh-CN",
        "--window-size=1600,1200",
        &profile,
        &rules,
    ] {
        capabilities.add_arg(argument)?;
    }
    if is_root() {
        // Chromium's sandbox refuses to work for root.
        capabilities.add_arg("--no-sandbox")?;
    }
    let downloads = folder.join("downloads");
    capabilities.add_experimental_option(
        "prefs",
        serde_json::json!({
            "download.default_directory": downloads.display().to_string(),
            "download.prompt_for_download": false,
            "credentials_enable_service": false,
            "profile.password_manager_enabled": false,
        }),
    )?;
    Ok(capabilities)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

/// The portal's hosts at the addresses they have now, and no other host at all.
async fn host_rules(ready: &Ready) -> Result<String, Trouble> {
    let mut rules = Vec::new();
    for host in &ready.allowed.hosts {
        let url = Url::parse(&format!("http://{host}/")).map_err(|error| {
            Trouble::permanent(
                Sentence::new("portal_unreachable")
                    .fact("address", host)
                    .fact("cause", error),
            )
        })?;
        ready.allowed.check(&url)?;
        if host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok()
        {
            rules.push(format!("EXCLUDE {host}"));
            continue;
        }
        let (name, private) = (host.clone(), ready.allowed.private);
        let found = tokio::task::spawn_blocking(move || resolved(&name, private)).await;
        let found = found.map_err(|error| said("portal_browser", &error))?;
        let found = found.map_err(|error| {
            if error.is::<Internal>() {
                return internal(host);
            }
            Trouble::transient(
                Sentence::new("portal_unreachable")
                    .fact("address", host)
                    .fact("cause", error),
            )
        })?;
        if let Some(address) = found.first() {
            let ip = address.ip();
            let ip = if ip.is_ipv6() {
                format!("[{ip}]")
            } else {
                ip.to_string()
            };
            rules.push(format!("MAP {host} {ip}"));
        }
    }
    rules.push("MAP * ~NOTFOUND".to_owned());
    Ok(rules.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use channelflow_model::Lang;

    #[tokio::test]
    async fn a_missing_driver_is_said_with_what_to_install() {
        let Err(Trouble::Failed(error)) = driver("no-such-chromedriver").await else {
            panic!("there is none");
        };
        assert_eq!(error.sentence.code(), "portal_no_browser");
        let hint = error.sentence.hint(Lang::En).unwrap();
        assert!(hint.contains("chromium-driver"), "{hint}");
    }
}
