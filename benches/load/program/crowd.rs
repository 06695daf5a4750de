//! Brings many connections in, some at a time.
//!
//! It must not measure: what it costs a server to let people in is the work `connect`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rustls::ClientConfig;
use tokio::task::JoinSet;

use super::arguments::Common;
use super::connection::{Connection, Visitor};
use super::link::Link;
use super::peer::Peer;

/// The kernel's buffer of who will not read: so small that it is full soon.
const NARROW_BYTES: u32 = 4096;

/// How to get into one server in one round.
#[derive(Clone)]
pub(crate) struct Door {
    peer: Peer,
    tls: Arc<ClientConfig>,
    caps: Arc<[String]>,
    accounts: Arc<[(String, String)]>,
    /// Addresses of this machine that connections come from; one more than once a server counts by address.
    sources: u8,
    /// What nicks and rooms of this round begin with, so that rounds do not meet.
    tag: String,
    concurrency: usize,
    /// The kernel's buffer for what was not read.
    receive_bytes: Option<u32>,
}

impl Door {
    pub(crate) fn new(peer: &Peer, tls: Arc<ClientConfig>, common: &Common, tag: String) -> Result<Self> {
        Ok(Self {
            peer: peer.clone(),
            tls,
            caps: common.caps.clone().into(),
            accounts: common.accounts()?.into(),
            sources: common.sources,
            tag,
            concurrency: common.concurrency,
            receive_bytes: None,
        })
    }

    /// The same for another crowd at the same time.
    pub(crate) fn again(&self) -> Self {
        Self { tag: format!("{}z", self.tag), ..self.clone() }
    }

    /// The same without accounts.
    pub(crate) fn for_guests(&self) -> Self {
        Self { accounts: Arc::default(), ..self.clone() }
    }

    /// The same with these capabilities too.
    pub(crate) fn with_caps(&self, more: &[&str]) -> Self {
        let mut caps = self.caps.to_vec();
        caps.extend(
            more.iter().filter(|cap| !self.caps.iter().any(|known| known == **cap)).map(ToString::to_string),
        );
        Self { caps: caps.into(), ..self.clone() }
    }

    /// The same for who will not read, with little room in the kernel for what is not read.
    pub(crate) fn narrow(&self) -> Self {
        Self { receive_bytes: Some(NARROW_BYTES), ..self.clone() }
    }

    /// Connections that may come in at one time.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency
    }

    pub(crate) fn has_accounts(&self) -> bool {
        !self.accounts.is_empty()
    }

    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The name of this round's room with that number.
    pub(crate) fn room(&self, number: usize) -> String {
        format!("#{}-{number}", self.tag)
    }

    /// The connection with that number, with TLS and nothing more.
    async fn connect(&self, number: usize) -> Result<Connection> {
        let is_local = self.peer.address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
        let source = (is_local && self.sources > 1).then(|| {
            let last = 1 + u8::try_from(number % usize::from(self.sources)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
        });
        let link = Link::connect(self.peer.address, source, self.receive_bytes, Arc::clone(&self.tls)).await;
        let mut link = link.with_context(|| format!("{}, connection {number}", self.peer.name))?;
        if self.peer.web {
            link.upgrade().await.with_context(|| self.peer.name.clone())?;
        }
        Ok(Connection::new(link))
    }

    /// The connection with that number, signed in.
    pub(crate) async fn enter(&self, number: usize) -> Result<Connection> {
        self.enter_as(number, &self.visitor(number)).await
    }

    /// The same with another password.
    pub(crate) async fn enter_with(&self, number: usize, password: &str) -> Result<Connection> {
        let visitor = Visitor { password: Some(password.to_owned()), ..self.visitor(number) };
        self.enter_as(number, &visitor).await
    }

    async fn enter_as(&self, number: usize, visitor: &Visitor) -> Result<Connection> {
        let mut connection = self.connect(number).await?;
        let entered = connection.register(visitor, &self.caps).await;
        entered.with_context(|| self.peer.name.clone())?;
        Ok(connection)
    }

    /// An account where there are some, else a guest with a nick that is short enough for every server.
    fn visitor(&self, number: usize) -> Visitor {
        match self.accounts.get(number % self.accounts.len().max(1)) {
            Some((name, password)) => Visitor { nick: name.clone(), password: Some(password.clone()) },
            None => Visitor { nick: format!("{}{number}", self.tag), password: None },
        }
    }
}

/// Does something for all numbers below, some at a time; the results in their order.
pub(crate) async fn each<T, F>(count: usize, at_once: usize, act: impl Fn(usize) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    for number in 0..count {
        if running.len() >= at_once
            && let Some(done) = running.join_next().await
        {
            let (number, result): (usize, Result<T>) = done?;
            results[number] = Some(result?);
        }
        let future = act(number);
        running.spawn(async move { (number, future.await) });
    }
    while let Some(done) = running.join_next().await {
        let (number, result) = done?;
        results[number] = Some(result?);
    }
    Ok(results.into_iter().flatten().collect())
}
