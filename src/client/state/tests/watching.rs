//! Who is where: members with roles, presence, accounts; people without a common room; and what the
//! server can do.

use std::time::Duration;

use super::*;
use crate::client::event::{Abilities, Known, Transfer as Tidings};
use crate::client::state::Transfer;

fn member(nick: &str, prefix: &str, presence: Presence, account: Option<&str>) -> Member {
    let account = account.map(str::to_owned);
    Member { nick: nick.into(), prefix: prefix.into(), presence, account }
}

fn changes(script: &mut Script) -> Vec<String> {
    let row = |event| {
        if let Event::Changed { nick, presence, .. } = event {
            Some(format!("{nick} {presence:?}"))
        } else if let Event::Role { room, nick, prefix } = event {
            Some(format!("{room} {nick} '{prefix}'"))
        } else if let Event::Mode { room, by, change, .. } = event {
            Some(format!("{room} {by} {change}"))
        } else {
            None
        }
    };
    script.events().into_iter().filter_map(row).collect()
}

#[test]
fn who_is_in_a_room_is_told_with_account_and_presence() {
    let mut script = Script::watching("", "WHOX MONITOR=5 PREFIX=(qov)~@+");
    script.act(Action::Members { room: "#lobby".into() });
    assert_eq!(script.lines(), ["WHO #lobby %tcnfa,742"]);
    script.server(&[
        ":bob!b@h AWAY :lunch",
        ":s 354 alice 742 #lobby alice H~@ alice",
        ":s 354 alice 742 #lobby bob G+ 0",
        ":s 354 alice 742 #lobby dave G dave",
        ":s 354 alice 999 #lobby other H 0",
        ":s 315 alice #lobby :End",
    ]);
    let members = vec![
        member("alice", "~@", Presence::Online, Some("alice")),
        member("bob", "+", Presence::Away("lunch".into()), None),
        member("dave", "", Presence::Away(String::new()), Some("dave")),
    ];
    assert_eq!(script.events()[1], Event::Members { room: "#lobby".into(), members });
    // Who is away for a reason unknown may not be connected at all.
    assert_eq!(script.lines(), ["MONITOR + dave", "MONITOR - dave"]);
    script.server(&[":s 731 alice :dave"]);
    assert_eq!(changes(&mut script), ["dave Offline"]);
}

#[test]
fn a_room_that_is_entered_is_looked_at() {
    let mut script = Script::watching("no-implicit-names", "");
    script.server(&[":alice!a@h JOIN #dev alice :Alice"]);
    assert_eq!(script.lines(), ["WHO #dev"]);
    script.server(&[
        ":bob!b@h JOIN #dev Bob :Bob",
        ":carol!c@h JOIN #dev * :Carol",
        "@account=Dave :dave!d@h JOIN #dev",
        ":carol!c@h ACCOUNT Carol",
        ":carol!c@h ACCOUNT *",
    ]);
    let row = |event| {
        let (Event::Joined { nick, account, .. } | Event::Account { nick, account }) = event else {
            return None;
        };
        Some((nick, account))
    };
    let told: Vec<_> = script.events().into_iter().filter_map(row).collect();
    let expected = [
        ("alice", Some("alice")),
        ("bob", Some("Bob")),
        ("carol", None),
        ("dave", Some("Dave")),
        ("carol", Some("Carol")),
        ("carol", None),
    ];
    assert_eq!(told, expected.map(|(nick, account)| (nick.to_owned(), account.map(str::to_owned))));
}

