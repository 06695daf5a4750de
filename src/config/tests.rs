//! The settings, tried in all three ways.

use std::collections::HashMap;

use super::*;

/// An argon2id hash that differs from others in these letters.
macro_rules! hash {
    ($letters:literal) => {
        concat!(
            "$argon2id$v=19$m=8,t=1,p=1$aXJjdGVzdC1maXhlZC1zYQ$",
            $letters,
            "EBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA"
        )
    };
}

/// For each setting four different values: by flag, by variable, in the file, and the default.
const VALUES: &[(&str, [&str; 3])] = &[
    ("web_url", ["https://a.example", "https://b.example:8443", "https://c.example"]),
    ("listen", ["a.example:1", "b.example:2", "c.example:3"]),
    ("listen_plain", ["127.0.0.1:1", "proxy://[::1]:2", "unix:/tmp/c.sock"]),
    ("listen_web", ["a.example:1", "", "proxy://c.example:3"]),
    ("listen_web_plain", ["127.0.0.1:1", "[::1]:2", "proxy://unix:/tmp/c.sock"]),
    ("listen_metrics", ["127.0.0.1:1", "[::1]:2", "unix:/tmp/m.sock"]),
    ("uploads_public", ["link", "members", "link"]),
    ("web_origins", ["https://a.example", "https://b.example:8443", "*"]),
    ("server_name", ["a.example", "b.example", "c.example"]),
    ("network_name", ["A", "B", "C"]),
    ("cert", ["/a.pem", "/b.pem", "/c.pem"]),
    ("key", ["/a.key", "/b.key", "/c.key"]),
    ("certs_dir", ["/a", "/b", "/c"]),
    ("acme_domain", ["a.example", "b.example", "c.example"]),
    ("acme_agree_terms", ["true", "false", "true"]),
    ("acme_contact", ["a@example.org", "b@example.org", "c@example.org"]),
    ("acme_directory", ["https://a.example/dir", "https://b.example:14000/dir", "https://c.example"]),
    ("acme_ca", ["/a.pem", "/b.pem", "/c.pem"]),
    ("data_dir", ["/a", "/b", "/c"]),
    ("database", ["sqlite:/a.db", "sqlite:/b.db", "sqlite:///c.db"]),
    ("registration", ["closed", "open", "invite"]),
    ("guests", ["true", "false", "true"]),
    ("registration_before_connect", ["false", "true", "false"]),
    ("registration_email", ["optional", "none", "required"]),
    ("server_password_hash", [hash!("AQEB"), hash!("AgIC"), hash!("AwMD")]),
    ("default_user_modes", ["+i", "+w", "+iR"]),
    ("search", ["true", "false", "true"]),
    ("history_days_max", ["11", "12", "13"]),
    ("history_entries_max", ["11", "12", "13"]),
    ("accept_damage", ["true", "false", "true"]),
    ("limit_loopback", ["true", "false", "true"]),
    ("flood_bytes_burst", ["10000", "11000", "12000"]),
    ("flood_bytes_per_second", ["1000", "1100", "1200"]),
    ("guest_prefix", ["a", "b", "c"]),
    ("default_room", ["#a", "", "#c"]),
    ("always_on", ["false", "true", "false"]),
    ("motd", ["/a", "/b", "/c"]),
    ("password_bytes_min", ["1", "2", "3"]),
    ("weak_passwords", ["true", "false", "true"]),
    ("argon2_memory_kib", ["101", "102", "103"]),
    ("argon2_passes", ["11", "12", "13"]),
    ("argon2_lanes", ["11", "12", "13"]),
    ("hash_threads", ["11", "12", "13"]),
    ("log_format", ["json", "text", "json"]),
];

/// Starts as a stranger would, with these flags, variables and this file.
fn load(flags: &[String], variables: &[(String, String)], file: Option<&str>) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut args: Vec<OsString> = vec!["chat-secure-server".into()];
    args.extend(flags.iter().map(OsString::from));
    if let Some(text) = file {
        let path = folder.path().join("chat.toml");
        std::fs::write(&path, text).unwrap();
        args.extend(["--config".into(), path.into()]);
    }
    let variables: HashMap<_, _> = variables.iter().cloned().collect();
    Config::load(args, |name| variables.get(name).map(OsString::from))
        .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))
}

fn load_flags(flags: &[&str]) -> Result<Config, String> {
    load(&flags.iter().map(ToString::to_string).collect::<Vec<_>>(), &[], None)
}

