//! Rooms, and what was said in them. Reads only.

use crate::ids::{Seq, UserId};
use crate::journal::World;
use crate::limits;
use crate::range::{Content, Range};
use crate::room::{Kind, Party, Room};

use super::Context;
use super::conversation::{Conversation, title};
use super::error::Error;
use super::response::Response;
use super::view::{self, Moment};

pub(super) fn rooms(context: &Context, all: bool) -> Response {
    let world = context.journal.directory().read();
    let mut rooms: Vec<view::Room> = world
        .rooms
        .values()
        .filter(|room| all || room.name().is_some())
        .map(|room| view(&world, room))
        .collect();
    drop(world);
    rooms.sort_by_cached_key(|room| (room.direct, room.name.to_lowercase(), room.id));
    Response::Rooms(rooms)
}

pub(super) async fn page(
    context: &Context,
    conversation: &Conversation,
    range: Range,
    content: Content,
    len_max: usize,
) -> Result<Response, Error> {
    let room = conversation.resolve(&context.journal.directory().read())?;
    let len_max = len_max.min(limits::ADMIN_PAGE_LEN_MAX);
    let entries = context.store.range(room, Seq::default(), range, content, len_max).await?;
    Ok(Response::History(entries.iter().map(view::Entry::new).collect()))
}

fn view(world: &World, room: &Room) -> view::Room {
    let head = world.head(room.id);
    let members = members(room);
    let is_online = |id: &&UserId| world.users.get(id).is_some_and(|user| user.is_online());
    let founder = room.settings.founder.and_then(|id| world.users.get(&UserId::Account(id)));
    view::Room {
        id: room.id.0,
        name: title(world, room),
        direct: room.name().is_none(),
        online: members.iter().filter(is_online).count(),
        members: members.len(),
        founder: founder.and_then(|user| user.author.account.as_ref()).map(ToString::to_string),
        modes: view::modes(&room.settings),
        topic: room.settings.topic.as_ref().map(|topic| topic.text.clone()),
        created_at: Moment(room.created_at),
        entries: head.seq.0,
        message_at: head.message_at.map(Moment),
    }
}

fn members(room: &Room) -> Vec<UserId> {
    match &room.kind {
        Kind::Named(_) => room.members.keys().copied().collect(),
        Kind::Direct(parties) => {
            let mut members: Vec<UserId> = parties
                .iter()
                .filter_map(|party| match party {
                    Party::Account(id) => Some(UserId::Account(*id)),
                    Party::Guest(_) => None,
                })
                .collect();
            members.dedup();
            members
        }
    }
}
