//! Bans: added, listed, lifted. Who is there already has to end at once.

use std::net::IpAddr;

use crate::auth::bans::AddError;
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::limits;
use crate::session::sanction;
use crate::store::bans::Target;

use super::Context;
use super::error::Error;
use super::request::NewBan;
use super::response::Response;
use super::view;

pub(super) async fn add(context: &Context, new: NewBan, creator: &str) -> Result<Response, Error> {
    let NewBan { target, reason, expires_at, own_address, force } = new;
    check_reason(reason.as_deref())?;
    if let Target::Account(name) = &target
        && !context.journal.directory().read().accounts.contains_key(name)
    {
        return Err(Error::not_found(format!("there is no account {name}"), "chatctl users lists all"));
    }
    if !force && let Some(whom) = hit_operator(context, &target, own_address) {
        let what = format!("this would ban {whom}");
        return Err(Error::failed(what, "choose another target, or give --force if you mean it"));
    }
    match context.bans.add(target, reason, creator, expires_at).await {
        Ok(ban) => {
            let sessions_ended = sanction::enforce(&ban, &context.roster, &context.journal).await;
            Ok(Response::Banned(view::NewBan { ban: view::Ban::new(&ban), sessions_ended }))
        }
        Err(error @ AddError::Full) => Err(Error::failed(error.to_string(), "lift some, or ban a network")),
        Err(error @ AddError::Over) => Err(Error::failed(error.to_string(), "give a longer time")),
        Err(AddError::Store(error)) => Err(error.into()),
    }
}

/// Who of those that run the server would be banned, as far as that can be known.
fn hit_operator(context: &Context, target: &Target, own_address: Option<IpAddr>) -> Option<String> {
    let world = context.journal.directory().read();
    match target {
        Target::Account(name) => {
            let user = world.users.get(&UserId::Account(*world.accounts.get(name)?))?;
            user.admin.then(|| format!("the administrator {name}"))
        }
        Target::Network(network) => {
            if own_address.is_some_and(|own| network.contains(own)) {
                return Some("your own address".into());
            }
            let loopback = ["127.0.0.1", "::1"].iter().filter_map(|text| text.parse().ok());
            if loopback.into_iter().any(|address: IpAddr| network.contains(address)) {
                return Some("this machine itself".into());
            }
            let operators: Vec<_> = world.users.values().filter(|user| user.is_operator()).cloned().collect();
            drop(world);
            operators.into_iter().find_map(|user| {
                let addresses = context.roster.addresses(&user.sessions);
                let is_hit = addresses.into_iter().any(|address| network.contains(address));
                is_hit.then(|| format!("the operator {}", user.author.nick))
            })
        }
    }
}

fn check_reason(reason: Option<&str>) -> Result<(), Error> {
    let max = limits::REASON_BYTES_MAX;
    let fits = |reason: &str| reason.len() <= max && !reason.chars().any(char::is_control);
    if reason.is_none_or(fits) {
        return Ok(());
    }
    Err(Error::failed("this reason can't be", format!("give one of at most {max} bytes, in one line")))
}

pub(super) fn list(context: &Context) -> Response {
    Response::Bans(context.bans.all().iter().map(view::Ban::new).collect())
}

pub(super) async fn lift(context: &Context, target: &Target) -> Result<Response, Error> {
    let unknown = || Error::not_found(format!("there is no ban of {target}"), "chatctl ban list shows all");
    match context.bans.lift(target).await {
        Ok(ban) => Ok(Response::BanLifted(view::Ban::new(&ban))),
        Err(error) => Err(Error::from_store(error, unknown)),
    }
}

/// How a ban's end is written where no zone is known.
pub(super) fn until(expires_at: Option<Timestamp>) -> String {
    expires_at.map_or_else(|| "until it is lifted".to_owned(), |at| format!("until {at}"))
}
