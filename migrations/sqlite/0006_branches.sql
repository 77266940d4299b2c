-- Which message a message follows; absent for one that begins a chat. Messages with one parent are
-- siblings: a question asked in other words, or another answer to it.
ALTER TABLE messages ADD COLUMN parent_id TEXT;

UPDATE messages SET parent_id = before.id FROM (
    SELECT id AS message, lag(id) OVER (PARTITION BY chat_id ORDER BY created_at, id) AS id
    FROM messages
) AS before WHERE before.message = messages.id;
