//! Scripts with their arguments, and how they are sent.

use redis::{Arg, Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, ToRedisArgs};

/// A script, and the digest by which servers know it.
pub(crate) struct Script {
    text: String,
    digest: String,
}

impl Script {
    /// Computes the digest.
    pub(crate) fn new(text: &str) -> Self {
        let digest = redis::Script::new(text).get_hash().to_owned();
        Self { text: text.to_owned(), digest }
    }

    /// A run of it on `keys`, without arguments so far.
    pub(crate) fn on(&self, keys: &[String]) -> Run<'_> {
        let mut command = redis::cmd("EVALSHA");
        command.arg(&self.digest).arg(keys.len()).arg(keys);
        Run { script: self, command }
    }
}

/// A script with its arguments. Running it again does no harm.
pub(crate) struct Run<'a> {
    script: &'a Script,
    /// All in one piece, where the driver's own kind of run takes a piece for every argument: a script runs
    /// for every token.
    command: Cmd,
}

impl Run<'_> {
    /// Adds an argument.
    pub(crate) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        self.command.arg(argument);
        self
    }

    /// Runs it over `connection`.
    pub(crate) async fn over<T: FromRedisValue>(
        &self,
        connection: &mut impl redis::aio::ConnectionLike,
    ) -> RedisResult<T> {
        let answer = self.command.query_async(connection).await;
        let unknown = ErrorKind::Server(ServerErrorKind::NoScript);
        match answer {
            Err(error) if error.kind() == unknown => self.with_text().query_async(connection).await,
            answer => answer,
        }
    }

    /// The same for a server that does not know the script, and will from then on.
    ///
    /// A command to load it goes to every node of a cluster, and fails while one of them is away; this one goes
    /// where the keys are.
    fn with_text(&self) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(&self.script.text);
        // The name of the command, and the digest.
        for argument in self.command.args_iter().skip(2) {
            if let Arg::Simple(bytes) = argument {
                command.arg(bytes);
            }
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_takes_the_place_of_the_digest() {
        let script = Script::new("return 1");
        let mut run = script.on(&["a".to_owned(), "b".to_owned()]);
        run.arg(7).arg("text");
        let words = |command: &Cmd| {
            let bytes = command.get_packed_command();
            String::from_utf8(bytes).unwrap().replace("\r\n", " ")
        };
        let digest = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";
        let expected = |name, what: &str| {
            format!("*7 {name} ${} {what} $1 2 $1 a $1 b $1 7 $4 text ", what.len())
        };
        assert_eq!(words(&run.command), expected("$7 EVALSHA", digest));
        assert_eq!(words(&run.with_text()), expected("$4 EVAL", "return 1"));
    }
}
