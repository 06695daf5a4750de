//! Webhooks: made with an account of their own, which enters the room and has no other use.
//!
//! The account is bound by the room's rules; nothing here gets around them.

use zeroize::Zeroizing;

use crate::auth::secret;
use crate::ids::{AccountId, RoomId, UserId};
use crate::journal::{Intent, Presence, UserMode};
use crate::limits;
use crate::names::{AccountName, RoomName};
use crate::room;
use crate::store;
use crate::store::accounts::{Account, AccountRole};
use crate::store::webhooks::{NewWebhook, Webhook};

use super::Context;
use super::conversation::{Conversation, title};
use super::credentials::check_label;
use super::error::Error;
use super::people;
use super::response::Response;
use super::secret::Secret;
use super::view::{self, Moment};

pub(super) async fn add(
    context: &Context,
    room: &Conversation,
    name: &AccountName,
    label: String,
) -> Result<Response, Error> {
    check_label(&label)?;
    let (id, room) = named(context, room)?;
    let all = context.store.webhooks().await?;
    if all.iter().filter(|hook| hook.room == id).count() >= limits::WEBHOOKS_PER_ROOM_MAX {
        let most = limits::WEBHOOKS_PER_ROOM_MAX;
        let what = format!("{room} has {most} webhooks, which is the most there can be");
        return Err(Error::failed(what, "remove one (chatctl webhook list)"));
    }
    let account = speaker(context, name).await?;
    enter(context, &account, &room).await?;
    let no_random = |error: secret::NoRandom| Error::failed(error.to_string(), "try again");
    let secret = secret::webhook().map_err(no_random)?;
    let new = NewWebhook {
        hash: secret::hash(&secret),
        room: id,
        account: account.id,
        label,
        created_at: context.clock.now(),
    };
    let webhook = view(context, context.store.add_webhook(new).await?);
    let address = Zeroizing::new(format!("{}/hooks/{}", base(context), secret.as_str()));
    Ok(Response::NewWebhook(view::NewWebhook { address: Secret(address), webhook }))
}

pub(super) async fn list(context: &Context) -> Result<Response, Error> {
    let all = context.store.webhooks().await?;
    Ok(Response::Webhooks(all.into_iter().map(|hook| view(context, hook)).collect()))
}

pub(super) async fn remove(context: &Context, id: u64) -> Result<Response, Error> {
    let unknown =
        || Error::not_found(format!("there is no webhook {id}"), "chatctl webhook list shows their numbers");
    let (found, others): (Vec<_>, Vec<_>) =
        context.store.webhooks().await?.into_iter().partition(|hook| hook.id == id);
    let hook = found.into_iter().next().ok_or_else(unknown)?;
    let deleted = context.store.delete_webhook(id).await;
    deleted.map_err(|error| Error::from_store(error, unknown))?;
    let shown = view(context, hook.clone());
    if !others.iter().any(|other| (other.room, other.account) == (hook.room, hook.account)) {
        leave(context, &hook).await;
    }
    Ok(Response::WebhookRemoved(shown))
}

fn named(context: &Context, room: &Conversation) -> Result<(RoomId, RoomName), Error> {
    let world = context.journal.directory().read();
    let id = room.resolve(&world)?;
    let name = world.rooms.get(&id).and_then(|room| room.name().cloned());
    let direct = || Error::failed("a webhook is for a room", "give the name of one (chatctl rooms)");
    Ok((id, name.ok_or_else(direct)?))
}

/// The account that it speaks as: one that nobody can sign in to, made if it is not there.
async fn speaker(context: &Context, name: &AccountName) -> Result<Account, Error> {
    match context.store.account(name).await {
        Ok(account) => {
            let has_credentials = account.password_hash.is_some()
                || !context.store.tokens(account.id).await?.is_empty()
                || !context.store.certificates(account.id).await?.is_empty();
            if has_credentials {
                let what = format!("{name} is the account of somebody who can sign in");
                return Err(Error::exists(what, "choose another name for the webhook"));
            }
            Ok(account)
        }
        Err(store::Error::NotFound) => {
            people::add(context, name.clone(), AccountRole::Member, None).await?;
            people::find(context, name).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Has the account enter the room as a bot that stays there.
async fn enter(context: &Context, account: &Account, room: &RoomName) -> Result<(), Error> {
    let user = UserId::Account(account.id);
    context.submit(Presence::SetAlwaysOn { account: account.id, always_on: Some(true) }, user).await?;
    let bot = Intent::SetUserModes { changes: vec![(UserMode::Bot, true)], operator_by: None };
    run(context, account.id, bot).await.map_err(|denied| refused(account, room, &denied))?;
    let key = context.journal.directory().room(room).and_then(|room| room.settings.key.clone());
    let join = Intent::InRoom { room: room.clone(), intent: room::Intent::Join { key } };
    run(context, account.id, join).await.map_err(|denied| refused(account, room, &denied))
}

fn refused(account: &Account, room: &RoomName, denied: &room::Denied) -> Error {
    let name = &account.name;
    Error::failed(
        format!("{name} can't enter {room} ({denied})"),
        format!("let it in (an operator says /MODE {room} +I {name}!*@*), and try again"),
    )
}

async fn leave(context: &Context, hook: &Webhook) {
    let room = context.journal.directory().read().rooms.get(&hook.room).and_then(|room| room.name().cloned());
    let Some(room) = room else { return };
    let part = Intent::InRoom { room, intent: room::Intent::Part { reason: "Webhook removed".into() } };
    if let Err(denied) = run(context, hook.account, part).await {
        tracing::debug!(%denied, "the account of a webhook that was removed was not in its room");
    }
}

async fn run(context: &Context, account: AccountId, intent: Intent) -> Result<(), room::Denied> {
    context.journal.submit_for_account(account, intent).await.map(drop)
}

/// Where the running server's web is.
fn base(context: &Context) -> &str {
    let addresses = context.running.iter().flat_map(|running| &running.addresses);
    let web = addresses.map(String::as_str).find(|address| address.starts_with("https://"));
    web.map_or("", |address| address.trim_end_matches('/'))
}

fn view(context: &Context, hook: Webhook) -> view::Webhook {
    let world = context.journal.directory().read();
    let account = world.users.get(&UserId::Account(hook.account));
    let account = account.and_then(|user| user.author.account.as_ref()).map(ToString::to_string);
    view::Webhook {
        id: hook.id,
        room: world.rooms.get(&hook.room).map(|room| title(&world, room)),
        account: account.unwrap_or_default(),
        label: hook.label,
        created_at: Moment(hook.created_at),
        used_at: hook.used_at.map(Moment),
    }
}
