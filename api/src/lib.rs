//! HTTP and SSE edge, with the chores that keep the books straight.
//!
//! | room | what happens there |
//! |---|---|
//! | [`router`] | every route on one page |
//! | `routes` | one file per operation |
//! | `extract` | policy at the door: who asks, and is it well formed |
//! | `shapes` | the JSON that goes out |
//! | `error` | the only place where a status code is chosen |
//! | `auth` | passwords, tokens, cookies |
//! | `asking` | from a request to an admitted generation |
//! | `edge` | streams to viewers |
//! | `cors` | pages of other sites |
//! | `feeds` | news for pages |
//! | `guests` | people without an account |
//! | `quota` | how often somebody may do something |
//! | `letters` | links that are mailed |
//! | `ending` | the last words on a generation |
//! | `turns` | whose turn it is, where questions wait |
//! | `chores` | relay, settler, rescuer, pruner, crier, usher, postman |
//! | `assets` | the web page, out of the binary |
//! | `reference` | the description of the routes, as a page |

mod app;
mod asking;
mod assets;
mod audit;
mod auth;
mod availability;
mod chores;
mod config;
mod cors;
mod counted;
mod cursor;
mod edge;
mod ending;
mod error;
mod extract;
mod feeds;
mod guests;
mod handover;
mod health;
mod layers;
mod letters;
mod listener;
mod ports;
mod quota;
mod reference;
mod router;
mod routes;
mod searches;
mod serve;
pub mod settings;
mod shapes;
mod trace;
mod turns;

pub use app::{App, Inbox, WeakSecret};
pub use config::{Config, Welcome};
pub use ports::Ports;
pub use router::{openapi, router};
pub use serve::{RunError, run};
