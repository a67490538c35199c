-- Where a person is found whose data is erased.
ALTER TABLE question_upvote ADD KEY question_upvote_person (person);
