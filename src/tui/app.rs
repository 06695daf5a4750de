//! Everything the screen is made of, and how it changes: messages in, effects out.
//!
//! No I/O, no terminal, no clock: the time comes in with messages, and what is to be done outside
//! goes out as effects.

mod absence;
mod asking;
mod commands;
mod completing;
mod dialogs;
mod help;
mod history;
mod ignoring;
mod leaving;
mod message;
mod people;
mod remembering;
mod results;
mod said;
mod sending;
mod server;
pub mod slash;
mod told;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::client::event::Abilities;
use crate::client::{self, Action};
use crate::clock::Timestamp;

use super::complete::Completion;
use super::composer::About;
use super::conversation::{Address, Conversation, Kind, ServerId};
use super::dialog::Dialog;
use super::input::{Command, Keys};
use super::layout::{Layout, Wanted};
use super::rows::Rows;
use super::scrollback::{Marks, New, Sort};
use super::settings::Settings;
use super::theme::Theme;
use remembering::Remembering;

pub use message::{Effect, Message, Pointer};
pub use server::{Link, Login, Server, Transfer};

/// Lines that are kept, of all conversations together.
const LINES_MAX: usize = 1_000_000;

/// All of it.
#[derive(Debug)]
pub struct App {
    /// The present moment.
    pub now: Timestamp,
    /// The clock one lives by.
    pub zone: TimeZone,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Colours.
    pub theme: Theme,
    /// What each key does.
    pub keys: Keys,
    /// The servers.
    pub servers: Vec<Server>,
    /// Their conversations, as they are listed.
    pub conversations: BTreeMap<Address, Conversation>,
    /// The one on the screen.
    pub current: Option<Address>,
    /// The one before that.
    pub previous: Option<Address>,
    /// Questions and lists over the screen; the last one is in front.
    pub dialogs: Vec<Dialog>,
    /// Whether the conversations are listed, where there is room.
    pub shows_list: bool,
    /// Whether the people are, where there is room.
    pub shows_people: bool,
    /// Nothing but messages is shown, to be selected with the terminal's mouse.
    pub is_bare: bool,
    /// Whether the terminal is in front.
    pub focused: bool,
    /// A word about the last key; the next one takes it away.
    pub hint: String,
    /// One wants to leave.
    pub leaving: bool,
    /// What people set.
    pub settings: Settings,
    /// The terminal is one of tmux's.
    pub in_tmux: bool,
    /// A word that is being completed.
    pub completion: Option<Completion>,
    /// Files on their way.
    pub transfers: Vec<Transfer>,
    /// The server that was not trusted, if one leaves for that.
    pub distrusted: Option<String>,
    remembering: Remembering,
    transfers_len: u64,
    /// Questions without an answer yet.
    asked: Vec<(asking::Asked, Address)>,
    /// What was said to servers that one left, and not sent; ready to read.
    lost: Vec<String>,
    /// When the last key was pressed.
    touched: Timestamp,
    /// One is away because of that.
    idle: bool,
    /// Servers there ever were: no two have the same number.
    servers_len: u16,
    effects: Vec<Effect>,
    lines_len: usize,
}

/// What is settled before anything happens.
#[derive(Debug)]
pub struct Start {
    /// The present moment.
    pub now: Timestamp,
    /// The clock one lives by.
    pub zone: TimeZone,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Colours.
    pub theme: Theme,
    /// What each key does.
    pub keys: Keys,
    /// What people set.
    pub settings: Settings,
    /// The terminal is one of tmux's.
    pub in_tmux: bool,
}

