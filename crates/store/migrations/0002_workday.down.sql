ALTER TABLE approvals DROP COLUMN remember_scope;
DROP TABLE ceiling_rules;
DROP TABLE ceiling;
DROP TABLE usage_days;
DROP TABLE jobs;
DROP TABLE import_items;
DROP TABLE imports;
DROP INDEX conversations_imported;
-- What was imported has answers that no turn made, which an older binary does not show.
DELETE FROM conversations WHERE external_id IS NOT NULL;
ALTER TABLE conversations DROP COLUMN external_id;
ALTER TABLE conversations DROP COLUMN source;
ALTER TABLE meta DROP COLUMN has_words;
-- @sqlite
DROP TABLE message_matches;
-- @end
DROP TABLE message_words;
DROP TABLE files;
DROP TABLE memories;
DROP TABLE meetings;
