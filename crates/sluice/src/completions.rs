//! `sluice completions`: what a shell needs to complete its command lines.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{cli::Cli, out};

/// Prints it.
pub fn run(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "sluice", &mut script);
    out::print(String::from_utf8(script)?)
}
