//! Does on a real server what a sequence says, and writes down what each connection was shown.
//! Judges nothing.

use std::collections::HashMap;

use super::deed::{Act, CAST, Cast, Deed, How, NICKS, ROOMS};
use super::journal::Journal;
use crate::support::{Client, Message, PASSWORD, Server};

const CAPS: &str = "sasl message-tags server-time batch echo-message account-tag extended-join invite-notify \
                    away-notify draft/chathistory draft/event-playback draft/read-marker";

/// What there was to be seen.
#[derive(Default)]
pub(super) struct Record {
    pub(super) visits: Vec<Visit>,
    pub(super) spoken: HashMap<String, Spoken>,
    pub(super) pages: Vec<Page>,
    pub(super) peeks: Vec<Page>,
}

/// One connection from its beginning to its end, which are places in the journal.
pub(super) struct Visit {
    pub(super) person: String,
    pub(super) from: i64,
    pub(super) to: i64,
    /// All that came unasked, with whether it named the visitor at that moment.
    pub(super) seen: Vec<(Message, bool)>,
}

/// Who said something, and to whom.
pub(super) struct Spoken {
    pub(super) visit: usize,
    pub(super) place: i64,
    pub(super) to: To,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum To {
    Room,
    /// A room, in passing: the words are not kept.
    Passing(String),
    /// These two.
    Persons([String; 2]),
}

/// What was answered when nothing else was going on.
pub(super) struct Page {
    pub(super) visit: usize,
    pub(super) place: i64,
    /// The room, or the person at the other end.
    pub(super) of: String,
    pub(super) lines: Vec<Message>,
}

struct Actor {
    client: Client,
    nick: String,
    visit: usize,
}

/// The cast of one sequence. Names end in its number: nothing of an earlier sequence is in the way.
pub(super) struct Stage<'a> {
    server: &'a Server,
    number: usize,
    journal: Journal,
    actors: Vec<Actor>,
    record: Record,
    /// Guests so far, and things said.
    guests: usize,
    words: usize,
}

impl<'a> Stage<'a> {
    /// Everybody is connected; the rooms are there.
    pub(super) async fn set(server: &'a Server, number: usize) -> Self {
        let journal = Journal::open(server).await;
        for name in ["ann", "ben"] {
            server.adduser(&format!("{name}{number}"));
        }
        let (actors, record) = (Vec::new(), Record::default());
        let mut stage = Self { server, number, journal, actors, record, guests: 0, words: 0 };
        for cast in CAST {
            let actor = stage.connect(cast).await;
            stage.actors.push(actor);
        }
        for (room, modes) in ROOMS {
            let room = stage.room(room);
            stage.send(0, format!("JOIN {room}")).await;
            stage.send(0, format!("MODE {room} {modes}")).await;
        }
        stage.settle().await;
        stage
    }

    /// Plays the sequence to its end; everybody goes.
    pub(super) async fn play(mut self, acts: &[Act]) -> Record {
        for act in acts {
            if act.waits || act.deed.is_alone() {
                self.settle().await;
            }
            self.act(act.who, &act.deed).await;
            if act.deed.is_alone() {
                self.settle().await;
            }
        }
        self.settle().await;
        for who in 0..CAST.len() {
            self.ask_for_all(who).await;
        }
        let end = self.journal.head().await;
        for actor in &mut self.actors {
            self.record.visits[actor.visit].to = end;
            actor.client.send("QUIT").await;
            actor.client.closed().await;
        }
        self.record
    }

