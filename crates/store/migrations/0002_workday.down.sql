DROP TABLE invitations;
DROP TABLE tokens;
ALTER TABLE approvals DROP COLUMN decider;
ALTER TABLE approvals DROP COLUMN because;
ALTER TABLE approvals DROP COLUMN remember_scope;
DROP TABLE ceiling_rules;
DROP TABLE ceiling;
ALTER TABLE conversations DROP COLUMN untitled;
ALTER TABLE turns DROP COLUMN compacted;
DROP TABLE summaries;
ALTER TABLE turns DROP COLUMN wanted_gone;
ALTER TABLE turns DROP COLUMN wanted;
ALTER TABLE conversations DROP COLUMN model;
DROP TABLE reservations;
ALTER TABLE users DROP COLUMN budget_warned_on;
ALTER TABLE turns DROP COLUMN warned_of;
ALTER TABLE turns DROP COLUMN limited_by;
ALTER TABLE turns DROP COLUMN reserved_epoch;
ALTER TABLE turns DROP COLUMN reserved_nanos;
ALTER TABLE steps DROP COLUMN cache_note;
ALTER TABLE steps DROP COLUMN layout;
ALTER TABLE steps DROP COLUMN cost_nanos;
ALTER TABLE steps DROP COLUMN cache_write_1h_tokens;
DROP TABLE usage_days;
DROP TABLE jobs;
DROP TABLE import_items;
DROP TABLE imports;
DROP INDEX conversations_imported;
-- What was imported has answers that no turn made, which an older binary does not show.
DELETE FROM conversations WHERE external_id IS NOT NULL;
ALTER TABLE messages DROP COLUMN imported;
ALTER TABLE conversations DROP COLUMN external_id;
ALTER TABLE conversations DROP COLUMN source;
ALTER TABLE meta DROP COLUMN has_words;
-- @sqlite
DROP TABLE message_matches;
-- @end
DROP TABLE message_words;
-- Messages name their files in a form that an older binary would send to the model as it is.
DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM files);
DROP TABLE files;
DROP TABLE memories;
DROP TABLE meetings;
