-- It told a new pause from one whose end changed; the notices themselves tell that now.
ALTER TABLE auto_reply_settings DROP COLUMN paused_until;