/// The value of one setting, as it is shown for debugging: the field's line and all that is
/// indented under it.
fn shown(config: &Config, name: &str) -> String {
    let all = format!("{config:#?}");
    let is_field = |line: &str| line.strip_prefix("    ").is_some_and(|l| l.starts_with(char::is_alphabetic));
    let mut lines = all.lines().skip_while(|line| !line.starts_with(&format!("    {name}: ")));
    let first = lines.next().unwrap_or_else(|| panic!("no field {name}"));
    first.to_owned() + &lines.take_while(|line| !is_field(line)).collect::<String>()
}

fn values_of(row: &source::Row) -> [String; 3] {
    match VALUES.iter().find(|(name, _)| *name == row.name) {
        Some((_, values)) => values.map(str::to_owned),
        None => [11, 12, 13].map(|n: u64| n.to_string()),
    }
}

fn file_line(row: &source::Row, value: &str) -> String {
    match row.kind {
        value::Kind::Number | value::Kind::Switch => format!("{} = {value}\n", row.name),
        value::Kind::Text => format!("{} = {value:?}\n", row.name),
        value::Kind::List => format!("{} = [{value:?}]\n", row.name),
    }
}

#[test]
fn each_setting_works_in_three_ways_and_in_their_order() {
    for row in ROWS.iter() {
        let values = values_of(row);
        let flag = |value: &str| vec![format!("--{}={value}", row.flag())];
        let variable = |value: &str| vec![(row.variable(), value.to_owned())];
        // Cert and key go together, whatever is tried.
        let partner = match row.name {
            "cert" => Some("--key=/k"),
            "key" => Some("--cert=/c"),
            "acme_domain" => Some("--acme-agree-terms"),
            "registration_before_connect" => Some("--guests"),
            _ => None,
        };
        let try_load = |mut flags: Vec<String>, variables: &[(String, String)], file: Option<&str>| {
            flags.extend(partner.map(str::to_owned));
            let config =
                load(&flags, variables, file).unwrap_or_else(|error| panic!("{}: {error}", row.name));
            shown(&config, row.name)
        };
        let alone = values.each_ref().map(|value| try_load(flag(value), &[], None));
        assert_ne!(alone[0], alone[1], "{}", row.name);
        let file = file_line(row, &values[2]);
        assert_eq!(try_load(vec![], &[], Some(&file)), alone[2], "{} in the file", row.name);
        assert_eq!(
            try_load(vec![], &variable(&values[1]), Some(&file)),
            alone[1],
            "{} by variable",
            row.name
        );
        assert_eq!(
            try_load(flag(&values[0]), &variable(&values[1]), Some(&file)),
            alone[0],
            "{} by flag",
            row.name
        );
    }
}

#[test]
fn the_defaults_are_those_of_a_first_start() {
    let config = load_flags(&[]).unwrap();
    let local = |port| Listening { address: Address { host: "localhost".into(), port }, proxied: false };
    assert_eq!((&config.listen, &config.listen_web), (&vec![local(6697)], &vec![local(8443)]));
    assert_eq!(config.database(), Database::Sqlite("data/chat-secure.db".into()));
    assert_eq!(config.certificate(), Certificate::SelfMade { dir: "certs".into(), signed: None });
    assert_eq!(config.limits(), Limits::default());
    assert_eq!(config.argon2_cost(), Cost { memory_kib: 19_456, passes: 2, lanes: 1 });
    assert!(config.hash_threads() >= 1);
    assert!(!config.guests && config.always_on && config.listen_plain.is_empty());
    assert_eq!(config.registration, Registration::Invite);
    assert_eq!(config.default_room.unwrap().as_str(), "#lobby");
}

#[test]
fn switches_need_no_value_and_lists_take_several() {
    assert!(load_flags(&["--guests"]).unwrap().guests);
    assert!(!load_flags(&["--guests=false"]).unwrap().guests);
    assert!(load_flags(&["--guests", "--always-on=false"]).unwrap().guests);
    let by_flag = load_flags(&["--listen", "a:1", "--listen", "[::1]:2,c:3"]).unwrap().listen;
    let by_file = load(&[], &[], Some("listen = ['a:1', '[::1]:2', 'c:3']")).unwrap().listen;
    assert_eq!(by_flag, by_file);
    assert_eq!(by_flag.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a:1", "[::1]:2", "c:3"]);
}

#[test]
fn paths_in_the_file_begin_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.toml");
    std::fs::write(&path, "data_dir = 'kept'\nmotd = '/etc/motd'\n").unwrap();
    let config = Config::load_for_tool(None, Some(&path), |_| None).unwrap();
    assert_eq!(config.data_dir, folder.path().join("kept"));
    assert_eq!(config.database(), Database::Sqlite(folder.path().join("kept/chat-secure.db")));
    assert_eq!(config.motd, Some("/etc/motd".into()));
    let told = Config::load_for_tool(Some(Path::new("here")), Some(&path), |_| None).unwrap();
    assert_eq!(told.data_dir, Path::new("here"));
}

