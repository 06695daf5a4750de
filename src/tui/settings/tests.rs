//! What can be set, and what is said of what can't.

use super::*;
use crate::tui::notify::{Desktop, Rules};
use proptest::prelude::*;
use std::fs;

const ACTIONS: [&str; 3] = ["quit", "next-room", "help"];

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(text, Path::new("/c/client.toml"), &ACTIONS).map_err(|fault| fault.to_string())
}

const ALL: &str = r##"
theme = "themes/mine.toml"
plain = true
mouse = false
typing = false
read_marks = false
emoji = false
marks = false
remember = false
ignore = ["troll"]
away_minutes = 0

[notify]
mentions = false
direct = false
keywords = ["deploy", "code freeze"]
mute = "#random"
bell = false
desktop = "osc777"

[server.work]
host = "chat.example.org"
port = 6698
user = "alice"
ca = "work.pem"
rooms = ["#dev", "ops"]
autoconnect = true
password_command = ["pass", "show", "chat"]

[server.home]
host = "[::1]"
guest = true
fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

[keys]
quit = "ctrl-q"
next-room = ["alt-down", "ctrl-n"]
help = []
"##;

#[test]
fn everything_can_be_set() {
    let settings = parse(ALL).unwrap();
    let chord = |text: &str| text.parse::<Chord>().unwrap();
    let room = |text: &str| RoomName::parse(text).unwrap();
    let work = Server {
        profile: "work".into(),
        host: "chat.example.org".into(),
        port: 6698,
        user: Some("alice".parse().unwrap()),
        guest: false,
        fingerprint: None,
        ca: Some("/c/work.pem".into()),
        rooms: vec![room("#dev"), room("#ops")],
        autoconnect: true,
        password_command: ["pass", "show", "chat"].map(String::from).to_vec(),
    };
    assert_eq!(settings.server("work"), Ok(&work));
    assert_eq!(settings.server("home").map(|server| (server.host.as_str(), server.guest)), Ok(("::1", true)));
    assert_eq!(settings.theme, ThemeChoice::File("/c/themes/mine.toml".into()));
    assert_eq!(settings.ignore, ["troll"]);
    assert_eq!((settings.away_minutes, settings.plain, settings.mouse), (0, true, false));
    assert!(!settings.remember);
    assert_eq!(
        settings.notify,
        Rules {
            mentions: false,
            direct: false,
            keywords: vec!["deploy".into(), "code freeze".into()],
            mute: vec!["#random".into()],
            bell: false,
            desktop: Desktop::Osc777,
        }
    );
    let keys = [("quit", vec!["ctrl-q"]), ("next-room", vec!["alt-down", "ctrl-n"]), ("help", vec![])];
    let keys =
        keys.map(|(action, keys)| (action.to_owned(), keys.into_iter().map(chord).collect::<Vec<_>>()));
    assert_eq!(settings.keys, keys);
}

#[test]
fn each_key_is_set_by_its_own_name() {
    // Every row of the table stands in ALL, so that a row that sets another's field shows above.
    let rows = row::names();
    assert!(rows.len() > 20);
    for name in rows {
        assert!(ALL.contains(&format!("\n{name} = ")), "{name}");
    }
}

#[test]
fn nothing_set_is_all_defaults() {
    assert_eq!(parse("").unwrap(), Settings::default());
    assert_eq!(parse(&row::defaults()).unwrap(), Settings::default(), "{}", row::defaults());
    let bare = parse("[server.x]\nhost = \"h\"").unwrap();
    let written = parse(&format!("[server.x]\nhost = \"h\"\n{}", row::server_defaults())).unwrap();
    assert_eq!(bare, written);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_how_to_mend_it() {
    for (text, wanted) in [
        ("theem = \"dark\"", "/c/client.toml, line 1: theem: there is no such key, did you mean theme?"),
        ("\n\ntheme = \"dusk\"", "line 3: theme: \"dusk\" is none of auto, dark, light"),
        ("theme = \"~/x.toml\"", "line 1: theme: ~ is not understood here: write the whole path"),
        ("typing = \"yes\"", "line 1: typing: must be true or false, without quotes"),
        ("away_minutes = -1", "line 1: away_minutes: must be a number from 0 to 10080, without quotes"),
        ("away_minutes = 1e3", "line 1: away_minutes: must be a number"),
        ("[notify]\nmute = [1]", "line 2: notify.mute: must be a list of texts in quotes"),
        ("[notify]\nkeywords = [\"\"]", "line 2: notify.keywords: \"\": must not be empty"),
        ("[notify]\ndesktop = \"on\"", "line 2: notify.desktop: \"on\" is none of off, osc9, osc777, system"),
        ("notify = 1", "line 1: notify: must be a table: a line [notify] and its keys below"),
        ("[server.a]\nport = 1", "line 1: server.a: needs a host, such as"),
        ("[server.a]\nhost = \"h:1\nport = 1", "line 2: "),
        ("[server.a]\nhost = \"h h\"", "line 2: server.a.host: \"h h\" is no host name"),
        ("[server.a]\nhost = \"h\"\nport = 0", "line 3: server.a.port: must be from 1 to 65535"),
        ("[server.a]\nhost = \"h\"\nuser = \"1st\"", "line 3: server.a.user: a name can't contain"),
        ("[server.a]\nhost = \"h\"\nrooms = [\"a b\"]", "line 3: server.a.rooms: \"a b\": a name can't"),
        (
            "[server.a]\nhost = \"h\"\nfingerprint = \"0\"",
            "line 3: server.a.fingerprint: a SHA-256 fingerprint",
        ),
        (
            "[server.a]\nhost = \"h\"\npassword = \"x\"",
            "line 3: server.a.password: passwords are not kept in this file",
        ),
        ("[keys]\nquitt = \"x\"", "line 2: keys.quitt: there is no such key, did you mean quit?"),
        (
            "[keys]\nquit = \"strg-q\"",
            "line 2: keys.quit: \"strg-q\": \"strg-q\" is no key; keys are written like",
        ),
        ("[keys]\nquit = \"x\"\nhelp = \"x\"", "line 3: keys.help: x is the key of quit already"),
        ("theme = ", "/c/client.toml, line 1: "),
        ("plain = true\nplain = true", "line 2: "),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(wanted), "{text}:\n{error}");
    }
    let server = |keys: &str| format!("[server.a]\nhost = \"h\"\n{keys}");
    let fingerprint = format!("fingerprint = \"{}\"\nca = \"x\"", "00".repeat(32));
    assert!(parse(&server(&fingerprint)).unwrap_err().contains("server.a: has a fingerprint and a ca"));
    assert!(parse(&server("guest = true\npassword_command = [\"p\"]")).is_err());
}

