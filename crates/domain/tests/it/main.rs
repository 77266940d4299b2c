//! Properties of the domain's rules.

mod generation;