#[test]
fn a_wrong_flag_or_variable_says_where_and_what_is_allowed() {
    for (flags, error) in [
        (&["--listen=6697"][..], "--listen: \"6697\" must be HOST:PORT"),
        (&["--listen-plain=0.0.0.0:6667"], "is not on this machine's loopback, and without TLS everybody"),
        (&["--listen-plain=chat.example:6667"], "is not on this machine's loopback"),
        (&["--server-name=a b"], "--server-name: \"a b\" must be 1 to 63 of"),
        (&["--guest-prefix=1st"], "must begin a nick"),
        (&["--default-room=lobby"], "it must be # and a name"),
        (&["--registration=maybe"], "\"maybe\" is none of: invite, open, closed"),
        (&["--sessions-max=0"], "--sessions-max: \"0\" is not a whole number from 1 to 1000000"),
        (&["--database=postgres://u:secret@h/d"], "--database: postgres: is not there yet"),
        (&["--database=sqlite::memory:"], "names no file"),
        (&["--database=mysql:x"], "must be sqlite:PATH"),
        (&["--cert=a.pem"], "cert is set but key is not"),
        (&["--key=a.pem"], "key is set but cert is not"),
        (
            &["--acme-domain=a.example"],
            "acme_agree_terms is not: read the terms of service of https://acme-v02.",
        ),
        (
            &["--acme-domain=a.example", "--acme-agree-terms", "--cert=c", "--key=k"],
            "acme_domain and cert are both set",
        ),
        (&["--acme-domain=192.0.2.1"], "is no host name"),
        (&["--acme-domain=*.a.example"], "wildcards are not got here"),
        (&["--acme-contact=nobody"], "is no e-mail address"),
        (&["--acme-directory=http://a.example"], "it begins with https://"),
        (&["--argon2-memory-kib=8", "--argon2-lanes=4"], "at least 8 times argon2_lanes"),
        (&["--listen-web-plain=proxy://0.0.0.0:80"], "is not on this machine's loopback"),
        (&["--listen=proxy:localhost:1"], "must be HOST:PORT"),
        (&["--web-origins=chat.example"], "--web-origins: \"chat.example\" is no origin"),
        (&["--listen=", "--listen-web="], "nobody could connect"),
        (&["--data-dri=x"], "--data-dir"),
    ] {
        let message = load_flags(flags).unwrap_err();
        assert!(message.contains(error), "{flags:?}: {message}");
        assert!(!message.contains("secret"), "{message}");
        assert!(flags[0].starts_with("--data-dri") || !message.contains('\n'), "{message}");
    }
    let message = load(&[], &[("CHAT_SECURE_GUESTS".into(), "yes".into())], None).unwrap_err();
    assert_eq!(message, "CHAT_SECURE_GUESTS: \"yes\" is neither true nor false");
}

#[test]
fn a_wrong_file_says_where_and_what_is_allowed() {
    for (file, error) in [
        ("data_dri = 'x'", "DIR/chat.toml: there is no setting \"data_dri\", did you mean \"data_dir\"?"),
        ("data-dir = 'x'", "DIR/chat.toml: there is no setting \"data-dir\", did you mean \"data_dir\"?"),
        ("colour = 'x'", "DIR/chat.toml: there is no setting \"colour\""),
        ("guests = 'yes'", "DIR/chat.toml: guests: \"yes\" must be true or false without quotes"),
        ("data_dir = 3", "DIR/chat.toml: data_dir: 3 must be a text in quotes"),
        ("sessions_max = '3'", "DIR/chat.toml: sessions_max: \"3\" must be a number without quotes"),
        ("sessions_max = -3", "sessions_max: \"-3\" is not a whole number from 1 to 1000000"),
        ("listen = [3]", "DIR/chat.toml: listen: [3] must be a list of texts"),
        ("[limits]\nsessions_max = 3", "there is no setting \"limits\""),
    ] {
        let message = load(&[], &[], Some(file)).unwrap_err();
        assert!(message.starts_with("DIR/chat.toml") && message.contains(error), "{file}: {message}");
        assert!(!message.contains('\n'), "{message}");
    }
    let message = load(&[], &[], Some("guests = true\n\nlisten = [\n")).unwrap_err();
    assert!(message.starts_with("DIR/chat.toml, line 3: "), "{message}");
    let message = load_flags(&["--config=/nowhere/chat.toml"]).unwrap_err();
    assert!(message.starts_with("can't read the configuration file /nowhere/chat.toml: "), "{message}");
}