#[test]
fn roles_follow_the_modes() {
    let mut script = Script::watching("", "PREFIX=(qov)~@+ CHANMODES=beI,k,l,imnst");
    script.server(&[
        ":s 352 alice #lobby u h s bob H@+ :0 Bob",
        ":s 352 alice #lobby u h s carol H :0 Carol",
        ":s 315 alice #lobby :End",
        ":bob!b@h MODE #lobby +lbo-v 5 *!*@x carol bob",
        ":carol!c@h NICK caro",
        ":s MODE #lobby +v-k+q caro key caro",
        ":bob!b@h PART #lobby",
        ":s MODE #lobby +v bob",
        "MODE alice +i",
    ]);
    let expected = [
        "#lobby bob +lbo-v 5 *!*@x carol bob",
        "#lobby carol '@'",
        "#lobby bob '@'",
        "#lobby s +v-k+q caro key caro",
        "#lobby caro '@+'",
        "#lobby caro '~@+'",
        "#lobby s +v bob",
    ];
    assert_eq!(changes(&mut script), expected);
    script.act(Action::Modes { room: "#lobby".into(), change: None });
    script.act(Action::Modes { room: "#lobby".into(), change: Some("+o bob".into()) });
    assert_eq!(script.lines(), ["MODE #lobby", "MODE #lobby +o bob"]);
    script.server(&[":s 324 alice #lobby +lnt 5"]);
    assert_eq!(script.events(), [Event::Modes { room: "#lobby".into(), modes: "+lnt 5".into() }]);
}

#[test]
fn partners_are_watched_while_the_server_allows() {
    let mut script = Script::watching("extended-monitor", "MONITOR=2");
    script.server(&["@msgid=1 :bob!b@h PRIVMSG alice :hi", "@msgid=2 :bob!b@h PRIVMSG alice :again"]);
    assert_eq!(script.lines(), ["MONITOR + bob"]);
    for nick in ["carol", "dave", "alice", "#lobby", "a,b"] {
        script.act(Action::Watch { nick: nick.into(), on: true });
    }
    assert_eq!(script.lines(), ["MONITOR + carol"]);
    script.events();
    script.server(&[
        ":s 730 alice :bob!b@h,carol!c@h",
        ":bob!b@h AWAY :lunch",
        ":s 730 alice :bob!b@h",
        ":s 731 alice :bob",
        ":s 730 alice :bob!b@h",
    ]);
    let expected = ["bob Online", "carol Online", "bob Away(\"lunch\")", "bob Offline", "bob Online"];
    assert_eq!(changes(&mut script), expected);
    script.act(Action::Watch { nick: "bob".into(), on: false });
    assert_eq!(script.lines(), ["MONITOR - bob"]);
    script.server(&[":s 734 alice 2 carol :full"]);
    script.state.disconnected();
    script.connect();
    assert!(!script.lines().iter().any(|line| line.starts_with("MONITOR")));
}

#[test]
fn whom_one_watches_is_watched_again_after_an_outage() {
    let mut script = Script::watching("", "MONITOR=2");
    script.act(Action::Watch { nick: "bob".into(), on: true });
    script.state.disconnected();
    script.state.connected();
    script.server(&["CAP * LS :sasl", "CAP * ACK :sasl", "AUTHENTICATE +", "903 alice :ok"]);
    script.server(&[":s 001 alice :Welcome", ":s 005 alice MONITOR=2 :are supported"]);
    script.lines();
    script.server(&[":s 422 alice :no motd"]);
    assert_eq!(script.lines()[0], "MONITOR + bob");
}

#[test]
fn known_conversations_are_told_at_the_start() {
    let mut script = Script::signing_in();
    script.state.profile.watches = true;
    script.state.connected();
    let caps = "sasl batch draft/chathistory draft/read-marker";
    script.server(&[&format!("CAP * LS :{caps}"), &format!("CAP * ACK :{caps}"), "AUTHENTICATE +"]);
    script.server(&["903 alice :ok", ":s 001 alice :Welcome", ":s 005 alice MONITOR=9 :are supported"]);
    script.server(&[":s 422 alice :no motd"]);
    let asked = script.lines();
    assert!(asked.iter().any(|line| line.starts_with("CHATHISTORY TARGETS ")), "{asked:?}");
    script.events();
    script.server(&[
        "BATCH +t draft/chathistory-targets",
        "@batch=t CHATHISTORY TARGETS #lobby 2025-11-20T12:00:09.000Z",
        "@batch=t CHATHISTORY TARGETS bob 2025-11-20T12:00:09.000Z",
        "BATCH -t",
    ]);
    let known = Known { name: "bob".into(), last: NOW.after_ms(9_000) };
    assert_eq!(script.events(), [Event::Conversations(vec![known])]);
    assert_eq!(script.lines(), ["MONITOR + bob", "MARKREAD bob"]);
}

