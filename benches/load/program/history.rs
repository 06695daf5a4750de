//! The work `history`: pages out of a room with many messages, from the latest back to the first.
//!
//! The room is filled in the first round at each server, and somebody stays in it, because some
//! servers forget an empty one. A page that is not full fails the run,
//! the last one on the way back apart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use chat_secure::protocol::Message;
use serde_json::{Value, json};

use super::arguments::History;
use super::connection::Connection;
use super::crowd::Door;
use super::figures::{Figures, new_histogram};
use super::gate::Clock;
use super::progress::Progress;
use super::rounds::{Usage, Work, settle};

/// What is needed beside what was asked for.
const CAPS: [&str; 4] = ["draft/chathistory", "batch", "message-tags", "server-time"];

/// Reads history in pages.
pub(crate) struct Reading<'a> {
    arguments: &'a History,
    /// The room at each server that was filled.
    rooms: Mutex<HashMap<String, String>>,
}

/// What a page says of itself.
struct Page {
    len: usize,
    /// Of its oldest message.
    msgid: Option<String>,
}

impl<'a> From<&'a History> for Reading<'a> {
    fn from(arguments: &'a History) -> Self {
        Self { arguments, rooms: Mutex::default() }
    }
}

impl Work for Reading<'_> {
    fn connections(&self) -> usize {
        3
    }

    fn parameters(&self) -> Value {
        json!({ "pages": self.arguments.pages, "messages of a page": self.arguments.page, "messages": self.arguments.fill })
    }

    async fn round(&self, door: &Door, progress: &Progress) -> Result<Figures> {
        let door = &door.with_caps(&CAPS);
        let room = self.filled_room(door, progress).await?;
        let mut reader = door.enter(0).await?;
        if let Some(missing) = CAPS.iter().find(|cap| !reader.has(cap)) {
            bail!("{} has no {missing}", door.peer().name);
        }
        reader.join(&room).await?;
        settle(door.peer()).await?;
        let mut latency = new_histogram()?;
        let mut place: Option<String> = None;
        let usage = Usage::begin(door.peer())?;
        let start = Clock::start();
        for _ in 0..self.arguments.pages {
            let begin = Clock::start();
            let page = self.page(&mut reader, &room, place.as_deref()).await?;
            latency.saturating_record(u64::from(begin.now_us()));
            let is_last = page.len < self.arguments.page;
            if is_last && place.is_none() {
                bail!("{}: the latest page has {} messages", door.peer().name, page.len);
            }
            place = page.msgid.filter(|_| !is_last);
        }
        let wall = start.elapsed().as_secs_f64();
        let (server_us, own_us) = usage.end()?;
        let pages = f64::from(self.arguments.pages);
        let mut figures = Figures::default();
        figures.add_if("server CPU µs/page", server_us.map(|us| us / pages));
        figures.add("pages/s", pages / wall);
        figures.add_latency(&latency);
        figures.add("own CPU µs/page", own_us / pages);
        Ok(figures)
    }
}

impl Reading<'_> {
    async fn filled_room(&self, door: &Door, progress: &Progress) -> Result<String> {
        let name = &door.peer().name;
        let known = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(room) = known {
            return Ok(room);
        }
        let mut keeper = door.again().enter(0).await?;
        keeper.join(&door.room(0)).await?;
        drop(tokio::spawn(async move { while keeper.line().await.is_ok() {} }));
        progress.now(&format!("{name}: filling a room with {} messages", self.arguments.fill));
        drop(self.arguments.filling().round(door, progress).await.context("filling the room")?);
        let room = door.room(0);
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), room.clone());
        Ok(room)
    }

    /// The page before this message, or the latest.
    async fn page(&self, reader: &mut Connection, room: &str, before: Option<&str>) -> Result<Page> {
        let len = self.arguments.page;
        let request = match before {
            None => format!("CHATHISTORY LATEST {room} * {len}\r\n"),
            Some(msgid) => format!("CHATHISTORY BEFORE {room} msgid={msgid} {len}\r\n"),
        };
        reader.say(&request).await?;
        let mut page = Page { len: 0, msgid: None };
        loop {
            let line = reader.line().await?;
            let message = Message::parse(line.as_bytes()).with_context(|| line.clone())?;
            match message.command {
                "PRIVMSG" => {
                    if page.len == 0 {
                        page.msgid = message.tag("msgid");
                    }
                    page.len += 1;
                }
                "BATCH" if message.param(0).is_some_and(|id| id.starts_with('-')) => return Ok(page),
                "FAIL" => bail!("the server said: {line}"),
                _ => {}
            }
        }
    }
}
