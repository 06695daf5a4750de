//! Where to go first, and as whom: the command line goes before the settings, and what neither says is
//! asked for.

use clap::{CommandFactory as _, FromArgMatches as _};
use zeroize::Zeroizing;

use crate::client::arguments::{AFTER_HELP, Arguments};
use crate::client::credentials::{self, PasswordError};
use crate::client::{Identity, Server, UserName};

use super::app::Login;
use super::dialog::{Form, Known};
use super::input;
use super::settings::{self, Settings};
use super::{HISTORY_LEN, PORT};

/// What happens first.
#[derive(Debug, Default)]
pub struct Plan {
    /// Servers about which all is known.
    pub logins: Vec<Login>,
    /// Servers about which something is to be asked.
    pub forms: Vec<Form>,
}

/// The client's arguments; their help names the settings as well.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command().after_help(format!("{AFTER_HELP}\n\n{}", settings::help()))
}

/// The command line. Wrong arguments end the program.
#[must_use]
pub fn arguments() -> Arguments {
    let matches = command().get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The settings of this user; and the arguments, filled up from the profile they name.
///
/// # Errors
/// What is wrong with the settings, or that there is no such profile; ready to read.
pub fn prepare(mut arguments: Arguments) -> Result<(Arguments, Settings), String> {
    let mut settings = match settings::path(|name| std::env::var_os(name)) {
        Some(path) => Settings::load(&path, &input::names()).map_err(|error| error.to_string())?,
        None => Settings::default(),
    };
    settings.apply_environment(|name| std::env::var(name).ok()).map_err(|fault| fault.to_string())?;
    arguments.opens = arguments.room.first().cloned();
    if let Some(profile) = &arguments.profile {
        let server = settings.server(profile)?.clone();
        fill(&mut arguments, &server);
    }
    Ok((arguments, settings))
}

fn fill(arguments: &mut Arguments, server: &settings::Server) {
    arguments.profile = Some(server.profile.clone());
    arguments.host.get_or_insert_with(|| server.host.clone());
    arguments.port.get_or_insert(server.port);
    if arguments.user.is_none() {
        arguments.user.clone_from(&server.user);
    }
    arguments.guest |= server.guest && arguments.invite.is_none();
    if arguments.fingerprint.is_none() && arguments.ca.is_none() {
        arguments.fingerprint = server.fingerprint;
        arguments.ca.clone_from(&server.ca);
    }
    if arguments.room.is_empty() {
        arguments.room.clone_from(&server.rooms);
    }
    arguments.password_command.clone_from(&server.password_command);
}

/// What to do first.
///
/// # Errors
/// A password could not be had from where it was said to be; ready to read.
pub fn plan(arguments: &Arguments, settings: &Settings) -> Result<Plan, String> {
    let mut plan = Plan::default();
    if arguments.host.is_some() || settings.servers.iter().all(|server| !server.autoconnect) {
        add(&mut plan, arguments)?;
        return Ok(plan);
    }
    for server in settings.servers.iter().filter(|server| server.autoconnect) {
        let mut own = arguments.clone();
        fill(&mut own, server);
        add(&mut plan, &own)?;
    }
    Ok(plan)
}

/// What to do to get to a server of the settings. The rest of the command line was about another.
///
/// # Errors
/// There is no such server, or no password to be had from where it was said to be; ready to read.
pub fn go_to(profile: &str, arguments: &Arguments, settings: &Settings) -> Result<Plan, String> {
    let server = settings.server(profile)?;
    let mut own =
        Arguments { color: arguments.color, no_history: arguments.no_history, ..Arguments::default() };
    fill(&mut own, server);
    let mut plan = Plan::default();
    add(&mut plan, &own)?;
    Ok(plan)
}

fn add(plan: &mut Plan, arguments: &Arguments) -> Result<(), String> {
    let identity = identity(arguments)?;
    let login = |server, identity| Login {
        server,
        identity,
        fingerprint: arguments.fingerprint,
        ca: arguments.ca.clone(),
        rooms: arguments.rooms(),
        opens: arguments.opens.clone(),
        history_len: if arguments.no_history { 0 } else { HISTORY_LEN },
        profile: arguments.profile.clone(),
    };
    if let (Some(server), Some(identity)) = (arguments.server(), identity.clone()) {
        plan.logins.push(login(server, identity));
        return Ok(());
    }
    let user = arguments.user.clone().or_else(|| credentials::system_user().map(UserName::from));
    let port = arguments.port.unwrap_or(PORT);
    let known = Known {
        host: arguments.server().map(|server| server.host).unwrap_or_default(),
        port,
        user: user.map(|user| user.to_string()).unwrap_or_default(),
        invitation: arguments.invite.clone().unwrap_or_default(),
    };
    let nobody = identity.or_else(|| credentials::guest_name().map(|name| Identity::Guest { name }));
    let base = nobody.map(|identity| login(Server { host: String::new(), port }, identity));
    plan.forms.push(Form::new(&known, base));
    Ok(())
}

/// Who comes, if that is known.
fn identity(arguments: &Arguments) -> Result<Option<Identity>, String> {
    if arguments.guest {
        let name = arguments.nick().or_else(credentials::guest_name);
        return Ok(name.map(|name| Identity::Guest { name }));
    }
    let given = match credentials::given_password(false) {
        Ok(given) => given,
        Err(PasswordError::Empty) => None,
        Err(error) => return Err(error.to_string()),
    };
    let password = match given {
        Some(password) => Some(password),
        None => {
            credentials::printed_password(&arguments.password_command).map_err(|error| error.to_string())?
        }
    };
    Ok(match (arguments.user.clone(), password) {
        (Some(name), Some(password)) => Some(with_password(arguments, name, password)),
        _ => None,
    })
}

fn with_password(arguments: &Arguments, name: UserName, password: Zeroizing<String>) -> Identity {
    match arguments.invite.clone() {
        Some(invitation) => Identity::SignUp { name: name.nick().clone(), password, invitation },
        None => Identity::sign_in(name, password),
    }
}