    async fn connect(&mut self, cast: Cast) -> Actor {
        let from = self.journal.head().await;
        let mut client = self.server.connect().await;
        client.send(format!("CAP REQ :{CAPS}")).await;
        let person = match cast {
            Cast::Account(name) => {
                let person = format!("{name}{}", self.number);
                client.send(format!("NICK {person}")).await;
                client.send(format!("USER {person} 0 * :{person}")).await;
                assert_eq!(client.authenticate(&person, PASSWORD).await.command, "903");
                client.send("CAP END").await;
                person
            }
            Cast::Guest(nick) => {
                self.guests += 1;
                let person = format!("x{}x{}", self.number, self.guests);
                client.send(format!("USER {person} 0 * :{person}")).await;
                client.send("CAP END").await;
                let others = NICKS.iter().filter(|other| **other != nick);
                for nick in std::iter::once(&nick).chain(others) {
                    client.send(format!("NICK {nick}{}", self.number)).await;
                    if client.expect("001 or 433", |m| ["001", "433"].contains(&&*m.command)).await.command
                        == "001"
                    {
                        break;
                    }
                }
                person
            }
        };
        client.expect("the end of the greeting", |m| ["376", "422"].contains(&&*m.command)).await;
        // An error that tells the nick, which an account may have changed.
        client.send("MODE").await;
        let mut burst = client.all_until("461").await;
        let nick = burst.pop().unwrap().param(0).to_owned();
        let seen = burst.into_iter().map(|line| (line, false)).collect();
        self.record.visits.push(Visit { person, from, to: i64::MAX, seen });
        Actor { client, nick, visit: self.record.visits.len() - 1 }
    }

    async fn history(&mut self, who: usize, room: usize) {
        let room = self.room(ROOMS[room].0);
        let page = self.page(who, room.clone(), &[history(&room)]).await;
        self.record.pages.push(page);
    }

    async fn conversation(&mut self, who: usize, whom: usize) {
        let other = self.record.visits[self.actors[whom].visit].person.clone();
        let page = self.page(who, other, &[history(&self.actors[whom].nick)]).await;
        self.record.pages.push(page);
    }

    async fn act(&mut self, who: usize, deed: &Deed) {
        match deed {
            Deed::Reconnect => self.reconnect(who).await,
            Deed::History { room } => self.history(who, *room).await,
            Deed::Conversation { whom } => self.conversation(who, *whom).await,
            Deed::Peek { room } => {
                let room = self.room(ROOMS[*room].0);
                let asked =
                    ["NAMES", "WHO", "TOPIC", "LIST", "MODE"].map(|command| format!("{command} {room}"));
                let page = self.page(who, room, &asked).await;
                self.record.peeks.push(page);
            }
            Deed::Say { room, how } => {
                let target = self.room(ROOMS[*room].0);
                self.say(who, &target, *how, To::Room).await;
            }
            Deed::SayOps { room, how } => {
                let target = format!("@{}", self.room(ROOMS[*room].0));
                self.say(who, &target, *how, To::Room).await;
            }
            Deed::Tell { whom, how } => {
                let persons =
                    [who, *whom].map(|actor| self.record.visits[self.actors[actor].visit].person.clone());
                // Words to oneself are another matter: they arrive beside their echo.
                if persons[0] != persons[1] {
                    let target = self.actors[*whom].nick.clone();
                    self.say(who, &target, *how, To::Persons(persons)).await;
                }
            }
            Deed::Type { room } => {
                let room = self.room(ROOMS[*room].0);
                let mark = self.mark(who, To::Passing(room.clone())).await;
                self.send(who, format!("@+typing={mark} TAGMSG {room}")).await;
            }
            Deed::Join { .. }
            | Deed::Part { .. }
            | Deed::Topic { .. }
            | Deed::Flag { .. }
            | Deed::Role { .. }
            | Deed::Kick { .. }
            | Deed::Invite { .. }
            | Deed::Nick { .. }
            | Deed::Away { .. }
            | Deed::Mark { .. } => {
                let line = self.line(who, deed);
                self.send(who, line).await;
            }
        }
    }

