//! Rules of retention: shown, and set for single rooms. The server goes by them at once.

use crate::ids::RoomId;
use crate::store::retention::Rule;

use super::Context;
use super::conversation::{Conversation, title};
use super::error::Error;
use super::response::Response;
use super::view;

pub(super) async fn list(context: &Context) -> Result<Response, Error> {
    let rules = context.store.retention_rules().await?;
    let world = context.journal.directory().read();
    let name = |room: RoomId| {
        world.rooms.get(&room).map_or_else(|| format!("(room {room}, gone)"), |room| title(&world, room))
    };
    let rooms = rules.into_iter().map(|(room, rule)| view::RoomRule { room: room.0, name: name(room), rule });
    Ok(Response::Retention(view::Retention { general: context.retention, rooms: rooms.collect() }))
}

/// Gives a room a rule of its own, or takes it away.
pub(super) async fn set(
    context: &Context,
    room: &Conversation,
    rule: Option<Rule>,
) -> Result<Response, Error> {
    let id = room.resolve(&context.journal.directory().read())?;
    let set = context.store.set_retention_rule(id, rule).await;
    let not_found =
        || Error::not_found(format!("there is no room {room}"), "chatctl rooms --all lists what there is");
    set.map_err(|error| Error::from_store(error, not_found))?;
    list(context).await
}
