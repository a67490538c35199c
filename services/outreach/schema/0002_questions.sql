-- Questions asked in class and their answers.
CREATE TABLE question (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  session BINARY(16) NOT NULL,
  state INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY question_session (session, id)
) ENGINE=InnoDB;

CREATE TABLE answer (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  question BINARY(16) NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  KEY answer_question (question, id)
) ENGINE=InnoDB;

-- Who found a question worth an answer, once each. `person` is a blind index.
CREATE TABLE question_upvote (
  question BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  PRIMARY KEY (question, person)
) ENGINE=InnoDB;

-- What attendees thought of a session, once each. `person` is a blind index.
CREATE TABLE feedback (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  session BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  rating INT NOT NULL,
  body MEDIUMBLOB NOT NULL,
  sealed MEDIUMBLOB NULL,
  UNIQUE KEY feedback_person (session, person),
  KEY feedback_session (session, id)
) ENGINE=InnoDB;
