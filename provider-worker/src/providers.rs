//! The dialects. Their wire types stay here; the rest of the worker knows `ports::provider` only.

mod deadline;
mod hint;
mod http;
mod openai;
mod sse;

pub use openai::{InvalidBaseUrl, OpenAi};
