//! What every process of Sluice does before it works: read the configuration, start the log,
//! connect the ports, listen for signals.
//!
//! This is the only room that names adapters; services get ports.

pub mod config;
pub mod connect;
pub mod cores;
pub mod failure;
pub mod files;
pub mod folder;
mod limits;
pub mod metrics;
pub mod port;
pub mod secret;
pub mod service;
pub mod shutdown;
pub mod telemetry;
