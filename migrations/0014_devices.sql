-- So that people know their devices apart: "Firefox on Android", of what the browser says of itself. Null when it says nothing known.
alter table signed_in add column device text check (length(device) <= 60);
