//! PostgreSQL, RabbitMQ, Redis, nginx and the processes of Sluice on one machine.