/// Takes one message; what is to be done outside comes out.
#[must_use]
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let is_touch = matches!(
        message,
        Message::Command(_) | Message::Key(_) | Message::Paste(_) | Message::Mouse(..) | Message::Focus(true)
    );
    if is_touch {
        app.touch();
        app.remembering.is_touched |= app.dialogs.is_empty() && !matches!(message, Message::Focus(_));
        if !matches!(message, Message::Command(Command::Complete | Command::CompleteBack)) {
            app.completion = None;
        }
    }
    match message {
        Message::Time(now) => app.pass(now),
        Message::Resize(columns, rows) => app.size = (columns, rows),
        Message::Command(command) => app.command(command),
        Message::Key(key) => app.key(key),
        Message::Paste(text) => app.paste(&text),
        Message::Mouse(pointer, column, row) => app.mouse(pointer, column, row),
        Message::Focus(focused) => app.focus(focused),
        Message::Told(_, event) if app.is_ignored(&event) => {}
        Message::Told(server, event) => app.told(server, *event),
        Message::Trouble(text) => app.note(&text, Sort::Failure),
    }
    app.settle();
    std::mem::take(&mut app.effects)
}

impl App {
    /// An empty screen.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            now: start.now,
            zone: start.zone,
            size: start.size,
            theme: start.theme,
            keys: start.keys,
            servers: Vec::new(),
            conversations: BTreeMap::new(),
            current: None,
            previous: None,
            dialogs: Vec::new(),
            shows_list: true,
            shows_people: true,
            is_bare: false,
            focused: true,
            hint: String::new(),
            leaving: false,
            distrusted: None,
            lost: Vec::new(),
            settings: start.settings,
            in_tmux: start.in_tmux,
            completion: None,
            transfers: Vec::new(),
            remembering: Remembering::default(),
            touched: start.now,
            idle: false,
            servers_len: 0,
            transfers_len: 0,
            asked: Vec::new(),
            effects: Vec::new(),
            lines_len: 0,
        }
    }

    /// Goes to a server.
    #[must_use]
    pub fn connect(&mut self, login: Login) -> Vec<Effect> {
        self.add_server(login);
        std::mem::take(&mut self.effects)
    }

    /// The same, because somebody wants to be there now.
    #[must_use]
    pub fn visit(&mut self, login: Login) -> Vec<Effect> {
        self.go_to_server(login);
        std::mem::take(&mut self.effects)
    }

    /// The conversation on the screen.
    #[must_use]
    pub fn conversation(&self) -> Option<&Conversation> {
        self.conversations.get(self.current.as_ref()?)
    }

    /// The server of the conversation on the screen.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        let id = self.current.as_ref()?.server;
        self.servers.iter().find(|server| server.id == id)
    }

    /// Where everything stands.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let (columns, rows) = self.size;
        let composer = self.conversation().map(|conversation| &conversation.composer);
        let label = self.prompt().chars().count();
        let room = columns.saturating_sub(u16::try_from(label).unwrap_or(0));
        let is_room = self.current.as_ref().is_some_and(|current| current.kind == Kind::Room);
        let wanted = Wanted {
            list: self.shows_list && !self.is_bare,
            people: self.shows_people && is_room && !self.is_bare,
            input_rows: composer.map_or(1, |composer| composer.rows(room)),
            about: self.offers() || composer.is_some_and(|composer| composer.about != About::New),
        };
        Layout::of(columns, rows, wanted)
    }

    /// What stands before the input.
    #[must_use]
    pub fn prompt(&self) -> String {
        match self.server() {
            Some(server) if self.size.0 >= 30 => format!("{}> ", client::text::plain(&server.nick)),
            Some(_) | None => "> ".into(),
        }
    }

    /// Whether there is something to choose from while completing.
    #[must_use]
    pub fn offers(&self) -> bool {
        self.completion.as_ref().is_some_and(|completion| completion.candidates().len() > 1)
    }

    /// The lines on the screen as rows.
    #[must_use]
    pub fn rows<'a>(&'a self, conversation: &'a Conversation) -> Rows<'a> {
        Rows {
            lines: conversation.shown().0,
            width: usize::from(self.layout().messages.width),
            theme: &self.theme,
            zone: &self.zone,
            new_from: conversation.new_from,
            selected: conversation.selected,
        }
    }

    /// Whether something on the screen changes as time goes on.
    #[must_use]
    pub fn shows_time(&self) -> bool {
        self.servers.iter().any(|server| matches!(server.link, Link::Offline { .. }))
    }

    fn current_mut(&mut self) -> Option<&mut Conversation> {
        self.conversations.get_mut(self.current.as_ref()?)
    }

    fn server_mut(&mut self, id: ServerId) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.id == id)
    }

    fn go_to_server(&mut self, login: Login) {
        let id = self.add_server(login);
        self.switch(Address::console(id));
    }

    fn add_server(&mut self, login: Login) -> ServerId {
        let id = ServerId(self.servers_len);
        self.servers_len = self.servers_len.saturating_add(1);
        let label = login.profile.clone().unwrap_or_else(|| login.server.host.clone());
        let console = Address::console(id);
        self.conversations.insert(console.clone(), Conversation::new(&label));
        if self.current.is_none() {
            self.current = Some(console);
        }
        self.effects.push(Effect::Connect(id, Box::new(login.clone())));
        let nick = login.identity.name().to_string();
        let link = Link::Connecting;
        let first_room = login.rooms.first().map(|room| Address::of(id, room.as_str()));
        self.servers.push(Server {
            id,
            login,
            label,
            nick,
            link,
            first_room,
            security: None,
            abilities: Abilities::default(),
            lag: None,
            away: false,
            is_idle: false,
        });
        id
    }

    /// The conversation there, new if need be.
    fn open(&mut self, address: &Address, name: &str) -> &mut Conversation {
        let new = (!self.conversations.contains_key(address)).then(|| self.recall(address, name));
        self.conversations.entry(address.clone()).or_insert_with(|| new.unwrap_or_default())
    }

    fn act(&mut self, server: ServerId, action: Action) {
        self.effects.push(Effect::Act(server, action));
    }

    /// Brings another conversation to the screen.
    fn switch(&mut self, address: Address) {
        if self.current.as_ref() == Some(&address) || !self.conversations.contains_key(&address) {
            return;
        }
        if let Some(left) = self.current_mut().filter(|left| left.is_at_end()) {
            left.new_from = None;
            left.selected = None;
        }
        self.previous = self.current.replace(address);
    }

    /// The conversation before this one.
    fn back(&mut self) {
        if let Some(address) = self.previous.clone() {
            self.switch(address);
        }
    }

    /// Whether somebody reads what arrives there.
    fn is_read(&self, address: &Address) -> bool {
        self.focused
            && self.current.as_ref() == Some(address)
            && self.conversations.get(address).is_some_and(Conversation::is_at_end)
    }

    /// A line for oneself, where one is.
    fn note(&mut self, text: &str, sort: Sort) {
        match self.current.clone() {
            Some(address) => self.note_in(&address, text, sort),
            None => self.hint = text.to_owned(),
        }
    }

    fn note_in(&mut self, address: &Address, text: &str, sort: Sort) {
        let at = self.now;
        self.add_line(address, &New { at, nick: "", text, msgid: "", sort, marks: Marks::default() });
    }

    fn add_line(&mut self, address: &Address, new: &New<'_>) {
        if let Some(conversation) = self.conversations.get_mut(address) {
            conversation.lines.push(new);
            self.lines_len += 1;
        }
        self.forget_too_many();
    }

    fn forget_too_many(&mut self) {
        while self.lines_len > LINES_MAX {
            let longest = self.conversations.values_mut().max_by_key(|conversation| conversation.lines.len());
            let Some(longest) = longest else { return };
            let before = longest.lines.len();
            longest.lines.forget_oldest();
            longest.older = super::conversation::Reach::Unknown;
            self.lines_len -= before - longest.lines.len();
        }
    }

    /// After each message: what follows from what is on the screen.
    fn settle(&mut self) {
        if let Some(address) = self.current.clone().filter(|address| self.is_read(address)) {
            self.read_up(&address);
        }
        self.load();
    }
}
