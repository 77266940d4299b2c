-- What there is to say of a deed beside its name and subject, such as a value before and after.
ALTER TABLE audit_logs ADD COLUMN detail TEXT;
