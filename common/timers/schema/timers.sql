-- Deadlines: see common/timers/timers.h.
CREATE TABLE timer (
  subject VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_time DATETIME(6) NOT NULL,
  back_dated TINYINT NOT NULL,
  PRIMARY KEY (subject, kind),
  KEY by_due_time (back_dated, due_time)
) ENGINE=InnoDB;
