//! Servers and services of one machine, from the command line.

mod cli;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // A terminal may have been closed.
            let _ = writeln!(io::stdout(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
