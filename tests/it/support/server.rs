//! A server of one's own: the real binary in a folder of its own, on a port nobody knew before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;

use super::client::READING;
use super::process::{self, Finished, Process};
use super::trust::Identity;
use super::{Client, Door, PATIENCE};

/// A server must be gone so long after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// The password of the accounts that tests make.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What is logged: the usual, and which sessions lag.
const LOG: &str = "info,chat_secure::session::catch_up=debug";

/// A running server; it is killed when the test is over.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    args: Vec<String>,
    log: &'static str,
    /// The program that starts the server, and its arguments before the server's path.
    starter: Vec<String>,
    process: Process,
    ready: Ready,
}

/// What the server says when it is ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ready {
    tls: Vec<String>,
    plain: Vec<String>,
    web: Vec<String>,
    web_plain: Vec<String>,
    metrics: Vec<String>,
    fingerprint: String,
}

impl Server {
    /// One with the settings of a first start.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// One with these flags beside the usual ones.
    pub(crate) fn with(args: &[&str]) -> Self {
        Self::with_folder(args, |_| {})
    }

    /// One whose folder is prepared first.
    pub(crate) fn with_folder(args: &[&str], prepare: impl FnOnce(&Path)) -> Self {
        Self::launched(args, LOG, prepare)
    }

    /// One that logs so much.
    #[allow(dead_code, reason = "for some of the tests")]
    pub(crate) fn logging(args: &[&str], log: &'static str) -> Self {
        Self::launched(args, log, |_| {})
    }

    fn launched(args: &[&str], log: &'static str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let (process, ready) = launch(&folder, &[], "localhost:0", &args, log);
        Self { folder, args, log, starter: Vec::new(), process, ready }
    }

    /// One that may have so many files open and no more.
    pub(crate) fn limited_to_files(files: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let starter = ["/bin/sh", "-c", &script].map(str::to_owned).to_vec();
        let (process, ready) = launch(&folder, &starter, "localhost:0", &[], LOG);
        Self { folder, args: Vec::new(), log: LOG, starter, process, ready }
    }

    /// Kills the server as a power cut would.
    pub(crate) fn kill(&self) {
        self.process.signal(Signal::KILL);
        self.process.wait(PATIENCE);
    }

    /// Asks the server to end, which it does soon and in order.
    pub(crate) fn stop(&self) {
        self.process.signal(Signal::TERM);
        let status = self.process.wait(STOP_PATIENCE);
        assert_eq!(status.code(), Some(0), "{status}");
    }

    /// Starts it again, after [`Server::kill`] or [`Server::stop`], on the same port.
    pub(crate) fn start_again(&mut self) {
        (self.process, self.ready) =
            launch(&self.folder, &self.starter, &self.address(), &self.args, self.log);
    }

    /// The same by way of another program, which is given the server's path and arguments.
    pub(crate) fn start_again_by(&mut self, starter: &[&str]) {
        self.starter = starter.iter().map(ToString::to_string).collect();
        self.start_again();
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// A restart in order, or one after it was killed.
    pub(crate) fn come_back(&mut self, killed: bool) {
        if killed {
            self.kill();
            self.start_again();
        } else {
            self.restart();
        }
    }

    /// The process that runs.
    #[allow(dead_code, reason = "for some of the tests")]
    pub(crate) fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// All that it has logged so far.
    #[allow(dead_code, reason = "for some of the tests")]
    pub(crate) fn log(&self) -> String {
        self.process.logged()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// HOST:PORT of the TLS listener.
    pub(crate) fn address(&self) -> String {
        self.ready.tls[0].clone()
    }

    pub(crate) fn port(&self) -> u16 {
        port_of(&self.ready.tls[0])
    }

    /// HOST:PORT of all TLS listeners.
    pub(crate) fn addresses(&self) -> &[String] {
        &self.ready.tls
    }

    /// HOST:PORT or unix:PATH of the plain listeners.
    pub(crate) fn plain_addresses(&self) -> &[String] {
        &self.ready.plain
    }

    /// The port of the web listener.
    pub(crate) fn web_port(&self) -> u16 {
        port_of(self.ready.web[0].trim_end_matches('/'))
    }

    /// HOST:PORT or unix:PATH of the plain web listeners.
    pub(crate) fn web_plain_addresses(&self) -> &[String] {
        &self.ready.web_plain
    }

    /// HOST:PORT or unix:PATH of the listeners for health and metrics.
    pub(crate) fn metrics_addresses(&self) -> &[String] {
        &self.ready.metrics
    }

    /// SHA-256 of the certificate, in lower-case hex.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.ready.fingerprint
    }

    /// The invitation for the first administrator, printed while there is no account.
    pub(crate) fn invitation(&self) -> String {
        self.process.until("the invitation", |lines| field(lines, "invitation"))
    }

    /// What the function finds in the log.
    #[track_caller]
    pub(crate) fn until_logged<T>(&self, what: &str, find: impl Fn(&[String]) -> Option<T>) -> T {
        self.process.until_logged(what, find)
    }

    /// The folder that the server was started in; its data is in `data`, its certificate in `certs`.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Makes an account with [`PASSWORD`].
    pub(crate) fn adduser(&self, name: &str) {
        self.chatctl_with(&["adduser", name, "--password-stdin"], &format!("{PASSWORD}\n")).success();
    }

    /// Runs the admin tool.
    pub(crate) fn chatctl(&self, args: &[&str]) -> Finished {
        self.chatctl_with(args, "")
    }

    /// Runs the admin tool, which reads this.
    pub(crate) fn chatctl_with(&self, args: &[&str], stdin: &str) -> Finished {
        let mut command = process::command(env!("CARGO_BIN_EXE_chatctl"), self.folder.path());
        process::run(command.args(["--data-dir", "data"]), args, stdin)
    }

    /// Runs the companion client with these arguments after its host and port.
    pub(crate) fn companion(&self, args: &[&str], stdin: &str) -> Finished {
        let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), self.folder.path());
        let port = self.port().to_string();
        process::run(command.args(["--host", "localhost", "--port", &port]), args, stdin)
    }

    /// What another server says that is started on the same data.
    pub(crate) fn second_server(&self) -> Finished {
        let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-server"), self.folder.path());
        process::run(&mut command, &["--listen", "localhost:0"], "")
    }

    /// A TLS connection on which nothing was said.
    pub(crate) async fn connect(&self) -> Client {
        Client::tls(self.port(), self.fingerprint(), None).await
    }

    /// The same with a certificate of one's own.
    pub(crate) async fn connect_as(&self, identity: &Identity) -> Client {
        Client::tls(self.port(), self.fingerprint(), Some(identity)).await
    }

    /// A guest under this nick.
    pub(crate) async fn guest(&self, nick: &str) -> Client {
        let mut client = self.connect().await;
        client.register_guest(nick).await;
        client
    }

    /// A session of this account, which has [`PASSWORD`], with these capabilities.
    pub(crate) async fn login(&self, account: &str, caps: &[&str]) -> Client {
        let mut client = self.connect().await;
        client.login(account, PASSWORD, caps).await;
        client
    }

    /// All texts of the room, oldest first, read by alice, who is a member.
    pub(crate) async fn texts_of(&self, room: &str) -> Vec<String> {
        self.login("alice", READING).await.texts_of(room).await
    }

    /// Where clients find it.
    pub(crate) fn door(&self) -> Door {
        Door {
            port: self.port(),
            network: "",
            fingerprint: self.fingerprint().to_owned(),
            password: PASSWORD,
            home: self.folder(),
        }
    }

    /// [`Server::login`] for an account that is made first.
    pub(crate) async fn newcomer(&self, account: &str, caps: &[&str]) -> Client {
        self.adduser(account);
        self.login(account, caps).await
    }
}

