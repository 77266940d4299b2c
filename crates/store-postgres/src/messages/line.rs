//! The line of a chat, as far back as it is to be told.

use domain::{
    chat::{self, Message, Reach},
    id::{ChatId, MessageId},
};
use sqlx::PgConnection;

use crate::{batch::stored, error::Error, row::FromColumns, store::PostgresStore};

/// The newest messages, of which those before one have less text than `$3`. The length of a long text is known without
/// reading it.
macro_rules! newest {
    ($up_to:literal) => {
        concat!(
            "SELECT id, chat_id, role, content, generation_id, created_at, parent_id \
             FROM (SELECT *, sum(octet_length(content)) OVER ( \
                 ORDER BY created_at DESC, id DESC ROWS UNBOUNDED PRECEDING) AS told \
                 FROM messages WHERE chat_id = $1 ",
            $up_to,
            "ORDER BY created_at DESC, id DESC LIMIT $2) AS newest \
             WHERE told - octet_length(content) < $3 ORDER BY created_at DESC, id DESC"
        )
    };
}

pub(crate) const HISTORY: &str = newest!("");

pub(crate) const HISTORY_TO: &str = newest!(
    "AND (created_at, id) <= (SELECT created_at, id FROM messages WHERE id = $4 AND chat_id = $1) "
);

/// The line from a message on, back to what it follows. Each step is another look into the index, which is dearer than
/// the next row of a page.
const WALK: &str = "WITH RECURSIVE line AS ( \
     SELECT messages.*, 1 AS place, octet_length(content)::bigint AS told FROM messages \
     WHERE id = $2 AND chat_id = $1 \
     UNION ALL SELECT said.*, place + 1, told + octet_length(said.content) \
     FROM line JOIN messages AS said ON said.id = line.parent_id \
     WHERE place < $3 AND told < $4) SELECT * FROM line ORDER BY place DESC";

impl PostgresStore {
    pub(crate) async fn history_of(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, Error> {
        let mut reader = self.pool().acquire().await?;
        history(&mut reader, chat, last, reach).await
    }
}

/// The line of a chat that ends with `last`, oldest first. Most lines are what was said last, and are read at once;
/// one that goes on before that is followed message by message.
pub(crate) async fn history(
    connection: &mut PgConnection,
    chat: ChatId,
    last: Option<MessageId>,
    reach: Reach,
) -> Result<Vec<Message>, Error> {
    let sql = if last.is_some() { HISTORY_TO } else { HISTORY };
    let query = sqlx::query(sql).bind(chat.as_uuid()).bind(i64::from(reach.messages));
    // The last one is told, however little is to be.
    let query = query.bind(stored(reach.bytes.max(1)));
    let query = match last {
        Some(last) => query.bind(last.as_uuid()),
        None => query,
    };
    let mut newest = Message::from_rows(&query.fetch_all(&mut *connection).await?)?;
    newest.reverse();
    let line = chat::line(newest);
    let Some((next, reach)) = reach.beyond(&line) else { return Ok(line) };
    let query = sqlx::query(WALK).bind(chat.as_uuid()).bind(next.as_uuid());
    let query = query.bind(i64::from(reach.messages)).bind(stored(reach.bytes));
    let mut before = Message::from_rows(&query.fetch_all(connection).await?)?;
    before.extend(line);
    Ok(before)
}
