//! Which addresses a portal may be reached at and may send us to.
//!
//! A host is resolved once, by the resolver of the connection itself, which refuses internal
//! addresses: a check before the request could be answered with another address than the
//! connection. Addresses written as numbers never reach a resolver and are checked here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};

use channelflow_model::Sentence;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::trouble::Trouble;

/// Hosts a portal consists of, and whether they may be internal ones.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    /// Host names, in lower case.
    pub(crate) hosts: Vec<String>,
    /// Whether private and loopback addresses are meant.
    pub(crate) private: bool,
}

impl Allowed {
    /// Refuses an address that is not the portal's.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Trouble> {
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        if !self.private && literal.is_ok_and(is_internal) {
            return Err(internal(host));
        }
        let known = matches!(url.scheme(), "http" | "https")
            && self.hosts.iter().any(|allowed| allowed == host);
        if known {
            Ok(())
        } else {
            Err(Trouble::permanent(
                Sentence::new("portal_other_host").fact("address", shown(url)),
            ))
        }
    }
}

/// The sentence for an internal address.
pub(crate) fn internal(host: &str) -> Trouble {
    Trouble::permanent(Sentence::new("portal_internal").fact("host", host))
}

/// An address as it is shown: without what may hold a session or a secret.
pub(crate) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let path = url.path().split(';').next().unwrap_or_default();
    format!("{}://{host}{port}{path}", url.scheme())
}

/// Resolves names for one connection.
pub(crate) struct Resolver {
    /// Whether internal addresses are meant.
    pub(crate) private: bool,
}

/// A name led to an internal address.
#[derive(Debug, thiserror::Error)]
#[error("an internal address")]
pub(crate) struct Internal;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::task::spawn_blocking(move || resolved(&host, private)).await??;
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// The addresses of a host; one internal one among them refuses all.
pub(crate) fn resolved(
    host: &str,
    private: bool,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let found: Vec<SocketAddr> = (host, 0).to_socket_addrs()?.collect();
    if !private && found.iter().any(|address| is_internal(address.ip())) {
        return Err(Box::new(Internal));
    }
    Ok(found)
}

/// Whether an address is not one of the public internet.
pub(crate) fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_internal_v4(v4),
        IpAddr::V6(v6) => {
            let [first, second, third, fourth, fifth, sixth, high, low] = v6.segments();
            let inner = |high: u16, low: u16| {
                is_internal_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
            };
            match (first, second) {
                // Loopback, unspecified, and IPv4 in its older and newer disguises.
                (0, 0) if (third, fourth, fifth) == (0, 0, 0) && matches!(sixth, 0 | 0xffff) => {
                    (sixth == 0 && high == 0 && low <= 1) || inner(high, low)
                }
                (0x64, 0xff9b) => inner(high, low),
                (0x2002, _) => inner(second, third),
                _ => {
                    first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || first & 0xff00 == 0xff00
                }
            }
        }
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0)
            | (198, 18 | 19, _)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_addresses_in_every_disguise() {
        for internal in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.100.100.200",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_internal(internal.parse().unwrap()), "{internal}");
        }
        for public in [
            "114.114.114.114",
            "172.32.0.1",
            "2400:3200::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(!is_internal(public.parse().unwrap()), "{public}");
        }
        assert!(resolved("localhost", false).is_err());
        assert!(resolved("localhost", true).is_ok());
    }

    #[test]
    fn only_the_portals_own_hosts_and_never_an_internal_one_unasked() {
        let public = Allowed {
            hosts: vec!["b2b.example.cn".into(), "127.0.0.1".into()],
            private: false,
        };
        let code = |allowed: &Allowed, url: &str| {
            let refused = allowed.check(&Url::parse(url).unwrap()).err()?;
            let Trouble::Failed(error) = refused else {
                return Some("other");
            };
            Some(error.sentence.code())
        };
        assert_eq!(code(&public, "https://b2b.example.cn:8443/a"), None);
        for (url, refused) in [
            ("http://127.0.0.1/", "portal_internal"),
            ("http://2130706433/", "portal_internal"),
            ("http://[::ffff:169.254.169.254]/", "portal_internal"),
            ("http://example.cn/", "portal_other_host"),
            ("ftp://b2b.example.cn/", "portal_other_host"),
        ] {
            assert_eq!(code(&public, url), Some(refused), "{url}");
        }
        let intranet = Allowed {
            private: true,
            ..public
        };
        assert_eq!(code(&intranet, "http://127.0.0.1/"), None);
        assert_eq!(
            code(&intranet, "http://10.0.0.1/"),
            Some("portal_other_host")
        );
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        let url = Url::parse("https://u:p@h.cn:81/a/b;jsessionid=9?token=1#x").unwrap();
        assert_eq!(shown(&url), "https://h.cn:81/a/b");
    }
}
