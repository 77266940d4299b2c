//! Properties of the domain's rules.

mod generation;
mod wire;
