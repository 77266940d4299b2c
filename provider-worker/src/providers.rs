//! The dialects. Their wire types stay here; the rest of the worker knows `ports::provider` only.

mod answer;
mod anthropic;
mod client;
mod clients;
mod deadline;
mod dialect;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gemini;
mod hint;
mod http;
mod models;
mod openai;
mod refusal;
#[cfg(test)]
mod robust;
mod sse;
mod turns;

pub(crate) use models::thinks;

pub use client::{BaseUrl, HttpProvider, InvalidBaseUrl};
