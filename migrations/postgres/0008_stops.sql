-- Who was asked to stop and has not: few at any time, and looked for often.
CREATE INDEX generations_to_stop ON generations (id) WHERE cancel_requested AND status = 'streaming';
