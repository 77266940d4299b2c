//! Scripts with their arguments, and how they are sent.

use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisResult, Script, ScriptInvocation, ServerErrorKind,
    ToRedisArgs, aio::ConnectionLike,
};

/// A script with its arguments. Running it again does no harm.
pub(crate) trait Run: Sync {
    /// Runs it over `connection`.
    fn over<T: FromRedisValue + Send>(
        &self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> impl Future<Output = RedisResult<T>> + Send;
}

impl Run for ScriptInvocation<'_> {
    async fn over<T: FromRedisValue + Send>(
        &self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> RedisResult<T> {
        self.invoke_async(connection).await
    }
}

/// A run of a script that is run for every token: its arguments are written once, into one piece, where
/// those of the driver's own kind take a piece each.
pub(crate) struct Lean<'a> {
    script: &'a Script,
    command: Cmd,
}

impl<'a> Lean<'a> {
    /// With the keys, and without arguments so far.
    pub(crate) fn new<const KEYS: usize>(script: &'a Script, keys: [&str; KEYS]) -> Self {
        let mut command = redis::cmd("EVALSHA");
        command.arg(script.get_hash()).arg(KEYS).arg(&keys);
        Self { script, command }
    }

    /// Adds an argument.
    pub(crate) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }
}

impl Run for Lean<'_> {
    async fn over<T: FromRedisValue + Send>(
        &self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> RedisResult<T> {
        let answer = self.command.query_async(connection).await;
        let unknown = ErrorKind::Server(ServerErrorKind::NoScript);
        if !answer.as_ref().is_err_and(|error| error.kind() == unknown) {
            return answer;
        }
        self.script.prepare_invoke().load_async(connection).await?;
        self.command.query_async(connection).await
    }
}