#[test]
fn the_help_tells_every_setting_with_its_default() {
    let help = command().render_help().to_string();
    for row in ROWS.iter() {
        assert!(help.contains(&format!("--{}", row.flag())), "{}", row.name);
        assert!(!row.meaning.is_empty() && row.meaning.ends_with('.'), "{}", row.name);
    }
    assert!(help.contains("[default: localhost:6697]"), "{help}");
}

#[test]
fn the_page_of_settings_equals_its_source() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, settings_page()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(page, settings_page(), "run: UPDATE_DOCS=1 cargo test settings");
}

#[test]
fn the_example_of_settings_equals_its_source_and_is_taken() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/config.example.toml");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, example_file()).unwrap();
    }
    let example = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(example, example_file(), "run: UPDATE_DOCS=1 cargo test settings");
    let default = load_flags(&[]).unwrap();
    assert_eq!(load(&[], &[], Some(&example)).unwrap().differing(&default), [""; 0]);
    let is_setting = |line: &str| ROWS.iter().any(|row| line.starts_with(&format!("#{} = ", row.name)));
    let set = |line: &str| if is_setting(line) { line[1..].to_owned() } else { line.to_owned() };
    let all: Vec<String> = example.lines().map(set).collect();
    assert_eq!(all.iter().filter(|line| !line.starts_with('#') && !line.is_empty()).count(), ROWS.len());
    // Paths begin in the file's folder, and the half of the cores has no number.
    let differing = load(&[], &[], Some(&all.join("\n"))).unwrap().differing(&default);
    assert_eq!(differing, ["certs_dir", "data_dir", "hash_threads"]);
}

#[test]
fn what_differs_is_named() {
    let old = load_flags(&["--guests", "--sessions-max=7"]).unwrap();
    let new = load_flags(&["--sessions-max=8", "--listen=a.example:1"]).unwrap();
    assert_eq!(old.differing(&new), ["listen", "guests", "sessions_max"]);
    assert_eq!(old.differing(&old.clone()), [""; 0]);
    assert!(RELOADED.iter().all(|name| ROWS.iter().any(|row| row.name == *name)));
}

#[test]
fn a_checked_configuration_is_shown_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.toml");
    std::fs::write(&path, format!("data_dir = 'kept'\nserver_password_hash = '{}'\n", hash!("AQEB")))
        .unwrap();
    let report = |flags: &[&str]| {
        let mut args: Vec<OsString> =
            vec!["chat-secure-server".into(), "--config".into(), path.clone().into()];
        args.extend(flags.iter().map(OsString::from));
        let env = |name: &str| (name == "CHAT_SECURE_GUESTS").then(|| "true".into());
        Config::load_or_check(args, env).map(|(_, report)| report).map_err(|error| error.to_string())
    };
    assert_eq!(report(&[]).unwrap(), None);
    let told = report(&["--check-config", "--listen=a.example:1,b.example:2"]).unwrap().unwrap();
    let at = path.display().to_string();
    for line in [
        "listen = [\"a.example:1\", \"b.example:2\"] # --listen".to_owned(),
        "guests = true # CHAT_SECURE_GUESTS".to_owned(),
        format!("data_dir = \"{}\" # {at}: data_dir", folder.path().join("kept").display()),
        format!("# server_password_hash is set and not shown ({at}: server_password_hash)"),
        "# cert: the server makes one (default)".to_owned(),
        "replay_len = 50 # default".to_owned(),
    ] {
        assert!(told.lines().any(|told| told == line), "{line}\n{told}");
    }
    assert!(!told.contains("argon2id$"), "{told}");
    assert!(told.parse::<toml::Table>().is_ok(), "{told}");
    assert!(report(&["--check-config", "--cert=a.pem"]).unwrap_err().contains("key is not"));
}
