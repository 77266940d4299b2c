-- The generations that were asked for with one message.
CREATE INDEX generations_question ON generations (user_message_id, created_at, id);