    /// What is one line and nothing more.
    fn line(&self, who: usize, deed: &Deed) -> String {
        let room = |room: &usize| self.room(ROOMS[*room].0);
        let nick = |whom: &usize| &self.actors[*whom].nick;
        match deed {
            Deed::Join { room: r, key: true } => format!("JOIN {} word", room(r)),
            Deed::Join { room: r, key: false } => format!("JOIN {}", room(r)),
            Deed::Part { room: r } => format!("PART {} :bye", room(r)),
            Deed::Topic { room: r } => format!("TOPIC {} :as {who} would have it", room(r)),
            Deed::Flag { room: r, change } => format!("MODE {} {change}", room(r)),
            Deed::Role { room: r, change, whom } => format!("MODE {} {change} {}", room(r), nick(whom)),
            Deed::Kick { room: r, whom } => format!("KICK {} {} :out", room(r), nick(whom)),
            Deed::Invite { room: r, whom } => format!("INVITE {} {}", nick(whom), room(r)),
            Deed::Nick { nick } => match CAST[who] {
                Cast::Account(name) => format!("NICK {name}{}{}", self.number, ["", "x"][nick % 2]),
                Cast::Guest(_) => format!("NICK {}{}", NICKS[*nick], self.number),
            },
            Deed::Away { gone: true } => "AWAY :out".into(),
            Deed::Away { gone: false } => "AWAY".into(),
            Deed::Mark { room: r } => format!("MARKREAD {} timestamp=2030-01-01T00:00:00.000Z", room(r)),
            Deed::Say { .. }
            | Deed::SayOps { .. }
            | Deed::Tell { .. }
            | Deed::Type { .. }
            | Deed::Reconnect
            | Deed::History { .. }
            | Deed::Conversation { .. }
            | Deed::Peek { .. } => unreachable!("{deed:?} is more than a line"),
        }
    }

    async fn reconnect(&mut self, who: usize) {
        let end = self.journal.head().await;
        let actor = &mut self.actors[who];
        self.record.visits[actor.visit].to = end;
        actor.client.send("QUIT :back soon").await;
        actor.client.closed().await;
        let actor = self.connect(CAST[who]).await;
        self.actors[who] = actor;
        self.ask_for_all(who).await;
    }

    /// All that there is to be read, and perhaps more.
    async fn ask_for_all(&mut self, who: usize) {
        for room in 0..ROOMS.len() {
            self.history(who, room).await;
        }
        for whom in 0..CAST.len() {
            self.conversation(who, whom).await;
        }
    }

    async fn say(&mut self, who: usize, target: &str, how: How, to: To) {
        let mark = self.mark(who, to).await;
        let line = match how {
            How::Message => format!("PRIVMSG {target} :{mark}"),
            How::Notice => format!("NOTICE {target} :{mark}"),
            How::Tags => format!("@+draft/react={mark} TAGMSG {target}"),
        };
        self.send(who, line).await;
    }

    /// Words that nobody has said before.
    async fn mark(&mut self, who: usize, to: To) -> String {
        self.words += 1;
        let mark = format!("w{}w", self.words);
        let place = self.journal.head().await;
        self.record.spoken.insert(mark.clone(), Spoken { visit: self.actors[who].visit, place, to });
        mark
    }

    async fn page(&mut self, who: usize, of: String, asked: &[String]) -> Page {
        let place = self.journal.head().await;
        let actor = &mut self.actors[who];
        let mut lines = Vec::new();
        for line in asked {
            lines.extend(actor.client.run(line).await);
        }
        Page { visit: actor.visit, place, of, lines }
    }

    /// Waits until everybody has seen all that was done.
    async fn settle(&mut self) {
        // Twice: what the last one did may have reached the first one after its turn.
        for _ in 0..2 {
            for actor in &mut self.actors {
                let lines = actor.client.sync().await;
                let seen = &mut self.record.visits[actor.visit].seen;
                for line in lines {
                    if line.command == "NICK" && line.nick() == actor.nick {
                        actor.nick = line.param(0).to_owned();
                    }
                    let names_me = line.param(0) == actor.nick;
                    seen.push((line, names_me));
                }
            }
        }
    }

    async fn send(&mut self, who: usize, line: String) {
        self.actors[who].client.send(line).await;
    }

    fn room(&self, name: &str) -> String {
        format!("{name}{}", self.number)
    }
}

fn history(target: &str) -> String {
    format!("CHATHISTORY AFTER {target} timestamp=1970-01-01T00:00:00.000Z 1000")
}
