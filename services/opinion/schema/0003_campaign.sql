-- Campaigns. `live_code` is NULL once one has ended: an area has a code once among those that have not.
CREATE TABLE campaign (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  live_code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY campaign_area (area, state, id),
  UNIQUE KEY campaign_live (area, live_code)
) ENGINE=InnoDB;
