-- Figures by day: see common/statistics/projection.h.
CREATE TABLE statistic (
  series VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day DATE NOT NULL,
  value BIGINT NOT NULL,
  PRIMARY KEY (series, area, day)
) ENGINE=InnoDB;

-- Which series there are: no database finds that out from the figures without reading most of them.
CREATE TABLE statistic_series (
  series VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY
) ENGINE=InnoDB;

-- Who was counted already, where each counts once.
CREATE TABLE statistic_set (
  series VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member VARBINARY(64) NOT NULL,
  PRIMARY KEY (series, area, member)
) ENGINE=InnoDB;
