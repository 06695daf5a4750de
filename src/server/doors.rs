//! Doors: the listeners that the settings ask for, opened.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::task::JoinSet;

use crate::config::{Address, Config, Listening, PlainAddress};
use crate::identity::Identity;
use crate::web;

use super::announcement::Announcement;
use super::arrival::{Beginning, Door};
use super::inherited::Inherited;
use super::listener;
use super::tls::{AppProtocol, Tls};
use super::web::Web;

/// Opens all of them, and notes where.
///
/// # Errors
/// What keeps one from being opened, in words that say how to mend it.
pub(super) fn open(
    config: &Config,
    identity: &Identity,
    door: &Door,
    inherited: &mut Inherited,
    doors: &mut JoinSet<()>,
    announcement: &mut Announcement,
) -> anyhow::Result<()> {
    let mut opening = Opening { door, inherited, doors };
    let has_web = !(config.listen_web.is_empty() && config.listen_web_plain.is_empty());
    let tls = Some(Tls::new(identity, has_web)?);
    let routes = web::routes(Arc::clone(&door.service), door.answers.clone());
    // A browser lets nobody past a certificate that it does not trust once it was promised TLS.
    let hsts_s = if identity.describe()?.is_self_signed { 0 } else { config.hsts_duration_s };
    // Who switches the one limit off measures, and the other would be in the way.
    let is_paced = door.service.limits.flood_per_second > 0;
    let web = has_web.then(|| Web::new(&routes, &config.web_origins, true, hsts_s, is_paced));
    let web_plain = has_web.then(|| Web::new(&routes, &config.web_origins, false, 0, is_paced));
    for Listening { address, proxied } in &config.listen {
        let beginning =
            Beginning { proxied: *proxied, tls: tls.clone(), own: AppProtocol::Irc, web: web.clone() };
        let opened = opening.tcp(address, "listen", &beginning)?;
        if !proxied {
            // The first one counts: where clients without TLS are sent.
            door.service.tls_port.get_or_init(|| opened.address.port);
        }
        announcement.tls.push(opened);
    }
    for Listening { address, proxied } in &config.listen_plain {
        let beginning = Beginning { proxied: *proxied, tls: None, own: AppProtocol::Irc, web: None };
        announcement.plain.push(opening.plain(address, "listen-plain", &beginning)?);
    }
    for Listening { address, proxied } in &config.listen_web {
        let beginning =
            Beginning { proxied: *proxied, tls: tls.clone(), own: AppProtocol::Http1, web: web.clone() };
        let opened = opening.tcp(address, "listen-web", &beginning)?;
        if !proxied && config.web_url.is_none() {
            let url = web_url(config.server_name.as_str(), opened.address.port);
            door.service.web_url.get_or_init(|| url);
        }
        announcement.web.push(opened);
    }
    for Listening { address, proxied } in &config.listen_web_plain {
        let beginning =
            Beginning { proxied: *proxied, tls: None, own: AppProtocol::Http1, web: web_plain.clone() };
        announcement.web_plain.push(opening.plain(address, "listen-web-plain", &beginning)?);
    }
    if let Some(url) = config.web_url.as_ref().filter(|_| has_web) {
        door.service.web_url.get_or_init(|| url.as_str().to_owned());
    }
    Ok(())
}

fn web_url(name: &str, port: u16) -> String {
    if port == 443 { format!("https://{name}") } else { format!("https://{name}:{port}") }
}

struct Opening<'a> {
    door: &'a Door,
    inherited: &'a mut Inherited,
    doors: &'a mut JoinSet<()>,
}

impl Opening<'_> {
    /// Returns the address with the port that it got.
    fn tcp(
        &mut self,
        address: &Address,
        flag: &str,
        beginning: &Beginning,
    ) -> anyhow::Result<Listening<Address>> {
        let listeners = listener::bind(address, self.inherited).with_context(|| {
            format!(
                "can't listen on {address}; is another server running there? choose another with --{flag}"
            )
        })?;
        let mut opened = Listening { address: address.clone(), proxied: beginning.proxied };
        for listener in listeners {
            opened.address.port = listener.local_addr()?.port();
            self.doors.spawn(listener::serve_tcp(listener, beginning.clone(), self.door.clone()));
        }
        Ok(opened)
    }

    fn unix(&mut self, path: &Path, beginning: &Beginning) -> anyhow::Result<()> {
        let listener = listener::bind_unix(path, self.inherited)
            .with_context(|| format!("can't listen on the unix socket {}", path.display()))?;
        self.doors.spawn(listener::serve_unix(listener, beginning.clone(), self.door.clone()));
        Ok(())
    }

    fn plain(
        &mut self,
        address: &PlainAddress,
        flag: &str,
        beginning: &Beginning,
    ) -> anyhow::Result<Listening<PlainAddress>> {
        let proxied = beginning.proxied;
        let address = match address {
            PlainAddress::Tcp(address) => PlainAddress::Tcp(self.tcp(address, flag, beginning)?.address),
            PlainAddress::Unix(path) => {
                self.unix(path, beginning)?;
                address.clone()
            }
        };
        Ok(Listening { address, proxied })
    }
}
