//! Work and news on RabbitMQ.
//!
//! Every queue is a durable quorum queue; every publish is confirmed, and one that reaches no queue is
//! a failure. A subscription is a channel of its own: whatever ends it, a cancellation, a restart of the
//! broker, a delivery that took longer than the broker allows, ends the stream of deliveries with an
//! error, the broker hands the deliveries over again, and the next `consume` connects anew.

mod claim;
mod confirm;
mod connect;
mod dead;
mod declare;
mod delivery;
mod depth;
mod desk;
mod error;
mod keep;
mod letter;
mod line;
mod management;
mod memory;
mod message;
mod operations;
mod options;
mod place;
mod publish;
mod queue;
mod rung;
mod subscription;
mod task;
mod topology;

pub use connect::ConnectError;
pub use options::Options;
pub use queue::RabbitQueue;