/// What the binary says that is started with these arguments in a folder of its own, and ends.
pub(crate) fn start_server(args: &[&str], prepare: impl FnOnce(&Path)) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-server"), folder.path());
    if !args.iter().any(|arg| arg.starts_with("--listen")) {
        command.arg("--listen=localhost:0");
    }
    process::run(&mut command, args, "")
}

/// Starts the binary and waits until it is ready.
fn launch(
    folder: &tempfile::TempDir,
    starter: &[String],
    listen: &str,
    args: &[String],
    log: &str,
) -> (Process, Ready) {
    let server = env!("CARGO_BIN_EXE_chat-secure-server");
    let mut command = match starter {
        [] => process::command(server, folder.path()),
        [program, ..] => process::command(program, folder.path()),
    };
    if let [_, before @ ..] = starter {
        command.args(before).arg(server);
    }
    command.env("RUST_LOG", log);
    let process = Process::spawn(command.args(["--listen", listen]).args(args));
    let ready = process.until("the server to be ready", Ready::parse);
    (process, ready)
}

impl Ready {
    /// Reads the lines of the start; nothing before the fingerprint is there, which comes after
    /// the listeners.
    fn parse(lines: &[String]) -> Option<Self> {
        lines.iter().find(|line| line.starts_with("chat-secure-server ") && line.ends_with(" is ready"))?;
        let fingerprint = field(lines, "fingerprint")?;
        Some(Self {
            tls: fields(lines, "irc (tls)"),
            plain: fields(lines, "irc (plain)"),
            web: fields(lines, "web (tls)"),
            web_plain: fields(lines, "web (plain)"),
            metrics: fields(lines, "metrics"),
            fingerprint: fingerprint.strip_prefix("sha256:")?.to_owned(),
        })
    }
}

fn field(lines: &[String], name: &str) -> Option<String> {
    fields(lines, name).into_iter().next()
}

fn fields(lines: &[String], name: &str) -> Vec<String> {
    let value = |line: &String| {
        let rest = line.trim_start().strip_prefix(name)?;
        rest.starts_with(' ').then(|| rest.trim().to_owned())
    };
    lines.iter().filter_map(value).collect()
}

fn port_of(address: &str) -> u16 {
    let port = address.rsplit(':').next().and_then(|port| port.parse().ok());
    port.unwrap_or_else(|| panic!("no port in {address:?}"))
}

#[test]
fn the_words_of_the_start_are_understood() {
    let said = "\
chat-secure-server 0.1.0 is ready
  irc (tls)     localhost:40123
  irc (plain)   unix:/tmp/x
  web (tls)     https://localhost:8443/
  fingerprint   sha256:ab12
  data          data/
  invitation    CODE-1";
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    let ready = Ready::parse(&lines).unwrap();
    assert_eq!(ready.fingerprint, "ab12");
    assert_eq!((port_of(&ready.tls[0]), ready.plain[0].as_str()), (40123, "unix:/tmp/x"));
    assert_eq!(ready.web, ["https://localhost:8443/"]);
    assert_eq!(field(&lines, "invitation").unwrap(), "CODE-1");
    assert_eq!(Ready::parse(&lines[..4]), None);
}
