-- Surveys.
CREATE TABLE survey (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY survey_area (area, state, id)
) ENGINE=InnoDB;

-- How many answered what: of a published survey in several rows, so that those who answer at the same moment do not wait
-- for each other, of a closed one in a single row.
CREATE TABLE survey_tally (
  survey BINARY(16) NOT NULL,
  part INT NOT NULL,
  counts MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (survey, part)
) ENGINE=InnoDB;

-- What people answered to surveys that are not anonymous; once a person (blind index of the subject).
CREATE TABLE survey_response (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  survey VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  respondent BINARY(16) NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY survey_response_respondent (survey, respondent)
) ENGINE=InnoDB;

-- Answers in words.
CREATE TABLE text_answer (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  survey VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  question VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  response VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY text_answer_survey (survey, id),
  KEY text_answer_response (response)
) ENGINE=InnoDB;

-- The private key of the tokens of an anonymous survey that is published, sealed.
CREATE TABLE survey_key (
  survey BINARY(16) NOT NULL PRIMARY KEY,
  private_key BLOB NOT NULL
) ENGINE=InnoDB;

-- Who had a token of an anonymous survey (blind index of the subject). Nothing says which.
CREATE TABLE survey_token (
  survey BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  PRIMARY KEY (survey, person),
  KEY survey_token_person (person)
) ENGINE=InnoDB;

-- Tokens that were spent (keyed hashes): nothing says by whom, when, or on which answers.
CREATE TABLE survey_spent (
  survey BINARY(16) NOT NULL,
  token BINARY(16) NOT NULL,
  PRIMARY KEY (survey, token)
) ENGINE=InnoDB;
