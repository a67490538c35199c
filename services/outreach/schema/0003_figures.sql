-- Figures are made anew from the log: venues count where they are, and one by one; rounds apart from sessions.
DELETE FROM statistic;
DELETE FROM statistic_series;
DELETE FROM statistic_set;
UPDATE log_position SET seq = 0, hash = '', epoch = epoch + 1 WHERE name = 'reader/outreach/statistics';
