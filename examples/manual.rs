//! Writes the manual pages and the shell completions of the three programs into a folder, for who makes
//! packages: `cargo run --example manual -- DIR`. They say what `--help` says.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use chat_secure::{chatctl, config, tui};
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

/// The shells, each with the folder of its completions.
const SHELLS: [(Shell, &str); 3] = [(Shell::Bash, "bash"), (Shell::Fish, "fish"), (Shell::Zsh, "zsh")];

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: cargo run --example manual -- DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("manual: {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Each program with the section of its pages: 1 is for everybody, 8 for who runs the machine.
fn programs() -> [(Command, &'static str); 3] {
    [(config::command(), "8"), (tui::start::command(), "1"), (chatctl::Arguments::command(), "8")]
}

fn write(folder: &Path) -> io::Result<()> {
    for (_, shell) in SHELLS {
        fs::create_dir_all(folder.join(shell))?;
    }
    for (program, section) in programs() {
        let name = program.get_name().to_owned();
        for (shell, place) in SHELLS {
            clap_complete::generate_to(shell, &mut program.clone(), &name, folder.join(place))?;
        }
        fs::rename(folder.join("bash").join(format!("{name}.bash")), folder.join("bash").join(&name))?;
        let mut program = program.disable_help_subcommand(true);
        program.build();
        pages(&program, section, folder)?;
    }
    Ok(())
}

/// The page of a program or a part of it, and those of its parts.
fn pages(command: &Command, section: &str, folder: &Path) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    let man = Man::new(command.clone().name(&name)).section(section).manual("chat-secure");
    man.render(&mut page)?;
    fs::write(folder.join(format!("{name}.{section}")), page)?;
    command.get_subcommands().try_for_each(|part| pages(part, section, folder))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn every_program_has_its_page_and_its_completions() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let read = |name: &str| {
            fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        for (page, words) in [
            ("chat-secure-server.8", "check\\-config"),
            ("chat-secure-client.1", "fingerprint"),
            ("chatctl.8", "adduser"),
            ("chatctl-adduser.8", "password\\-stdin"),
            ("chatctl-token-add.8", "label"),
        ] {
            assert!(read(page).contains(words), "{page}");
        }
        for name in ["chat-secure-server", "chat-secure-client", "chatctl"] {
            for file in [format!("bash/{name}"), format!("fish/{name}.fish"), format!("zsh/_{name}")] {
                assert!(read(&file).contains(name), "{file}");
            }
        }
    }
}
