-- Where a person is found whose data is erased.
ALTER TABLE opinion_support ADD KEY opinion_support_supporter (supporter);
