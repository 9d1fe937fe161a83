-- What is still to be forgotten, by age. Partial: a row that was forgotten leaves its index, so that a look costs what there
-- is to do and not what there ever was.
create index webhook_event_kept on webhook_event (received_at) where body is not null;
create index meeting_event_kept on meeting_event (received_at) where object <> '{}';
create index meeting_report_kept on meeting_report (fetched_at) where jsonb_path_exists(rows, '$[*].name');
create index whatsapp_message_kept on whatsapp_message (received_at) where body is not null;
create index reply_kept on reply (received_at) where text is not null;
create index delivery_kept on delivery (created_at) where said ? 'text';
create index join_click_at on join_click (at);
create index signed_in_expires on signed_in (expires_at);

-- How many cases of one kind came within ten minutes: more than five are one card.
create index ops_case_kind on ops_case (kind, opened_at);
