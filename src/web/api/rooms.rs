//! What the account is, and the rooms it is in.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::journal::{User, World};
use crate::room::{Denied, Kind, Role, Room};
use crate::session::Service;
use crate::store::Head;
use crate::store::accounts::AccountRole;
use crate::web::Problem;

use super::place::{Place, other_side, user_of};
use super::rate_limit::RateLimited;

/// An account, for itself.
#[derive(Debug, Serialize)]
pub(super) struct Me {
    account: String,
    nick: String,
    role: AccountRole,
    bot: bool,
    created_at: String,
    rooms: usize,
}

/// A room or a direct conversation.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    name: String,
    direct: bool,
    topic: Option<String>,
    members: usize,
    /// The account's own.
    role: &'static str,
    last_message_at: Option<String>,
}

/// A room with all who are in it.
#[derive(Debug, Serialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    summary: Summary,
    people: Vec<Person>,
}

/// Somebody in a room.
#[derive(Debug, Serialize)]
struct Person {
    nick: String,
    account: Option<String>,
    bot: bool,
    online: bool,
    role: &'static str,
}

/// `GET /api/me`
pub(super) async fn me(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
) -> Result<Json<Me>, Problem> {
    let own = user_of(&service, caller.account.id)?;
    Ok(Json(Me {
        account: caller.account.name.to_string(),
        nick: own.author.nick.to_string(),
        role: caller.account.role,
        bot: own.author.bot,
        created_at: caller.account.created_at.to_string(),
        rooms: own.rooms.len(),
    }))
}

/// `GET /api/rooms`: the rooms by name, then the direct conversations.
pub(super) async fn list(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
) -> Result<Json<Vec<Summary>>, Problem> {
    let own = user_of(&service, caller.account.id)?;
    let rooms = service.journal.directory().rooms_of(own.id);
    let world = service.journal.directory().read();
    let mut all: Vec<Summary> =
        rooms.iter().filter_map(|(room, head)| Summary::new(&world, &own, room, *head)).collect();
    all.sort_by_cached_key(|one| (one.direct, one.name.to_lowercase()));
    Ok(Json(all))
}

/// `GET /api/rooms/{room}`
pub(super) async fn room(
    State(service): State<Arc<Service>>,
    caller: RateLimited,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Detail>, Problem> {
    let place = Place::parse(&service, &super::part(path)?)?;
    let own = user_of(&service, caller.account.id)?;
    let unknown = || Problem::from(Denied::NoSuchRoom);
    let room = place.room(&service, &own)?.ok_or_else(unknown)?;
    let world = service.journal.directory().read();
    let summary = Summary::new(&world, &own, &room, world.head(room.id)).ok_or_else(unknown)?;
    let mut people: Vec<Person> = room
        .members
        .keys()
        .filter_map(|id| Some(Person::new(world.users.get(id)?, room.role(*id))))
        .collect();
    people.sort_by_cached_key(|person| person.nick.to_lowercase());
    Ok(Json(Detail { summary, people }))
}

impl Summary {
    /// `None` if it has no name any more: the other side is gone.
    fn new(world: &World, own: &User, room: &Room, head: Head) -> Option<Self> {
        let (name, members) = match &room.kind {
            Kind::Named(name) => (name.to_string(), room.members.len()),
            Kind::Direct(parties) => (format!("@{}", other_side(world, own, parties)?), parties.len()),
        };
        Some(Self {
            name,
            direct: room.name().is_none(),
            topic: room.settings.topic.as_ref().map(|topic| topic.text.clone()),
            members,
            role: role(room.role(own.id)),
            last_message_at: head.message_at.map(|at| at.to_string()),
        })
    }
}

impl Person {
    fn new(user: &User, held: Option<Role>) -> Self {
        Self {
            nick: user.author.nick.to_string(),
            account: user.author.account.as_ref().map(ToString::to_string),
            bot: user.author.bot,
            online: user.is_online(),
            role: role(held),
        }
    }
}

fn role(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Founder) => "founder",
        Some(Role::Operator) => "operator",
        Some(Role::Voice) => "voice",
        Some(Role::Member) | None => "member",
    }
}
