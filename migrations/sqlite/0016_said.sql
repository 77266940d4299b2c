-- When the last message was said; absent until the next one is. An answer is later than that.
ALTER TABLE chats ADD COLUMN said_at INTEGER;
