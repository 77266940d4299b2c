//! The store ports on PostgreSQL.
