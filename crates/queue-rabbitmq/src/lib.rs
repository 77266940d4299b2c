//! The queue ports on RabbitMQ.
