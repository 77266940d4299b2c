//! The scenarios on several processes of each service: PostgreSQL, RabbitMQ, Redis, nginx in front.

use crate::{
    scenarios::scenarios,
    stack::{Distributed, Size},
};

async fn start() -> Distributed {
    Distributed::start(Size { apis: 3, workers: 2 }, &[]).await
}

scenarios!(start);