#[test]
fn a_profile_that_is_not_there_is_met_with_those_that_are() {
    let settings = parse(ALL).unwrap();
    assert_eq!(settings.server("hoem").unwrap_err(), "there is no profile \"hoem\", did you mean \"home\"?");
    assert_eq!(
        settings.server("school").unwrap_err(),
        "there is no profile \"school\"; there are: work, home"
    );
    assert!(Settings::default().server("x").unwrap_err().contains("add [server.x]"));
}

#[test]
fn the_environment_goes_before_the_file() {
    let mut settings = parse(ALL).unwrap();
    let var = |name: &str| {
        let value = match name {
            "CHAT_SECURE_CLIENT_THEME" => "light",
            "CHAT_SECURE_CLIENT_TYPING" => "true",
            "CHAT_SECURE_CLIENT_AWAY_MINUTES" => "7",
            "CHAT_SECURE_CLIENT_NOTIFY_MUTE" => "#a, #b",
            "CHAT_SECURE_CLIENT_NOTIFY_KEYWORDS" => "",
            _ => return None,
        };
        Some(value.to_owned())
    };
    settings.apply_environment(var).unwrap();
    assert_eq!((&settings.theme, settings.typing, settings.away_minutes), (&ThemeChoice::Light, true, 7));
    assert_eq!(
        (&settings.notify.mute[..], settings.notify.keywords.len()),
        (&["#a".into(), "#b".into()][..], 0)
    );
    for value in ["maybe", "true\nplain = true", "\"", "007"] {
        let wrong = |name: &str| (name == "CHAT_SECURE_CLIENT_TYPING").then(|| value.to_owned());
        let error = settings.apply_environment(wrong).unwrap_err().to_string();
        assert_eq!(error, "CHAT_SECURE_CLIENT_TYPING, line 1: typing: must be true or false, without quotes");
    }
}

#[test]
fn the_file_is_where_the_environment_has_its_settings() {
    let find = |set: &[(&str, &str)]| {
        path(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
            .map(|path| path.to_string_lossy().into_owned())
    };
    for (set, wanted) in [
        (&[("HOME", "/h")][..], Some("/h/.config/chat-secure/client.toml")),
        (&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")], Some("/x/chat-secure/client.toml")),
        (&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")], Some("/h/.config/chat-secure/client.toml")),
        (&[("HOME", "/h"), ("CHAT_SECURE_CLIENT_CONFIG", "/f")], Some("/f")),
        (&[], None),
    ] {
        assert_eq!(find(set).as_deref(), wanted);
    }
}

#[test]
fn a_missing_file_is_fine_and_an_exposed_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.toml");
    assert_eq!(Settings::load(&path, &ACTIONS).unwrap(), Settings::default());
    for (text, mode, is_good) in
        [("plain = true", 0o666, true), (ALL, 0o644, true), (ALL, 0o664, false), (ALL, 0o602, false)]
    {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let loaded = Settings::load(&path, &ACTIONS);
        assert_eq!(loaded.is_ok(), is_good, "{mode:o}: {loaded:?}");
    }
    let error = Settings::load(folder.path(), &ACTIONS).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

#[test]
fn the_help_names_every_key() {
    for name in row::names() {
        assert!(help().contains(&format!("  {name} = ")), "{name}");
        assert!(page().contains(&format!("| `{name}` |")), "{name}");
    }
}

/// `UPDATE_DOCS=1 cargo test client_settings` writes the generated parts anew.
#[test]
fn the_page_of_client_settings_says_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/client-settings.md");
    let written = fs::read_to_string(&path).unwrap();
    let mut page = written.clone();
    for (name, part) in [("settings", super::page()), ("roles", crate::tui::theme::roles_page())] {
        let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (head, rest) = page.split_once(&start).unwrap();
        let (_, tail) = rest.split_once(&end).unwrap();
        page = format!("{head}{start}\n{part}\n{end}{tail}");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    } else {
        assert!(
            written == page,
            "docs/client-settings.md is old: run UPDATE_DOCS=1 cargo test client_settings"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_settings_or_a_fault_with_a_line_of_the_file(
        text in any::<String>(),
        key in "[a-z_.\\[\\]]{0,16}",
        value in "[a-z0-9#\"\\[\\], ]{0,16}",
    ) {
        for text in [text, format!("{key} = {value}"), format!("[notify]\n{key} = {value}")] {
            if let Err(fault) = Settings::parse(&text, Path::new("f"), &ACTIONS) {
                prop_assert!((1..=text.matches('\n').count() + 1).contains(&fault.line), "{}", fault);
            }
        }
    }
}
