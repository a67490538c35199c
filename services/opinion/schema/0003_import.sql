-- Numbers of other systems that opinions have been imported under, each once.
CREATE TABLE opinion_external (
  source VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  opinion BINARY(16) NOT NULL,
  PRIMARY KEY (source, number),
  UNIQUE KEY opinion_external_opinion (opinion)
) ENGINE=InnoDB;
