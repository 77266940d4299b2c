//! PostgreSQL, RabbitMQ, Redis, nginx and the processes of Sluice on one machine.

pub mod child;
pub mod installation;
mod processes;
pub mod rights;
pub mod servers;