#[test]
fn what_the_server_can_do_is_told_when_it_changes() {
    let mut script = Script::signing_in();
    script.tokens = "soju.im/FILEHOST=https://files.example/ CLIENTTAGDENY=typing";
    script.connect();
    let told = |script: &mut Script| {
        let row = |event| if let Event::Abilities(abilities) = event { Some(abilities) } else { None };
        script.all_events().into_iter().filter_map(row).collect::<Vec<_>>()
    };
    let none = Abilities::default();
    let first = Abilities { history: true, reactions: true, replies: true, uploads: true, ..none };
    assert_eq!(told(&mut script), [first]);
    script.server(&["CAP alice NEW :soju.im/search", "CAP alice ACK :soju.im/search"]);
    script.server(&["CAP alice DEL :draft/chathistory"]);
    let second = Abilities { search: true, ..first };
    assert_eq!(told(&mut script), [second, Abilities { history: false, ..second }]);
}

#[test]
fn the_lag_is_measured_now_and_then() {
    let mut script = Script::watching("", "");
    script.state.tick(NOW);
    script.state.tick(NOW.after_ms(29_000));
    let token = format!("lag-{}", NOW.0);
    assert_eq!(script.lines(), [format!("PING {token}")]);
    script.state.receive(format!(":s PONG s {token}").as_bytes(), NOW.after_ms(42));
    assert_eq!(script.events(), [Event::Lag(Duration::from_millis(42))]);
    script.state.tick(NOW.after_ms(30_000));
    assert_eq!(script.lines().len(), 1);
}

#[test]
fn a_topic_is_told_with_who_set_it() {
    let mut script = Script::watching("", "");
    script.server(&[":s 332 alice #lobby :Welcome", ":s 333 alice #lobby bob!b@h 1763640000"]);
    let at = Timestamp(1_763_640_000_000);
    let setter = Event::TopicSetter { room: "#lobby".into(), by: "bob".into(), at };
    assert_eq!(script.events().pop(), Some(setter));
}

#[test]
fn a_file_goes_where_the_server_takes_files() {
    let mut script = Script::watching("", "draft/FILEHOST=https://files/");
    script.act(Action::Upload { id: 7, path: "/x/y.png".into() });
    let Some(Transfer::Upload(upload)) = script.state.take_transfer() else { panic!("no upload") };
    assert_eq!((upload.id, upload.address.as_str()), (7, "https://files/"));
    let (name, password) = upload.credentials.as_ref().unwrap();
    assert_eq!((name.as_str(), password.as_str()), ("alice", "secret"));
    assert!(!format!("{upload:?}").contains("secret"));
    let mut script = Script::watching("", "draft/FILEHOST=http://files/");
    script.act(Action::Upload { id: 8, path: "/x/y.png".into() });
    assert!(matches!(&script.events()[..], [Event::Transfer(Tidings { id: 8, .. })]));
}

#[test]
fn a_password_goes_only_to_where_the_server_has_its_files() {
    let mut script = Script::watching("", "draft/FILEHOST=https://files:8443/upload");
    for (link, known) in [
        ("https://files:8443/f/1", true),
        ("https://FILES:8443/", true),
        ("https://files/f/1", false),
        ("https://files:8443.evil/f/1", false),
        ("https://files:8443@evil/f/1", false),
        ("http://files:8443/f/1", false),
    ] {
        script.act(Action::Download { id: 9, link: link.into(), path: ".".into() });
        let Some(Transfer::Download(download)) = script.state.take_transfer() else { panic!("no download") };
        assert_eq!(download.credentials.is_some(), known, "{link}");
    }
}
